package script

import (
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/vedette-edr/vedette/internal/event"
)

func TestReadable(t *testing.T) {
	long := strings.Repeat("é", maxText/2)
	for name, c := range map[string]struct {
		in, want string
		cut, ok  bool
	}{
		"text":                 {"echo a\n", "echo a\n", false, true},
		"empty":                {"", "", false, true},
		"mark of UTF-8":        {"\xef\xbb\xbfecho", "echo", false, true},
		"UTF-16 little":        {"\xff\xfee\x00c\x00\xe9\x00", "ecé", false, true},
		"UTF-16 big":           {"\xfe\xff\x00e\x00c\x00\xe9", "ecé", false, true},
		"half a unit":          {"\xff\xfee\x00c", "e", false, true},
		"not UTF-8":            {"echo \xff\xfe b", "echo \ufffd b", false, true},
		"program":              {"\x7fELF\x02\x01\x01\x00\x00", "", false, false},
		"archive behind text":  {"#!/bin/sh\n" + strings.Repeat("#", look) + "\x00\x01\x02", "#!/bin/sh\n" + strings.Repeat("#", look), true, true},
		"as long as can be":    {long, long, false, true},
		"too long":             {long + "é", long, true, true},
		"cut in a character":   {"x" + long, "x" + long[:maxText-2], true, true},
		"grows when made safe": {strings.Repeat("a\xff", maxText/2), strings.Repeat("a\ufffd", maxText/4), true, true},
	} {
		got, cut, ok := readable([]byte(c.in))
		if got != c.want || cut != c.cut || ok != c.ok {
			t.Errorf("%s: %.20q... (%d bytes), cut %v, ok %v, want %.20q... (%d bytes), %v, %v", name, got, len(got), cut, ok, c.want, len(c.want), c.cut, c.ok)
		}
	}
}

func FuzzReadable(f *testing.F) {
	f.Add([]byte("#!/bin/sh\necho a\n"))
	f.Add([]byte("\xff\xfee\x00c\x00"))
	f.Add([]byte("a\xe2\x82"))
	f.Fuzz(func(t *testing.T, b []byte) {
		text, _, ok := readable(b)
		if len(text) > maxText || !utf8.ValidString(text) || strings.Contains(text[:min(len(text), look)], "\x00") && ok && len(b) > 0 && b[0] < 0xfe {
			t.Fatalf("%d bytes, valid %v", len(text), utf8.ValidString(text))
		}
	})
}

func TestTold(t *testing.T) {
	const s = event.Time(1e9)
	told := newTold(2)
	a, b, c := digest{1}, digest{2}, digest{3}
	for i, step := range []struct {
		key  digest
		at   event.Time
		want verdict
	}{
		{a, 100 * s, verdict{true, true, 0}},
		{a, 101 * s, verdict{}},
		{a, 109 * s, verdict{}},
		{b, 109 * s, verdict{true, true, 0}},
		{a, 110 * s, verdict{true, false, 2}},
		{a, 111 * s, verdict{}},
		{a, 4000 * s, verdict{true, true, 1}}, // an hour later
		{a, 3000 * s, verdict{true, true, 0}}, // the clock was set back
		{c, 3001 * s, verdict{true, true, 0}}, // b is forgotten
		{a, 3002 * s, verdict{}},
		{b, 3003 * s, verdict{true, true, 0}},
	} {
		if got := told.run(step.key, step.at); got != step.want {
			t.Errorf("step %d: %+v, want %+v", i, got, step.want)
		}
	}
	if told.used.Len() != 2 || len(told.known) != 2 {
		t.Errorf("%d and %d contents, at most 2", told.used.Len(), len(told.known))
	}
}

func TestStampsForget(t *testing.T) {
	s := newStamps(4)
	for i := range uint64(100) {
		s.put(stamp{inode: i}, known{})
	}
	if len(s.known) > 4 {
		t.Errorf("%d files, at most 4", len(s.known))
	}
}

// A reading that takes too long is given up; what it finds later is dropped,
// and while too many are out nothing is read.
func TestSlow(t *testing.T) {
	s := &slow{patience: time.Millisecond}
	answer := make(chan struct{})
	var late atomic.Int32
	drop := func(int) { late.Add(1) }
	for range maxSlow {
		if got, ok := wait(s, func() int { <-answer; return 1 }, drop); ok || got != 0 {
			t.Errorf("%d, %v", got, ok)
		}
	}
	s.patience = time.Minute
	if _, ok := wait(s, func() int { t.Error("read"); return 1 }, drop); ok {
		t.Error("more than may be out")
	}
	if got := s.read(found{}); got.err != errSlow {
		t.Errorf("%+v", got)
	}
	close(answer)
	for s.out.Load() > 0 {
		runtime.Gosched()
	}
	if got, ok := wait(s, func() int { return 2 }, drop); !ok || got != 2 || late.Load() != maxSlow {
		t.Errorf("%d, %v, %d came late", got, ok, late.Load())
	}
}
