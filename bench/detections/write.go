package main

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/vedette-edr/vedette/internal/detect"
)

// writer writes the page.
type writer struct{ out *bufio.Writer }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(w.out, format+"\n", args...) }

func (w *writer) head(public, own *detect.Set) {
	w.line("# Detections and noise")
	w.line("")
	w.line("What the rules find in recorded attacks, and how often they fire on recorded everyday work. `make detection-table` writes this page from the recordings.")
	w.line("")
	w.line("- **public**: the %d rules of SigmaHQ that load, on the records as they are.", len(public.Rules()))
	w.line("- **shipped**: the %d rules that come with the program, on the Linux recordings as our sensors would have told them.", len(own.Rules()))
	w.line("")
	w.line("A cell is findings / different rules. Whether an attack was seen is told by origin: a test or a recording with at least one finding. A recording under attack holds the everyday work of its hosts too, so not each finding there is one of the attack.")
}

func levels() []string {
	out := detect.Levels()
	slices.Reverse(out)
	return out
}

func (w *writer) table(title string, ts []*tally) {
	w.line("\n## %s\n", title)
	w.out.WriteString("| recording | events | rules |")
	for _, l := range levels() {
		w.out.WriteString(" " + l + " |")
	}
	w.line(" events with a finding | seen |")
	w.line("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|")
	for _, t := range ts {
		fmt.Fprintf(w.out, "| %s (`%s`) | %d | %s |", t.what, t.name, t.events, t.set)
		for _, l := range levels() {
			if t.hits[l] == 0 {
				w.out.WriteString(" – |")
				continue
			}
			fmt.Fprintf(w.out, " %d / %d |", t.hits[l], len(t.rules[l]))
		}
		seen := "–"
		if t.unit != "" {
			seen = fmt.Sprintf("%d of %d %s", t.seen(), len(t.units), t.unit)
		}
		w.line(" %d (%.2f %%) | %s |", t.marked, 100*float64(t.marked)/float64(max(t.events, 1)), seen)
	}
}

// noisiest names the rules that fire most on everyday work.
func (w *writer) noisiest(ts []*tally) {
	for _, t := range ts {
		w.line("\n### %s rules on `%s`\n", t.set, t.name)
		if t.marked == 0 {
			w.line("No finding.")
			continue
		}
		w.line("| level | rule | findings |\n|---|---|---:|")
		for _, l := range levels() {
			names := slices.SortedFunc(maps.Keys(t.rules[l]), func(a, b string) int {
				return cmp.Or(cmp.Compare(t.rules[l][b], t.rules[l][a]), cmp.Compare(a, b))
			})
			for _, name := range names {
				w.line("| %s | %s | %d |", l, name, t.rules[l][name])
			}
		}
	}
}
