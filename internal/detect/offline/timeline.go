package offline

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/vedette-edr/vedette/internal/event"
)

// timeline keeps the findings and writes them in the order of their events'
// times; those without a time stand at the end.
type timeline struct {
	w     io.Writer
	found []Finding
}

func newTimeline(w io.Writer) *timeline { return &timeline{w: w} }

func (t *timeline) Finding(f *Finding) error {
	t.found = append(t.found, *f)
	return nil
}

func (t *timeline) End(Stats) error {
	slices.SortStableFunc(t.found, func(a, b Finding) int { return compareTimes(a.Time, b.Time) })
	day := ""
	for i := range t.found {
		f := &t.found[i]
		d, clock := "without a time", "-"
		if f.Time != 0 {
			d, clock = f.Time.Std().Format("2006-01-02"), f.Time.Std().Format("15:04:05.000")
		}
		if d != day {
			day = d
			if _, err := fmt.Fprintf(t.w, "%s\n", d); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(t.w, "  %-12s  %-13s  %-20s  %s  [%s]  %s\n", clock, orDash(f.Rule.Level), orDash(plain(f.Host, 40)), plain(f.Rule.Name, maxCell), plain(f.place(), maxCell), plain(f.values(), maxCell)); err != nil {
			return err
		}
	}
	return nil
}

// compareTimes orders times; no time is after all.
func compareTimes(a, b event.Time) int {
	if (a == 0) != (b == 0) {
		return -cmp.Compare(a, b)
	}
	return cmp.Compare(a, b)
}
