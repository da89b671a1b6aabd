package rest

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

func described(t *testing.T) (map[string]any, []byte) {
	t.Helper()
	text, err := New(Options{Version: "1"}).Description()
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m, text
}

// follow calls do for every object in the description.
func follow(v any, path string, do func(path string, m map[string]any)) {
	switch x := v.(type) {
	case map[string]any:
		do(path, x)
		for k, y := range x {
			follow(y, path+"/"+k, do)
		}
	case []any:
		for _, y := range x {
			follow(y, path, do)
		}
	}
}

func TestDescriptionIsTheSameTwice(t *testing.T) {
	_, a := described(t)
	_, b := described(t)
	if !bytes.Equal(a, b) {
		t.Fatal("two descriptions of one build differ")
	}
}

// TestDescriptionIsValid checks what OpenAPI 3.1 demands of a document like ours.
func TestDescriptionIsValid(t *testing.T) {
	m, _ := described(t)
	if v, _ := m["openapi"].(string); !strings.HasPrefix(v, "3.1.") {
		t.Errorf("openapi: %q", v)
	}
	info := m["info"].(map[string]any)
	if info["title"] == "" || info["version"] == "" {
		t.Errorf("info: %v", info)
	}
	schemas := m["components"].(map[string]any)["schemas"].(map[string]any)
	follow(m, "", func(path string, o map[string]any) {
		if ref, ok := o["$ref"].(string); ok {
			name, found := strings.CutPrefix(ref, "#/components/schemas/")
			if !found || schemas[name] == nil {
				t.Errorf("%s: $ref %q leads nowhere", path, ref)
			}
		}
	})
	follow(schemas, "", func(path string, o map[string]any) { checkSchema(t, path, o) })
	checkPaths(t, m["paths"].(map[string]any), m["components"].(map[string]any)["securitySchemes"].(map[string]any))
}

func checkSchema(t *testing.T, path string, o map[string]any) {
	t.Helper()
	if typ, ok := o["type"].([]any); ok {
		for _, x := range typ {
			if x == "array" {
				t.Errorf("%s: a list that may be null", path)
			}
		}
	}
	if o["type"] == "array" && o["items"] == nil {
		t.Errorf("%s: a list without items", path)
	}
	props, _ := o["properties"].(map[string]any)
	required, _ := o["required"].([]any)
	for _, r := range required {
		if name, ok := r.(string); ok && props != nil && props[name] == nil {
			t.Errorf("%s: required property %s is not there", path, name)
		}
	}
	snake := regexp.MustCompile(`^[@a-z][a-z0-9_.]*$`)
	for name := range props {
		if !snake.MatchString(name) && name != "$schema" {
			t.Errorf("%s: property %s is not snake case", path, name)
		}
	}
}

func checkPaths(t *testing.T, paths, schemes map[string]any) {
	t.Helper()
	ids := map[string]string{}
	placeholder := regexp.MustCompile(`\{([a-z]+)\}`)
	for path, item := range paths {
		for method, o := range item.(map[string]any) {
			op := o.(map[string]any)
			id, _ := op["operationId"].(string)
			if id == "" || ids[id] != "" {
				t.Errorf("%s %s: operationId %q is empty or of %s too", method, path, id, ids[id])
			}
			ids[id] = path
			if op["summary"] == nil || op["responses"] == nil {
				t.Errorf("%s %s: no summary or no responses", method, path)
			}
			declared := map[string]bool{}
			params, _ := op["parameters"].([]any)
			for _, p := range params {
				q := p.(map[string]any)
				if q["in"] == "path" {
					declared[q["name"].(string)] = true
				}
			}
			for _, m := range placeholder.FindAllStringSubmatch(path, -1) {
				if !declared[m[1]] {
					t.Errorf("%s %s: {%s} is not declared", method, path, m[1])
				}
				delete(declared, m[1])
			}
			if len(declared) > 0 {
				t.Errorf("%s %s: %v are not in the path", method, path, declared)
			}
			security, _ := op["security"].([]any)
			for _, s := range security {
				for name := range s.(map[string]any) {
					if schemes[name] == nil {
						t.Errorf("%s %s: security scheme %s is not there", method, path, name)
					}
				}
			}
		}
	}
	if len(ids) < 40 {
		t.Errorf("only %d operations are described", len(ids))
	}
}

func TestEventsAreDescribedByTheListOfFields(t *testing.T) {
	m, _ := described(t)
	event := m["components"].(map[string]any)["schemas"].(map[string]any)["Event"].(map[string]any)
	process := event["properties"].(map[string]any)["process"].(map[string]any)["properties"].(map[string]any)
	if parent, ok := process["parent"].(map[string]any); !ok || parent["properties"].(map[string]any)["command_line"] == nil {
		t.Errorf("process.parent.command_line is not described: %v", process["parent"])
	}
	if event["properties"].(map[string]any)["@timestamp"].(map[string]any)["format"] != "date-time" {
		t.Error("@timestamp is not described as a time")
	}
}
