package enrich_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/enrich"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/all"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// shipped runs all sensors of this host with an enricher as it is by default:
// what is not known in time comes in an event of its own.
func shipped(t *testing.T) *sensortest.Recorder {
	t.Helper()
	k := sensortest.Kernel(t, kernel.Options{})
	var to atomic.Pointer[sensortest.Recorder]
	var mu sync.Mutex
	var en *enrich.Enricher
	var err error
	en, err = enrich.New(enrich.Options{Late: func(e *event.Event) {
		if r := to.Load(); r != nil {
			mu.Lock()
			en.Enrich(e)
			mu.Unlock()
			r.Emit(e)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(en.Close)
	if err := en.Seed(context.Background()); err != nil {
		t.Fatal(err)
	}
	var sensors []sensor.Sensor
	for _, s := range all.Sensors(all.Options{Kernel: k}) {
		switch s.Spec().Name {
		case "exec", "file", "library":
			sensors = append(sensors, enriched{s, &mu, en})
		}
	}
	r := sensortest.Run(t, sensors...)
	to.Store(r)
	return r
}

// of matches the events of a kind about a path, whole: those that went on
// without a digest are followed by a file_hash.
func of(path string, kinds ...event.Kind) func(*event.Event) bool {
	match := sensortest.Kinds(append(kinds, event.FileHash)...)
	return func(e *event.Event) bool {
		return match(e) && e.File != nil && e.File.Path == path && e.File.Hash != nil && e.File.Hash.SHA256 != ""
	}
}

// A process of a millisecond is seen, with its end.
func TestAE1_BriefProcess(t *testing.T) {
	r := shipped(t)
	tiny := sensortest.Tiny(t, t.TempDir(), "brief", 7)
	for range 20 {
		cmd := exec.Command(tiny)
		_ = cmd.Run()
		start := r.Wait(t, "start", 1, ofPID(cmd, event.ProcessStart))[0]
		end := r.Wait(t, "end", 1, ofPID(cmd, event.ProcessEnd))[0]
		p := start.Process
		if p.Executable != tiny || p.Name != "brief" || p.CommandLine != tiny || start.User.ID != "0" || p.Parent.PID != int64(os.Getpid()) {
			t.Fatalf("%+v", p)
		}
		if end.Process.ExitCode.N != 7 || end.Process.EntityID != p.EntityID {
			t.Fatalf("%+v", end.Process)
		}
	}
}

// Each thing that is done to a file is an event with the SHA-256 of what it
// held.
func TestAE3_EachOperationHasADigest(t *testing.T) {
	r := shipped(t)
	dir := t.TempDir()
	path, renamed := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	content := []byte("integrity test: ")
	for i := range 300 {
		content = fmt.Appendf(content, "%d times %c is %x\n", i, ' '+i%90, i*i*i)
	}
	begin := time.Now()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	want := sha(t, path)
	r.Wait(t, "create", 1, func(e *event.Event) bool { return e.Kind == event.FileCreate && e.File.Path == path })
	e := r.Wait(t, "write", 1, of(path, event.FileWrite))[0]
	t.Logf("told after %v", time.Since(begin)) // how soon is the business of the exam
	if f := e.File; f.Hash.SHA256 != want || f.Hash.MD5 == "" || f.Hash.SHA1 == "" || f.Hash.TLSH == "" ||
		f.Header != "696e7465677269747920746573743a20" || f.Entropy < 3 || f.Entropy > 6 || f.Size.N != int64(len(content)) {
		t.Errorf("%+v %+v", f, f.Hash)
	}
	if e.Process.PID != int64(os.Getpid()) || e.Process.Name == "" {
		t.Errorf("who: %+v", e.Process)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("changed"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	changed := sha(t, path)
	r.Wait(t, "modify", 1, func(e *event.Event) bool { return of(path, event.FileWrite)(e) && e.File.Hash.SHA256 == changed })
	if err := os.Rename(path, renamed); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(renamed); err != nil {
		t.Fatal(err)
	}
	for _, k := range []event.Kind{event.FileRename, event.FileDelete} {
		e := r.Wait(t, k.String(), 1, func(e *event.Event) bool { return e.Kind == k && e.File.Path == renamed })[0]
		if h := e.File.Hash; h == nil || h.SHA256 != changed || h.Status != "as last read" {
			t.Errorf("%s: %+v, want %s", k, h, changed)
		}
	}
}

// What a process loads has digests: known ones at once, new ones soon after.
func TestLibraryHasADigest(t *testing.T) {
	r := shipped(t)
	for range 2 {
		cmd := exec.Command("cat", "/dev/null")
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		e := r.Wait(t, "library", 1, func(e *event.Event) bool {
			return ofPID(cmd, event.LibraryLoad, event.FileHash)(e) && e.File.Path != e.Process.Executable && e.File.Hash != nil && e.File.Hash.SHA256 != ""
		})[0]
		if want := sha(t, e.File.Path); e.File.Hash.SHA256 != want || e.File.Owner != "root" || e.Process.Name != "cat" {
			t.Errorf("%+v %+v, want %s", e.File, e.File.Hash, want)
		}
	}
}
