package selftest

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/selftest/act"
	"github.com/vedette-edr/vedette/internal/event"
)

// judge compares what was done with what was seen.
type judge struct {
	done  map[string]*deed
	seen  []Seen
	since int64

	missed int64 // events beyond maxSeen
}

// deed is an act that was done, and which of its events came.
type deed struct {
	act.Done
	met []*Seen // parallel with Wants; nil when it did not come yet
}

func newJudge(since int64) *judge { return &judge{done: map[string]*deed{}, since: since} }

// did notes what an act did, and looks among the events that came already.
func (j *judge) did(d act.Done) *deed {
	x := &deed{Done: d, met: make([]*Seen, len(d.Wants))}
	j.done[d.Act] = x
	for i := range j.seen {
		x.see(&j.seen[i])
	}
	return x
}

// maxSeen bounds the events that a judge keeps.
const maxSeen = 20_000

// see notes an event.
func (j *judge) see(s Seen) {
	if len(j.seen) >= maxSeen {
		j.missed++
		return
	}
	j.seen = append(j.seen, s)
	for _, d := range j.done {
		d.see(&j.seen[len(j.seen)-1])
	}
}

func (d *deed) see(s *Seen) {
	for i := range d.Wants {
		if d.met[i] == nil && meets(&d.Wants[i], s) {
			copied := *s
			d.met[i] = &copied
		}
	}
}

// whole reports whether every event of the act came.
func (d *deed) whole() bool { return !slices.Contains(d.met, nil) }

// open reports whether an act waits for events.
func (j *judge) open() bool {
	for _, d := range j.done {
		if d.Error == "" && d.Skip == "" && !d.whole() {
			return true
		}
	}
	return false
}

// meets reports whether an event is what is wanted.
func meets(w *act.Want, s *Seen) bool {
	if w.Else != nil && meets(w.Else, s) {
		return true
	}
	if s.At < w.At || !slices.Contains(w.Kinds, s.Event.Kind.String()) {
		return false
	}
	for _, f := range w.Facts {
		if !holds(f, s.Event) {
			return false
		}
	}
	return true
}

// holds reports whether a field of e has what a fact says.
func holds(f act.Fact, e *event.Event) bool {
	field, ok := event.FieldByName(f.Field)
	if !ok {
		return false
	}
	v := e.Get(field.ID)
	if !v.Present() {
		return false
	}
	texts := v.List
	if v.Type != event.Strings {
		texts = []string{v.Text()}
	}
	if f.Near > 0 {
		want, err := strconv.ParseFloat(f.Text, 64)
		got, gotErr := strconv.ParseFloat(v.Text(), 64)
		return err == nil && gotErr == nil && math.Abs(want-got) <= f.Near
	}
	return slices.ContainsFunc(texts, func(t string) bool {
		if f.Part {
			return strings.Contains(t, f.Text)
		}
		return t == f.Text
	})
}

// result judges a row.
func (j *judge) result(r Row, a Agent) Result {
	out := Result{Row: r.Name, Weight: r.Weight}
	switch {
	case r.Name == "Agent Start":
		return own(out, a.Start, "the agent has told of no start")
	case r.Name == "Agent Stop":
		if a.Killed {
			out.NotExercised, out.Note = true, "not exercised: the agent was killed the last time; the manager tells of that"
			return out
		}
		if a.Stop == nil {
			out.NotExercised, out.Note = true, "not exercised: the agent was not stopped yet"
			return out
		}
		return own(out, a.Stop, "")
	case r.await:
		return j.awaited(out, r)
	}
	var notes []string
	out.Pass = true
	skipped := 0
	for _, name := range r.acts {
		d := j.done[name]
		switch {
		case d == nil:
			out.Pass = false
			notes = append(notes, name+" was not done")
		case d.Skip != "":
			skipped++
			notes = append(notes, d.Skip)
		case d.Error != "":
			out.Pass = false
			notes = append(notes, name+": "+d.Error)
		default:
			notes = append(notes, j.deed(&out, r, d)...)
		}
	}
	if skipped == len(r.acts) {
		out.Pass, out.NotExercised = false, true
		notes = []string{"not exercised: " + strings.Join(slices.Compact(notes), "; ")}
	}
	out.Note = strings.Join(notes, "; ")
	return out
}

// deed judges an act for a row and returns what is to be said of it.
func (j *judge) deed(out *Result, r Row, d *deed) []string {
	var notes []string
	counted := 0
	for i, w := range d.Wants {
		if !r.counts(w) {
			continue
		}
		counted++
		if s := d.met[i]; s != nil {
			out.note(s, w.At)
			continue
		}
		out.Pass = false
		notes = append(notes, j.missing(w))
	}
	if counted == 0 {
		out.Pass = false
		notes = append(notes, d.Act+" asked for nothing of this row")
	}
	return notes
}

// counts reports whether a want of an act is for this row.
func (r Row) counts(w act.Want) bool {
	if len(r.only) > 0 && !slices.ContainsFunc(w.Kinds, func(k string) bool { return slices.Contains(r.only, k) }) {
		return false
	}
	return r.fields == "" || slices.ContainsFunc(w.Facts, func(f act.Fact) bool { return strings.Contains(f.Field, r.fields) })
}

// missing says what did not come: no event of the kind at all, or which facts
// those have that are nearest.
func (j *judge) missing(w act.Want) string {
	best, lacks := -1, ""
	for i := range j.seen {
		e := j.seen[i].Event
		if j.seen[i].At < w.At || !slices.Contains(w.Kinds, e.Kind.String()) {
			continue
		}
		met, wrong := 0, ""
		for _, f := range w.Facts {
			if holds(f, e) {
				met++
			} else if wrong == "" {
				wrong = f.Field + " is " + quote(e, f.Field) + ", want " + clip(f.Text)
			}
		}
		if met > best {
			best, lacks = met, wrong
		}
	}
	if best < 0 {
		return "no " + strings.Join(w.Kinds, " or ")
	}
	return strings.Join(w.Kinds, " or ") + ": " + lacks
}

func quote(e *event.Event, field string) string {
	f, ok := event.FieldByName(field)
	if !ok {
		return "unknown"
	}
	if v := e.Get(f.ID); v.Present() {
		return clip(v.Text())
	}
	return "absent"
}

// clip shortens a text for a note.
func clip(s string) string {
	const most = 80
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

// note keeps the first source and the longest latency.
func (r *Result) note(s *Seen, at int64) {
	r.Latency = max(r.Latency, math.Round(float64(s.At-at)/1e4)/100)
	if r.Source == "" {
		r.Source = source(s.Event)
	}
}

func source(e *event.Event) string {
	if e.Rung == "" {
		return e.Provider
	}
	return e.Provider + "." + e.Rung
}

// own judges a row that the agent's own event shows.
func own(out Result, e *event.Event, missing string) Result {
	if e == nil {
		out.Note = missing
		return out
	}
	out.Pass, out.Source, out.Note = true, source(e), "at "+e.Time.Std().Format(time.RFC3339)
	return out
}

// awaited judges a row that only others can do: what they did meanwhile counts.
func (j *judge) awaited(out Result, r Row) Result {
	for i := range j.seen {
		s := &j.seen[i]
		w := act.Want{Kinds: r.Kinds, Facts: r.facts}
		if meets(&w, s) && int64(s.Event.Time) >= j.since {
			out.Pass = true
			out.note(s, int64(s.Event.Time))
			out.Note = "done by others meanwhile"
			return out
		}
	}
	out.NotExercised, out.Note = true, "not exercised: cannot be done in a private place, and nobody did it meanwhile"
	return out
}

// summarize sums up rows.
func summarize(rows []Result) Summary {
	var s Summary
	for _, r := range rows {
		if r.NotExercised {
			continue
		}
		s.Ceiling += r.Weight
		if r.Pass {
			s.Score += r.Weight
			s.Passed++
		} else {
			s.Failed = append(s.Failed, r.Row)
		}
	}
	s.Score, s.Ceiling = math.Round(s.Score*10)/10, math.Round(s.Ceiling*10)/10
	return s
}
