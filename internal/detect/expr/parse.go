package expr

import (
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// maxDepth bounds how deep parentheses and nots nest.
const maxDepth = 200

// Parse reads the condition language. The empty text is true of every record.
// The error is an *Error with the position and what to do.
func Parse(text string) (*Expr, error) { return ParseNames(text, FieldNamed) }

// ParseNames is Parse for a language whose fields have other names: named
// returns the field of a name at a position.
func ParseNames(text string, named func(name string, pos int) (Field, *Error)) (*Expr, error) {
	toks, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{toks: toks, named: named}
	if p.peek().kind == tokEnd {
		return &Expr{Root: And{}}, nil
	}
	root, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokEnd {
		return nil, &Error{t.pos, "unexpected " + quote(t.text), "join predicates with and or or"}
	}
	return &Expr{Root: root}, nil
}

type parser struct {
	toks  []token
	i     int
	named func(string, int) (Field, *Error)
}

func (p *parser) peek() token { return p.toks[p.i] }

func (p *parser) next() token {
	t := p.toks[p.i]
	if t.kind != tokEnd {
		p.i++
	}
	return t
}

// word takes the next token when it is the given keyword.
func (p *parser) word(w string) bool {
	t := p.peek()
	if t.kind == tokWord && strings.EqualFold(t.text, w) {
		p.i++
		return true
	}
	return false
}

func (p *parser) symbol(s string) bool {
	t := p.peek()
	if t.kind == tokSymbol && t.text == s {
		p.i++
		return true
	}
	return false
}

func (p *parser) or(depth int) (Node, *Error) {
	n, err := p.and(depth)
	if err != nil {
		return nil, err
	}
	terms := Or{n}
	for p.word("or") {
		if n, err = p.and(depth); err != nil {
			return nil, err
		}
		terms = append(terms, n)
	}
	if len(terms) == 1 {
		return terms[0], nil
	}
	return terms, nil
}

func (p *parser) and(depth int) (Node, *Error) {
	n, err := p.unary(depth)
	if err != nil {
		return nil, err
	}
	terms := And{n}
	for p.word("and") {
		if n, err = p.unary(depth); err != nil {
			return nil, err
		}
		terms = append(terms, n)
	}
	if len(terms) == 1 {
		return terms[0], nil
	}
	return terms, nil
}

func (p *parser) unary(depth int) (Node, *Error) {
	t := p.peek()
	if depth > maxDepth {
		return nil, &Error{t.pos, "nested deeper than " + itoa(maxDepth), ""}
	}
	switch {
	case p.word("not"):
		n, err := p.unary(depth + 1)
		return Not{n}, err
	case p.word("true"):
		return And{}, nil
	case p.word("false"):
		return Or{}, nil
	case p.symbol("("):
		n, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.symbol(")") {
			return nil, &Error{t.pos, "the parenthesis is not closed", ""}
		}
		return n, nil
	case t.kind == tokQuoted:
		p.next()
		return p.build(Predicate{Field: AnyField(), Op: Contains, Values: []string{t.text}, Pos: t.pos}, t)
	}
	return p.predicate()
}

func (p *parser) predicate() (Node, *Error) {
	pos := p.peek().pos
	f, err := p.field()
	if err != nil {
		return nil, err
	}
	q := Predicate{Field: f, Pos: pos}
	negated, err := p.operator(&q)
	if err != nil {
		return nil, err
	}
	at := p.peek()
	if q.Op != Exists {
		if err := p.operand(&q); err != nil {
			return nil, err
		}
	}
	n, err := p.build(q, at)
	if err != nil || !negated {
		return n, err
	}
	return Not{n}, nil
}

func (p *parser) build(q Predicate, at token) (Node, *Error) {
	made, err := NewPredicate(q)
	if err != nil {
		return nil, &Error{at.pos, err.Error(), ""}
	}
	if hint := Impossible(made); hint != "" {
		return nil, &Error{at.pos, made.String() + " can never be true", hint}
	}
	return made, nil
}

func (p *parser) field() (Field, *Error) {
	if u, ok := p.unit(); ok {
		return p.unitField(u)
	}
	t := p.next()
	if t.kind == tokEnd {
		return Field{}, &Error{t.pos, "the condition ends where a field is due", "write field operator 'value'"}
	}
	if t.kind == tokSymbol || t.kind == tokQuoted {
		return Field{}, &Error{t.pos, "unexpected " + quote(t.text) + " where a field is due", "write field operator 'value'"}
	}
	return p.named(t.text, t.pos)
}

// operator reads the operator, with not before it.
func (p *parser) operator(q *Predicate) (negated bool, err *Error) {
	negated = p.word("not")
	t := p.next()
	text := strings.ToLower(t.text)
	switch {
	case t.kind == tokQuoted || t.kind == tokField || t.kind == tokEnd:
		text = ""
	case text == "!=":
		return !negated, nil
	case text == "==" || text == "in":
		return negated, nil
	}
	for op, name := range opNames {
		if text == name && text != "" {
			q.Op = Op(op)
			return negated, nil
		}
	}
	what := "unexpected " + quote(t.text) + " where an operator is due"
	if t.kind == tokEnd {
		what = "the condition ends where an operator is due"
	}
	return false, &Error{t.pos, what, "the operators are = != > < >= <= contains startswith endswith like matches in, not in, cidr, exists, mask and extract"}
}

// operand reads cased, text, and a value, a list of values or a field.
func (p *parser) operand(q *Predicate) *Error {
	q.Cased = p.word("cased")
	q.Text = p.word("text")
	q.Number = q.Op.ordered() && p.word("number")
	if t := p.peek(); p.word("field") {
		f, err := p.field()
		if err != nil {
			return err
		}
		if f.Scope == Any {
			return &Error{t.pos, "any is not one field", ""}
		}
		q.Ref = &f
		return nil
	}
	var err *Error
	if q.Values, err = p.values(); err != nil || q.Op != Extract {
		return err
	}
	return p.container(q)
}

// container reads in and the texts of an unnamed container.
func (p *parser) container(q *Predicate) *Error {
	t := p.peek()
	if !p.word("in") {
		return &Error{t.pos, "extract goes on with in and a list", "write field extract 'regular expression' in ('a', 'b')"}
	}
	if t := p.peek(); p.word("container") {
		return &Error{t.pos, "only rules can name a container", "write its texts in parentheses"}
	}
	values, err := p.values()
	if err != nil {
		return err
	}
	q.In = NewContainer("", values)
	return nil
}

// values reads one value or a list in parentheses.
func (p *parser) values() ([]string, *Error) {
	if !p.symbol("(") {
		v, err := p.value()
		return []string{v}, err
	}
	var out []string
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if p.symbol(")") {
			return out, nil
		}
		if t := p.peek(); !p.symbol(",") {
			return nil, &Error{t.pos, "a list goes on with a comma or ends with )", "write field in ('a', 'b')"}
		}
	}
}

func (p *parser) value() (string, *Error) {
	t := p.next()
	switch t.kind {
	case tokQuoted:
		return t.text, nil
	case tokWord:
		keywords := []string{"and", "or", "not", "in", "field", "cased", "text", "exists"}
		if slices.Contains(keywords, strings.ToLower(t.text)) {
			break
		}
		return t.text, nil
	}
	if t.kind == tokEnd {
		return "", &Error{t.pos, "the condition ends where a value is due", "write field operator 'value'"}
	}
	return "", &Error{t.pos, "unexpected " + quote(t.text) + " where a value is due", "put the value in quotes: 'value'"}
}

// Impossible says why a predicate can never be true, because its value is not
// of the type of its field; else it returns the empty text.
func Impossible(p *Predicate) string {
	if p.Field.Scope != Known || p.Ref != nil || p.Op != Equal && !p.Op.ordered() {
		return ""
	}
	typ := p.Field.ID.Info().Type
	for i, t := range p.tests {
		switch typ {
		case event.Int, event.OptInt64, event.Float:
			if !t.numeric {
				return p.Field.Name + " is a number"
			}
		case event.Instant:
			if !t.timed {
				return p.Field.Name + " is a time; write it as 2006-01-02T15:04:05Z"
			}
		case event.Bool:
			if p.Op == Equal && !strings.EqualFold(p.Values[i], "true") {
				return "an absent or false " + p.Field.Name + " is: not " + p.Field.Name + " = true"
			}
		}
	}
	return ""
}
