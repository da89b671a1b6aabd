package agent

import (
	"slices"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/event"
)

// late appends what the rules find now that the content of a file is known, and
// could not find at the event that named the file, which went on without. e is
// a file_hash event, whose reason is the kind of that event; ms is what it
// matched itself.
func (d *detector) late(set *detect.Set, e *event.Event, ms []detect.Match) []detect.Match {
	kind, ok := event.ParseKind(e.Reason)
	if !ok || e.Process == nil || e.File == nil || e.File.Hash == nil {
		return ms
	}
	was := set.Match(named(e, kind, &event.Hash{}), nil)
	first := len(ms)
	ms = set.Match(named(e, kind, e.File.Hash), ms)
	known := append(was, ms[:first]...)
	return append(ms[:first], slices.DeleteFunc(ms[first:], func(m detect.Match) bool {
		return slices.ContainsFunc(known, func(k detect.Match) bool { return k.Rule == m.Rule })
	})...)
}

// named makes of a file_hash event the event that named the file; without
// digests it has nothing else of the content either.
func named(e *event.Event, kind event.Kind, h *event.Hash) *event.Event {
	x, f := *e, *e.File
	f.Hash = h
	if *h == (event.Hash{}) {
		f.Entropy, f.Header = 0, ""
	}
	x.Kind, x.File, x.Reason = kind, &f, ""
	if kind == event.ProcessStart {
		p := *e.Process
		p.Hash = h
		x.Process = &p
	}
	return &x
}
