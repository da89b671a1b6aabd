package kernel

import "testing"

// What is urgent goes first, and holds nobody up for more than a look.
func TestBeatAfterUrgent(t *testing.T) {
	k := &Kernel{}
	for i, step := range []struct {
		urgent bool
		want   bool
	}{{false, true}, {true, false}, {false, true}, {true, false}, {true, true}, {true, false}, {false, true}, {false, true}} {
		if step.urgent {
			k.urgents.Add(1)
		}
		if got := k.mayBeat(); got != step.want {
			t.Errorf("look %d: %v, want %v", i, got, step.want)
		}
	}
}
