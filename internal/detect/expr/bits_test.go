package expr

import (
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

// TestAnyBase checks comparisons of numbers of any base, masks, and what is
// taken out of a text.
func TestAnyBase(t *testing.T) {
	rec := &event.Event{Kind: event.LogRecord, Log: &event.Log{
		Names:  []string{"access", "port", "text", "hashes", "part"},
		Values: []string{"0x1410", "4444", "abc", "MD5=0A6E,SHA1=FFFF", "1.5"},
	}}
	for text, want := range map[string]bool{
		"log.data.access mask '0x10'":                                      true,
		"log.data.access mask '16'":                                        true,
		"log.data.access mask 0b10000":                                     true,
		"log.data.access mask '0x11'":                                      false,
		"log.data.access mask ('0x11', '0x400')":                           true,
		"log.data.text mask '0'":                                           false,
		"log.data.absent mask '0'":                                         false,
		"log.data.access >= number '5136'":                                 true,
		"log.data.access > number '5136'":                                  false,
		"log.data.access >= '5136'":                                        false, // hexadecimal is text without number
		"log.data.port < number '0x2000'":                                  true,
		"log.data.part > number '1'":                                       true,
		"log.data.part >= number '1.5'":                                    true,
		"log.data.text < number '5'":                                       false,
		"log.data.text >= number '5'":                                      false,
		"not log.data.absent < number '5'":                                 true,
		"event.code mask 0":                                                false,
		"log.data.hashes extract 'MD5=(?P<x>[0-9A-F]+)' in ('0a6e')":       true,
		"log.data.hashes extract 'SHA1=(?P<x>[0-9A-F]+)' in ('0a6e')":      false,
		"log.data.hashes extract 'SHA1=(?P<x>[0-9A-F]+)' in ('a', 'fFfF')": true,
		"log.data.hashes extract 'md5=(?P<x>[0-9A-F]+)' in ('0a6e')":       false, // the expression counts case
		"log.data.hashes extract 'MD6|(?P<x>9)|MD5' in ('')":               false, // the group is not part of the match
	} {
		x, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := x.Match(rec); got != want {
			t.Errorf("%s is %v", text, got)
		}
	}
}

func TestAnyBaseMistakes(t *testing.T) {
	for text, part := range map[string]string{
		"log.data.a mask 'x'":                          "not a whole number",
		"log.data.a mask '1.5'":                        "not a whole number",
		"log.data.a > number 'x'":                      "not a number",
		"log.data.a > number 'nan'":                    "not a number",
		"log.data.a extract 'x(y)' in ('a')":           "no named group",
		"log.data.a extract '(?P<x>y)'":                "goes on with in",
		"log.data.a extract '(?P<x>y)' in container c": "only rules",
		"log.data.a extract '(?P<x>y' in ('a')":        "missing closing",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: got %v, want %q", text, err, part)
		}
	}
}

func TestContainer(t *testing.T) {
	c := NewContainer("bad", []string{"Example.COM", "ÄÖ", "example.com"})
	if c.Len() != 2 || !c.Has("EXAMPLE.com") || !c.Has("äö") || c.Has("example") || c.Has("") {
		t.Errorf("the container is wrong: %v", c.Values())
	}
	p, err := NewPredicate(Predicate{Field: DataField("q"), Op: Extract, Values: []string{`(?P<d>\w+)$`}, In: c})
	if err != nil {
		t.Fatal(err)
	}
	if want := `log.data.q extract '(?P<d>\w+)$' in container 'bad'`; p.String() != want {
		t.Errorf("printed as %s, want %s", p, want)
	}
	if _, err := NewPredicate(Predicate{Field: DataField("q"), Op: Equal, Values: []string{"x"}, In: c}); err == nil {
		t.Error("a container without extract is taken")
	}
	if n := testing.AllocsPerRun(100, func() { c.Has("EXAMPLE.com") }); n != 0 {
		t.Errorf("a look-up allocates %v times", n)
	}
}
