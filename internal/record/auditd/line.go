package auditd

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// Line is one record of the audit log.
type Line struct {
	Node   string
	Type   string
	Time   event.Time
	Serial string // number of the event; records of one event share it
	Names  []string
	Values []string
}

// maxFields bounds the fields of a line.
const maxFields = 8192

// Parse reads a line, also one that stands behind a syslog prefix.
func Parse(text string) (Line, error) {
	var l Line
	at := strings.Index(text, "type=")
	if at < 0 {
		return l, errNone
	}
	if node, ok := strings.CutPrefix(text[:at], "node="); ok {
		l.Node = strings.TrimSpace(node)
	}
	kind, rest, _ := strings.Cut(text[at+len("type="):], " ")
	l.Type = typeName(kind)
	_, rest, ok := strings.Cut(rest, "audit(")
	stamp, rest, closed := strings.Cut(rest, ")")
	when, serial, numbered := strings.Cut(stamp, ":")
	if !ok || !closed || !numbered || kind == "" {
		return l, errNone
	}
	l.Serial = serial
	if l.Time = record.Seconds(when); l.Time == 0 {
		return l, fmt.Errorf("time %q is not seconds since 1970", when)
	}
	n := min(strings.Count(rest, "=")+1, 64) // one more for what interpret adds
	l.Names, l.Values = make([]string, 0, n), make([]string, 0, n)
	if err := l.fields(strings.TrimPrefix(rest, ":"), 0); err != nil {
		return l, err
	}
	l.interpret()
	return l, nil
}

// typeName gives records of the kernel, which have numbers, their names.
func typeName(kind string) string {
	n, err := strconv.Atoi(kind)
	if err != nil {
		if num, ok := strings.CutPrefix(kind, "UNKNOWN["); ok {
			if name := typeName(strings.TrimSuffix(num, "]")); name != strings.TrimSuffix(num, "]") {
				return name
			}
		}
		return kind
	}
	switch n {
	case 1300:
		return "SYSCALL"
	case 1302:
		return "PATH"
	case 1306:
		return "SOCKADDR"
	case 1307:
		return "CWD"
	case 1309:
		return "EXECVE"
	case 1320:
		return "EOE"
	case 1326:
		return "SECCOMP"
	case 1327:
		return "PROCTITLE"
	case 1400:
		return "AVC"
	}
	return kind
}

// fields reads name=value pairs; the pairs inside msg='...' are among them.
func (l *Line) fields(s string, depth int) error {
	word := ""
	for {
		s = strings.TrimLeft(s, " \x1d,")
		if s == "" {
			return nil
		}
		stop := strings.IndexAny(s, "= \x1d")
		if stop < 0 || s[stop] != '=' {
			if stop < 0 {
				stop = len(s)
			}
			word, s = s[:stop], s[stop:]
			l.access(word, s)
			continue
		}
		name := strings.TrimLeft(s[:stop], "(")
		value, rest, quoted := cutValue(s[stop+1:])
		s = rest
		if quoted == '\'' && depth == 0 {
			if err := l.fields(value, 1); err != nil {
				return err
			}
			continue
		}
		if word == "old" {
			name = "old-" + name
		}
		word = ""
		if len(l.Names) >= maxFields {
			return fmt.Errorf("more than %d fields", maxFields)
		}
		l.add(name, value, quoted != 0)
	}
}

// access reads what stands in words: avc:  denied  { read write }.
func (l *Line) access(word, rest string) {
	if l.Type != "AVC" && l.Type != "USER_AVC" || word != "denied" && word != "granted" || slices.Contains(l.Names, "seresult") {
		return
	}
	l.Names, l.Values = append(l.Names, "seresult"), append(l.Values, word)
	_, rest, ok := strings.Cut(rest, "{")
	perms, _, closed := strings.Cut(rest, "}")
	if ok && closed {
		l.Names, l.Values = append(l.Names, "seperms"), append(l.Values, strings.Join(strings.Fields(perms), ","))
	}
}

// cutValue cuts a value off, and says in which quotes it stood.
func cutValue(s string) (value, rest string, quoted byte) {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		end := strings.IndexByte(s[1:], s[0])
		if s[0] == '\'' {
			end = strings.LastIndexByte(s[1:], '\'')
		}
		if end < 0 {
			return s[1:], "", s[0]
		}
		return s[1 : end+1], s[end+2:], s[0]
	}
	end := strings.IndexAny(s, " \x1d")
	if end < 0 {
		end = len(s)
	}
	value = strings.TrimSuffix(s[:end], ",")
	if strings.HasSuffix(value, ")") && !strings.Contains(value, "(") {
		value = strings.TrimSuffix(value, ")")
	}
	return value, s[end:], 0
}

// add adds a field; a text that stands in hexadecimal, because it has blanks
// or worse, is decoded.
func (l *Line) add(name, value string, quoted bool) {
	if !quoted && l.encoded(name) {
		if value = decode(name, value); !strings.Contains(name, "[") {
			value = valid(value)
		}
	}
	if name == "key" && strings.Contains(value, "\x01") { // several keys
		for key := range strings.SplitSeq(value, "\x01") {
			l.Names, l.Values = append(l.Names, name), append(l.Values, key)
		}
		return
	}
	l.Names, l.Values = append(l.Names, name), append(l.Values, value)
}

// encoded reports whether audit writes the values of a field in hexadecimal
// when they have other characters than plain ones.
func (l *Line) encoded(name string) bool {
	switch name {
	case "name", "exe", "comm", "cwd", "proctitle", "cmd", "key", "acct", "path", "dir", "data", "watch", "device", "file", "cgroup", "new_name", "old_name", "invalid_context", "profile", "vm", "subj_role", "sw", "root_dir", "grp", "new_group":
		return true
	}
	return l.Type == "EXECVE" && len(name) > 1 && name[0] == 'a' && name[1] >= '0' && name[1] <= '9' && !strings.HasSuffix(name, "_len")
}

// decode returns the text of a value in hexadecimal; what is none stays.
func decode(name, value string) string {
	if len(value) < 2 || len(value)%2 != 0 || strings.ToUpper(value) != value {
		return value
	}
	b, err := hex.DecodeString(value)
	if err != nil {
		return value
	}
	if name == "proctitle" || name == "cmd" {
		for i, c := range b {
			if c == 0 {
				b[i] = ' '
			}
		}
	}
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return string(b) // a part of an argument may end in the middle of a character
}

// valid replaces what is no UTF-8.
func valid(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

// interpret adds what enriched logs have and raw ones lack: the name of the
// system call.
func (l *Line) interpret() {
	if l.Type != "SYSCALL" && l.Type != "SECCOMP" || slices.Contains(l.Names, "SYSCALL") {
		return
	}
	if name := syscallName(l.Get("arch"), l.Get("syscall")); name != "" {
		l.Names, l.Values = append(l.Names, "SYSCALL"), append(l.Values, name)
	}
}

// Get returns the first value under name.
func (l *Line) Get(name string) string {
	for i, n := range l.Names {
		if n == name {
			return l.Values[i]
		}
	}
	return ""
}

// fill makes the line a record.
func (l *Line) fill(r *record.Record, n int) {
	r.Line, r.Time, r.Host = n, l.Time, l.Node
	l.Log(&r.Log)
}

// Log writes the line into the section of a record; texts are parts of the
// line's.
func (l *Line) Log(log *event.Log) {
	log.Source, log.Channel, log.RecordID = "auditd", Channel, l.Serial
	log.Names, log.Values = slices.Grow(log.Names, len(l.Names)+1), slices.Grow(log.Values, len(l.Values)+1)
	log.Names = append(append(log.Names, "type"), l.Names...)
	log.Values = append(log.Values, l.Type)
	for _, v := range l.Values {
		log.Values = append(log.Values, valid(v))
	}
}
