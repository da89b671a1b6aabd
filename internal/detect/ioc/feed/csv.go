package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

// role is what a column of a table holds.
type role struct {
	name  string
	which ioc.Type // of name "typed": the type of its values
}

// roleOf returns what a column is, by its heading.
func roleOf(heading string) role {
	h := strings.ToLower(strings.Trim(strings.TrimSpace(heading), `"'#`))
	h = strings.ReplaceAll(strings.ReplaceAll(h, " ", "_"), "-", "_")
	switch h {
	case "value", "indicator", "ioc", "observable", "indicator_value", "ioc_value":
		return role{name: "value"}
	case "type", "indicator_type", "ioc_type", "attribute_type":
		return role{name: "type"}
	case "source", "feed", "provider", "reporter":
		return role{name: "source"}
	case "level", "severity", "criticality":
		return role{name: "level"}
	case "tags", "tag", "labels", "label":
		return role{name: "tags"}
	case "note", "comment", "description", "malware", "malware_printable", "signature", "family", "threat":
		return role{name: "note"}
	case "expires", "expiration", "valid_until", "expiry":
		return role{name: "expires"}
	case "ref", "id", "uuid", "reference", "ioc_id":
		return role{name: "ref"}
	case "distance":
		return role{name: "distance"}
	}
	for _, name := range []string{h, strings.TrimSuffix(h, "_hash"), strings.TrimSuffix(h, "_address"), strings.TrimPrefix(h, "dst_"), strings.ReplaceAll(h, "_", "-")} {
		if t, ok := ioc.ParseType(name); ok {
			return role{name: "typed", which: t}
		}
	}
	return role{}
}

// separatorOf returns what separates the cells of a heading that names where
// the indicators are; 0 when the line is no such heading.
func separatorOf(line string) byte {
	for _, sep := range []byte{',', ';', '\t'} {
		cells, err := cellsOf(line, sep, nil)
		if err != nil || len(cells) < 2 {
			continue
		}
		known, where := 0, false
		for _, c := range cells {
			r := roleOf(c)
			if r.name != "" {
				known++
			}
			where = where || r.name == "value" || r.name == "typed"
		}
		if where && known >= 2 || where && strings.IndexByte("#\"", line[0]) >= 0 {
			return sep
		}
	}
	return 0
}

// isCSV reports whether a line of the head is a heading; comments may stand
// before it, and it may be one itself.
func isCSV(_ string, head []byte) bool {
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		text := strings.TrimSpace(string(line))
		if text == "" {
			continue
		}
		if separatorOf(text) != 0 {
			return true
		}
		if text[0] != '#' {
			return false
		}
	}
	return false
}

// table is the heading of a table.
type table struct {
	sep   byte
	roles []role
	cells []string
}

// csv reads a table with a heading.
func (r *reading) csv(b *bufio.Reader) error {
	t := table{}
	return r.lines(b, func(n int, text string) error {
		if t.sep == 0 {
			if t.sep = separatorOf(text); t.sep != 0 {
				cells, _ := cellsOf(strings.TrimLeft(text, "# "), t.sep, nil) // was split
				for _, c := range cells {
					t.roles = append(t.roles, roleOf(c))
				}
			}
			return nil
		}
		if text[0] == '#' {
			return nil
		}
		var err error
		if t.cells, err = cellsOf(text, t.sep, t.cells[:0]); err != nil {
			r.refuse(place{line: n}, err.Error())
			return nil
		}
		return r.row(n, &t)
	})
}

// row takes the indicators of a line.
func (r *reading) row(line int, t *table) error {
	var i ioc.Indicator
	var typed []ioc.Indicator
	value, found := "", false
	for k, c := range t.cells {
		c = strings.TrimSpace(c)
		if k >= len(t.roles) || c == "" || strings.EqualFold(c, "n/a") || c == "None" || c == "-" {
			continue
		}
		switch role := t.roles[k]; role.name {
		case "value":
			value, found = c, true
		case "type":
			which, ok := typeNamed(c)
			if !ok {
				r.refuse(place{line, "type"}, fmt.Sprintf("%.40q is no type that can be looked up", c))
				return nil
			}
			i.Type = which
		case "typed":
			typed = append(typed, ioc.Indicator{Type: role.which, Value: c})
		default:
			if err := set(&i, role.name, c); err != nil {
				r.refuse(place{line, role.name}, err.Error())
				return nil
			}
		}
	}
	if found {
		if i.Type == ioc.None {
			i.Type = r.typeFor(value)
		}
		i.Value = plainValue(i.Type, value)
		typed = append(typed, i)
	}
	if len(typed) == 0 {
		r.refuse(place{line: line}, "no indicator stands in the line")
	}
	for _, one := range typed {
		one.Source, one.Level, one.Note, one.Ref, one.Expires, one.Distance = i.Source, i.Level, i.Note, i.Ref, i.Expires, 0
		one.Tags = append([]string{}, i.Tags...)
		if one.Type == ioc.TLSH {
			one.Distance = i.Distance
		}
		if err := r.add(place{line: line}, one); err != nil {
			return err
		}
	}
	return nil
}

// typeNamed reads the name of a type as feeds write it: md5_hash, ip:port.
func typeNamed(name string) (ioc.Type, bool) {
	name = strings.ToLower(name)
	for _, n := range []string{name, strings.TrimSuffix(name, "_hash"), strings.TrimSuffix(name, ":port"), strings.TrimPrefix(name, "filehash-"), strings.ReplaceAll(name, "_", "-")} {
		if t, ok := ioc.ParseType(n); ok {
			return t, true
		}
	}
	return ioc.None, false
}

// set fills a text of an indicator.
func set(i *ioc.Indicator, name, text string) (err error) {
	switch name {
	case "source":
		i.Source = text
	case "level":
		i.Level, err = levelOf(text)
	case "tags":
		i.Tags = append(i.Tags, strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(",;| ", c) })...)
	case "note":
		if i.Note != "" {
			text = i.Note + "; " + text
		}
		i.Note = text
	case "expires":
		i.Expires, err = timeOf(text)
	case "ref":
		i.Ref = text
	case "distance":
		i.Distance, err = strconv.Atoi(text)
	}
	return err
}

// levelOf reads a level: its name, or a number from 0 to 10.
func levelOf(text string) (string, error) {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n <= 10 {
		return []string{"informational", "low", "low", "low", "medium", "medium", "medium", "high", "high", "critical", "critical"}[n], nil
	}
	switch l := strings.ToLower(text); l {
	case "info":
		return "informational", nil
	case "informational", "low", "medium", "high", "critical":
		return l, nil
	}
	return "", fmt.Errorf("%.40q is no level", text)
}

// timeOf reads a time: RFC 3339, a date, a date and time, or seconds since 1970.
func timeOf(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 && n < 1<<40 {
		return time.Unix(n, 0).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("%.40q is no time such as 2026-12-31T00:00:00Z", text)
}

// cellsOf splits a line; a cell with the separator in it stands in quotes.
func cellsOf(line string, sep byte, dst []string) ([]string, error) {
	for {
		line = strings.TrimLeft(line, " ")
		if !strings.HasPrefix(line, `"`) {
			cell, rest, more := strings.Cut(line, string(sep))
			dst = append(dst, cell)
			if !more {
				return dst, nil
			}
			line = rest
			continue
		}
		var cell strings.Builder
		line = line[1:]
		for {
			at := strings.IndexByte(line, '"')
			if at < 0 {
				return dst, errors.New("a quote is not closed on its line")
			}
			cell.WriteString(line[:at])
			line = line[at+1:]
			if !strings.HasPrefix(line, `"`) {
				break
			}
			cell.WriteByte('"')
			line = line[1:]
		}
		dst = append(dst, cell.String())
		_, rest, more := strings.Cut(line, string(sep))
		if !more {
			return dst, nil
		}
		line = rest
	}
}
