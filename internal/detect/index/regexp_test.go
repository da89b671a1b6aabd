package index

import (
	"slices"
	"testing"
)

func TestRegexpLiterals(t *testing.T) {
	for text, want := range map[string][]string{
		`abc`:                   {"abc"},
		`(?i)aBc`:               {"abc"},
		`a+bc`:                  {"bc"},
		`^/(tmp|var/tmp)/[^/]+`: {"/tmp/", "/var/tmp/"},
		`(python|perl)3?\d`:     {"python", "python3", "perl", "perl3"},
		`rm\s`:                  {"rm\t", "rm\n", "rm\f", "rm\r", "rm "},
		`[bB]ash`:               {"bash"},
		`x?y?`:                  nil,
		`a|b*`:                  nil,
		`\d+`:                   nil,
		`(foo|\w+)bar`:          {"bar"},
		`foo\s+longer`:          {"longer"},
		`base64\s+-d|base32\s`:  {"base32\t", "base32\n", "base32\f", "base32\r", "base32 ", "base64\t", "base64\n", "base64\f", "base64\r", "base64 "},
		`xa(b+|c+)`:             {"xab", "xac"},
		`(ab){2,}`:              {"abab"},
		"\ufffdx":               nil,
		`K`:                     {"k"},
	} {
		got, _ := regexpLiterals(text)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
