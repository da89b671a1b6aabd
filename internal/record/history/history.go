// Package history reads the history files of shells: what somebody typed, and
// when, where the shell wrote that. Formats are those of bash (with and without
// HISTTIMEFORMAT), zsh (plain and extended), fish, and plain lines (ash, ksh).
//
// A file that ends within an entry is read up to it: the shell may be writing.
// Functions keep nothing and may be called from any goroutine.
package history

import (
	"bytes"
	"path"
	"strconv"
	"strings"
	"time"
)

// Format is how a file is written.
type Format uint8

// The formats.
const (
	None Format = iota
	Plain
	Bash
	Zsh
	Fish
)

// FormatOf returns the format of a history file by its name, None for others.
func FormatOf(file string) Format {
	switch path.Base(file) {
	case ".bash_history":
		return Bash
	case ".zsh_history", ".zhistory", ".histfile":
		return Zsh
	case "fish_history":
		return Fish
	case ".ash_history", ".sh_history", ".ksh_history", ".mksh_history":
		return Plain
	}
	return None
}

// Shell names the shell of a format.
func (f Format) Shell() string { return [...]string{"", "sh", "bash", "zsh", "fish"}[f] }

// Entry is one command line, which may have several lines.
type Entry struct {
	Text string
	Time time.Time // zero when the file does not say
	End  int       // where it ends in the file
}

// MaxEntry is how long an entry can be, bytes; of longer ones the rest is left out.
const MaxEntry = 64 << 10

// Parse reads the whole entries of a file or of its end. Empty ones are left out.
func Parse(f Format, b []byte) []Entry {
	var p parser
	switch f {
	case Bash:
		p.bash(b)
	case Zsh:
		p.zsh(b)
	case Fish:
		p.fish(b)
	case Plain:
		p.lines(b, func(line []byte, end int) { p.add(line, time.Time{}, end) })
	}
	return p.out
}

type parser struct{ out []Entry }

func (p *parser) add(text []byte, at time.Time, end int) {
	text = bytes.TrimRight(text[:min(len(text), MaxEntry)], "\r\n")
	if len(bytes.TrimSpace(text)) > 0 {
		p.out = append(p.out, Entry{Text: strings.ToValidUTF8(string(text), "\ufffd"), Time: at, End: end})
	}
}

// lines calls f with each whole line and where the next one begins.
func (p *parser) lines(b []byte, f func(line []byte, end int)) {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return
		}
		f(b[at:at+i], at+i+1)
		at += i + 1
	}
}

// bash reads lines. Where one is a comment of digits only, it is the time of
// the entry that follows, and entries end where the next time stands.
func (p *parser) bash(b []byte) {
	var entry []byte
	var at time.Time
	timed, last := false, 0
	flush := func() { p.add(entry, at, last); entry = nil }
	p.lines(b, func(line []byte, end int) {
		if t, ok := stamp(line); ok {
			flush()
			at, timed = t, true
			return
		}
		if !timed {
			p.add(line, time.Time{}, end)
			return
		}
		if len(entry) < MaxEntry {
			entry = append(append(entry, line...), '\n')
		}
		last = end
	})
	if timed {
		flush()
	}
}

// stamp reads a line such as #1767225600.
func stamp(line []byte) (time.Time, bool) {
	if len(line) < 2 || line[0] != '#' {
		return time.Time{}, false
	}
	return seconds(line[1:])
}

func seconds(b []byte) (time.Time, bool) {
	if len(b) > 11 {
		return time.Time{}, false
	}
	n, err := strconv.ParseUint(string(b), 10, 40)
	if err != nil {
		return time.Time{}, false
	}
	return time.Unix(int64(n), 0), true
}

// zsh reads lines; one that ends in a backslash goes on. The extended form has
// ": TIME:DURATION;" before the text. Bytes that zsh uses itself are written as
// 0x83 and the byte with bit 5 turned.
func (p *parser) zsh(b []byte) {
	var entry []byte
	p.lines(b, func(line []byte, end int) {
		if n := len(line); n > 0 && line[n-1] == '\\' {
			if len(entry) < MaxEntry {
				entry = append(append(entry, line[:n-1]...), '\n')
			}
			return
		}
		entry = append(entry, line...)
		text, at := extended(Unmeta(entry))
		p.add(text, at, end)
		entry = entry[:0]
	})
}

func extended(b []byte) ([]byte, time.Time) {
	rest, ok := bytes.CutPrefix(b, []byte(": "))
	if !ok {
		return b, time.Time{}
	}
	head, text, ok := bytes.Cut(rest, []byte(";"))
	start, _, colon := bytes.Cut(head, []byte(":"))
	at, number := seconds(bytes.TrimSpace(start))
	if !ok || !colon || !number {
		return b, time.Time{}
	}
	return text, at
}

// Unmeta undoes what zsh does to bytes that it uses itself.
func Unmeta(b []byte) []byte {
	const meta = 0x83
	if bytes.IndexByte(b, meta) < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == meta && i+1 < len(b) {
			i++
			out = append(out, b[i]^32)
			continue
		}
		out = append(out, b[i])
	}
	return out
}

// fish reads entries of the lines "- cmd: TEXT" and "  when: TIME"; others say
// nothing of interest.
func (p *parser) fish(b []byte) {
	var text []byte
	var at time.Time
	last, whole := 0, false
	flush := func() {
		if whole {
			p.add(text, at, last)
		}
		text, at, whole = nil, time.Time{}, false
	}
	p.lines(b, func(line []byte, end int) {
		if cmd, ok := bytes.CutPrefix(line, []byte("- cmd: ")); ok {
			flush()
			text = unescape(cmd)
		} else if when, ok := bytes.CutPrefix(line, []byte("  when: ")); ok {
			at, _ = seconds(bytes.TrimSpace(when))
			whole = true
		}
		last = end
	})
	flush()
}

// unescape undoes \n and \\.
func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) && (b[i+1] == 'n' || b[i+1] == '\\') {
			i++
			if b[i] == 'n' {
				out = append(out, '\n')
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}
