// Package kernel is what the BPF sensors share: one ring to which all programs
// write, so that events come in time order; the scope, a cgroup outside of
// which nothing is seen; a number for every record; counters of what found no
// room; the lists of what is urgent and what is watched.
//
// Each sensor has a directory with one BPF object. Its programs are loaded by
// Attach, which puts the shared maps of this package in the place of those of
// the same name. Records are batched: a program asks the kernel to wake the
// reader only when the ring fills up, a record is urgent or an execution comes
// 190 ms after the last that woke it, and the reader looks by itself every
// 200 ms, because a wake-up costs more than sensing: about 250 us of CPU, as
// much as 40 executions.
//
// A record takes its number before it asks for room. So the numbers of a
// sensor have a gap for each record that was lost, and Losses counts the same
// exactly, per kind.
//
// The watch list is kept as keys of (inode, device) of directories and files,
// found from user space by Watch and renewed, and not as paths: a program
// compares two numbers per opened file, symbolic links, bind mounts and hard
// links need no thought, and a file that appears in a watched folder is seen
// at once because the folder's key is what counts. A watched file is found by
// its own key and, as editors replace files, by its folder's key and its name.
//
// What somebody with the rights of root takes from hooks and lists is put back
// within ten seconds and told (see Tampering); the scope and the counters are
// frozen, so that nobody can change them.
//
// A Kernel has two goroutines: the reader, which calls the handlers of the
// sensors, and the guard; Close ends them. Links are kept until Close: one that nobody refers to
// is detached by the garbage collector. The other methods may be called from
// any goroutine.
package kernel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cilium/ebpf"

	"github.com/vedette-edr/vedette/internal/event"
)

// Options say how to open the kernel's side.
type Options struct {
	Scope    *os.File     // cgroup v2 directory outside of which nothing is seen; nil is the whole host
	Private  []string     // folders whose files only processes of Scope map; see Uprobe
	RingSize int          // bytes, a power of two; 0 is 4 MiB
	Proc     string       // where proc is mounted; "" is /proc
	Sys      string       // where sysfs is mounted; "" is /sys
	Log      *slog.Logger // nil discards
	// Tampered is told when somebody else changed the programs or the lists in
	// the kernel; nil is nobody. Guard is how often that is looked for: 0 is
	// every 10 s.
	Tampered func(Tampering)
	Guard    time.Duration
}

// Kernel is the ring and the maps that the sensors share.
type Kernel struct {
	o    Options
	maps map[string]*ebpf.Map // immutable after Open
	ring *ring
	counters
	bell    *os.File        // the ring, for waiting
	ringing syscall.RawConn // of bell
	boot    string
	pidns   uint32
	start   int64        // wall clock minus boot clock when opened
	wall    atomic.Int64 // the same now: the clock may be set
	onEmpty atomic.Pointer[func()]
	done    chan struct{} // closed when the reader has ended
	guarded chan struct{} // closed when the guard has ended

	// Of the reader's goroutine:
	entities map[entity]holder // who had a pid first, by pid and tick
	twins    map[entity]string // ids of those that had it in the same tick, by pid and start

	handlers  [sensors]atomic.Pointer[handler]
	malformed [sensors]atomic.Uint64
	urgents   atomic.Uint64
	cut       [sensors * kinds]atomic.Uint64

	mu       sync.Mutex
	programs []*Programs   // guarded by mu
	waiting  chan struct{} // guarded by mu: closed by the reader when the ring is empty

	missedBefore [sensors]uint64 // guarded by mu: of programs that are gone
	missedNow    [sensors]uint64 // guarded by mu: in all, at missedAt
	missedAt     time.Time       // guarded by mu
	beats        []*beat         // guarded by mu

	urgentsBefore uint64 // those at the look before; the reader's
	held          bool   // the look before told no beats; the reader's

	returnsMu sync.Mutex
	returns   returns // guarded by returnsMu
	calls     atCalls // guarded by returnsMu

	functions functions

	listsMu sync.Mutex
	lists   map[string]map[string]byte // guarded by listsMu: by name of the map; taken after watchMu and mu
	found   []Tampering                // guarded by listsMu: with the lists when they were renewed, for the next look

	watchMu sync.Mutex
	watched []string // guarded by watchMu
}

const (
	ringSize   = 4 << 20
	interval   = 200 * time.Millisecond // between looks of the reader
	firstPIDNS = 0xEFFFFFFC             // inode number of the first pid namespace, fixed by the kernel
)

// Open makes the ring and the shared maps and starts the reader. The error is
// ErrNotSupported, with what the kernel lacks and what to do, when BPF cannot
// be had here.
func Open(o Options) (*Kernel, error) {
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	if o.Sys == "" {
		o.Sys = "/sys"
	}
	if o.RingSize == 0 {
		o.RingSize = ringSize
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := Supported(o.Proc, o.Sys); err != nil {
		return nil, err
	}
	k := &Kernel{o: o, maps: map[string]*ebpf.Map{}, entities: map[entity]holder{}, twins: map[entity]string{}, done: make(chan struct{}), guarded: make(chan struct{}), lists: map[string]map[string]byte{}}
	if err := k.identify(); err != nil {
		return nil, err
	}
	if err := k.open(); err != nil {
		k.closeMaps()
		return nil, err
	}
	go k.read()
	if o.Guard == 0 {
		o.Guard = guardEvery
	}
	go k.guard(o.Guard)
	return k, nil
}

// identify reads what stays the same while the host runs.
func (k *Kernel) identify() error {
	boot, err := os.ReadFile(filepath.Join(k.o.Proc, "sys/kernel/random/boot_id"))
	if err != nil {
		return fmt.Errorf("read boot id (is proc mounted at %s?): %w", k.o.Proc, err)
	}
	k.boot = strings.TrimSpace(string(boot))
	var st syscall.Stat_t
	if err := syscall.Stat(filepath.Join(k.o.Proc, "self/ns/pid"), &st); err != nil {
		return fmt.Errorf("find own pid namespace: %w", err)
	}
	if st.Ino != firstPIDNS {
		k.pidns = uint32(st.Ino)
	}
	k.start, _ = clockOffset(9)
	k.wall.Store(k.start)
	return nil
}

func (k *Kernel) open() error {
	for _, s := range sharedMaps(k.o.RingSize) {
		m, err := ebpf.NewMap(s)
		if err != nil {
			return refused("make map "+s.Name, err)
		}
		k.maps[s.Name] = m
	}
	if k.o.Scope != nil {
		if err := k.maps["scope"].Put(uint32(0), uint32(k.o.Scope.Fd())); err != nil {
			return fmt.Errorf("set the scope to %s (it must be a directory of a cgroup v2 hierarchy): %w", k.o.Scope.Name(), err)
		}
	}
	if err := k.freeze("scope", "numbers", "drops"); err != nil {
		return err
	}
	var err error
	if k.counters, err = openCounters(k.maps); err != nil {
		return err
	}
	r, err := openRing(k.maps["ring"].FD(), k.o.RingSize)
	if err != nil {
		return err
	}
	k.ring = r
	if err := k.openBell(); err != nil {
		return errors.Join(err, r.close())
	}
	return nil
}

// Close detaches all programs and ends the reader.
func (k *Kernel) Close() error {
	k.mu.Lock()
	programs := k.programs
	k.programs = nil
	k.mu.Unlock()
	var errs []error
	for _, p := range programs {
		errs = append(errs, p.release())
	}
	errs = append(errs, k.bell.Close())
	<-k.done
	<-k.guarded
	errs = append(errs, k.ring.close())
	k.closeMaps()
	return errors.Join(errs...)
}

func (k *Kernel) closeMaps() {
	for _, m := range k.maps {
		m.Close()
	}
}

// ErrEnded says that the reader of the ring ended: no sensor gets events any more.
var ErrEnded = errors.New("the ring is no longer read")

// Wait returns nil when ctx is done, and ErrEnded when the reader ends before.
func (k *Kernel) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-k.done:
		if ctx.Err() != nil {
			return nil
		}
		return ErrEnded
	}
}

// Boot returns the boot id of the host.
func (k *Kernel) Boot() string { return k.boot }

// Scoped says whether only a part of the host is seen.
func (k *Kernel) Scoped() bool { return k.o.Scope != nil }

// Scope returns the cgroup directory that bounds what is seen, nil for none.
func (k *Kernel) Scope() *os.File { return k.o.Scope }

// Cgroup returns the path of the cgroup directory to which hooks are attached:
// the scope's, or the root of the cgroup v2 hierarchy.
func (k *Kernel) Cgroup() (string, error) {
	if k.o.Scope != nil {
		return fmt.Sprintf("%s/self/fd/%d", k.o.Proc, k.o.Scope.Fd()), nil
	}
	name := filepath.Join(k.o.Proc, "self/mounts")
	text, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("find the cgroup v2 hierarchy: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 2 && f[2] == "cgroup2" {
			return f[1], nil
		}
	}
	return "", errors.New("no cgroup v2 hierarchy is mounted; mount one: mount -t cgroup2 none /sys/fs/cgroup")
}

// Wall converts nanoseconds since boot to the wall clock as it is set now: the
// time of an event.
func (k *Kernel) Wall(boot uint64) event.Time { return event.Time(int64(boot) + k.wall.Load()) }

// Start converts nanoseconds since boot with an offset that was taken once: the
// start of a process is the same in each of its events, also when the clock is
// set in between.
func (k *Kernel) Start(boot uint64) event.Time { return event.Time(int64(boot) + k.start) }

// EntityID returns the stable id of a process. It is for the handlers of the
// sensors, which run in one goroutine.
func (k *Kernel) EntityID(pid uint32, start uint64) string {
	tick := entity{start / uint64(event.EntityTick), pid}
	h, ok := k.entities[tick]
	if ok && h.start == start {
		return h.id
	}
	if id, twin := k.twins[entity{start, pid}]; twin {
		return id
	}
	if ok {
		return k.newTwin(entity{start, pid})
	}
	if len(k.entities) >= maxTexts {
		clear(k.entities)
	}
	h = holder{start, event.EntityID(k.boot, int64(pid), start)}
	k.entities[tick] = h
	return h.id
}

// newTwin returns the id of a process whose pid another had in the same tick.
func (k *Kernel) newTwin(key entity) string {
	if len(k.twins) >= maxTexts {
		clear(k.twins)
	}
	k.twins[key] = event.TwinID(k.boot, int64(key.pid), key.start)
	return k.twins[key]
}

// holder is who has a pid: when it started, nanoseconds since boot, and its id.
type holder struct {
	start uint64
	id    string
}

// entity is a pid and a time since boot.
type entity struct {
	start uint64
	pid   uint32
}
