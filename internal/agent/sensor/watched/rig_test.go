package watched_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

// rig is a Watcher over a folder of the test, told of changes by the test.
type rig struct {
	t     *testing.T
	root  string
	state string
	o     watched.Options
	w     *watched.Watcher
	mu    sync.Mutex
	all   []*event.Event // guarded by mu
	stop  func()
}

func newRig(t *testing.T, subjects ...watched.Subject) *rig {
	r := &rig{t: t, root: t.TempDir(), state: t.TempDir()}
	r.o = watched.Options{Name: "test", Subjects: subjects, State: r.state, Root: r.root, Every: sensor.NewPace(time.Hour)}
	r.stop = func() {}
	t.Cleanup(func() { r.stop() })
	return r
}

// lines makes an item of each line "name=value"; "*" before the value makes it
// a secret.
func lines(f watched.File) []watched.Item {
	var out []watched.Item
	if f.Link != "" {
		return []watched.Item{{Key: "link", Fields: []watched.Field{{Name: "target", Value: f.Link}}}}
	}
	for line := range strings.Lines(string(f.Content)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		field := watched.Field{Name: "value", Value: value}
		if secret, ok := strings.CutPrefix(value, "*"); ok {
			field.Value, field.Secret = "hidden", secret
		}
		out = append(out, watched.Item{Key: name, Fields: []watched.Field{field}})
	}
	return out
}

func subject(paths ...string) watched.Subject {
	return watched.Subject{
		Name: "lines", Paths: paths, Parse: lines, Object: "setting",
		Create: event.TaskCreate, Modify: event.TaskModify, Delete: event.TaskDelete,
	}
}

// start runs a new Watcher until the test or stop ends it.
func (r *rig) start() {
	r.t.Helper()
	r.w = watched.New(r.o)
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		if err := r.w.Run(ctx, r.emit, func(...string) { close(ready) }); err != nil {
			r.t.Error(err)
		}
	}()
	r.stop = func() { cancel(); <-done; r.stop = func() {} }
	select {
	case <-ready:
	case <-time.After(10 * time.Second):
		r.t.Fatal("the watcher does not begin")
	}
}

func (r *rig) emit(e *event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, e)
}

func (r *rig) events() []*event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all)
}

// wait returns the events when there are n.
func (r *rig) wait(n int) []*event.Event {
	r.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		if all := r.events(); len(all) >= n || time.Now().After(deadline) {
			if len(all) != n {
				r.t.Fatalf("%d events, want %d: %v", len(all), n, texts(all))
			}
			return all
		}
		select {
		case <-time.After(time.Millisecond):
		case <-r.t.Context().Done():
		}
	}
}

func (r *rig) write(p, content string) {
	r.t.Helper()
	name := filepath.Join(r.root, p)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// told is an event of the sensor of files.
func (r *rig) told(kind event.Kind, path, from, process string) {
	r.w.Follow(&event.Event{
		Kind: kind, Time: event.At(time.Now()), ContainerID: "c", User: &event.User{Name: "u"},
		File:    &event.File{Path: path, OriginalPath: from},
		Process: &event.Process{EntityID: process, Name: process, PID: 1 << 30},
	})
}

// replace writes a file beside and renames it into place.
func (r *rig) replace(p, content, process string) {
	r.t.Helper()
	r.write(p+"+", content)
	if err := os.Rename(filepath.Join(r.root, p+"+"), filepath.Join(r.root, p)); err != nil {
		r.t.Fatal(err)
	}
	r.told(event.FileRename, p, p+"+", process)
}

func text(e *event.Event) string {
	out := e.Kind.String() + " " + e.Change.Name
	for i, f := range e.Change.Fields {
		out += " " + f + ":" + e.Change.Before[i] + ">" + e.Change.After[i]
	}
	if e.Process != nil {
		out += " by " + e.Process.Name
	}
	if e.Reason != "" {
		out += " (" + e.Reason + ")"
	}
	return out
}

func texts(all []*event.Event) []string {
	var out []string
	for _, e := range all {
		out = append(out, text(e))
	}
	return out
}

func (r *rig) want(texts ...string) []*event.Event {
	r.t.Helper()
	all := r.wait(len(texts))
	for i, want := range texts {
		if got := text(all[i]); got != want {
			r.t.Errorf("event %d: %s\nwant %s", i, got, want)
		}
	}
	r.mu.Lock()
	r.all = nil
	r.mu.Unlock()
	return all
}
