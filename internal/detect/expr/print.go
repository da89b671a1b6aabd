package expr

import (
	"strings"
)

// printer writes a tree in the text syntax.
type printer struct{ strings.Builder }

// How strongly a node binds; a term that binds less needs parentheses.
const (
	bindOr = iota + 1
	bindAnd
	bindNot
)

// String returns the expression in the text syntax; Parse reads it back.
func (x *Expr) String() string { return Text(x.Root) }

// Text returns a tree in the text syntax; the empty And is the empty text.
func Text(n Node) string {
	if a, ok := n.(And); ok && len(a) == 0 {
		return ""
	}
	var p printer
	n.print(&p, 0)
	return p.String()
}

// String returns the predicate in the text syntax.
func (p *Predicate) String() string { return Text(p) }

func (a And) print(p *printer, parent int) { p.chain(a, " and ", bindAnd, parent) }
func (o Or) print(p *printer, parent int)  { p.chain(o, " or ", bindOr, parent) }

func (p *printer) chain(terms []Node, sep string, bind, parent int) {
	if len(terms) == 0 { // always or never true
		if bind == bindAnd {
			p.WriteString("true")
		} else {
			p.WriteString("false")
		}
		return
	}
	if len(terms) == 1 {
		terms[0].print(p, parent)
		return
	}
	if bind < parent {
		p.WriteByte('(')
		defer p.WriteByte(')')
	}
	for i, t := range terms {
		if i > 0 {
			p.WriteString(sep)
		}
		t.print(p, bind)
	}
}

func (n Not) print(p *printer, parent int) {
	if q, ok := n.Term.(*Predicate); ok && q.Op == Equal {
		op := " != "
		if len(q.Values) > 1 {
			op = " not in "
		}
		q.write(p, op)
		return
	}
	p.WriteString("not ")
	n.Term.print(p, bindNot)
}

func (p *Predicate) print(w *printer, _ int) {
	op := " " + p.Op.String() + " "
	if p.Op == Equal && len(p.Values) > 1 {
		op = " in "
	}
	p.write(w, op)
}

func (p *Predicate) write(w *printer, op string) {
	w.WriteString(p.Field.String())
	if p.Op == Exists {
		w.WriteString(" exists")
		return
	}
	w.WriteString(op)
	if p.Cased {
		w.WriteString("cased ")
	}
	if p.Text {
		w.WriteString("text ")
	}
	if p.Number {
		w.WriteString("number ")
	}
	if p.Ref != nil {
		w.WriteString("field " + p.Ref.String())
		return
	}
	w.values(p.Values, len(p.Values) > 1)
	switch {
	case p.In == nil:
	case p.In.Name != "":
		w.WriteString(" in container " + quote(p.In.Name))
	default:
		w.WriteString(" in ")
		w.values(p.In.Values(), true)
	}
}

// values writes one value, or a list in parentheses.
func (p *printer) values(vs []string, list bool) {
	if !list {
		p.WriteString(quote(vs[0]))
		return
	}
	p.WriteByte('(')
	for i, v := range vs {
		if i > 0 {
			p.WriteString(", ")
		}
		p.WriteString(quote(v))
	}
	p.WriteByte(')')
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
