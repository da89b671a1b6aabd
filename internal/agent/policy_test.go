package agent

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/wire"
)

// TestAE12_IntervalOfThePolicy: the policy says how often is looked where
// nothing tells of changes, from the start and when it changes.
func TestAE12_IntervalOfThePolicy(t *testing.T) {
	r := newRig(t)
	var got []string
	r.deps.Scan = func(files, live time.Duration) { got = append(got, fmt.Sprint(files, " ", live)) }
	r.start()
	p := r.settings.Policy
	p.Scan = wire.ScanPolicy{Files: 300, Live: 5}
	if err := r.agent.apply(p); err != nil {
		t.Fatal(err)
	}
	p.Scan.Files = wire.MaxScanFiles + 1
	if err := r.agent.apply(p); err == nil || !strings.Contains(err.Error(), "scan.files") {
		t.Errorf("a time that is too long: %v", err)
	}
	if want := "[30s 1s 5m0s 5s]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// TestNamesThatNobodyHas: sensors and rungs of other names are told when they are
// switched off, and are no reason not to run.
func TestNamesThatNobodyHas(t *testing.T) {
	r := newRig(t)
	r.settings.Kernel.RungsOff = []string{"twin", "tp_btff"}
	r.settings.Policy.Off = []string{"file", "fil"}
	r.start()
	r.stop()
	for text, want := range map[string]int{"sensor=fil\n": 1, "rung=tp_btff\n": 1, "names a": 2} {
		if n := strings.Count(r.log.String(), text); n != want {
			t.Errorf("%q is in the log %d times, want %d:\n%s", text, n, want, r.log.String())
		}
	}
}
