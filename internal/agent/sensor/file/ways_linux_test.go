package file_test

import (
	"errors"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// Rungs of the sensor.
const (
	atFunctions = "fentry"
	everyCall   = "tp_btf"
)

// way is a way to see files that a host may permit.
type way struct {
	name, program string // a program that only it attaches
	sensor        func(file.Options) *file.Sensor
}

// ways are the rungs, and the lower one as hosts without tracefs have it.
func ways() []way {
	on := func(rung string) func(file.Options) *file.Sensor {
		return func(o file.Options) *file.Sensor { o.Rung = rung; return file.New(o) }
	}
	return []way{{atFunctions, "on_close", on(atFunctions)}, {everyCall, "call_close", on(everyCall)}, {"typed", "on_call", file.NewTyped}}
}

// needs skips the test where programs at functions of the kernel do not load.
func (w way) needs(t testing.TB, k *kernel.Kernel) {
	t.Helper()
	if err := k.Functions(); w.name == atFunctions && errors.Is(err, kernel.ErrNotSupported) {
		t.Skip("SKIPPED: ", err)
	}
}

// bench is a running sensor and a folder to work in.
type bench struct {
	*sensortest.Recorder
	way
	k   *kernel.Kernel
	dir string
}

// start runs the sensor in one way; a host that does not permit it skips the test.
func (w way) start(t testing.TB, watch ...string) bench {
	t.Helper()
	k := sensortest.Kernel(t, kernel.Options{})
	w.needs(t, k)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	paths := make([]string, len(watch))
	for i := range watch {
		paths[i] = strings.ReplaceAll(watch[i], "DIR", dir)
	}
	if err := k.SetWatch(paths); err != nil {
		t.Fatal(err)
	}
	b := bench{sensortest.Run(t, w.sensor(file.Options{Kernel: k, Renew: time.Hour})), w, k, dir}
	if _, ok := k.Costs()[w.program]; !ok {
		t.Fatalf("%s is not attached; attached are %v", w.program, k.Costs())
	}
	return b
}

// everyRung runs a test on each rung of the kernel's.
func everyRung(t *testing.T, test func(*testing.T, bench), watch ...string) {
	everySensor(t, func(t *testing.T, w way) { test(t, w.start(t, watch...)) })
}

// everySensor runs a test that starts the sensor by itself on each rung; the
// short form leaves it to the sandbox (sensortest.Rungs).
func everySensor(t *testing.T, test func(*testing.T, way)) {
	if testing.Short() {
		t.Skip("SKIPPED: the short form runs it in the sandbox only")
	}
	for _, w := range ways()[:2] {
		t.Run(w.name, func(t *testing.T) { test(t, w) })
	}
}

// everyEntry runs a test in every way: what both entries of system calls see is
// the same.
func everyEntry(t *testing.T, test func(*testing.T, bench)) {
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) { test(t, w.start(t)) })
	}
}

// sh runs shell commands in the folder and returns the events below it, once
// all have come.
func (b bench) sh(t *testing.T, commands string) []string {
	t.Helper()
	before := len(b.below())
	c := osexec.Command("/bin/sh", "-ec", commands)
	c.Dir = b.dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", commands, err, out)
	}
	b.k.Drain()
	return b.below()[before:]
}

// below describes the events of files in the folder, without its own name.
func (b bench) below() []string {
	var out []string
	for _, e := range b.All(func(e *event.Event) bool {
		return e.File != nil && (strings.HasPrefix(e.File.Path, b.dir+"/") || strings.HasPrefix(e.File.OriginalPath, b.dir+"/"))
	}) {
		s := strings.TrimPrefix(e.Kind.String(), "file_") + " " + e.File.Path
		if e.File.OriginalPath != "" {
			s += " from " + e.File.OriginalPath
		}
		if e.File.TargetPath != "" {
			s += " of " + e.File.TargetPath
		}
		if e.File.Type == "dir" {
			s += " dir"
		}
		out = append(out, strings.ReplaceAll(s, b.dir+"/", ""))
	}
	return out
}

func (b bench) want(t *testing.T, commands string, want ...string) {
	t.Helper()
	got := b.sh(t, commands)
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("%s\n got  %s\n want %s", commands, strings.Join(got, ", "), strings.Join(want, ", "))
	}
}
