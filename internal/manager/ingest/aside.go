package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// Bounds of what is kept aside; the oldest goes first.
const (
	maxAsideFiles = 1000
	maxAsideBytes = 32 << 20
)

// aside is a folder of events that could not be read, for a person to look at.
type aside struct {
	dir string // "" keeps nothing

	mu    sync.Mutex
	files []kept // guarded by mu, oldest first
	bytes int64  // guarded by mu
	count int    // guarded by mu: files ever kept
}

type kept struct {
	path string
	size int64
}

func openAside(dir string) (*aside, error) {
	a := &aside{dir: dir}
	if dir == "" {
		return a, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder for unreadable events: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read folder of unreadable events: %w", err)
	}
	type dated struct {
		kept
		at int64
	}
	var found []dated
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			found = append(found, dated{kept{filepath.Join(dir, e.Name()), info.Size()}, info.ModTime().UnixNano()})
		}
	}
	slices.SortFunc(found, func(x, y dated) int { return int(min(max(x.at-y.at, -1), 1)) })
	for _, f := range found {
		a.files = append(a.files, f.kept)
		a.bytes += f.size
	}
	return a, nil
}

// keep writes data to a file of its own. What cannot be written is counted by
// the caller all the same, so an error is not passed on.
func (a *aside) keep(name string, data []byte) {
	if a.dir == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count++
	path := filepath.Join(a.dir, fmt.Sprintf("%s.%d.bin", name, a.count))
	if os.WriteFile(path, data, 0o600) != nil {
		return
	}
	a.files = append(a.files, kept{path, int64(len(data))})
	a.bytes += int64(len(data))
	for len(a.files) > maxAsideFiles || a.bytes > maxAsideBytes {
		_ = os.Remove(a.files[0].path) // gone already is as good
		a.bytes -= a.files[0].size
		a.files = a.files[1:]
	}
}

// keepAside keeps one event that cannot be read.
func (s *Server) keepAside(agent string, b *wirepb.Batch, i int, raw []byte, why error) {
	s.stats.malformed.Add(1)
	s.opts.Logger.Warn("event cannot be read, kept aside", "agent", agent, "epoch", b.GetEpoch(), "lane", b.GetLane(),
		"first", b.GetFirst(), "position", i, "error", why)
	s.aside.keep(fmt.Sprintf("%s-%d-%d-%d-%d", agent, b.GetEpoch(), b.GetLane(), b.GetFirst(), i), raw)
}

// counters are running totals since the start.
type counters struct {
	streams, batches, events, duplicates      atomic.Int64
	malformed, refused, refusedCalls, unknown atomic.Int64
}

// Stats is what the door did since the start.
type Stats struct {
	Streams      int64 `json:"streams"` // open now
	Batches      int64 `json:"batches"`
	Events       int64 `json:"events"`
	Duplicates   int64 `json:"duplicates"`    // sent again after a cut, and dropped
	Malformed    int64 `json:"malformed"`     // events kept aside
	Refused      int64 `json:"refused"`       // batches that were wrong as a whole
	RefusedCalls int64 `json:"refused_calls"` // streams, enrolments and renewals
	Unknown      int64 `json:"unknown"`       // messages of newer agents
}

// Stats returns what the door did.
func (s *Server) Stats() Stats {
	c := &s.stats
	return Stats{
		Streams: c.streams.Load(), Batches: c.batches.Load(), Events: c.events.Load(), Duplicates: c.duplicates.Load(),
		Malformed: c.malformed.Load(), Refused: c.refused.Load(), RefusedCalls: c.refusedCalls.Load(), Unknown: c.unknown.Load(),
	}
}
