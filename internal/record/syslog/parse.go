package syslog

import (
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// Parse reads a line; now decides the year of one without a year, which is in
// UTC.
func Parse(line string, now time.Time) (Message, error) {
	return ParseIn(line, now, time.UTC)
}

// ParseIn is Parse for a line whose time, when it has no zone, is of zone.
func ParseIn(line string, now time.Time, zone *time.Location) (Message, error) {
	m := Message{Line: line, Priority: -1}
	rest := line
	if strings.HasPrefix(rest, "<") {
		text, after, ok := strings.Cut(rest[1:], ">")
		n, err := strconv.Atoi(text)
		if !ok || err != nil || n < 0 || n > 191 || len(text) > 3 {
			return m, errPriority
		}
		m.Priority, rest = n, after
		if after, ok := strings.CutPrefix(rest, "1 "); ok {
			return m, m.new(after)
		}
	}
	at, rest, ok := stampOf(rest, now, zone)
	if !ok {
		return m, errNone
	}
	m.Time = at
	m.Host, rest, ok = strings.Cut(strings.TrimLeft(rest, " "), " ")
	if !ok || m.Host == "" {
		return m, errNone
	}
	m.tag(strings.TrimLeft(rest, " "))
	return m, nil
}

// stampOf reads the time at the begin of a line.
func stampOf(s string, now time.Time, zone *time.Location) (event.Time, string, bool) {
	if len(s) > 15 && s[3] == ' ' && s[15] == ' ' {
		at, err := time.ParseInLocation("Jan _2 15:04:05", s[:15], time.UTC) // in year 0, where zones are of no use
		if err != nil {
			return 0, s, false
		}
		at = time.Date(now.In(zone).Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, zone)
		if at.After(now.Add(24 * time.Hour)) { // zones differ
			at = at.AddDate(-1, 0, 0)
		}
		return event.At(at), s[16:], true
	}
	word, rest, ok := strings.Cut(s, " ")
	if !ok || len(word) < 19 || word[4] != '-' || word[10] != 'T' {
		return 0, s, false
	}
	at := record.ParseTime(word)
	return at, rest, at != 0
}

// tag reads "program[pid]: text".
func (m *Message) tag(s string) {
	m.Text = s
	end := strings.IndexAny(s, ":[ ")
	if end <= 0 || end > 64 {
		return
	}
	rest := s[end:]
	pid := ""
	if rest[0] == '[' {
		text, after, ok := strings.Cut(rest[1:], "]")
		if !ok || len(text) > 32 {
			return
		}
		pid, rest = text, after
	}
	text, ok := strings.CutPrefix(rest, ":")
	if !ok {
		return
	}
	m.Program, m.PID, m.Text = s[:end], pid, strings.TrimPrefix(text, " ")
}

// new reads a line of RFC 5424 behind its version.
func (m *Message) new(s string) error {
	var parts [5]string
	for i := range parts {
		word, rest, ok := strings.Cut(s, " ")
		if !ok {
			return errNone
		}
		if word != "-" {
			parts[i] = word
		}
		s = rest
	}
	if parts[0] != "" {
		if m.Time = record.ParseTime(parts[0]); m.Time == 0 {
			return errNone
		}
	}
	m.Host, m.Program, m.PID, m.ID = parts[1], parts[2], parts[3], parts[4]
	m.Text = strings.TrimPrefix(strings.TrimPrefix(m.structured(s), " "), "\ufeff")
	return nil
}

// maxData bounds the parameters of a line.
const maxData = 256

// structured reads the structured data, [id name="value" ...], and returns
// what stands behind.
func (m *Message) structured(s string) string {
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		return rest
	}
	for strings.HasPrefix(s, "[") {
		stop := strings.IndexAny(s, " ]")
		if stop < 0 {
			return s
		}
		for s = s[stop:]; strings.HasPrefix(s, " "); {
			name, rest, ok := strings.Cut(s[1:], `="`)
			value, after, closed := quoted(rest)
			if !ok || !closed || len(m.Data) >= 2*maxData {
				return s
			}
			m.Data, s = append(m.Data, name, value), after
		}
		rest, ok := strings.CutPrefix(s, "]")
		if !ok {
			return s
		}
		s = rest
	}
	return s
}

// quoted reads up to the quotation mark that ends a value.
func quoted(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], true
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`"\]`, s[i+1]) >= 0:
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", s, false
}
