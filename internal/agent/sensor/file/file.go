// Package file is the sensor of files: what is created, changed, renamed,
// removed, given another mode, owner or attribute, and which watched files are
// opened for reading.
//
// It has two rungs in the kernel. The rung fentry has programs at the functions
// that open, close and change files, whoever calls them: system calls, those of
// 32-bit programs, io_uring. Calls that are not about files pay nothing. Paths
// are those that the kernel found, with symbolic links resolved, and mode and
// owner before a change are always known.
//
// The rung tp_btf works on kernels that permit no programs at functions: a typed
// tracepoint sees the exit of every system call and drops those that are not
// about files in a few instructions, and classic tracepoints, or where there is
// no tracefs a typed one, see the entry of those that close or change an open
// file; that costs each call of the host about a tenth of a microsecond. An open
// file is described by the kernel's own struct file there too, so its path is
// absolute and right across mounts and links. A call with a name (rename, unlink,
// chmod by name) is told with the name that the process gave, joined to the
// directory it starts from, without symbolic links resolved, and another thread
// may change the name in memory in between; the mode and owner before a change
// are known only for calls on open files; what io_uring and 32-bit programs do
// is not told, and before Linux 6.10 neither are changes of files that an
// execution closes.
//
// Neither tells of a file that is changed through a memory mapping after it was
// closed.
//
// A file_write comes once when a file that was open for writing is closed and
// its modification time or size is not what it was at its opening. While
// several descriptors refer to one opening, as a log that many processes
// inherit, it comes when the last is closed and in between once a second at
// most. Pipes, sockets, devices and windows into the kernel such as /proc and
// /sys are no files, except that a watched one is told when it is opened, and
// that opening a block device, the memory of the host or that of another process
// is an event of its own, whatever its path.
//
// While it runs, the sensor has one goroutine, which renews the watch list.
package file

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options are what the sensor needs.
type Options struct {
	Kernel *kernel.Kernel // nil when it could not be opened
	Reason error          // why Kernel is nil
	Now    func() event.Time
	Rung   string          // the only one to try; "" is all, best first
	Renew  time.Duration   // between two looks for watched files that came without an event; 0 is 10 s
	Log    *slog.Logger    // nil discards
	Lower  []sensor.Source // rungs below the kernel's, best first
}

// Sensor makes file events.
type Sensor struct {
	o       Options
	sources []sensor.Source
	typed   bool // only the typed entry of system calls
}

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	if o.Renew == 0 {
		o.Renew = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Sensor{o: o}
	s.sources = append([]sensor.Source{
		{
			Rung: sensor.Rung{
				Name: atFunctions, Needs: "Linux 5.17 or later with CONFIG_DEBUG_INFO_BTF and CONFIG_SECURITY_PATH on which programs at functions of the kernel (fentry, fexit) load, and root",
				Limits: "changes through a memory mapping after the file was closed, extended attributes that 32-bit programs or io_uring set",
			},
			Run: s.rung(atFunctions, s.attachFunctions),
		},
		{
			Rung: sensor.Rung{
				Name: everyCall, Needs: "Linux 5.17 or later with CONFIG_DEBUG_INFO_BTF, and root (CAP_BPF and CAP_PERFMON)",
				Limits: "symbolic links in the names of calls, mode and owner before a change by name, changes through a memory mapping after the file was closed, by io_uring and by 32-bit programs",
			},
			Run: s.rung(everyCall, s.attachCalls),
		},
	}, o.Lower...)
	if o.Rung != "" {
		s.sources = slices.DeleteFunc(s.sources, func(r sensor.Source) bool { return r.Name != o.Rung })
	}
	return s
}

// Names of the kernel's rungs.
const (
	atFunctions = "fentry"
	everyCall   = "tp_btf"
)

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name: "file",
		Doc:  "Files that are created, changed, renamed and removed, watched files that are read, and devices and memory that are opened.",
		Kinds: []event.Kind{
			event.FileCreate, event.FileWrite, event.FileRename, event.FileDelete,
			event.FileOpen, event.FileChmod, event.FileChown, event.FileXattr,
			event.DeviceOpen, event.MemoryOpen,
		},
		Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "file", s.sources, emit, s.o.Now)
}

// attach attaches the programs of a rung and returns what it does not see on
// this host besides its limits.
type attach func(handle func(kernel.Record) error) (p *kernel.Programs, unseen []string, err error)

// rung returns what runs a rung of the kernel's.
func (s *Sensor) rung(name string, a attach) func(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	return func(ctx context.Context, emit sensor.Emit, took func(...string)) error {
		if s.o.Kernel == nil {
			return kernel.NotOpen(s.o.Reason)
		}
		return s.sense(ctx, name, a, emit, took)
	}
}

func (s *Sensor) sense(ctx context.Context, rung string, a attach, emit sensor.Emit, took func(...string)) error {
	k := s.o.Kernel
	d := &decoder{clock: k, texts: kernel.NewTexts(), rung: rung}
	renew := make(chan struct{}, 1)
	programs, unseen, err := a(func(r kernel.Record) error {
		e, err := d.decode(r)
		if err != nil {
			return err
		}
		if changesNames(e.Kind) && kernel.TouchesWatch(k.Watched(), e.File.Path) {
			select {
			case renew <- struct{}{}:
			default:
			}
		}
		emit(e)
		return nil
	})
	if err != nil {
		return err
	}
	took(unseen...)
	renewing, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { s.renew(renewing, renew) })
	err = k.Wait(ctx)
	cancel()
	wg.Wait()
	return errors.Join(err, programs.Close())
}

func changesNames(k event.Kind) bool {
	return k == event.FileCreate || k == event.FileRename || k == event.FileDelete
}

// renew keeps the watch list true until ctx is done.
func (s *Sensor) renew(ctx context.Context, changed <-chan struct{}) {
	tick := time.NewTicker(s.o.Renew)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-changed:
		}
		if err := s.o.Kernel.RenewWatch(); err != nil {
			s.o.Log.Warn("renew the watch list", "error", err)
		}
	}
}
