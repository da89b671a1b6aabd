package schema

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// FieldError is a value of a configuration that cannot be used.
type FieldError struct {
	Where   string // what the value comes from: a file with its line, a flag; empty when that is not known
	Field   string // names joined with ".", elements of lists as [0]
	Message string
}

// Wrong returns a FieldError that does not know yet where the value stands.
func Wrong(field, format string, args ...any) error {
	return &FieldError{Field: field, Message: fmt.Sprintf(format, args...)}
}

// Error names the place, the field and what is wrong.
func (e *FieldError) Error() string {
	text := e.Field + ": " + e.Message
	if e.Where != "" {
		text = e.Where + ": " + text
	}
	return text
}

// ExitCode tells main that the input is wrong.
func (*FieldError) ExitCode() int { return 2 }

// Place says in each FieldError of err where its value comes from.
func Place(err error, where func(field string) string) error {
	return each(err, func(e FieldError) FieldError {
		if e.Where == "" {
			e.Where = where(e.Field)
		}
		return e
	})
}

// Below puts the fields of err below another: respond is policy.respond then.
func Below(section string, err error) error {
	return each(err, func(e FieldError) FieldError {
		e.Field = section + "." + e.Field
		return e
	})
}

func each(err error, change func(FieldError) FieldError) error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var out []error
		for _, e := range many.Unwrap() {
			out = append(out, each(e, change))
		}
		return errors.Join(out...)
	}
	if one, ok := err.(*FieldError); ok { // not one that another error wraps: that would be lost
		changed := change(*one)
		return &changed
	}
	return err
}

// Decode reads the text of a YAML file into a struct. An unknown key, one that
// is there twice and a value of another type are errors that name file and line.
func Decode(file string, text []byte, into any) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	err := yaml.UnmarshalWithOptions(text, into, yaml.Strict())
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		message := at.GetMessage()
		var other *yaml.TypeError
		if errors.As(err, &other) && other.DstType != nil {
			message = fmt.Sprintf("%q is not %s", at.GetToken().Value, inWords(other.DstType))
		}
		return fmt.Errorf("%s:%d: %s", file, at.GetToken().Position.Line, message)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

func inWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	}
	return "a text"
}

// InFile returns a where for Place: the file and the line of a field, or of the
// innermost of what it stands in; the file alone when nothing of it is there.
func InFile(file string, text []byte) func(field string) string {
	return func(field string) string {
		if line, _ := Line(text, field); line > 0 {
			return fmt.Sprintf("%s:%d", file, line)
		}
		return file
	}
}

// Line returns the line of a field in a YAML text, or of the innermost of what
// it stands in, and whether the field itself is there. 0 is none.
func Line(text []byte, field string) (line int, there bool) {
	f, err := parser.ParseBytes(text, 0)
	if err != nil || len(f.Docs) == 0 || f.Docs[0].Body == nil {
		return 0, false
	}
	return find(f.Docs[0].Body, field, 0)
}

// find goes from n, which stands at line, along field.
func find(n ast.Node, field string, line int) (int, bool) {
	if field == "" {
		return line, true
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			if key := keyOf(v); key != "" {
				if rest, ok := strings.CutPrefix(field, key); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
					return find(v.Value, strings.TrimPrefix(rest, "."), v.Key.GetToken().Position.Line)
				}
			}
		}
	case *ast.SequenceNode:
		var i int
		if _, err := fmt.Sscanf(field, "[%d]", &i); err == nil && i >= 0 && i < len(n.Values) {
			_, rest, _ := strings.Cut(field, "]")
			return find(n.Values[i], strings.TrimPrefix(rest, "."), n.Values[i].GetToken().Position.Line)
		}
	}
	return line, false
}

func keyOf(v *ast.MappingValueNode) string {
	if v.Key == nil || v.Key.GetToken() == nil {
		return ""
	}
	return v.Key.GetToken().Value
}
