package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
)

// asideDir holds damaged segments and batches, below the directory of segments.
const asideDir = "aside"

var errNotLive = errors.New("a segment is not live any more")

// handle is a segment of the manifest, open or not.
type handle struct {
	segment.Info
	dir   string        // immutable
	files *atomic.Int64 // open segments of the lake

	mu   sync.Mutex
	open *segment.Segment // guarded by mu; nil when closed
	used int              // guarded by mu; readers
	gone bool             // guarded by mu; close it after its last reader
}

func (l *Lake) newHandle(i segment.Info) *handle {
	return &handle{Info: i, dir: l.opts.Dir, files: &l.files}
}

// acquire opens the segment; the caller calls release once.
func (h *handle) acquire() (*segment.Segment, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open == nil {
		s, err := segment.Open(h.dir, h.Info)
		if err != nil {
			return nil, err
		}
		h.open = s
		h.files.Add(1)
	}
	h.used++
	return h.open, nil
}

func (h *handle) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.used--
	if h.gone {
		h.shut()
	}
}

// drop closes the segment after its last reader.
func (h *handle) drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gone = true
	h.shut()
}

// idle closes the segment when nobody reads it.
func (h *handle) idle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shut()
}

// shut closes the file when nobody reads it; the caller holds mu.
func (h *handle) shut() {
	if h.open != nil && h.used == 0 {
		_ = h.open.Close() // only read from
		h.open = nil
		h.files.Add(-1)
	}
}

func removeSegment(dir, name string) error {
	err := os.Remove(filepath.Join(dir, segment.Info{Name: name}.File()))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// load makes the lake what the manifest says.
func (l *Lake) load(ctx context.Context) error {
	m, err := l.manifest.read(ctx, l.opts.Log.ID())
	if err != nil {
		return err
	}
	l.marks, l.position = m.marks, m.position
	known := map[string]bool{}
	for _, i := range m.live {
		known[i.Name] = true
		l.names = max(l.names, numberOf(i.Name))
		l.segments = append(l.segments, l.newHandle(i))
	}
	for name, state := range m.others {
		l.names = max(l.names, numberOf(name))
		known[name] = state != stateAside
		if state == stateAside {
			if err := l.moveAside(name); err != nil {
				return err
			}
		}
	}
	if err := l.sweep(known); err != nil {
		return err
	}
	for _, i := range m.live {
		st, err := os.Stat(filepath.Join(l.opts.Dir, i.File()))
		if err == nil && st.Size() == i.Bytes {
			continue
		}
		cause := fmt.Errorf("%w: the file is missing or was cut", segment.ErrDamaged)
		if err := l.SetAside(ctx, i.Name, cause); err != nil {
			return err
		}
	}
	return nil
}

// numberOf returns the number that makes a segment's name unique.
func numberOf(name string) int64 {
	_, digits, _ := strings.Cut(name, "-")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// sweep removes files that no manifest entry names: what was being written
// when the manager ended.
func (l *Lake) sweep(known map[string]bool) error {
	files, err := os.ReadDir(l.opts.Dir)
	if err != nil {
		return fmt.Errorf("read directory of segments: %w", err)
	}
	for _, f := range files {
		base, ok := strings.CutSuffix(strings.TrimSuffix(f.Name(), ".tmp"), segment.Extension)
		if !ok || f.IsDir() || known[base] && !strings.HasSuffix(f.Name(), ".tmp") {
			continue
		}
		if err := os.Remove(filepath.Join(l.opts.Dir, f.Name())); err != nil {
			return fmt.Errorf("remove what was being written: %w", err)
		}
		l.opts.Logger.Info("removed a segment that was being written", "name", f.Name())
	}
	return nil
}

// SetAside takes a damaged segment out of the history, keeps its file aside and
// tells its events as lost. It does nothing when the segment is not live.
func (l *Lake) SetAside(ctx context.Context, name string, cause error) error {
	l.mu.RLock()
	at := slices.IndexFunc(l.segments, func(h *handle) bool { return h.Name == name })
	if at < 0 {
		l.mu.RUnlock()
		return nil
	}
	h := l.segments[at]
	l.mu.RUnlock()
	gap := Gap{ID: "segment:" + name, From: h.MinTime, To: h.MaxTime, Lost: h.Rows,
		Reason: fmt.Sprintf("segment %s is damaged (%v) and stands aside in %s", name, cause, filepath.Join(l.opts.Dir, asideDir))}
	done, err := l.manifest.replace(ctx, []string{name}, stateAside, event.At(l.opts.Now()), func(tx *sql.Tx) error { return insertGap(ctx, tx, gap) })
	if err != nil {
		return err
	}
	if !done { // an earlier try did it, or a merge
		l.forget(h)
		return nil
	}
	l.opts.Logger.Error("segment is damaged", "name", name, "events", h.Rows, "error", cause)
	l.forget(h)
	l.say("damage", fmt.Sprintf("segment %s was damaged: %d events are lost; its file is kept in %s", name, h.Rows, filepath.Join(l.opts.Dir, asideDir)))
	return l.moveAside(name)
}

// forget takes a segment out of the lake's memory of what is live.
func (l *Lake) forget(h *handle) {
	l.mu.Lock()
	l.segments = slices.DeleteFunc(l.segments, func(o *handle) bool { return o == h })
	l.mu.Unlock()
	h.drop()
}

func (l *Lake) moveAside(name string) error {
	file := segment.Info{Name: name}.File()
	err := os.Rename(filepath.Join(l.opts.Dir, file), filepath.Join(l.opts.Dir, asideDir, file))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("set segment aside: %w", err)
	}
	return nil
}
