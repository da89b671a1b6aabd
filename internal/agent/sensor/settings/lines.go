package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

const (
	maxLines = 64   // of a change that are told
	maxLine  = 1024 // bytes of a line that are told
)

// secret finds what is not told of a line: what follows the name of a secret.
var secret = regexp.MustCompile(`(?i)(pass(word|wd|phrase)?|pwd|secret|token|api_?key|access_?key|private_?key|credentials?)["']?\s*=`)

// order is the key of an item that is the order of the lines.
const order = "\x00order"

// lines makes an item of each line that says something.
func lines(f watched.File) []watched.Item {
	var out []watched.Item
	sum := sha256.New()
	text := strings.ReplaceAll(string(f.Content), "\\\n", " ")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' && !strings.HasPrefix(line, "#include") {
			continue
		}
		sum.Write([]byte(line + "\n"))
		field := watched.Field{Name: "line", Value: clean(line)}
		if at := secret.FindStringIndex(line); at != nil {
			field.Value, field.Secret = clean(line[:at[1]])+" (not told)", line
		}
		out = append(out, watched.Item{Key: field.Value, Fields: []watched.Field{field}})
	}
	if len(out) > 0 {
		out = append(out, watched.Item{Key: order, Fields: []watched.Field{{Name: "order", Value: hex.EncodeToString(sum.Sum(nil))}}})
	}
	return out
}

// pairs makes items of lines NAME = VALUE, whose field is the name, and of
// others as they stand.
func pairs(f watched.File) []watched.Item {
	out := lines(f)
	for i := range out {
		name, value, ok := strings.Cut(out[i].Get("line"), "=")
		name = strings.TrimSpace(strings.TrimPrefix(name, "-"))
		if !ok || name == "" || strings.ContainsAny(name, " \t") || out[i].Fields[0].Secret != "" {
			continue
		}
		out[i] = watched.Item{Key: name, Fields: []watched.Field{{Name: name, Value: strings.TrimSpace(value)}}}
	}
	return slices.DeleteFunc(out, func(i watched.Item) bool { return strings.HasPrefix(i.Key, ";") })
}

// clean bounds a line and makes it text.
func clean(line string) string {
	if len(line) > maxLine {
		line = line[:maxLine]
	}
	if !utf8.ValidString(line) {
		line = strings.ToValidUTF8(line, "\uFFFD")
	}
	return line
}

// whole makes one item of a file: its digest.
func whole(f watched.File) []watched.Item {
	sum := sha256.Sum256(f.Content)
	return []watched.Item{{Key: "content", Fields: []watched.Field{{Name: "sha256", Value: hex.EncodeToString(sum[:])}}}}
}

// tell makes one event of each change of a file.
func tell(ds []*watched.Difference) []*event.Event {
	var out []*event.Event
	for _, d := range ds {
		e := d.Bare(event.SettingChange)
		e.Change = &event.Change{Object: d.Subject.Object, Name: d.Path, UserName: owner(d.Path)}
		fill(e, d)
		out = append(out, e)
	}
	return out
}

// fill writes the lines that came and went into an event.
func fill(e *event.Event, d *watched.Difference) {
	c := e.Change
	put := func(field, from, to string) {
		if len(c.Fields) < maxLines {
			c.Fields, c.Before, c.After = append(c.Fields, field), append(c.Before, from), append(c.After, to)
		}
	}
	switch {
	case d.New:
		put("file", "", "created")
	case d.Gone:
		put("file", "removed", "")
	}
	n := 0
	var moved bool
	for _, ch := range d.Changes {
		if ch.Key == order {
			moved = true
			continue
		}
		n++
		for i, f := range ch.Fields {
			put(f, ch.From[i], ch.To[i])
		}
	}
	if n == 0 && moved && !d.New && !d.Gone {
		put("order", "", "changed")
	}
	if n > maxLines {
		e.Reason = watched.And(e.Reason, "more lines differ than are told")
	}
}

// owner returns the user whose home a file is in, "" for none.
func owner(p string) string {
	if strings.HasPrefix(p, "/root/") {
		return "root"
	}
	if rest, ok := strings.CutPrefix(p, "/home/"); ok {
		name, _, _ := strings.Cut(rest, "/")
		return name
	}
	if dir := path.Dir(p); path.Base(dir) == "authorized_keys" {
		return path.Base(p)
	}
	return ""
}
