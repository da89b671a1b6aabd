package ioc

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// Format is the format of the rules that are made from indicators.
const Format = "ioc"

// titles say for people what an indicator of a type is, by number. immutable
var titles = [types]string{"", "Known bad file (MD5)", "Known bad file (SHA-1)", "Known bad file (SHA-256)", "Known bad file (imphash)",
	"File like a known bad one (TLSH)", "Known bad address", "Address in a known bad network", "Known bad domain", "Known bad host name",
	"Known bad URL", "Known bad file name", "Known bad pattern"}

// matches makes a match of each indicator, which may have several sources and
// may stand in several fields.
func matches(hits []hit) []detect.Match {
	var out []detect.Match
	for n := range hits {
		first := &hits[n]
		if slices.ContainsFunc(hits[:n], func(h hit) bool { return h.same(first) }) {
			continue
		}
		sum := first.indicator
		var fields []detect.Field
		for k := n; k < len(hits); k++ {
			h := &hits[k]
			if !h.same(first) {
				continue
			}
			sum = join(sum, h.indicator)
			if f := (detect.Field{Name: h.field, Value: h.value}); !slices.Contains(fields, f) {
				fields = append(fields, f)
			}
		}
		out = append(out, detect.Match{Rule: sum.Rule(), Fields: append(fields, sum.facts()...)})
	}
	return out
}

func (h *hit) same(o *hit) bool {
	return h.indicator.Type == o.indicator.Type && h.indicator.Value == o.indicator.Value
}

// join adds what another source says of the same value: the higher level, all
// tags, all sources.
func join(a, b Indicator) Indicator {
	if severity(b.Level) > severity(a.Level) {
		a.Level = b.Level
	}
	a.Source = addTo(a.Source, b.Source)
	a.Note = addTo(a.Note, b.Note)
	a.Tags = tidy(slices.Concat(a.Tags, b.Tags))
	return a
}

func addTo(list, one string) string {
	switch {
	case one == "" || slices.Contains(strings.Split(list, ", "), one):
		return list
	case list == "":
		return one
	}
	return list + ", " + one
}

// Rule returns the indicator as a rule.
func (i Indicator) Rule() *detect.Rule {
	r := &detect.Rule{
		ID: i.ID(), Name: titles[i.Type], Format: Format, Path: i.Source, Level: i.Level, Severity: severity(i.Level),
		Source: i.Type.String(), Description: i.Type.String() + " " + i.Value, Techniques: techniques(i.Tags),
	}
	if i.Source != "" {
		r.Name += " of " + i.Source
		r.Description += ", says " + i.Source
	}
	if i.Note != "" {
		r.Name += ": " + short(i.Note, 120)
		r.Description += ": " + i.Note
	}
	return r
}

// facts are what a match says of the indicator, by the names that ECS has for it.
func (i Indicator) facts() []detect.Field {
	out := []detect.Field{{Name: "threat.indicator.type", Value: i.Type.String()}, {Name: "threat.indicator.name", Value: i.Value}}
	add := func(name, value string) {
		if value != "" {
			out = append(out, detect.Field{Name: name, Value: value})
		}
	}
	add("threat.indicator.provider", i.Source)
	add("threat.indicator.description", i.Note)
	add("threat.indicator.reference", i.Ref)
	for _, t := range i.Tags {
		add("tags", t)
	}
	if i.Distance > 0 {
		add("threat.indicator.distance", strconv.Itoa(i.Distance))
	}
	return out
}

// technique is an ATT&CK id in a tag such as attack.t1059.001 or
// mitre-attack-pattern="... - T1059".
var technique = regexp.MustCompile(`(?i)\bT\d{4}(\.\d{3})?\b`)

func techniques(tags []string) []string {
	var out []string
	for _, t := range tags {
		for _, id := range technique.FindAllString(t, -1) {
			if id = strings.ToUpper(id); !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// Live is a Database that can be replaced while it is in use. The zero Live has
// no indicators. The database before is closed when the last match with it is
// over.
type Live struct{ current atomic.Pointer[held] }

// held is a database, who uses it, and whether it is to be closed after.
type held struct {
	db    *Database
	users atomic.Int64 // one for being current, one for each match under way
}

// Swap makes d the database in use; nil is none.
func (l *Live) Swap(d *Database) error {
	var next *held
	if d != nil {
		next = &held{db: d}
		next.users.Store(1)
	}
	if before := l.current.Swap(next); before != nil {
		return before.release()
	}
	return nil
}

func (h *held) release() error {
	if h.users.Add(-1) == 0 {
		return h.db.Close()
	}
	return nil
}

// use returns the database in use so that it stays open; nil when there is none.
func (l *Live) use() *held {
	for {
		h := l.current.Load()
		if h == nil {
			return nil
		}
		n := h.users.Load()
		if n > 0 && h.users.CompareAndSwap(n, n+1) {
			return h
		}
	}
}

// Match appends a match for each indicator that rec has.
func (l *Live) Match(rec expr.Record, dst []detect.Match) []detect.Match {
	h := l.use()
	if h == nil {
		return dst
	}
	dst = h.db.Match(rec, dst)
	_ = h.release() // a file that was only read
	return dst
}

// Stats returns what the database in use holds; false when there is none.
func (l *Live) Stats() (Stats, bool) {
	h := l.use()
	if h == nil {
		return Stats{}, false
	}
	defer func() { _ = h.release() }() // a file that was only read
	return h.db.Stats(), true
}
