package auth

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/auth/records"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// run is one run of the sensor: its sources, and the goroutine that merges what
// they see.
type run struct {
	s      *Sensor
	emit   sensor.Emit
	merger *merger
	names  *names
	files  *files
	pam    *pam
	why    map[string]string // rungs that are not taken, and why
	lost   chan lost         // sources that ended

	saved, looked time.Time // when what is known was kept, and libraries were looked for
}

// lost says that a source ended.
type lost struct {
	rung string
	err  error
}

func newRun(s *Sensor, emit sensor.Emit) *run {
	r := &run{s: s, emit: emit, names: newNames(s.o.Root, s.now), why: map[string]string{}, lost: make(chan lost, 4)}
	r.merger = &merger{now: s.now, emit: emit}
	r.files = r.openFiles()
	return r
}

// openFiles opens the rung of the files of logons, with what was known of them.
func (r *run) openFiles() *files {
	o := r.s.o
	tracker, err := records.Open(records.Options{
		Files: records.Files(o.Root), State: o.State, Layout: utmp.Native(),
		Passwd: filepath.Join(o.Root, "/etc/passwd"), Now: r.s.now, Log: o.Log,
	})
	if err != nil {
		o.Log.Warn("what was known of logons is lost; changes since then are not told", "error", err)
	}
	f := &files{
		tracker: tracker, now: r.s.now, take: r.take, tamper: r.emit, stale: map[string]time.Time{}, asked: map[int64]bool{},
		known: func(user string) bool { return r.names.id(user) != "" }, followed: func() bool { return r.s.o.Kernel != nil || r.s.files.Load() },
	}
	proc, err := procfs.Open(o.Proc)
	if err != nil {
		o.Log.Debug("processes that let users in are not looked up", "error", err)
		return f
	}
	f.proc = proc
	if st, err := os.Stat(filepath.Join(proc.Root(), "self/ns/mnt")); err == nil {
		if sys, ok := st.Sys().(*syscall.Stat_t); ok {
			f.own = int64(sys.Ino)
		}
	}
	return f
}

const (
	saveEvery    = time.Second
	libraryEvery = 2 * time.Second
)

func (r *run) run(ctx context.Context) error {
	var sources sync.WaitGroup
	defer r.end(&sources)
	r.begin(ctx, &sources)
	if !r.took() {
		return fmt.Errorf("sensor auth: %w", sensor.ErrNoRung)
	}

	poll, tick, stop := r.polls()
	defer stop()
	due := time.NewTimer(time.Hour)
	defer due.Stop()
	again := time.NewTimer(time.Hour)
	defer again.Stop()
	r.saved, r.looked = r.s.now(), r.s.now()
	for {
		if next := r.merger.flush(); !next.IsZero() {
			due.Reset(max(0, next.Sub(r.s.now())))
		}
		select {
		case <-ctx.Done():
			return nil
		case l := <-r.lost:
			r.why[l.rung] = fmt.Sprint(l.err)
			if l.rung == rungPAM {
				r.pam = nil
			}
			r.took()
		case x := <-r.s.inbox:
			r.take(x)
		case e := <-r.s.backlog.Events():
			r.follow(e)
		case <-due.C:
		case <-again.C:
			r.files.poll()
		case <-poll:
			r.look(again)
		case <-tick:
			r.look(again)
		}
	}
}

// polls returns when to look at the files: with the kernel's side, which wakes
// the agent anyway, or without it by a clock of one's own.
func (r *run) polls() (beat <-chan struct{}, tick <-chan time.Time, stop func()) {
	if k := r.s.o.Kernel; k != nil {
		beat, stop = k.Beat(pollFiles)
		return beat, nil, stop
	}
	t := time.NewTicker(pollFiles)
	return nil, t.C, t.Stop
}

// look looks at the files, again when a change has been waited for, keeps what
// is known and watches libraries that are new.
func (r *run) look(again *time.Timer) {
	if r.files.poll() {
		again.Reset(patience)
	}
	now := r.s.now()
	if now.Sub(r.saved) >= saveEvery {
		r.saved = now
		r.save()
	}
	if now.Sub(r.looked) >= libraryEvery && r.pam != nil {
		r.looked = now
		if err := r.pam.watch(); err != nil {
			r.s.o.Log.Debug("library of PAM cannot be watched", "error", err)
		}
	}
}

// begin starts the sources.
func (r *run) begin(ctx context.Context, sources *sync.WaitGroup) {
	for _, rung := range r.s.Spec().Rungs {
		if err := sensor.Off(ctx, rung.Name); err != nil {
			r.why[rung.Name] = err.Error()
		}
	}
	if r.wants(rungPAM) {
		r.beginPAM(ctx, sources)
	}
	if r.wants(rungLogind) {
		r.beginLogind(ctx, sources)
	}
	if r.files.off = !r.wants(rungRecords); r.files.off {
		return
	}
	if !r.files.any() {
		r.why[rungRecords] = "none of the files is there; they are watched when they come"
	}
	// What is in the files now is known, or new since the last run.
	for _, f := range r.files.tracker.Files() {
		r.files.check(f, records.Place{}, nil)
	}
	for _, x := range r.files.tracker.Sessions() {
		r.present(&sighting{
			kind: event.AuthLogin, at: x.Time, pid: x.PID,
			logon: event.Logon{UserName: x.User, Line: lineOf(x.Line), Address: x.Host, Type: typeOf("", x.Host, lineOf(x.Line))},
		})
	}
}

// wants reports whether the configuration wants a rung.
func (r *run) wants(rung string) bool { return r.why[rung] == "" }

// beginPAM watches the library of PAM.
func (r *run) beginPAM(ctx context.Context, sources *sync.WaitGroup) {
	p, err := r.s.openPAM(r.offer)
	if err != nil {
		r.why[rungPAM] = err.Error()
		return
	}
	r.pam = p
	sources.Go(func() {
		if err := p.run(ctx); err != nil && ctx.Err() == nil {
			r.lost <- lost{rungPAM, err}
		}
	})
}

// present notes a session that began before the sensor: its end is told with
// what is known of it.
func (r *run) present(x *sighting) {
	if r.merger.sessions.of(x) == nil {
		r.merger.sessions.add(r.names.complete(x))
	}
}

// beginLogind listens to the session manager.
func (r *run) beginLogind(ctx context.Context, sources *sync.WaitGroup) {
	l := &logind{proc: r.files.proc, now: r.s.o.Now, take: r.offer}
	if err := l.open(ctx, r.s.o.Bus, r.present); err != nil {
		r.why[rungLogind] = err.Error()
		return
	}
	sources.Go(func() {
		if err := l.run(ctx); ctx.Err() == nil {
			r.lost <- lost{rungLogind, err}
		}
	})
}

// follow takes an event of another sensor.
func (r *run) follow(e *event.Event) {
	switch e.Kind {
	case event.LogRecord:
		if !r.wants(rungLines) {
			return
		}
		if x := lineSighting(e); x != nil {
			x.seen = r.s.now()
			r.attribute(x)
			r.take(x)
		}
	case event.ProcessEnd:
		x := &sighting{source: fromEnd, kind: event.AuthLogout, at: e.Time, seen: r.s.now(), pid: e.Process.PID, process: e.Process, user: e.User}
		if open := r.merger.sessions.of(x); open != nil && open.entity == e.Process.EntityID && open.handle != 0 {
			x.reason = "the process that opened the session ended"
			r.take(x)
		}
	default:
		r.files.follow(e)
	}
}

// attribute looks for the process that wrote a line.
func (r *run) attribute(x *sighting) {
	if x.process != nil || r.files.proc == nil || x.pid <= 0 || x.logon.Service == "" {
		return
	}
	seen, err := r.files.proc.Read(x.pid)
	if err != nil || seen.Process.Start > x.at+event.Time(time.Second) {
		return // another process has the number now
	}
	if name := seen.Process.Name; strings.HasPrefix(name, x.logon.Service) || strings.HasPrefix(x.logon.Service, name) {
		x.process, x.user = seen.Process, seen.User
	}
}

// offer is given what a source sees, from any goroutine.
func (r *run) offer(x *sighting) {
	x.seen = r.s.now()
	select {
	case r.s.inbox <- x:
	default:
		r.s.overflow.Add(1)
	}
}

// take completes what a source saw and merges it.
func (r *run) take(x *sighting) { r.merger.add(r.names.complete(x)) }

// end waits for the sources, tells what waits and keeps what is known.
func (r *run) end(sources *sync.WaitGroup) {
	sources.Wait()
	for len(r.s.inbox) > 0 {
		r.take(<-r.s.inbox)
	}
	r.merger.finish()
	r.save()
}

func (r *run) save() {
	if err := r.files.tracker.Save(); err != nil {
		r.s.o.Log.Warn("what is known of logons cannot be kept: after a restart some may be told again", "error", err)
	}
}

// took tells which rung is the best that works, and why others do not; false
// when none does.
func (r *run) took() bool {
	var reasons []string
	best := ""
	var unseen string
	for _, rung := range r.s.Spec().Rungs {
		if why, bad := r.why[rung.Name]; bad {
			reasons = append(reasons, rung.Name+": "+why)
			continue
		}
		if best == "" {
			best, unseen = rung.Name, rung.Limits
		}
	}
	if best != "" && best != r.s.Spec().Rungs[0].Name { // what the best never sees makes no host degraded
		reasons = append(reasons, best+" does not see: "+unseen)
	}
	r.emit(sensor.Took("auth", best, strings.Join(reasons, "; "), r.s.o.Now()))
	return best != ""
}
