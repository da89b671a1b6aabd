// Package fanotify is the rung "fanotify" of the sensor of files, for kernels
// without BPF: the kernel's own notification of what happens in file systems.
// It only listens. It never asks to permit anything, so it holds nobody up, and
// it ends with the agent.
//
// Where a file system gives handles of its files (ext4, xfs, btrfs, tmpfs and
// others) one mark on it tells what is made, written, renamed, removed and
// changed in it, whatever mount or mount namespace it was done through; the
// handles are turned into paths. Elsewhere (overlayfs as it is mounted as a
// rule, or before Linux 5.9) a mark on each mount tells which files were closed
// after being open for writing. Watched files and folders, and the devices of
// /dev, are marked one by one for being opened. What is mounted later is marked
// when it comes, and what containers and others have mounted in a mount namespace
// of their own within two seconds.
//
// The kernel gives no times: an event has the time at which it was read, a few
// milliseconds late as a rule and more when the host is busy, and what different
// groups and other sensors tell need not come in the order in which it happened.
// What one process did to one file before it was read comes joined, and is told
// in the order in which it must have been: made, changed, written, removed. The
// kernel does not say what changed of a file's metadata; that is told when the
// file was known, and else with that remark. A close after opening for writing is
// told as writing unless the file is known not to have changed.
//
// Who acted is read from /proc while the process lives, which its descriptor
// proves; of one that is gone there is the pid, which the table of processes
// may know. In a scope what it did is counted and not told.
//
// Memory: the kernel's queue is bounded by fs.fanotify.max_queued_events, and
// one that was full is told as a loss; the tables of folders, files, processes
// and marks here are bounded. No descriptor is kept that would hold a file
// system mounted. One goroutine does everything, and one thread waits.
package fanotify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options set up the rung. Zero fields take the default.
type Options struct {
	Proc  string        // where proc is mounted; default /proc
	Scope string        // directory of a cgroup; default the whole host
	Watch *Watch        // files whose opening is told; nil is none
	Renew time.Duration // between two looks for watched files that came without an event; default 10 s
	Now   func() time.Time
	Log   *slog.Logger // nil discards

	ways []uint // of a group of names, for tests; nil is what the kernel has
	// For tests: a folder outside of which no mount is marked, and whether mounts of
	// other mount namespaces are nevertheless.
	only    string
	foreign bool
}

func (o *Options) defaults() {
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	if o.Renew <= 0 {
		o.Renew = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.ways == nil {
		o.ways = waysOfNames()
	}
}

const (
	rung   = "fanotify"
	limits = "the time and order of what happens in quick succession, which mode, owner or attribute changed of a file that it did not see before, " +
		"whether a watched file was opened for reading, who acted when the process is gone before /proc is read, " +
		"memory of other processes that is opened as a file, what is done in a new mount namespace in its first seconds, and acts that failed"
)

// File returns the rung for files.
func File(o Options) sensor.Source {
	o.defaults()
	return sensor.Source{
		Rung: sensor.Rung{Name: rung, Needs: "fanotify (Linux 5.9 for names, 5.17 for all of it) and root (CAP_SYS_ADMIN, CAP_DAC_READ_SEARCH)", Limits: limits, Only: []event.Kind{
			event.FileCreate, event.FileWrite, event.FileRename, event.FileDelete, event.FileOpen, event.FileChmod, event.FileChown, event.FileXattr, event.DeviceOpen,
		}},
		Run: func(ctx context.Context, emit sensor.Emit, took func(...string)) error {
			r, err := open(o, emit)
			if err != nil {
				return err
			}
			defer r.close()
			if r.renewMounts(true); len(r.marks.done) == 0 {
				return fmt.Errorf("%w: no file system of this host takes a fanotify mark", sensor.ErrNotSupported)
			}
			r.renewOpens(true)
			took(r.marks.lacks()...)
			return r.follow(ctx)
		},
	}
}

// reader turns what the groups tell into events. It belongs to one goroutine.
type reader struct {
	o       Options
	groups  []*group
	actors  *actors
	places  *places
	teller  *teller
	marks   *marks
	opens   *opens
	emit    sensor.Emit
	number  int64     // of the last event
	own     []view    // the mounts of the agent's mount namespace
	looked  time.Time // when other mount namespaces were looked for last
	mounts  int       // descriptor of mountinfo, which says when it changes
	bell    *bell
	touched bool       // a name of a watched path changed
	renewed time.Time  // when the watched files were marked last
	before  event.Time // of the batch before
	told    event.Time // when it was last told what was counted
	buf     []byte
	batch   []pending
}

// pending is a message whose process was looked at already.
type pending struct {
	m         message
	by        *actor
	described []*event.Event // of a descriptor; nil for names
}

func open(o Options, emit sensor.Emit) (_ *reader, err error) {
	r := &reader{o: o, emit: emit, mounts: -1, buf: make([]byte, 64<<10)}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	if r.actors, err = newActors(o.Proc, o.Scope); err != nil {
		return nil, err
	}
	names, why := openNames(o.ways)
	if names != nil {
		r.groups = append(r.groups, names)
	}
	descriptors, err := openDescriptors()
	if err != nil {
		return nil, errors.Join(err, why)
	}
	r.groups = append(r.groups, descriptors)
	r.actors.pidfds = descriptors.pidfds && (names == nil || names.pidfds)
	r.places = newPlaces(o.Proc)
	r.teller = newTeller(r.places, r.tell)
	r.marks = &marks{places: r.places, names: names, descriptors: descriptors, scoped: o.Scope != "", done: map[int64]mounted{}}
	r.opens = newOpens(r.groups...)
	if r.mounts, err = unix.Open(o.Proc+"/self/mountinfo", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return nil, fmt.Errorf("open mountinfo: %w", err)
	}
	if r.bell, err = newBell(); err != nil {
		return nil, err
	}
	o.Watch.onChange(r.bell.ring)
	return r, nil
}

func (r *reader) close() {
	r.o.Watch.onChange(nil)
	for _, g := range r.groups {
		g.close()
	}
	r.bell.close()
	if r.mounts >= 0 {
		_ = unix.Close(r.mounts)
	}
}

// follow reads until ctx is done.
func (r *reader) follow(ctx context.Context) error {
	stop := context.AfterFunc(ctx, r.bell.ring)
	defer stop()
	for ctx.Err() == nil {
		mounted, set, err := r.wait()
		if err != nil {
			return err
		}
		if err := r.drain(ctx); err != nil {
			return err
		}
		if mounted || r.o.Now().Sub(r.looked) >= lookEvery {
			r.renewMounts(mounted)
		}
		if mounted || set || !r.o.Now().Before(r.due()) {
			r.renewOpens(set)
		}
		r.account()
	}
	return nil
}

// due is when the watched files are looked for again.
func (r *reader) due() time.Time {
	if r.touched {
		return r.renewed.Add(min(spacing, r.o.Renew))
	}
	return r.renewed.Add(r.o.Renew)
}

const (
	// spacing is the least time between two looks for watched files whose names
	// change on and on.
	spacing = 250 * time.Millisecond
	// halfRename is how long the second half of a rename is waited for.
	halfRename = event.Time(100 * time.Millisecond)
)

// wait waits for messages, a change of the mounts, a new watch list, or until
// something else is due.
func (r *reader) wait() (mounted, set bool, err error) {
	fds := []unix.PollFd{{Fd: int32(r.mounts), Events: unix.POLLPRI}, {Fd: int32(r.bell.fd), Events: unix.POLLIN}}
	for _, g := range r.groups {
		fds = append(fds, unix.PollFd{Fd: int32(g.fd), Events: unix.POLLIN})
	}
	now := r.o.Now()
	patience := max(min(r.due().Sub(now), r.looked.Add(lookEvery).Sub(now)), 0)
	if len(r.teller.moves) > 0 {
		patience = min(patience, time.Duration(halfRename))
	}
	if r.actors.untold > 0 {
		patience = min(patience, time.Duration(accountEvery))
	}
	if _, err := unix.Poll(fds, int(patience.Milliseconds())+1); err != nil && !errors.Is(err, unix.EINTR) {
		return false, false, fmt.Errorf("wait for fanotify events: %w", err)
	}
	if fds[1].Revents != 0 {
		r.bell.heard()
		set = true
	}
	return fds[0].Revents != 0, set, nil
}

// renewMounts marks what is mounted now; own says that the mounts of the agent's
// own mount namespace may have changed.
func (r *reader) renewMounts(own bool) {
	if own {
		all, err := r.actors.fs.Mounts()
		if err != nil {
			r.o.Log.Warn("mounts cannot be listed", "error", err)
			return
		}
		r.own = r.own[:0]
		for _, m := range all {
			if r.o.only == "" || m.Dir == r.o.only || strings.HasPrefix(m.Dir, r.o.only+"/") {
				r.own = append(r.own, view{MountPoint: m})
			}
		}
	}
	all := r.own
	if r.o.only == "" || r.o.foreign {
		all = append(all[:len(all):len(all)], r.actors.foreign()...)
	}
	r.looked = r.o.Now()
	r.marks.renew(all)
}

// renewOpens marks the watched files again: they may have been made, replaced
// or mounted over.
func (r *reader) renewOpens(all bool) {
	if all {
		r.opens.reset()
	}
	r.touched, r.renewed = false, r.o.Now()
	full := r.opens.full
	r.opens.renew(r.o.Watch.get())
	if r.opens.full && !full {
		r.o.Log.Warn("the watch list names more files than are marked", "most", maxOpens)
	}
}

// tell numbers an event and hands it on.
func (r *reader) tell(e *event.Event, by *actor) {
	r.number++
	e.Time, e.Provider, e.Rung, e.SensorSequence, e.Outcome = r.teller.now, "file", rung, r.number, "success"
	if by.process != nil {
		p := *by.process // the table of processes completes it
		e.Process = &p
	} else {
		e.Reason = strings.TrimSuffix(reasonNamespace+"; "+e.Reason, "; ")
	}
	if by.user != nil {
		u := *by.user
		e.User = &u
	}
	if e.Kind == event.FileCreate && e.File.Type == "device" {
		r.opens.device(e.File.Path)
	}
	if e.Kind == event.FileCreate || e.Kind == event.FileRename || e.Kind == event.FileDelete {
		r.touched = r.touched || kernel.TouchesWatch(r.o.Watch.get(), e.File.Path)
	}
	r.emit(e)
}
