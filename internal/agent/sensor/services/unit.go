package services

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
)

// Bounds of what is kept of a unit file.
const (
	maxDirectives = 128
	maxUnitValue  = 2048 // bytes of all values of one directive
	maxUnit       = 8192 // bytes of all values; those beyond are kept as digests
)

// Keys of the items of a file.
const (
	itemUnit  = "unit"
	itemLink  = "link"
	fieldLink = "link"
)

// parseUnit makes one item of a unit file: a field for each directive, with
// its section in front ("Service.ExecStart"). The values of one that stands
// there several times are joined with "; "; an empty one forgets those before
// it, as systemd does. A link is an item of its own.
func parseUnit(f watched.File) []watched.Item {
	if f.Link != "" {
		return []watched.Item{{Key: itemLink, Fields: []watched.Field{{Name: fieldLink, Value: f.Link}}}}
	}
	u := unit{at: map[string]int{}}
	section, line := "", ""
	for next := range strings.Lines(string(f.Content)) {
		next = strings.TrimSpace(next)
		if comment(next) {
			continue // also within a directive of several lines
		}
		if part, more := strings.CutSuffix(next, `\`); more && len(line) < maxUnitValue {
			line += part + " "
			continue
		}
		section = u.line(section, line+next)
		line = ""
	}
	u.line(section, line)
	return []watched.Item{{Key: itemUnit, Fields: u.fields, Note: u.note}}
}

func comment(line string) bool { return line != "" && (line[0] == '#' || line[0] == ';') }

type unit struct {
	fields []watched.Field
	at     map[string]int // by name
	size   int            // bytes of all values
	note   string
}

// line takes one whole line and returns the section that it is in.
func (u *unit) line(section, line string) string {
	line = strings.TrimSpace(line)
	if len(line) > 2 && line[0] == '[' && line[len(line)-1] == ']' {
		return bounded(line[1 : len(line)-1])
	}
	name, value, ok := strings.Cut(line, "=")
	if name = strings.TrimSpace(name); !ok || name == "" {
		return section
	}
	u.set(section+"."+bounded(name), strings.TrimSpace(value))
	return section
}

func (u *unit) set(name, value string) {
	i, ok := u.at[name]
	if !ok {
		if len(u.fields) == maxDirectives {
			u.note = "the unit has more directives than are compared"
			return
		}
		i = len(u.fields)
		u.at[name] = i
		u.fields = append(u.fields, watched.Field{Name: name})
	}
	old := u.fields[i].Value
	if old != "" && value != "" {
		value = old + "; " + value
	}
	value = short(value, min(maxUnitValue, max(0, maxUnit-u.size+len(old))))
	u.size += len(value) - len(old)
	u.fields[i].Value = value
}

// short bounds a text so that it still differs from others when only its end
// does.
func short(s string, most int) string {
	if len(s) <= most {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	digest := "sha256:" + hex.EncodeToString(sum[:8])
	return s[:max(0, most-len(digest))] + digest
}

func bounded(s string) string { return s[:min(len(s), 64)] }

// escape makes the last part of the path of a unit's object of its name.
func escape(unit string) string {
	var out strings.Builder
	for i := 0; i < len(unit); i++ {
		if c := unit[i]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' && i > 0 {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "_%02x", c)
		}
	}
	return out.String()
}

// unescape returns the name of a unit from the path of its object on the bus:
// all but letters and digits is written as _ and two hexadecimal digits there.
func unescape(object string) string {
	name := object[strings.LastIndexByte(object, '/')+1:]
	var out strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '_' && i+2 < len(name) {
			hi, lo := digit(name[i+1]), digit(name[i+2])
			if hi >= 0 && lo >= 0 {
				out.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		out.WriteByte(name[i])
	}
	return out.String()
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
