package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const activeName = "alerts.jsonl"

// file is the alert file: alerts.jsonl, and alerts.NNNNNN.jsonl for each
// generation that was rotated away. Its mode is 0600.
type file struct {
	dir     string
	maxSize int64
	keep    int
	pruned  func(generation int64, path string) // told before a file is removed; immutable after New

	mu         sync.Mutex
	f          *os.File // guarded by mu
	size       int64    // guarded by mu
	generation int64    // guarded by mu: number of the active file
	dirty      bool     // guarded by mu: written since the last sync
	written    int64    // guarded by mu
	broken     error    // guarded by mu: of the last write
}

func openFile(dir string, maxSize int64, keep int) (*file, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make alert folder: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, fmt.Errorf("protect alert folder: %w", err)
	}
	f := &file{dir: dir, maxSize: maxSize, keep: keep, generation: 1}
	old, err := f.rotated()
	if err != nil {
		return nil, err
	}
	if len(old) > 0 {
		f.generation = old[len(old)-1] + 1
	}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

// open opens the active file and ends a line that a crash left half-written.
func (f *file) open() error {
	h, err := os.OpenFile(filepath.Join(f.dir, activeName), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open alert file: %w", err)
	}
	if err := h.Chmod(0o600); err != nil {
		h.Close()
		return fmt.Errorf("protect alert file: %w", err)
	}
	end, err := h.Seek(0, io.SeekEnd)
	if err != nil {
		h.Close()
		return fmt.Errorf("open alert file: %w", err)
	}
	f.f, f.size = h, end
	return f.endLine()
}

func (f *file) endLine() error {
	if f.size == 0 {
		return nil
	}
	var last [1]byte
	if _, err := f.f.ReadAt(last[:], f.size-1); err != nil {
		return fmt.Errorf("read alert file: %w", err)
	}
	if last[0] == '\n' {
		return nil
	}
	n, err := f.f.Write([]byte{'\n'})
	f.size += int64(n)
	return err
}

// rotated returns the generations that were rotated away, oldest first.
func (f *file) rotated() ([]int64, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, fmt.Errorf("list alert folder: %w", err)
	}
	var out []int64
	for _, e := range entries {
		var n int64
		if _, err := fmt.Sscanf(e.Name(), "alerts.%d.jsonl", &n); err == nil && filepath.Base(f.rotatedPath(n)) == e.Name() {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (f *file) rotatedPath(generation int64) string {
	return filepath.Join(f.dir, fmt.Sprintf("alerts.%06d.jsonl", generation))
}

// write appends one line. After a failed or short write the next one starts a
// new line, so that a full disk never glues two alerts together.
func (f *file) write(line []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.f == nil {
		return fs.ErrClosed
	}
	err := f.put(line)
	if err != nil {
		err = fmt.Errorf("write alert file: %w", err)
	} else {
		f.written++
	}
	f.broken = err
	return err
}

func (f *file) put(line []byte) error {
	if f.size > 0 && f.size+int64(len(line)) > f.maxSize {
		if err := f.rotate(); err != nil {
			return err
		}
	}
	if f.broken != nil {
		if err := f.endLine(); err != nil {
			return err
		}
	}
	n, err := f.f.Write(line)
	f.size += int64(n)
	f.dirty = true
	return err
}

func (f *file) rotate() error {
	if err := f.f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(f.dir, activeName), f.rotatedPath(f.generation)); err != nil {
		return err
	}
	before := f.f
	if err := f.open(); err != nil {
		return err
	}
	f.generation++
	return cmp.Or(before.Close(), f.prune())
}

func (f *file) prune() error {
	old, err := f.rotated()
	if err != nil {
		return err
	}
	for len(old) > f.keep {
		path := f.rotatedPath(old[0])
		if f.pruned != nil {
			f.pruned(old[0], path)
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		old = old[1:]
	}
	return nil
}

// end returns the generation and the size of the active file.
func (f *file) end() position {
	f.mu.Lock()
	defer f.mu.Unlock()
	return position{f.generation, f.size}
}

// reader opens a generation for reading.
func (f *file) reader(generation int64) (*os.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if generation == f.generation {
		return os.Open(filepath.Join(f.dir, activeName))
	}
	return os.Open(f.rotatedPath(generation))
}

// oldest returns the first generation that is at least from and still there.
func (f *file) oldest(from int64) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	old, err := f.rotated()
	if err == nil {
		for _, g := range old {
			if g >= from {
				return g
			}
		}
	}
	return f.generation
}

func (f *file) syncUntil(ctx context.Context, c Clock) {
	for {
		select {
		case <-ctx.Done():
			f.sync()
			return
		case <-c.After(time.Second):
			f.sync()
		}
	}
}

func (f *file) sync() {
	f.mu.Lock()
	h, dirty := f.f, f.dirty
	f.dirty = false
	f.mu.Unlock()
	if h != nil && dirty {
		_ = h.Sync() // rotated and closed meanwhile: rotation has synced it
	}
}

func (f *file) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.f == nil {
		return nil
	}
	err := errors.Join(f.f.Sync(), f.f.Close())
	f.f = nil
	return err
}

func (f *file) status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := Status{File: filepath.Join(f.dir, activeName), Written: f.written}
	if f.broken != nil {
		s.Error = f.broken.Error()
	}
	return s
}
