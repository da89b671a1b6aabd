package dfa

import (
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

func matches(t testing.TB, r *Regexp, text string) bool {
	t.Helper()
	budget := math.MaxInt
	got, done := r.Match(text, &budget)
	if !done {
		t.Fatalf("the match of %q was not done with all the budget there is", text)
	}
	return got
}

// expressions are of the shapes that rules use, and of those that are hard to
// get right.
func expressions() []string {
	return []string{
		``, `a`, `abc`, `(?i)aBc`, `^abc`, `abc$`, `^$`, `\Aab\z`, `a*`, `a+b`, `.*abc.*`, `a.c`, `(?s)a.c`, `a.{2,5}c`, `[a-f0-9]{4}\s[a-f]{2}`,
		`\bab\b`, `\Bab\B`, `(?m)^ab$`, `(?m)$\n^b`, `a|b|cd`, `(ab|cd)+e?$`, `\w{3,}\d`, `[^a-z]b`, `x?y?`, `.{10,}`, `.{3}`, `[ab]{5}`, `\s-\s*<`,
		`(?i)k`, `(?i)ſ`, `K`, `[äöü]+`, `\pL\d`, `[^\x00-\x7f]`, "\ufffd", `a\b`, `\b`, `\B`, `^\s*$`, `(a|ab)(c|bcd)(d*)`, `(?:a?){5}a{5}`,
		`[ab]*a[ab]{8}c`, `(?i)(?:set).*&&\s?set.*(?:environment|\$\{?input).*"`, `a$b`, `(^a|b$)`, `(?U)a+b`, `\Qa.b\E`, `a{0}b`, `(|a)b`, `$`, `^`, `.`, `\n`,
	}
}

func texts() []string {
	return []string{
		"", "a", "b", "ab", "abc", "ABC", "xabcx", "aab", "a\nc", "a c", "axxxxc", "ab\nab", "\nb", "b\n", "abcd", "cdcde", "K", "ſ", "s", "k", "äö", "é1", "\xff", "a\xffb", "\ufffd",
		"deadbeef be", "dead\tbe", " - <", " -<", "abcdefghij", "abcdefghi", "äöüäöüäöüä", "aaaaa", "aaaaaaaaaa", "abababababac", "set x&& set environment&&\"", "a.b", "_a_", "a_b ab",
		strings.Repeat("ab", 300) + "c", strings.Repeat("a", 999), "\n", "\r\n", "ab ", " ab",
	}
}

func TestSameAsRegexp(t *testing.T) {
	for _, x := range expressions() {
		want := regexp.MustCompile(x)
		r, err := Compile(x)
		if err != nil {
			t.Errorf("%s: %v", x, err)
			continue
		}
		for _, text := range texts() {
			if got := matches(t, r, text); got != want.MatchString(text) {
				t.Errorf("%q on %q: got %v", x, text, got)
			}
		}
	}
}

// TestSameAsRegexpOnRandomTexts makes texts of what the expressions are about.
func TestSameAsRegexpOnRandomTexts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "b", "c", "d", "ab", "\n", " ", "x", "0", "-", "<", "K", "ä", "\xff", "_", "set", "&&", "\"", "ABC"}
	for _, x := range expressions() {
		want := regexp.MustCompile(x)
		r, err := Compile(x)
		if err != nil {
			t.Fatal(err)
		}
		for range 400 {
			var b strings.Builder
			for range rnd.IntN(14) {
				b.WriteString(pieces[rnd.IntN(len(pieces))])
			}
			if got := matches(t, r, b.String()); got != want.MatchString(b.String()) {
				t.Fatalf("%q on %q: got %v", x, b.String(), got)
			}
		}
	}
}

// TestAnAutomatonThatIsTooLargeStaysRight drives one past its memory.
func TestAnAutomatonThatIsTooLargeStaysRight(t *testing.T) {
	const x = `[ab]*a[ab]{12}c`
	want := regexp.MustCompile(x)
	r, err := Compile(x)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		b := make([]byte, 2000)
		for i := range b {
			b[i] = "ab"[rnd.IntN(2)]
		}
		if rnd.IntN(2) == 0 {
			b[len(b)-1] = 'c'
		}
		if got := matches(t, r, string(b)); got != want.MatchString(string(b)) {
			t.Fatalf("got %v", got)
		}
	}
	if n := r.Size(); n < maxMemory || n > 4*maxMemory {
		t.Errorf("the automaton takes %d bytes; it should have reached its limit of %d and stayed near it", n, maxMemory)
	}
}

func TestABudgetBoundsTheWork(t *testing.T) {
	r, err := Compile(`(?:[ab]*a[ab]{100}c){3}`)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 64<<10)
	rnd := rand.New(rand.NewPCG(5, 6))
	for i := range b {
		b[i] = "ab"[rnd.IntN(2)]
	}
	budget := 1 << 20
	begin := time.Now()
	match, done := r.Match(string(b), &budget)
	if match || done || budget > 0 {
		t.Errorf("match %v, done %v, budget %d", match, done, budget)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("a budget of a million steps took %v", took)
	}
	budget = 10
	if _, done := r.Match(strings.Repeat("x", 11), &budget); done {
		t.Error("a text longer than the budget was matched")
	}
}

func TestConcurrentUse(t *testing.T) {
	for _, x := range []string{`[ab]*a[ab]{9}c`, `\bab\b`} {
		r, err := Compile(x)
		if err != nil {
			t.Fatal(err)
		}
		want := regexp.MustCompile(x)
		var wg sync.WaitGroup
		for seed := range uint64(8) {
			wg.Go(func() {
				rnd := rand.New(rand.NewPCG(seed, 1))
				for range 100 {
					b := make([]byte, 60)
					for i := range b {
						b[i] = "ab c"[rnd.IntN(4)]
					}
					budget := math.MaxInt
					if got, _ := r.Match(string(b), &budget); got != want.Match(b) {
						t.Errorf("%s on %q: got %v", x, b, got)
						return
					}
				}
			})
		}
		wg.Wait()
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, x := range []string{`(`, `a{2000}`, `(?=a)`} {
		if _, err := Compile(x); err == nil {
			t.Errorf("%s compiles", x)
		}
	}
}

func FuzzSameAsRegexp(f *testing.F) {
	for i, x := range expressions() {
		f.Add(x, texts()[i%len(texts())])
	}
	f.Fuzz(func(t *testing.T, x, text string) {
		if len(x) > 200 || len(text) > 2000 {
			return
		}
		want, err := regexp.Compile(x)
		r, err2 := Compile(x)
		if err != nil {
			if err2 == nil {
				t.Fatalf("%q compiles here only", x)
			}
			return
		}
		if err2 != nil {
			return // too large
		}
		budget := 1 << 22
		if got, done := r.Match(text, &budget); done && got != want.MatchString(text) {
			t.Fatalf("%q on %q: got %v", x, text, got)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	line := `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe -NoProfile -ExecutionPolicy Bypass -File C:\scripts\do.ps1 -x 12345 -y some other text`
	for _, x := range []string{`\s[a-fA-F0-9]{64}\s[a-fA-F0-9]{16}`, `net\s+user\s+`, `(?i)(?:set).*&&\s?set.*(?:environment|invoke)`, `.{1000,}`} {
		b.Run(x, func(b *testing.B) {
			r, err := Compile(x)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				budget := 1 << 20
				r.Match(line, &budget)
			}
		})
	}
}
