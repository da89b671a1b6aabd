package offline

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/vedette-edr/vedette/internal/detect"
)

// table is what people read: the findings as they come, then how often each
// rule fired.
type table struct {
	w      io.Writer
	counts map[*detect.Rule]int
}

func newTable(w io.Writer) *table { return &table{w: w, counts: map[*detect.Rule]int{}} }

// maxCell is how much of a value the table shows, characters.
const maxCell = 160

func (t *table) Finding(f *Finding) error {
	t.counts[f.Rule]++
	_, err := fmt.Fprintf(t.w, "%-24s  %-13s  %s  %s\n    %s\n", orDash(f.when()), orDash(f.Rule.Level), plain(f.Rule.Name, maxCell), plain(f.place(), maxCell), t.detail(f))
	return err
}

func (t *table) detail(f *Finding) string {
	var parts []string
	if f.Host != "" {
		parts = append(parts, plain(f.Host, maxCell))
	}
	if f.Channel != "" {
		parts = append(parts, plain(strings.TrimSpace(f.Channel+" "+f.Code), maxCell))
	}
	return strings.Join(append(parts, plain(f.values(), 4*maxCell)), "  ")
}

func (t *table) End(s Stats) error {
	if len(t.counts) > 0 {
		if _, err := fmt.Fprintln(t.w); err != nil {
			return err
		}
	}
	w := tabwriter.NewWriter(t.w, 0, 8, 2, ' ', 0)
	if len(t.counts) > 0 {
		fmt.Fprintln(w, "FINDINGS\tLEVEL\tRULE\tTECHNIQUES")
	}
	for _, r := range t.order() {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", t.counts[r], orDash(r.Level), plain(r.Name, maxCell), strings.Join(r.Techniques, " "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(t.w, "%s in %s, %s\n", count(s.Findings, "finding"), count(s.Events, "record"), count(int64(s.Inputs), "input"))
	return err
}

// order lists the rules that fired, the worst and most frequent first.
func (t *table) order() []*detect.Rule {
	var out []*detect.Rule
	for r := range t.counts {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *detect.Rule) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(t.counts[b], t.counts[a]), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
