package schema

import (
	"errors"
	"strings"
	"testing"
)

const text = `# of a person
name: x
in:
  level: high
  named:
    a.b: {deep: true}
    a:
      deep: false
  many:
    - deep: true
    -
      deep: no
  lists: [one,
          two]
`

func TestLine(t *testing.T) {
	for _, c := range []struct {
		field string
		line  int
		there bool
	}{
		{"name", 2, true}, {"in", 3, true}, {"in.level", 4, true}, {"in.named.a.b.deep", 6, true}, {"in.named.a.deep", 8, true},
		{"in.many[0].deep", 10, true}, {"in.many[1].deep", 12, true}, {"in.lists[1]", 14, true},
		{"in.many[1].other", 12, false}, {"in.many[2]", 9, false}, {"in.other", 3, false}, {"nam", 0, false}, {"names", 0, false}, {"in.many[x]", 9, false},
	} {
		if line, there := Line([]byte(text), c.field); line != c.line || there != c.there {
			t.Errorf("%s: line %d, there %v; want %d, %v", c.field, line, there, c.line, c.there)
		}
	}
	for _, broken := range []string{"", "# nothing", "a: [", "- a", "7"} {
		if line, there := Line([]byte(broken), "a"); line != 0 || there {
			t.Errorf("%q: line %d, there %v", broken, line, there)
		}
	}
}

func TestPlace(t *testing.T) {
	inner := errors.Join(Wrong("level", "%q is none", "x"), Wrong("many[1].deep", "is odd"), errors.New("something else"))
	err := Place(Below("in", inner), InFile("f.yaml", []byte(text)))
	if want := "f.yaml:4: in.level: \"x\" is none\nf.yaml:12: in.many[1].deep: is odd\nsomething else"; err.Error() != want {
		t.Errorf("%v", err)
	}
	if again := Place(err, func(string) string { return "flag" }); again.Error() != err.Error() {
		t.Errorf("a place that was known is replaced: %v", again)
	}
	if err := Place(Wrong("absent", "must be there"), InFile("f.yaml", []byte(text))); err.Error() != "f.yaml: absent: must be there" {
		t.Errorf("%v", err)
	}
	if Place(nil, InFile("f", nil)) != nil {
		t.Error("no error becomes one")
	}
	var coded interface{ ExitCode() int }
	if !errors.As(err, &coded) || coded.ExitCode() != 2 {
		t.Error("main does not learn that the input is wrong")
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""}, {"  \n", ""}, {"name: y\n", ""},
		{"name: y\nlevel: x\n", `f:2: unknown field "level"`},
		{"name: y\ncount: many\n", `f:2: "many" is not a whole number`},
		{"on: 7\n", `f:1: "7" is not true or false`},
		{"in:\n  lists: 7\n", "f:2: int was used where sequence"},
		{"in: 7\n", "f:1: int was used where mapping"},
		{"on: true\non: false\n", "f:2: "},
		{"on: [", "f:1: "},
	} {
		got := config{Name: "before"}
		err := Decode("f", []byte(c.text), &got)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add(text, "in.many[1].deep")
	f.Add("a: &x {b: 1}\nc: *x\n? [k]\n: v\n", "c.b")
	f.Fuzz(func(t *testing.T, text, field string) {
		if len(text) > 1<<12 {
			return
		}
		line, there := Line([]byte(text), field)
		if line < 0 || line > strings.Count(text, "\n")+strings.Count(text, "\r")+1 || there && line == 0 && field != "" {
			t.Errorf("line %d, there %v", line, there)
		}
	})
}
