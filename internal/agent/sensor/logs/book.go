package logs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/tail"
)

// position is how far the logs were read.
type position struct {
	Files   map[string][]tail.Mark `json:"files"`
	Journal map[string]string      `json:"journal"` // cursors, by folder
}

func (p position) clone() position {
	out := position{Files: make(map[string][]tail.Mark, len(p.Files)), Journal: make(map[string]string, len(p.Journal))}
	for k, v := range p.Files {
		out.Files[k] = v
	}
	for k, v := range p.Journal {
		out.Journal[k] = v
	}
	return out
}

// step is a position and the number of the last event before it.
type step struct {
	number int64
	at     position
}

// book keeps how far the logs were read, and writes down what of it is
// spooled. Its methods may be called from any goroutine.
type book struct {
	path string // "" is nowhere

	mu     sync.Mutex
	number int64    // guarded by mu: of the last event
	done   int64    // guarded by mu: of the last event that was spooled
	now    position // guarded by mu
	steps  []step   // guarded by mu: oldest first, not written down
	dirty  bool     // guarded by mu: now differs from the last step
}

const (
	maxSteps = 64
	maxBook  = 4 << 20 // bytes
)

func newBook(path string) *book {
	return &book{path: path, now: position{}.clone()}
}

// load reads what was written down, once.
func (b *book) load() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.path == "" || b.number > 0 || len(b.now.Files)+len(b.now.Journal) > 0 {
		return nil
	}
	text, err := os.ReadFile(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && len(text) > maxBook {
		err = fmt.Errorf("more than %d bytes", maxBook)
	}
	var p position
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", b.path, err)
	}
	b.now = p.clone()
	return nil
}

// marks returns where a file was left.
func (b *book) marks(path string) []tail.Mark {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now.Files[path]
}

// cursor returns where a journal was left.
func (b *book) cursor(dir string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now.Journal[dir]
}

// read notes that a file was read up to marks.
func (b *book) read(path string, marks []tail.Mark) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now.Files[path] = marks
	b.dirty = true
}

// passed notes that a journal was read up to a cursor.
func (b *book) passed(dir, cursor string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now.Journal[dir] = cursor
	b.dirty = true
}

// spooled notes that the event with a number is on disk, and all before it.
func (b *book) spooled(number int64) {
	b.mu.Lock()
	b.done = max(b.done, number)
	b.mu.Unlock()
}

// save writes down what is spooled; all says that everything is or will be.
func (b *book) save(all bool) error {
	b.mu.Lock()
	if b.dirty {
		b.steps = append(b.steps, step{b.number, b.now.clone()})
		b.dirty = false
	}
	n := 0
	for n < len(b.steps) && (all || b.steps[n].number <= b.done) {
		n++
	}
	var at position
	if n > 0 {
		at = b.steps[n-1].at
	}
	b.steps = b.steps[n:]
	if len(b.steps) > maxSteps { // a later one will do
		b.steps = append(b.steps[:1:1], b.steps[len(b.steps)-maxSteps/2:]...)
	}
	b.mu.Unlock()
	if n == 0 || b.path == "" {
		return nil
	}
	return b.write(at)
}

func (b *book) write(at position) error {
	text, err := json.Marshal(at)
	if err != nil {
		return fmt.Errorf("write %s: %w", b.path, err)
	}
	if err := sensor.Keep(b.path, text); err != nil {
		return fmt.Errorf("write %s: %w", b.path, err)
	}
	return nil
}

// cursors returns where the journals are.
func (b *book) cursors() map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now.clone().Journal
}
