package wire

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/schema"
)

// Check reports the first value that cannot be used, as a schema.FieldError.
func (p Policy) Check() error {
	for _, check := range []func() error{p.checkResponses, p.checkPlaceholders, p.checkAmounts, p.Scan.check} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (p Policy) checkResponses() error {
	modes := []string{RespondOff, RespondObserve, RespondOn}
	if !slices.Contains(modes, p.Respond) {
		return schema.Wrong("respond", "%q is none of off, observe, on", p.Respond)
	}
	for _, id := range slices.Sorted(maps.Keys(p.Rules)) {
		if mode := p.Rules[id].Respond; mode != "" && !slices.Contains(modes, mode) {
			return schema.Wrong("rules."+id+".respond", "%q is none of off, observe, on", mode)
		}
	}
	levels := []string{"informational", "low", "medium", "high", "critical"}
	for _, level := range slices.Sorted(maps.Keys(p.Levels)) {
		if !slices.Contains(levels, level) {
			return schema.Wrong("levels."+level, "there is no level %q; the levels are %s", level, strings.Join(levels, ", "))
		}
	}
	return nil
}

func (p Policy) checkPlaceholders() error {
	for _, name := range slices.Sorted(maps.Keys(p.Placeholders)) {
		if len(p.Placeholders[name]) == 0 {
			return schema.Wrong("placeholders."+name, "has no value")
		}
	}
	return nil
}

func (p Policy) checkAmounts() error {
	for i, w := range p.Watch {
		if !strings.HasPrefix(w, "/") {
			return schema.Wrong(fmt.Sprintf("watch[%d]", i), "%q is not an absolute path", w)
		}
	}
	switch {
	case !(p.CPULimit >= 0 && p.CPULimit <= 100): // which a number that is none is not, either
		return schema.Wrong("cpu_limit", "%v is not between 0 and 100 (percent of one core; 0 is no limit)", p.CPULimit)
	case p.AggregateAbove < 0:
		return schema.Wrong("aggregate_above", "%d is negative (events a second; 0 is all)", p.AggregateAbove)
	case p.Hash.MaxSize < 0:
		return schema.Wrong("hash.max_size", "%d is negative", p.Hash.MaxSize)
	case !slices.Contains([]string{"", HashAll, HashExecutable}, p.Hash.Files):
		return schema.Wrong("hash.files", "%q is none of all, executable", p.Hash.Files)
	case p.Spool.MaxSize < 1<<20:
		return schema.Wrong("spool.max_size", "%d is less than 1 MiB", p.Spool.MaxSize)
	}
	return nil
}

func (s ScanPolicy) check() error {
	if s.Files < 0 || s.Files > MaxScanFiles {
		return schema.Wrong("scan.files", "%d is not between 1 and %d (seconds; 0 is %d)", s.Files, MaxScanFiles, DefaultScanFiles)
	}
	if s.Live < 0 || s.Live > MaxScanLive {
		return schema.Wrong("scan.live", "%d is not between 1 and %d (seconds; 0 is %d)", s.Live, MaxScanLive, DefaultScanLive)
	}
	return nil
}
