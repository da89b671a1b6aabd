package tree

import (
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// JSON reads the values of a text one after the other. After a mistake it goes
// on at the next line that begins with a brace, so that one bad value does not
// hide the others.
func JSON(text string) ([]Value, []*Mistake) {
	var out []Value
	var mistakes []*Mistake
	text = strings.TrimPrefix(text, "\ufeff")
	for line := 1; text != ""; {
		r := &reader{text: text, line: line, dec: jsontext.NewDecoder(strings.NewReader(text))}
		vs, m := r.values()
		out = append(out, vs...)
		if m == nil {
			break
		}
		mistakes = append(mistakes, m)
		if len(mistakes) == maxMistakes {
			return out, append(mistakes, Wrong(r.line, "", "mend those before", "more than %d mistakes; the rest is not read", maxMistakes))
		}
		from := max(r.at-1, 0)
		skip := strings.Index(text[from:], "\n{")
		if skip < 0 {
			break
		}
		next := from + skip + 1
		line = r.line + strings.Count(text[r.at:next], "\n")
		text = text[next:]
	}
	return out, mistakes
}

// maxMistakes is after how many mistakes a text is not read on.
const maxMistakes = 100

// reader reads one text; line is the line of the byte at.
type reader struct {
	text string
	dec  *jsontext.Decoder
	at   int
	line int
}

func (r *reader) values() ([]Value, *Mistake) {
	var out []Value
	for {
		t, m := r.token()
		if m != nil {
			return out, m
		}
		if t.Kind() == 0 {
			return out, nil
		}
		v, m := r.value(t, 0)
		if m != nil {
			return out, m
		}
		out = append(out, v)
	}
}

// token returns the next token, the zero one at the end of the text.
func (r *reader) token() (jsontext.Token, *Mistake) {
	t, err := r.dec.ReadToken()
	if err == nil {
		r.forward(int(r.dec.InputOffset()))
		return t, nil
	}
	if err == io.EOF {
		return jsontext.Token{}, nil
	}
	what := err.Error()
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		r.forward(int(syntactic.ByteOffset))
		what = syntactic.Err.Error()
	}
	do := "check commas, quotes and braces"
	switch {
	case strings.Contains(what, "escape"):
		do = `write \\ for a backslash`
	case strings.Contains(what, "duplicate"):
		do = "write each key once"
	}
	return t, Wrong(r.line, "", do, "not valid JSON: %s", strings.TrimPrefix(what, "jsontext: "))
}

// forward moves to the byte at offset and counts the lines on the way.
func (r *reader) forward(offset int) {
	offset = min(max(offset, r.at), len(r.text))
	r.line += strings.Count(r.text[r.at:offset], "\n")
	r.at = offset
}

func (r *reader) value(t jsontext.Token, depth int) (Value, *Mistake) {
	v := Value{Line: r.line}
	if depth > maxDepth {
		return v, Wrong(r.line, "", "", "nested deeper than %d", maxDepth)
	}
	switch t.Kind() {
	case '"':
		v.Shape, v.Text = Text, t.String()
	case '0':
		v.Shape, v.Text = Number, t.String()
	case 't', 'f':
		v.Shape, v.Text = Bool, t.String()
	case '[':
		v.Shape = List
		return v, r.list(&v, depth)
	case '{':
		v.Shape = Map
		return v, r.pairs(&v, depth)
	}
	return v, nil
}

func (r *reader) list(v *Value, depth int) *Mistake {
	for {
		t, m := r.token()
		if m != nil {
			return m
		}
		if t.Kind() == ']' {
			return nil
		}
		x, m := r.value(t, depth+1)
		if m != nil {
			return m
		}
		v.Items = append(v.Items, x)
	}
}

func (r *reader) pairs(v *Value, depth int) *Mistake {
	for {
		t, m := r.token()
		if m != nil {
			return m
		}
		if t.Kind() == '}' {
			return nil
		}
		p := Pair{Key: t.String(), Line: r.line}
		if t, m = r.token(); m != nil {
			return m
		}
		if p.Value, m = r.value(t, depth+1); m != nil {
			return m
		}
		v.Pairs = append(v.Pairs, p)
	}
}
