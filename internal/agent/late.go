package agent

import (
	"slices"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/event"
)

// late appends what the rules about executions find now that the digests of an
// executable are known, and could not find at its process_start, which went on
// without them. e is a file_hash event, ms what it matched itself.
func (d *detector) late(set *detect.Set, e *event.Event, ms []detect.Match) []detect.Match {
	if e.Process == nil || e.File == nil || e.File.Hash == nil || e.File.Path != e.Process.Executable {
		return ms // not of an executable
	}
	was := set.Match(startOf(e, &event.Hash{}), nil)
	first := len(ms)
	ms = set.Match(startOf(e, e.File.Hash), ms)
	known := append(was, ms[:first]...)
	return append(ms[:first], slices.DeleteFunc(ms[first:], func(m detect.Match) bool {
		return slices.ContainsFunc(known, func(k detect.Match) bool { return k.Rule == m.Rule })
	})...)
}

// startOf makes of a file_hash event the process_start that it belongs to.
func startOf(e *event.Event, h *event.Hash) *event.Event {
	x, p, f := *e, *e.Process, *e.File
	p.Hash, f.Hash = h, h
	x.Kind, x.Process, x.File = event.ProcessStart, &p, &f
	return &x
}
