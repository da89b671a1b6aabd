package fleet

import (
	"context"

	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// waiting is a version of the indicators that is not pushed yet: changes that
// come one after the other, of an import, go out together.
type waiting struct {
	pushed, seen int64
	ticks        int
}

// maxWait is how many seconds a change waits for the ones behind it.
const maxWait = 3

// due reports whether a version is to be pushed now.
func (w *waiting) due(version int64) bool {
	if version == w.pushed {
		return false
	}
	if version != w.seen && w.ticks < maxWait {
		w.seen, w.ticks = version, w.ticks+1
		return false
	}
	w.pushed, w.seen, w.ticks = version, version, 0
	return true
}

// pushIndicators sends a new version to the connected hosts, to each what it
// lacks.
func (f *Fleet) pushIndicators(ctx context.Context) error {
	if f.opts.IOCs == nil || !f.iocs.due(f.opts.IOCs.Version()) {
		return nil
	}
	lacking := map[int64][]*host{} // by the version that they have
	f.mu.Lock()
	for _, h := range f.hosts {
		if h.conn != nil {
			lacking[h.conn.iocs] = append(lacking[h.conn.iocs], h)
		}
	}
	f.mu.Unlock()
	for applied, hosts := range lacking {
		docs, version, err := f.indicatorDocuments(ctx, applied)
		if err != nil {
			return err
		}
		f.mu.Lock()
		for _, h := range hosts {
			if h.conn == nil || h.conn.iocs != applied {
				continue // it connected again meanwhile, and was greeted
			}
			for _, s := range docs {
				h.conn.send(s)
			}
			h.conn.iocs = version
		}
		f.mu.Unlock()
	}
	f.opts.IOCs.Forget()
	return nil
}

// indicatorDocuments returns what brings an agent from a version to the newest.
func (f *Fleet) indicatorDocuments(ctx context.Context, applied int64) ([]*wirepb.Signed, int64, error) {
	if f.opts.IOCs == nil {
		return nil, applied, nil
	}
	version, parts, err := f.opts.IOCs.Due(ctx, applied)
	if err != nil {
		return nil, 0, err
	}
	var out []*wirepb.Signed
	for _, p := range parts {
		s, err := f.sign(&wirepb.Signed{Kind: wire.DocumentIOCs, Version: version, Content: p})
		if err != nil {
			return nil, 0, err
		}
		out = append(out, s)
	}
	return out, version, nil
}

// iocsRefused notes that an agent could not use what it was sent: it gets all
// indicators with the next change, or when it connects again.
func (f *Fleet) iocsRefused(agent string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if h := f.hosts[agent]; h != nil && h.conn != nil {
		h.conn.iocs = 0
	}
}
