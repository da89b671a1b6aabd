package expr

import "testing"

// FuzzParse checks that whatever is read is printed so that it reads the same,
// and can be matched.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "process.name = 'bash'", "not (a)", "process.pid >= 1 and any contains 'x' or 'y'",
		"process.name in ('a', 'b') or `log.data.a b` != cased \"c\"\"d\"", "destination.ip cidr '10.0.0.0/8'",
		"process.name matches '(?i)[a-z]+$'", "process.name like 'a*?\\*'", "process.name = field process.parent.name",
		"process.name not exists", "true and not false", "log.data.x = text 01", "@timestamp > '2023-01-01'",
		"hour(@timestamp) >= 22 and not week(`log.data.a b`) in (1, 53)",
		"log.data.x mask '0x10' or log.data.y <= number 0b11", "log.data.x extract '=(?P<a>.+)' in ('b', 'C')",
	} {
		f.Add(s)
	}
	rec := sample()
	f.Fuzz(func(t *testing.T, text string) {
		x, err := Parse(text)
		if err != nil {
			if e, ok := err.(*Error); !ok || e.Pos < 0 || e.Pos > len(text) || e.Error() == "" {
				t.Fatalf("%q: error %#v has no place in the text", text, err)
			}
			return
		}
		again, err := Parse(x.String())
		if err != nil {
			t.Fatalf("%q is printed as %q, which is not read: %v", text, x, err)
		}
		if again.String() != x.String() {
			t.Fatalf("%q is printed as %q, then as %q", text, x, again)
		}
		if x.Match(rec) != again.Match(rec) {
			t.Fatalf("%q and %q give different results", text, x)
		}
	})
}

// FuzzText compares the folded evaluation with the plain one.
func FuzzText(f *testing.F) {
	f.Add("bash", "BASH -c", "b*h")
	f.Add("K", "k", "?")
	f.Add("ß\xff", "x", "*\\**")
	f.Fuzz(func(t *testing.T, text, value, pattern string) {
		if len(text) > MaxField {
			return
		}
		for _, p := range []Predicate{
			{Op: Contains, Values: []string{value}}, {Op: StartsWith, Values: []string{value}}, {Op: EndsWith, Values: []string{value}},
			{Op: Equal, Values: []string{value}, Text: true}, {Op: Like, Values: []string{pattern}},
		} {
			q, err := NewPredicate(p)
			if err != nil {
				t.Fatal(err)
			}
			if q.MatchText(text) != q.MatchFolded(AppendFold(nil, text)) {
				t.Fatalf("%s on %q: the folded evaluation differs", q, text)
			}
			if q.MatchText(text) != q.MatchText(Fold(text)) {
				t.Fatalf("%s on %q: case counts", q, text)
			}
		}
		same, _ := NewPredicate(Predicate{Op: Like, Values: []string{EscapeGlob(text)}, Cased: true})
		if !same.MatchText(text) {
			t.Fatalf("%q does not fit its own escaped pattern", text)
		}
	})
}
