package tree

import (
	"encoding/json"
	"strings"
	"testing"
)

func text(t *testing.T, v Value) string {
	t.Helper()
	out, err := json.Marshal(v.Plain())
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestJSON(t *testing.T) {
	vs, mistakes := JSON("\ufeff{\"a\": [1, true, null, \"x\\ty\"],\n\"b\": {\"c\": 1.50}}\n\n\n[2] 3")
	if len(mistakes) != 0 || len(vs) != 3 {
		t.Fatalf("%v %v", vs, mistakes)
	}
	if got := text(t, vs[0]); got != `{"a":[1,true,null,"x\ty"],"b":{"c":1.50}}` {
		t.Error(got)
	}
	if b, _ := vs[0].Get("B"); b.Line != 2 || vs[0].Line != 1 || vs[1].Line != 5 || vs[2].Text != "3" {
		t.Errorf("lines are wrong: %+v", vs)
	}
}

// TestJSONAfterAMistake reads what stands behind a value with a mistake.
func TestJSONAfterAMistake(t *testing.T) {
	for in, want := range map[string]struct {
		values int
		line   int
		what   string
	}{
		"{\"a\":1}\n{\"b\":\n oops}\n{\"c\":2}": {2, 3, "not valid JSON"},
		"{\"a\":1\n{\"b\":2}":                   {1, 2, "not valid JSON"},
		"{\"a\":\"\\S\"}":                       {0, 1, "invalid escape"},
		"{\"a\":1,\"a\":2}":                     {0, 1, "duplicate"},
		"{\"a\":1":                              {0, 1, "not valid JSON"},
		strings.Repeat("[", 100):                {0, 1, "nested deeper than 40"},
	} {
		vs, mistakes := JSON(in)
		if len(vs) != want.values || len(mistakes) != 1 || mistakes[0].Line != want.line || !strings.Contains(mistakes[0].What, want.what) || mistakes[0].Do == "" && want.what[0] != 'n' {
			t.Errorf("%q: %d values, %+v", in, len(vs), mistakes)
		}
	}
}

// TestJSONGivesUp reads no further after many mistakes.
func TestJSONGivesUp(t *testing.T) {
	_, mistakes := JSON(strings.Repeat("{\n", 300_000))
	if n := len(mistakes); n != maxMistakes+1 || !strings.Contains(mistakes[n-1].What, "more than 100 mistakes") {
		t.Errorf("%d mistakes", n)
	}
}

func TestYAML(t *testing.T) {
	vs, m := YAML("a: 1\r\nb-c: [x, true, null]\n---\nd:\n  e: |\n    long\n    text\n")
	if m != nil || len(vs) != 2 {
		t.Fatalf("%v %v", vs, m)
	}
	if got := text(t, vs[0]) + text(t, vs[1]); got != `{"a":1,"b-c":["x",true,null]}{"d":{"e":"long\ntext\n"}}` {
		t.Error(got)
	}
	if bc, ok := vs[0].Get("BC"); !ok || bc.Line != 2 {
		t.Errorf("%+v", bc)
	}
	for in, want := range map[string]string{
		"a: [":                   "not valid YAML",
		"a: &x 1\nb: *x":         "not allowed",
		"a: !!binary x":          "not allowed",
		strings.Repeat("[", 2e3): "nested deeper",
		"{[a]: 1}":               "not valid YAML",
	} {
		if _, m := YAML(in); m == nil || !strings.Contains(m.What, want) {
			t.Errorf("%.20q: %v, want %s", in, m, want)
		}
	}
}

func TestGet(t *testing.T) {
	vs, _ := JSON(`{"Name":"n","LogType":"x","on":true,"list":["a","b"],"one":"c","null":null,"map":{}}`)
	v := vs[0]
	if s, m := v.GetText("log-type"); s != "x" || m != nil {
		t.Error(s, m)
	}
	if on, m := v.GetBool("on"); !on || m != nil {
		t.Error(on, m)
	}
	if l, m := v.GetTexts("list"); len(l) != 2 || m != nil {
		t.Error(l, m)
	}
	if l, m := v.GetTexts("one"); len(l) != 1 || m != nil {
		t.Error(l, m)
	}
	if v.Has("null", "none") || !v.Has("none", "map") {
		t.Error("null counts, or a map does not")
	}
	for _, f := range []func() *Mistake{
		func() *Mistake { _, m := v.GetText("map"); return m },
		func() *Mistake { _, m := v.GetTexts("map"); return m },
		func() *Mistake { _, m := v.GetBool("Name"); return m },
	} {
		if f() == nil {
			t.Error("a value of another shape is taken")
		}
	}
}

// FuzzTree checks that any text is read within bounds, and that lines lie in the
// text.
func FuzzTree(f *testing.F) {
	f.Add("{\"a\":[1,{\"b\":null}]}\n{\"c\":")
	f.Add("a:\n  - b: 1\n    c: [x, 'y']\n---\nd: |\n  text\n")
	f.Fuzz(func(t *testing.T, in string) {
		lines := 1 + strings.Count(in, "\n") + strings.Count(in, "\r")
		js, mistakes := JSON(in)
		for _, m := range mistakes {
			if m.Line < 1 || m.Line > lines || m.What == "" {
				t.Fatalf("%+v of %d lines", m, lines)
			}
		}
		ys, _ := YAML(in)
		for _, v := range append(js, ys...) {
			if v.Line < 0 || v.Line > lines {
				t.Fatalf("line %d of %d", v.Line, lines)
			}
			if _, err := json.Marshal(v.Plain()); err != nil && !strings.Contains(err.Error(), "number") {
				t.Fatal(err)
			}
		}
	})
}
