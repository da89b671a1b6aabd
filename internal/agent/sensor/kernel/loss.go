package kernel

import (
	"fmt"

	"github.com/vedette-edr/vedette/internal/event"
)

// Loss is a count of records of one sensor and kind that are not whole events.
type Loss struct {
	Sensor string
	Kind   event.Kind // KindNone when unknown
	State  string     // "lost": found no room in the ring, or unreadable; "cut": shortened
	Reason string
	Count  uint64 // since Open
}

// Losses returns what was lost since Open; the counts only grow.
func (k *Kernel) Losses() ([]Loss, error) {
	var out []Loss
	for i := uint32(Exec * kinds); i < (Net+1)*kinds; i++ {
		kind, name := event.Kind(i%kinds), sensorName(int(i/kinds))
		if kind.Doc() == "" {
			continue
		}
		var n uint64
		if err := k.maps["drops"].Lookup(i, &n); err != nil {
			return nil, fmt.Errorf("read drop counters: %w", err)
		}
		if n > 0 {
			out = append(out, Loss{name, kind, "lost", "no room in the kernel's ring", n})
		}
		if n := k.cut[i].Load(); n > 0 {
			out = append(out, Loss{name, kind, "cut", "longer than what is kept", n})
		}
	}
	for i := range k.malformed {
		if n := k.malformed[i].Load(); n > 0 {
			out = append(out, Loss{sensorName(i), event.KindNone, "lost", "a record could not be decoded", n})
		}
	}
	return out, nil
}

// Numbered returns how many numbers a sensor has given, lost ones included.
func (k *Kernel) Numbered(sensor uint8) (uint64, error) {
	var n uint64
	if err := k.maps["numbers"].Lookup(uint32(sensor), &n); err != nil {
		return 0, fmt.Errorf("read numbers: %w", err)
	}
	return n, nil
}
