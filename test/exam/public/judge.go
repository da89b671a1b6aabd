package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/selftest"
	"github.com/vedette-edr/vedette/internal/agent/selftest/act"
	"github.com/vedette-edr/vedette/internal/event"
)

// late is how long after an option ended an event may still tell of it: what a
// service does for it, and a content that was read later.
const late = int64(10 * time.Second)

// result is what is printed for a row.
type result struct {
	Row    string  `json:"row"`
	Weight float64 `json:"weight"`
	Pass   bool    `json:"pass"`
	Left   bool    `json:"not_exercised,omitempty"` // leaves the base
	Note   string  `json:"note,omitempty"`
}

// summary is printed at the end.
type summary struct {
	Score   float64  `json:"score"`
	Ceiling float64  `json:"ceiling"`
	Kernel  string   `json:"kernel"`
	Passed  int      `json:"passed"`
	Failed  []string `json:"failed,omitempty"`
	Left    []string `json:"not_exercised,omitempty"`
}

// report judges all rows and prints them.
func report(out io.Writer, steps []step, seen []*event.Event) error {
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return err
	}
	ours := map[string][]*event.Event{}
	for _, s := range steps {
		ours[s.Option] = of(s, seen)
		fmt.Fprintf(out, "public-seen: %s: %s\n", s.Option, counts(ours[s.Option]))
	}
	var all []result
	for _, r := range rows() {
		all = append(all, judge(r, steps, ours))
		if last := all[len(all)-1]; !last.Pass {
			near(out, r, ours)
		}
	}
	for _, r := range all {
		if err := line(out, r); err != nil {
			return err
		}
	}
	return line(out, summarize(all, strings.TrimSpace(string(kernel))))
}

// near prints events of the kinds of a row that was not seen, for whoever looks
// for the reason.
func near(out io.Writer, r row, ours map[string][]*event.Event) {
	const most = 3
	for _, p := range r.parts {
		n := 0
		for _, e := range ours[p.option] {
			if !slices.Contains(p.kinds, e.Kind.String()) {
				continue
			}
			c := *e
			c.Process, c.User = nil, nil // those are of the exerciser
			if b, err := json.Marshal(&c); err == nil {
				fmt.Fprintf(out, "public-near: %s: %s\n", r.name, b)
			}
			if n++; n == most {
				break
			}
		}
	}
}

func line(out io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "exam-line: %s\n", b)
	return err
}

// of returns the events of a step's process and of those below it, in its time.
// seen is in order of time.
func of(s step, seen []*event.Event) []*event.Event {
	tap := selftest.NewTap(s.PID)
	var ours []*event.Event
	for _, e := range seen {
		if t := int64(e.Time); t >= s.Begin && t <= s.End+late && tap.See(e) {
			ours = append(ours, e)
		}
	}
	return ours
}

// counts tells the kinds of events with their numbers.
func counts(events []*event.Event) string {
	n := map[string]int{}
	for _, e := range events {
		n[e.Kind.String()]++
	}
	var texts []string
	for k, v := range n {
		texts = append(texts, fmt.Sprintf("%s %d", k, v))
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}

// judge judges a row: each part that was done must have been seen.
func judge(r row, steps []step, ours map[string][]*event.Event) result {
	out := result{Row: r.name, Weight: r.weight, Pass: true}
	var notes []string
	left := 0
	for _, p := range r.parts {
		at := slices.IndexFunc(steps, func(s step) bool { return s.Option == p.option })
		if at < 0 {
			left++
			notes = append(notes, p.option+" was not run")
			continue
		}
		s := steps[at]
		if e := find(p, s, ours[p.option]); e != nil {
			notes = append(notes, tell(e))
			continue
		}
		if p.did != "" && !strings.Contains(s.Output, p.did) {
			left++
			notes = append(notes, "not exercised: "+p.option+": "+why(s))
			continue
		}
		out.Pass = false
		notes = append(notes, p.option+": "+missing(p, s, ours[p.option]))
	}
	if left == len(r.parts) {
		out.Pass, out.Left = false, true
	}
	out.Note = strings.Join(notes, "; ")
	return out
}

// find returns the first event that is what a part asks for.
func find(p part, s step, events []*event.Event) *event.Event {
	for _, e := range events {
		if slices.Contains(p.kinds, e.Kind.String()) && !slices.ContainsFunc(p.facts, func(f act.Fact) bool { return !holds(f, s, e) }) {
			return e
		}
	}
	return nil
}

// missing says what the nearest event lacks.
func missing(p part, s step, events []*event.Event) string {
	lacks := "no " + strings.Join(p.kinds, " or ")
	best := -1
	for _, e := range events {
		if !slices.Contains(p.kinds, e.Kind.String()) {
			continue
		}
		met, wrong := 0, ""
		for _, f := range p.facts {
			if holds(f, s, e) {
				met++
			} else if wrong == "" {
				wrong = fmt.Sprintf("%s: %s is %q, want %q", e.Kind, f.Field, clip(strings.Join(texts(f.Field, e), " ")), expected(f, s))
			}
		}
		if met > best {
			best, lacks = met, wrong
		}
	}
	return lacks
}

func holds(f act.Fact, s step, e *event.Event) bool {
	want := expected(f, s)
	return slices.ContainsFunc(texts(f.Field, e), func(t string) bool {
		return t == want || f.Part && strings.Contains(t, want)
	})
}

func texts(name string, e *event.Event) []string {
	field, ok := event.FieldByName(name)
	if !ok {
		return nil
	}
	v := e.Get(field.ID)
	switch {
	case !v.Present():
		return nil
	case v.Type == event.Strings:
		return v.List
	}
	return []string{v.Text()}
}

// expected is the text of a fact, with the process that the step named.
func expected(f act.Fact, s step) string {
	if f.Text != "$PID" {
		return f.Text
	}
	all := regexp.MustCompile(`PID: (\d+)`).FindAllStringSubmatch(s.Output, -1)
	if len(all) == 0 {
		return "a process that was not named"
	}
	return all[len(all)-1][1]
}

func tell(e *event.Event) string {
	text := e.Kind.String()
	if p := e.Process; p != nil {
		text += fmt.Sprintf(" of %s[%d]", p.Name, p.PID)
	}
	if e.Rung != "" {
		text += ", " + e.Provider + "." + e.Rung
	}
	return text
}

// why says by its own words why an option did not do what it is for.
func why(s step) string {
	said := ""
	for line := range strings.Lines(s.Output) {
		if strings.HasPrefix(line, "|") {
			continue // of the table at its end
		}
		low := strings.ToLower(line)
		if strings.Contains(low, "error") || strings.Contains(low, "fail") || strings.Contains(low, "not found") {
			said = clip(strings.TrimSpace(line))
			break
		}
	}
	if s.Ended != "" {
		said = strings.TrimPrefix(said+"; "+s.Ended, "; ")
	}
	if said == "" {
		said = "it does not say that it was done"
	}
	return said
}

// clip shortens a text for a note.
func clip(s string) string {
	const most = 160
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

func summarize(all []result, kernel string) summary {
	s := summary{Kernel: kernel}
	for _, r := range all {
		switch {
		case r.Left:
			s.Left = append(s.Left, r.Row)
			continue
		case r.Pass:
			s.Score += r.Weight
			s.Passed++
		default:
			s.Failed = append(s.Failed, r.Row)
		}
		s.Ceiling += r.Weight
	}
	s.Score, s.Ceiling = math.Round(s.Score*10)/10, math.Round(s.Ceiling*10)/10
	return s
}
