package calls_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/calls"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/library"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// taken returns how a sensor that was just started says what it took.
func taken(t *testing.T, r *sensortest.Recorder) *event.Status {
	t.Helper()
	return r.Wait(t, "a rung", 1, sensortest.Kinds(event.AgentSensor))[0].Status
}

// The best rung is taken by itself, and a lower one says why.
func TestBestRung(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	why := k.SeesCalls(calls.Watched()...)
	s := taken(t, sensortest.Run(t, calls.New(calls.Options{Kernel: k})))
	if why == nil && s.Rung != "fentry" {
		t.Errorf("rung %s, %s, want fentry", s.Rung, s.RungReason)
	}
	if why != nil && (s.Rung != "tp_btf" || !strings.Contains(s.RungReason, "fentry: ") || !strings.Contains(s.RungReason, why.Error())) {
		t.Errorf("rung %s, %s, want tp_btf, because %v", s.Rung, s.RungReason, why)
	}
}

// Events say from which rung they are.
func TestRungOfEvents(t *testing.T) { sensortest.Rungs(t, rungs(), checkRungOfEvents) }

func checkRungOfEvents(t *testing.T, rung string) {
	r := start(t, rung, 0)
	if e := r.Wait(t, "unshare", 1, of(event.NamespaceChange, act(t, "unshare")))[0]; e.Rung != rung {
		t.Errorf("rung %q, want %q", e.Rung, rung)
	}
}

// Two sensors share a program at a call: it is attached once, and detached with
// the last of them; none is at every call.
func TestSharedCalls(t *testing.T) {
	k := sensortest.KernelFor(t, "fentry", kernel.Options{}, calls.Watched()...)
	attached := func() (out []string) {
		for name := range k.Costs() {
			if call, ok := strings.CutPrefix(name, "on_any_return"); ok {
				out = append(out, strings.TrimPrefix(call, "_"))
			}
		}
		slices.Sort(out)
		return out
	}
	t.Run("library", func(t *testing.T) {
		sensortest.Run(t, library.New(library.Options{Kernel: k, Rung: "fentry"}))
		t.Run("calls", func(t *testing.T) {
			begin := time.Now()
			sensortest.Run(t, calls.New(calls.Options{Kernel: k, Rung: "fentry"}))
			t.Logf("loaded and attached in %v", time.Since(begin))
			if got := attached(); len(got) < 30 || !slices.Contains(got, "ptrace") || !slices.Contains(got, "mmap") || slices.Contains(got, "") {
				t.Errorf("attached at %v", got)
			}
			begin = time.Now()
			t.Cleanup(func() { t.Logf("ran for %v before it ended", time.Since(begin)) })
		})
		if got := attached(); strings.Join(got, " ") != "mmap mprotect pkey_mprotect" {
			t.Errorf("library alone is attached at %v", got)
		}
	})
	if got := attached(); len(got) != 0 {
		t.Errorf("attached at %v, and no sensor runs", got)
	}
}

// Root can turn off all programs at functions of the kernel with one switch.
// That is told and mended, and a sensor that starts meanwhile takes another rung.
func TestFunctionsTurnedOff(t *testing.T) {
	if os.Getenv("VEDETTE_GUEST") != "1" {
		t.Skip("SKIPPED: turns off the function tracer, which is done only in the guest: test/vm/vm.sh")
	}
	name := filepath.Join("/proc", "sys/kernel/ftrace_enabled")
	set := func(value string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(value), 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { set("1") })
	t.Run("before", func(t *testing.T) {
		k := sensortest.KernelFor(t, "fentry", kernel.Options{}, calls.Watched()...)
		set("0")
		defer set("1")
		s := taken(t, sensortest.Run(t, calls.New(calls.Options{Kernel: k})))
		if s.Rung != "tp_btf" || !strings.Contains(s.RungReason, "kernel.ftrace_enabled") {
			t.Errorf("rung %s, %s", s.Rung, s.RungReason)
		}
	})
	t.Run("while it runs", func(t *testing.T) {
		told := make(chan kernel.Tampering, 16)
		k := sensortest.KernelFor(t, "fentry", kernel.Options{Guard: 50 * time.Millisecond, Tampered: func(at kernel.Tampering) { told <- at }}, calls.Watched()...)
		r := sensortest.Run(t, calls.New(calls.Options{Kernel: k, Rung: "fentry"}))
		set("0")
		select {
		case at := <-told:
			if !at.Mended || at.Err != nil || !strings.Contains(at.What, "ftrace_enabled") {
				t.Errorf("told %+v", at)
			}
		case <-time.After(time.Minute):
			t.Fatal("nobody told")
		}
		r.Wait(t, "unshare", 1, of(event.NamespaceChange, act(t, "unshare")))
	})
}
