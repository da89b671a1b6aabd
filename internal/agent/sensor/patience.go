package sensor

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrHangs says that a look at a file did not end in time, or was not begun
// because an earlier one in the same folder has not ended yet.
var ErrHangs = errors.New("the file system does not answer")

// Patience bounds looks at files that may never end, as in a home on a network
// file system whose server is gone: such a look waits in the kernel, and nobody
// can call it back. Each is done in a goroutine of its own, by Within. Of one
// that takes too long the folder is remembered, and no other look there is begun
// until it ends; so as many goroutines are left waiting as folders hang, and
// they end with their looks. A nil Patience waits for ever.
type Patience struct {
	wait    time.Duration
	changed chan struct{} // capacity 1

	mu   sync.Mutex
	hung map[string]int64 // guarded by mu: by folder, how many looks were not made or not waited for
}

const (
	// patient is how long a look may take: longer than a disk under load does. The
	// more folders hang, the less the next one is waited for.
	patient = 2 * time.Second
	// maxHung bounds the folders that hang, each of which holds a thread: with so
	// many, no look is begun in a neighbour of one.
	maxHung = 64
)

// NewPatience returns a Patience for one sensor.
func NewPatience() *Patience {
	return &Patience{wait: patient, changed: make(chan struct{}, 1), hung: map[string]int64{}}
}

// Changed has a value when other folders hang than before.
func (p *Patience) Changed() <-chan struct{} {
	if p == nil {
		return nil
	}
	return p.changed
}

// Hung lists the folders that do not answer.
func (p *Patience) Hung() []string {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.hung))
}

// Folder names what hangs together: the first two parts of a path below a root, a
// home for example. What is in it hangs too when the folder above it does.
func Folder(root, name string) string {
	parts := strings.SplitN(strings.TrimPrefix(path.Clean("/"+name), "/"), "/", 3)
	return strings.TrimSuffix(root, "/") + "/" + strings.Join(parts[:min(2, len(parts))], "/")
}

// Hangs reports whether the folder of a path below a root does not answer.
func (p *Patience) Hangs(root, name string) bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hangs(Folder(root, name))
}

// hangs needs mu.
func (p *Patience) hangs(folder string) bool {
	if _, yes := p.hung[folder]; yes {
		return true
	}
	_, yes := p.hung[path.Dir(folder)] // the folder above, when it is that one that hangs
	return yes
}

// begin returns how long a look in a folder may take, 0 when it must not be made.
func (p *Patience) begin(folder string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range []string{folder, path.Dir(folder)} {
		if _, yes := p.hung[f]; yes {
			p.hung[f]++
			return 0
		}
	}
	if len(p.hung) >= maxHung {
		for f := range p.hung {
			if path.Dir(f) == path.Dir(folder) {
				p.hung[f]++
				return 0 // a neighbour, which likely hangs too
			}
		}
	}
	return p.wait / time.Duration(1+len(p.hung))
}

// set notes that a folder hangs, or no longer does.
func (p *Patience) set(folder string, hangs bool) {
	p.mu.Lock()
	if hangs {
		p.hung[folder]++
	} else {
		delete(p.hung, folder)
	}
	p.mu.Unlock()
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// Unseen says for people which folders hang, nothing when none does.
func (p *Patience) Unseen() []string {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.hung) == 0 {
		return nil
	}
	var folders []string
	var looks int64
	for f, n := range p.hung {
		folders, looks = append(folders, f), looks+n
	}
	slices.Sort(folders)
	const named = 3
	text := strings.Join(folders[:min(named, len(folders))], ", ")
	if more := len(folders) - named; more > 0 {
		text += fmt.Sprintf(" and %d more folders", more)
	}
	return []string{fmt.Sprintf("files below %s, where the file system does not answer (%d looks not made so far)", text, looks)}
}

// Within makes a look at a path below a root, and returns what it found unless
// it hangs. The look must close what it opens itself, and touch nothing that its
// caller goes on to use.
func Within[T any](p *Patience, root, name string, look func() (T, error)) (T, error) {
	if p == nil {
		return look()
	}
	var none T
	refused := &fs.PathError{Op: "look at", Path: name, Err: ErrHangs}
	folder := Folder(root, name)
	wait := p.begin(folder)
	if wait == 0 {
		return none, refused
	}
	type answer struct {
		found T
		err   error
	}
	var mu sync.Mutex
	late := false // guarded by mu: nobody waits any more
	answers := make(chan answer, 1)
	go func() { // ends with the look, whenever that is
		found, err := look()
		mu.Lock()
		defer mu.Unlock()
		answers <- answer{found, err}
		if late {
			p.set(folder, false)
		}
	}()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case a := <-answers:
		return a.found, a.err
	case <-timer.C:
	}
	mu.Lock()
	defer mu.Unlock()
	select {
	case a := <-answers: // just now
		return a.found, a.err
	default:
	}
	late = true
	p.set(folder, true)
	return none, refused
}
