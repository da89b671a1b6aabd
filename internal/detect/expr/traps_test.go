package expr

import (
	"net/netip"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/vedette-edr/vedette/internal/event"
)

// TestTraps is what other engines do otherwise, and what docs/conditions.md
// says of it.
func TestTraps(t *testing.T) {
	e := &event.Event{Kind: event.ProcessStart,
		Process: &event.Process{Name: "\u212aernel", CommandLine: "Straße \u017feCRET a*b?c", Args: []string{"", "One", "Two"}, PID: 9007199254740993,
			Executable: strings.Repeat("a", MaxField) + "evil"},
		Net: &event.Net{DestinationIP: netip.MustParseAddr("::ffff:10.1.2.3"), SourceIP: netip.MustParseAddr("fe80::1%eth0")},
		Log: &event.Log{Names: []string{"mask", "twice", "twice", "empty", "num", "text"}, Values: []string{"0x1410", "A", "b", "", "010", "9a"}},
	}
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"absent under not", "not user.name = 'x'", true},
		{"absent under not of not", "not not user.name = 'x'", false},
		{"absent and !=", "user.name != field process.name", true},
		{"absent and a negated order", "not user.name > 'a'", true},
		{"absent beside present", "user.name = field log.data.none", false},
		{"Kelvin sign is k", "process.name = 'KERNEL'", true},
		{"long s is s", "process.command_line contains 'SECRET'", true},
		{"sharp s is not ss", "process.command_line contains 'strasse'", false},
		{"cased compares bytes", "process.command_line contains cased 'SECRET'", false},
		{"contains takes * literally", "process.command_line contains 'a*b?c'", true},
		{"contains takes ? literally", "process.command_line contains 'a?b'", false},
		{"like: ? is one character", "process.command_line like '*stra?e*'", true},
		{"like: ? is not two", "process.command_line like '*str?e*'", false},
		{"like covers the whole", "process.command_line like 'stra'", false},
		{"like: escaped wildcards", `process.command_line like '*a\*b\?c'`, true},
		{"matches is not anchored", "process.command_line matches 'eCRET'", true},
		{"matches folds", "process.command_line matches 'secret'", true},
		{"matches: no line end in a dot", "process.command_line matches '^Stra.e$'", false},
		{"list: any element", "process.args = 'two'", true},
		{"list: != is no element", "process.args != 'two'", false},
		{"list: elements are not joined", "process.args contains 'one, two'", false},
		{"list: empty element", "process.args = ''", true},
		{"a name that stands twice", "log.data.twice = 'B' and log.data.twice = 'a'", true},
		{"present and empty", "log.data.empty exists and log.data.empty = '' and not log.data.empty = 'x'", true},
		{"contains '' is true of the present", "log.data.empty contains ''", true},
		{"contains '' is false of the absent", "log.data.none contains ''", false},
		{"hexadecimal is text", "log.data.mask = 5136", false},
		{"hexadecimal as number", "log.data.mask >= number 5136 and log.data.mask mask '0x10'", true},
		{"numbers are not texts", "log.data.num = 10", true},
		{"unless asked", "log.data.num = text 10", false},
		{"text is less than no number", "log.data.text < 10 or log.data.text >= 10", false},
		{"texts have an order", "log.data.text > 'a' or log.data.text < 'a'", true},
		{"64 bits are exact", "process.pid = 9007199254740992", false},
		{"64 bits are exact, equal", "process.pid = 9007199254740993", true},
		{"mapped address", "destination.ip = '10.1.2.3' and destination.ip cidr '10.0.0.0/8'", true},
		{"mapped address as text", "destination.ip startswith '10.'", true},
		{"zone does not count", "source.ip = 'fe80::1' and source.ip cidr 'fe80::/10'", true},
		{"one address is a network", "destination.ip cidr '::ffff:10.1.2.3'", true},
		{"false is absent", "process.memory_backed exists or process.memory_backed != true", true},
		{"what is behind the limit", "process.executable contains 'evil'", false},
		{"the limit itself", "process.executable endswith 'aaaa'", true},
		{"any asks all", "any = 'One' and any contains 'ecret'", true},
		{"keyword", "'secret' and not 'nowhere'", true},
		{"no values", "false or not true", false},
	} {
		x, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := x.Match(e); got != c.want {
			t.Errorf("%s: %s is %v, want %v", c.name, c.text, got, c.want)
		}
	}
}

// TestFoldIsSimpleFolding compares FoldRune with its definition for each rune:
// runes that differ in case only have one, and no text grows.
func TestFoldIsSimpleFolding(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		f := FoldRune(r)
		if f != FoldRune(unicode.SimpleFold(r)) {
			t.Fatalf("%U folds to %U, %U to %U", r, f, unicode.SimpleFold(r), FoldRune(unicode.SimpleFold(r)))
		}
		if utf8.RuneLen(f) > utf8.RuneLen(r) {
			t.Fatalf("%U is longer than %U", f, r)
		}
	}
	for _, s := range []string{"", "A", "aB@[`{Zz", "AbCdEfGhIjKlMnOp", "1234567Ä", "ABCDEFG\xff", "ÄBCDEFGHIJ", "xxxxxxxxxxxxÀ\x80Z"} {
		want := ""
		for i := 0; i < len(s); {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				want += s[i : i+1]
			} else {
				want += string(FoldRune(r))
			}
			i += n
		}
		if got := Fold(s); got != want {
			t.Errorf("%q folds to %q, want %q", s, got, want)
		}
		if got := string(AppendFold([]byte("Xy"), s)); got != "Xy"+want {
			t.Errorf("%q is appended as %q", s, got)
		}
	}
}
