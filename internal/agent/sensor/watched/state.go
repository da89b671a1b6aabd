package watched

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
)

// key names a file of a subject.
type key struct {
	subject int
	path    string
}

// known is what was read of a file.
type known struct {
	Stamp  stamp
	Racy   bool   `json:",omitempty"` // read so shortly after its change that another would not show
	Items  []Item // secrets are digests
	base   stamp  // as the last event explained it
	target string // where symbolic links lead
	note   string
	unread string // what was told last of why it could not be read
	size   int    // bytes of the items, about
}

// place is what is known of the files of a mount namespace.
type place struct {
	id    int64 // inode number; 0 is the agent's own
	files map[key]*known
	items int
	size  int     // bytes of the items, about
	pids  []int64 // of processes seen in it, the last ones
	used  uint64  // for forgetting the oldest
}

func newPlace(id int64) *place { return &place{id: id, files: map[key]*known{}} }

func (p *place) set(k key, n *known) {
	if old := p.files[k]; old != nil {
		p.items -= len(old.Items)
		p.size -= old.size
	}
	if n == nil {
		delete(p.files, k)
		return
	}
	n.size = sizeOf(n.Items)
	p.files[k] = n
	p.items += len(n.Items)
	p.size += n.size
}

func sizeOf(items []Item) int {
	n := 0
	for i := range items {
		n += items[i].size()
	}
	return n
}

// room returns how many items a file may have.
func (p *place) room(k key) int {
	left := maxAllItems - p.items
	if old := p.files[k]; old != nil {
		left += len(old.Items)
	}
	return max(0, min(maxItems, left))
}

// space returns how many bytes the items of a file may take.
func (w *worker) space(p *place, k key) int {
	left := maxKept - w.host.size
	for _, q := range w.places {
		left -= q.size
	}
	if old := p.files[k]; old != nil {
		left += old.size
	}
	return max(0, left)
}

// saved is the snapshot as it is written.
type saved struct {
	Version  int
	Patterns map[string][]string // of each subject
	Key      []byte              // of the digests of secrets
	Subjects map[string]map[string]*known
}

const (
	version     = 1
	maxSnapshot = 64 << 20
)

// load reads the snapshot of the host's files; without one the key is new and
// nothing is known.
func (w *worker) load() error {
	w.secret = make([]byte, 32)
	if _, err := rand.Read(w.secret); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	if w.o.State == "" {
		return nil
	}
	f, err := os.Open(w.snapshot())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSnapshot))
	if err != nil {
		return fmt.Errorf("read %s: %w", w.snapshot(), err)
	}
	var s saved
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("read %s: %w", w.snapshot(), err)
	}
	if s.Version != version || len(s.Key) != len(w.secret) {
		return fmt.Errorf("read %s: version %d, want %d", w.snapshot(), s.Version, version)
	}
	w.secret = s.Key
	for i, subject := range w.o.Subjects {
		files, ok := s.Subjects[subject.Name]
		if !ok {
			continue
		}
		w.learned[i] = true
		w.fresh[i] = slices.DeleteFunc(slices.Clone(subject.Paths), func(p string) bool {
			return slices.Contains(s.Patterns[subject.Name], p)
		})
		for p, n := range files {
			if n != nil && slices.Contains(w.w.index.match(p), i) {
				n.base = n.Stamp
				w.host.set(key{i, p}, n)
			}
		}
	}
	return nil
}

func (w *worker) snapshot() string { return filepath.Join(w.o.State, w.o.Name+".json") }

// save writes the snapshot: a reader finds the old one or the new one.
func (w *worker) save() error {
	w.dirty = false
	if w.o.State == "" {
		return nil
	}
	s := saved{Version: version, Key: w.secret, Patterns: map[string][]string{}, Subjects: map[string]map[string]*known{}}
	for i, subject := range w.o.Subjects {
		if w.learned[i] {
			s.Subjects[subject.Name] = map[string]*known{}
			s.Patterns[subject.Name] = subject.Paths
		}
	}
	for k, n := range w.host.files {
		if files := s.Subjects[w.o.Subjects[k.subject].Name]; files != nil {
			files[k.path] = n
		}
	}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write %s: %w", w.snapshot(), err)
	}
	return sensor.Keep(w.snapshot(), text)
}
