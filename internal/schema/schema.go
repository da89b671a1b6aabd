// Package schema knows the configuration files of people: it reads them
// strictly, says in an error in which file and line the wrong value stands, and
// makes their JSON Schema from the struct that holds one and the value that
// holds its defaults, so that an editor can check and complete what a person
// writes. It knows what such structs are made of: structs, maps, lists of texts
// and of structs, truth values, numbers and texts, under the names of their yaml
// tags. A doc tag is the sentence about a field, an enum tag the values that it
// may have.
package schema

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
)

// Schema is the part of JSON Schema that describes a configuration.
type Schema struct {
	Schema      string             `json:"$schema,omitempty"`
	Title       string             `json:"title,omitempty"`
	Type        string             `json:"type"`
	Description string             `json:"description,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Default     any                `json:"default,omitempty"`
	Properties  map[string]*Schema `json:"properties,omitempty"`
	Items       *Schema            `json:"items,omitempty"`
	Additional  any                `json:"additionalProperties,omitempty"`
}

// Doc returns the sentence about a field; path is its names joined with ".".
type Doc func(f reflect.StructField, path string) string

// Tag is the Doc of structs whose fields all have a doc tag.
func Tag(f reflect.StructField, _ string) string { return f.Tag.Get("doc") }

// Text returns the schema of a configuration file as indented JSON.
func Text(title string, defaults any, doc Doc) ([]byte, error) {
	s := describe(reflect.ValueOf(defaults), "", doc)
	s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", title
	return json.MarshalIndent(s, "", "  ")
}

// Name returns how a field is called in the file.
func Name(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name
}

// At returns what describes a value, by its names joined with "."; nil when the
// schema has no such value.
func (s *Schema) At(path string) *Schema {
	for part := range strings.SplitSeq(path, ".") {
		if s = s.Properties[part]; s == nil {
			return nil
		}
	}
	return s
}

// describe returns the schema of v, whose value is the default.
func describe(v reflect.Value, prefix string, doc Doc) *Schema {
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		s := &Schema{Type: "string"}
		if text, err := m.MarshalText(); err == nil && !v.IsZero() {
			s.Default = string(text)
		}
		return s
	}
	switch v.Kind() {
	case reflect.Struct:
		s := &Schema{Type: "object", Properties: map[string]*Schema{}, Additional: false}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name := Name(f)
			p := describe(v.Field(i), prefix+name+".", doc)
			p.Description = doc(f, prefix+name)
			if e := f.Tag.Get("enum"); e != "" {
				p.Enum = strings.Split(e, ",")
			}
			s.Properties[name] = p
		}
		return s
	case reflect.Map:
		return &Schema{Type: "object", Additional: describe(reflect.Zero(v.Type().Elem()), prefix, doc)}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct {
			return &Schema{Type: "array", Items: describe(reflect.Zero(v.Type().Elem()), prefix, doc), Default: present(v)}
		}
		return &Schema{Type: "array", Items: &Schema{Type: "string"}, Default: present(v)}
	case reflect.Bool:
		return &Schema{Type: "boolean", Default: v.Bool()}
	case reflect.Int, reflect.Int64:
		return &Schema{Type: "integer", Default: v.Int()}
	case reflect.Float64:
		return &Schema{Type: "number", Default: v.Float()}
	}
	return &Schema{Type: "string", Default: present(v)}
}

func present(v reflect.Value) any {
	if v.Len() == 0 {
		return nil
	}
	return v.Interface()
}
