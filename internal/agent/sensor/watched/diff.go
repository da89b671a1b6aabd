package watched

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// changed is what is told of a secret.
const changed = "changed"

// Difference is what differs between two readings of a file.
type Difference struct {
	Subject *Subject
	Path    string
	Time    event.Time
	By      *event.Event // that told of the change, the last one; nil when nobody is known
	Count   int          // of the events between the readings
	First   event.Time   // time of the first of them
	Reason  string
	New     bool // the file was not there before
	Gone    bool // the file is not there any more
	Changes []Change

	provider string
	file     *event.File
	known    func(path, key string) *Item
	read     event.Time // begin of the reading that showed it
}

// Known returns what is known of an item of another watched file of the same
// mount namespace, nil when nothing is.
func (d *Difference) Known(path, key string) *Item { return d.known(path, key) }

// Change is one item that differs.
type Change struct {
	Key           string
	Before, After *Item    // nil when it was or is not there; without secrets
	Fields        []string // that differ, parallel with From and To
	From, To      []string
}

// Compare returns how items differ, in the order of after, then those that are
// gone in the order of before.
func Compare(before, after []Item) []Change {
	old := make(map[string]*Item, len(before))
	for i := range before {
		old[before[i].Key] = &before[i]
	}
	var out []Change
	for i := range after {
		a := &after[i]
		b := old[a.Key]
		delete(old, a.Key)
		if c, differs := compareItem(b, a); differs {
			out = append(out, c)
		}
	}
	for i := range before {
		if b := &before[i]; old[b.Key] == b {
			c, _ := compareItem(b, nil)
			out = append(out, c)
		}
	}
	return out
}

// Differs returns the change that makes one item of another, for who knows
// better which of them belong together. Its key is that of after.
func Differs(before, after *Item) Change {
	c, _ := compareItem(before, after)
	return c
}

func compareItem(b, a *Item) (Change, bool) {
	c := Change{Before: b, After: a}
	var from, to []Field
	if b != nil {
		c.Key, from = b.Key, b.Fields
	}
	if a != nil {
		c.Key, to = a.Key, a.Fields
	}
	for _, f := range to {
		i := slices.IndexFunc(from, func(g Field) bool { return g.Name == f.Name })
		switch {
		case i < 0:
			c.add(f.Name, "", f.Value)
		case from[i].Value != f.Value:
			c.add(f.Name, from[i].Value, f.Value)
		case from[i].Secret != f.Secret:
			c.add(f.Name, f.Value, changed)
		}
	}
	for _, f := range from {
		if !slices.ContainsFunc(to, func(g Field) bool { return g.Name == f.Name }) {
			c.add(f.Name, f.Value, "")
		}
	}
	return c, len(c.Fields) > 0 || (a == nil) != (b == nil)
}

func (c *Change) add(name, from, to string) {
	c.Fields = append(c.Fields, name)
	c.From = append(c.From, cut(from))
	c.To = append(c.To, cut(to))
}

// cut bounds a value that is told.
func cut(s string) string {
	if len(s) > maxValue {
		return s[:maxValue]
	}
	return s
}

// size is about how many bytes an item takes.
func (i *Item) size() int {
	n := 96 + len(i.Key) + len(i.Note)
	for _, f := range i.Fields {
		n += 64 + len(f.Name) + len(f.Value) + len(f.Secret)
	}
	return n
}

// sealed makes items that may be kept: keys are unique, secrets are digests,
// and there are at most so many, of at most so many bytes.
func sealed(items []Item, key []byte, most, space int) []Item {
	out := make([]Item, 0, min(len(items), most))
	seen := make(map[string]int, len(items))
	for _, it := range items {
		if space -= it.size(); len(out) == most || space < 0 {
			break
		}
		n := seen[it.Key]
		seen[it.Key] = n + 1
		if n > 0 {
			it.Key = fmt.Sprintf("%s#%d", it.Key, n+1)
		}
		fields := make([]Field, len(it.Fields))
		for i, f := range it.Fields {
			// A clone: the text of the file is not kept for a part of it.
			fields[i] = Field{Name: strings.Clone(f.Name), Value: strings.Clone(f.Value), Secret: seal(f.Secret, key)}
		}
		it.Key, it.Fields = strings.Clone(it.Key), fields
		out = append(out, it)
	}
	return out
}

// seal returns the keyed digest of a secret.
func seal(secret string, key []byte) string {
	if secret == "" {
		return ""
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(secret))
	return base64.RawStdEncoding.EncodeToString(h.Sum(nil)[:16])
}
