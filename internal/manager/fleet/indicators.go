package fleet

import (
	"context"
	"time"

	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// waiting is a version of the indicators that is not pushed yet: changes that
// come one after the other, of an import, go out together.
type waiting struct {
	ready, seen int64
	ticks       int
}

// maxWait is how many seconds a change waits for the ones behind it; refusedWait
// how long a host that refused one is left alone.
const (
	maxWait     = 3
	refusedWait = time.Minute
)

// due reports whether a version is to be pushed now.
func (w *waiting) due(version int64) bool {
	if version == w.ready {
		return true
	}
	if version != w.seen && w.ticks < maxWait {
		w.seen, w.ticks = version, w.ticks+1
		return false
	}
	w.ready, w.seen, w.ticks = version, version, 0
	return true
}

// runIndicators sends what hosts lack each second until ctx is done. It is a
// goroutine of its own because to read a million takes some seconds.
func (f *Fleet) runIndicators(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := f.pushIndicators(ctx); err != nil && ctx.Err() == nil {
			f.log.Error("send indicators", "error", err)
		}
	}
}

// pushIndicators sends to each connected host what it lacks of the newest
// version.
func (f *Fleet) pushIndicators(ctx context.Context) error {
	if f.opts.IOCs == nil || !f.iocs.due(f.opts.IOCs.Version()) {
		return nil
	}
	lacking := f.lackingIndicators(f.opts.IOCs.Version())
	for applied, hosts := range lacking {
		docs, version, err := f.indicatorDocuments(ctx, applied)
		if err != nil {
			return err
		}
		f.mu.Lock()
		for _, h := range hosts {
			if h.conn == nil || h.conn.iocs != applied {
				continue // it connected again meanwhile: the next look sees it
			}
			for _, s := range docs {
				h.conn.send(s)
			}
			h.conn.iocs = version
		}
		f.mu.Unlock()
	}
	if len(lacking) == 0 {
		f.opts.IOCs.Forget()
	}
	return nil
}

// lackingIndicators returns the connected hosts that do not have a version, by
// the one that they have.
func (f *Fleet) lackingIndicators(version int64) map[int64][]*host {
	now := f.now()
	out := map[int64][]*host{}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range f.hosts {
		if h.conn != nil && h.conn.iocs != version && !now.Before(h.conn.iocsAfter) {
			out[h.conn.iocs] = append(out[h.conn.iocs], h)
		}
	}
	return out
}

// indicatorDocuments returns what brings an agent from a version to the newest.
func (f *Fleet) indicatorDocuments(ctx context.Context, applied int64) ([]*wirepb.Signed, int64, error) {
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
// indicators, after a pause.
func (f *Fleet) iocsRefused(agent string) {
	now := f.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if h := f.hosts[agent]; h != nil && h.conn != nil {
		h.conn.iocs, h.conn.iocsAfter = 0, now.Add(refusedWait)
	}
}
