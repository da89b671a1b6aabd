// Package expr is the one predicate form of Vedette: a tree of and, or, not
// and predicates over the fields of a record, and its text syntax, the
// condition language. Every rule format compiles to it, the search box, the
// exceptions and the live filters are written in it, and the lake pushes its
// predicates down to columns. docs/conditions.md says what it means.
//
// An Expr is immutable and safe for concurrent use. Match evaluates it plainly;
// many rules at once are the business of package index.
package expr

import "github.com/vedette-edr/vedette/internal/event"

// Record is what an expression reads: an event, or a foreign record.
type Record interface {
	// Get returns a field of the list of fields.
	Get(event.FieldID) event.Value
	// Data returns a value by the name that the record itself gives it.
	Data(name string) event.Value
	// Each calls yield with every present value until it returns false.
	Each(yield func(name string, v event.Value) bool)
}

// Listed is a Record that can give its own names and values as two lists, which
// is faster than to ask for each name. Names that begin with "_" need not be
// there; all says that Each gives these pairs and nothing else.
type Listed interface {
	Pairs() (names, values []string, all bool)
}

// Node is And, Or, Not or *Predicate.
type Node interface {
	match(rec Record) bool
	print(p *printer, parent int)
}

// And is true when all terms are; without terms it is true.
type And []Node

// Or is true when one term is; without terms it is false.
type Or []Node

// Not is true when its term is false.
type Not struct{ Term Node }

// Expr is a parsed condition.
type Expr struct {
	Root Node
}

// Match reports whether the expression is true of rec.
func (x *Expr) Match(rec Record) bool { return x.Root.match(rec) }

// All reports whether the expression is the empty one, true of every record.
func (x *Expr) All() bool {
	a, ok := x.Root.(And)
	return ok && len(a) == 0
}

func (a And) match(rec Record) bool {
	for _, n := range a {
		if !n.match(rec) {
			return false
		}
	}
	return true
}

func (o Or) match(rec Record) bool {
	for _, n := range o {
		if n.match(rec) {
			return true
		}
	}
	return false
}

func (n Not) match(rec Record) bool { return !n.Term.match(rec) }

func (p *Predicate) match(rec Record) bool { return p.Match(rec) }

// Walk calls visit with every node, parents first; it does not go below a node
// for which visit returns false.
func Walk(n Node, visit func(Node) bool) {
	if !visit(n) {
		return
	}
	switch n := n.(type) {
	case And:
		for _, t := range n {
			Walk(t, visit)
		}
	case Or:
		for _, t := range n {
			Walk(t, visit)
		}
	case Not:
		Walk(n.Term, visit)
	}
}

// Predicates lists the predicates of x from left to right.
func (x *Expr) Predicates() []*Predicate {
	var out []*Predicate
	Walk(x.Root, func(n Node) bool {
		if p, ok := n.(*Predicate); ok {
			out = append(out, p)
		}
		return true
	})
	return out
}
