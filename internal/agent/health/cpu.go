package health

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/vedette-edr/vedette/internal/event"
)

// Meter reads the same as Read, and how busy the host's processors were since
// the reading before. It may be used by several goroutines, whose readings
// then share the time between them.
type Meter struct {
	proc string

	mu   sync.Mutex
	last times // guarded by mu
}

// times is the time of all processors together, in ticks.
type times struct {
	busy, all  uint64
	processors int
}

// NewMeter returns a Meter for the procfs mounted at proc; its first reading
// covers the time since now.
func NewMeter(proc string) *Meter {
	return &Meter{proc: proc, last: processorTimes(proc)}
}

// Read returns what can be read; what cannot be read stays zero. CPUPercent is
// that of the host: 100 for each busy processor.
func (m *Meter) Read() event.Status {
	s := Read(m.proc)
	m.mu.Lock()
	defer m.mu.Unlock()
	now := processorTimes(m.proc)
	s.CPUPercent = percent(m.last, now)
	m.last = now
	return s
}

func percent(from, to times) float64 {
	if to.all <= from.all || to.busy < from.busy {
		return 0
	}
	return 100 * float64(to.processors) * float64(to.busy-from.busy) / float64(to.all-from.all)
}

func processorTimes(proc string) times {
	text, err := os.ReadFile(filepath.Join(proc, "stat"))
	if err != nil {
		return times{}
	}
	return parseTimes(string(text))
}

// parseTimes reads the text of /proc/stat: the line "cpu" is the sum of user,
// nice, system, idle, iowait, irq, softirq and steal over all processors, each
// of which has a line of its own.
func parseTimes(text string) times {
	var t times
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 5 || !strings.HasPrefix(f[0], "cpu") {
			continue
		}
		if f[0] != "cpu" {
			t.processors++
			continue
		}
		for i, x := range f[1:min(len(f), 9)] { // guest times are in user already
			n, err := strconv.ParseUint(x, 10, 48)
			if err != nil {
				return times{}
			}
			t.all += n
			if i != 3 && i != 4 { // idle, iowait
				t.busy += n
			}
		}
	}
	if t.processors == 0 {
		t.processors = runtime.NumCPU()
	}
	return t
}
