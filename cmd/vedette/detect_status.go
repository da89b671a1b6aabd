package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/detect/offline"
)

// status tells faults and, on a terminal, progress.
type status struct {
	w     io.Writer
	live  bool
	shown int // characters of the line on the screen
	last  time.Time
}

func newStatus(w io.Writer) *status {
	f, ok := w.(*os.File)
	return &status{w: w, live: ok && term.IsTerminal(int(f.Fd()))}
}

func (s *status) fault(f offline.Fault) {
	s.clear()
	fmt.Fprintf(s.w, "vedette: %s\n", plain(f.Error()))
}

// every is how often progress is shown.
const every = 200 * time.Millisecond

func (s *status) progress(p offline.Progress) {
	if !s.live || time.Since(s.last) < every {
		return
	}
	s.last = time.Now()
	s.clear()
	text := fmt.Sprintf("%d of %d inputs", p.Done, p.Of)
	if p.Size > 0 {
		text += fmt.Sprintf(", %d %% of %d MB", min(100, p.Bytes*100/p.Size), p.Size>>20)
	}
	text = short(fmt.Sprintf("%s, %d records, %d findings  %s", text, p.Events, p.Findings, plain(p.Input)), 110)
	s.shown = len([]rune(text))
	fmt.Fprint(s.w, text)
}

func (s *status) clear() {
	if s.shown > 0 {
		fmt.Fprint(s.w, "\r"+strings.Repeat(" ", s.shown)+"\r")
		s.shown = 0
	}
}

// detectStats is the line of --stats.
type detectStats struct {
	Events       int64   `json:"events"`
	Findings     int64   `json:"findings"`
	RulesLoaded  int     `json:"rules_loaded"`
	RulesRefused int     `json:"rules_refused"`
	MatchCPU     float64 `json:"match_cpu_s"`
	TotalCPU     float64 `json:"total_cpu_s"`
	RSS          float64 `json:"rss_mb"` // at the most
	Elapsed      float64 `json:"elapsed_s"`
	Inputs       int     `json:"inputs"`
	Skipped      int     `json:"skipped"`  // files of folders without a known format
	Faults       int64   `json:"unread"`   // parts that could not be read
	Derived      int64   `json:"derived"`  // records made from others
	Timeless     int64   `json:"timeless"` // records without a time
	Cut          int64   `json:"cut"`      // values that were matched only up to the limit
	Spent        int64   `json:"spent"`    // records that cost more than one may: some rules were not asked about them
	Filtered     int64   `json:"filtered"` // matches of filter rules, which are no findings

	Correlation *correlate.Stats `json:"correlation,omitempty"`
}

func writeStats(w io.Writer, s offline.Stats, set *detect.Set, problems []detect.Problem) error {
	cpu, resident := offline.Usage()
	out := detectStats{
		Events: s.Events, Findings: s.Findings, RulesLoaded: len(set.Rules()),
		MatchCPU: s.Match.Seconds(), TotalCPU: cpu.Seconds(), RSS: float64(resident) / (1 << 20), Elapsed: s.Elapsed.Seconds(),
		Inputs: s.Inputs, Skipped: s.Skipped, Faults: s.Faults, Derived: s.Derived, Timeless: s.Timeless, Cut: set.Cut(), Spent: set.Spent(), Filtered: s.Filtered,
	}
	if set.Correlates() {
		out.Correlation = &s.Joined
	}
	for _, p := range problems {
		if p.Refused {
			out.RulesRefused++
		}
	}
	return json.NewEncoder(w).Encode(out)
}

// tellSpent says that findings may be missing; what was cut by a limit that
// documents state is in the statistics alone.
func tellSpent(w io.Writer, set *detect.Set) {
	if n := set.Spent(); n > 0 {
		fmt.Fprintf(w, "vedette: %d records cost more than one record may: some rules were not asked about them; vedette rules lint names rules that are costly\n", n)
	}
}

func levels() string { return strings.Join(detect.Levels(), ", ") }

// complete makes the shell offer the values of a flag.
func complete(c *cobra.Command, flag string, values []string) {
	// It fails only for a flag that does not exist, which the test of the help sees.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}
