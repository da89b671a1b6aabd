// Package tree reads JSON and YAML texts into values that know the line where
// they stand, so that a mistake in a rule can be told with its place.
package tree

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
)

// Shape says what a Value is.
type Shape uint8

// The shapes.
const (
	Null Shape = iota
	Text
	Number
	Bool
	List
	Map
)

// String returns the shape in words.
func (s Shape) String() string {
	return [...]string{"empty", "a text", "a number", "true or false", "a list", "a map"}[s]
}

// Value is a value and the line where it stands, from 1.
type Value struct {
	Shape Shape
	Line  int
	Text  string // of a text, a number or a truth value
	Items []Value
	Pairs []Pair
}

// Pair is a key of a map and its value.
type Pair struct {
	Key   string
	Line  int
	Value Value
}

// Mistake is an error with its place.
type Mistake struct {
	Line  int
	Field string
	What  string
	Do    string
}

// Wrong makes a Mistake.
func Wrong(line int, field, do, format string, args ...any) *Mistake {
	return &Mistake{Line: line, Field: field, What: fmt.Sprintf(format, args...), Do: do}
}

// Problem returns the mistake as a problem of a file.
func (m *Mistake) Problem(f detect.File, refused bool) detect.Problem {
	return detect.Problem{File: f.Path, Line: m.Line, Field: m.Field, What: m.What, Do: m.Do, Refused: refused}
}

// maxDepth bounds how deep values nest.
const maxDepth = 40

// Key returns a key as it is compared: without case, dashes and underscores.
func Key(s string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(s))
}

// Get returns the value under the key, compared by Key; an empty value and true
// when there is none or it is null.
func (v *Value) Get(key string) (Value, bool) {
	for _, p := range v.Pairs {
		if Key(p.Key) == Key(key) && p.Value.Shape != Null {
			return p.Value, true
		}
	}
	return Value{Line: v.Line}, false
}

// Has reports whether one of the keys has a value.
func (v *Value) Has(keys ...string) bool {
	for _, k := range keys {
		if _, ok := v.Get(k); ok {
			return true
		}
	}
	return false
}

// Scalar reports whether v is one text, number or truth value.
func (v *Value) Scalar() bool { return v.Shape == Text || v.Shape == Number || v.Shape == Bool }

// GetText returns the text under the key, the empty one when there is none.
func (v *Value) GetText(key string) (string, *Mistake) {
	x, ok := v.Get(key)
	if ok && !x.Scalar() {
		return "", Wrong(x.Line, key, "", "is a text, not %s", x.Shape)
	}
	return strings.TrimSpace(x.Text), nil
}

// GetTexts returns the list of texts under the key; one text is a list of one.
func (v *Value) GetTexts(key string) ([]string, *Mistake) {
	x, ok := v.Get(key)
	if !ok {
		return nil, nil
	}
	if x.Scalar() {
		return []string{x.Text}, nil
	}
	if x.Shape != List {
		return nil, Wrong(x.Line, key, "", "is a list of texts, not %s", x.Shape)
	}
	var out []string
	for _, item := range x.Items {
		if !item.Scalar() {
			return nil, Wrong(item.Line, key, "", "is a list of texts, not of %s", item.Shape)
		}
		out = append(out, item.Text)
	}
	return out, nil
}

// GetBool returns the truth value under the key, false when there is none.
func (v *Value) GetBool(key string) (bool, *Mistake) {
	x, ok := v.Get(key)
	if ok && x.Shape != Bool {
		return false, Wrong(x.Line, key, "write true or false", "is true or false, not %s", x.Shape)
	}
	return x.Text == "true", nil
}

// Plain returns v as encoding/json takes it.
func (v *Value) Plain() any {
	switch v.Shape {
	case Map:
		m := map[string]any{}
		for _, p := range v.Pairs {
			m[p.Key] = p.Value.Plain()
		}
		return m
	case List:
		l := []any{}
		for _, x := range v.Items {
			l = append(l, x.Plain())
		}
		return l
	case Number:
		return json.Number(v.Text)
	case Bool:
		return v.Text == "true"
	case Text:
		return v.Text
	}
	return nil
}
