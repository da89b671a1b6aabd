package config

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
)

// schema is the part of JSON Schema that describes a configuration.
type schema struct {
	Schema      string             `json:"$schema,omitempty"`
	Title       string             `json:"title,omitempty"`
	Type        string             `json:"type"`
	Description string             `json:"description,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Default     any                `json:"default,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	Additional  any                `json:"additionalProperties,omitempty"`
}

// Schema returns the JSON Schema of the configuration file.
func Schema() ([]byte, error) { return schemaText("Vedette agent", reflect.ValueOf(Default())) }

// SecretsSchema returns the JSON Schema of the secrets file.
func SecretsSchema() ([]byte, error) {
	return schemaText("Vedette agent secrets", reflect.ValueOf(Secrets{}))
}

func schemaText(title string, v reflect.Value) ([]byte, error) {
	s := describe(v, "")
	s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", title
	return json.MarshalIndent(s, "", "  ")
}

// describe returns the schema of v, whose value is the default.
func describe(v reflect.Value, prefix string) *schema {
	switch v.Kind() {
	case reflect.Struct:
		s := &schema{Type: "object", Properties: map[string]*schema{}, Additional: false}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name := yamlName(f)
			p := describe(v.Field(i), prefix+name+".")
			p.Description = docOf(f, prefix+name)
			if e := f.Tag.Get("enum"); e != "" {
				p.Enum = strings.Split(e, ",")
			}
			s.Properties[name] = p
		}
		return s
	case reflect.Map:
		return &schema{Type: "object", Additional: describe(reflect.Zero(v.Type().Elem()), prefix)}
	case reflect.Slice:
		return &schema{Type: "array", Items: &schema{Type: "string"}, Default: present(v)}
	case reflect.Bool:
		return &schema{Type: "boolean", Default: v.Bool()}
	case reflect.Int, reflect.Int64:
		return &schema{Type: "integer", Default: v.Int()}
	case reflect.Float64:
		return &schema{Type: "number", Default: v.Float()}
	}
	return &schema{Type: "string", Default: present(v)}
}

func present(v reflect.Value) any {
	if v.Len() == 0 {
		return nil
	}
	return v.Interface()
}

// Show returns the effective configuration as YAML; where a value does not
// come from the default, a comment says from where. Secrets are hidden.
func (l Loaded) Show() ([]byte, error) {
	c := l.Public()
	comments := yaml.CommentMap{}
	for path, from := range l.From {
		comments["$."+path] = []*yaml.Comment{yaml.LineComment(" " + from)}
	}
	return yaml.MarshalWithOptions(c, yaml.WithComment(comments))
}

// Public returns the configuration without what could be a secret.
func (l Loaded) Public() Config {
	c := l.Config
	if c.Alerts.Webhook.URL != "" {
		c.Alerts.Webhook.URL = hideAddress(c.Alerts.Webhook.URL)
	}
	return c
}

// hideAddress keeps the scheme and host of an address.
func hideAddress(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return hidden
	}
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		rest = rest[i+1:]
	}
	host, _, cut := strings.Cut(rest, "/")
	if cut {
		host += "/" + hidden
	}
	return scheme + "://" + host
}
