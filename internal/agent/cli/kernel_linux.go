package cli

import (
	"log/slog"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/event"
)

// kernelLink fits the kernel's side of the sensors to what the agent asks of it.
type kernelLink struct {
	k   *kernel.Kernel
	log *slog.Logger
}

// Readings returns what the kernel dropped or cut, by sensor and kind.
func (l kernelLink) Readings() []ledger.Reading {
	losses, err := l.k.Losses()
	if err != nil {
		l.log.Error("drop counters of the kernel cannot be read", "error", err)
		return nil
	}
	var out []ledger.Reading
	for _, x := range losses {
		kind := ""
		if x.Kind != event.KindNone {
			kind = x.Kind.String()
		}
		out = append(out, ledger.Reading{
			Loss:  ledger.Loss{Stage: ledger.Kernel, Sensor: x.Sensor, Kind: kind, State: x.State, Reason: x.Reason},
			Total: int64(x.Count),
		})
	}
	return out
}

// OnEmpty has f called each time the ring was handled to its end.
func (l kernelLink) OnEmpty(f func()) { l.k.OnEmpty(f) }

// SetUrgent tells the kernel what wakes the agent at once.
func (l kernelLink) SetUrgent(u detect.Urgent, files []agent.FileKey) error {
	k := kernel.Urgent{Names: u.Names, MemoryBacked: u.MemoryBacked, UserChange: u.UserChange}
	for _, f := range files {
		k.Files = append(k.Files, kernel.FileKey{Inode: uint64(f.Inode), Device: uint32(f.Device)})
	}
	return l.k.SetUrgent(k)
}
