package exec

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// PollOptions set up the rungs that need no BPF. Zero fields take the default.
type PollOptions struct {
	Proc     string           // where proc is mounted; default /proc
	Scope    string           // directory of a cgroup; default the whole host
	Interval *sensor.Pace     // between two scans; default 1 s
	Clock    func() time.Time // default time.Now
}

// Lower returns the rungs that need no BPF, best first. A host on one of them
// is degraded, and their limits are told.
func Lower(o PollOptions) []sensor.Source {
	return []sensor.Source{
		{Rung: sensor.Rung{
			Name:   "connector",
			Needs:  "CAP_NET_ADMIN in the first pid and network namespace, and /proc",
			Limits: "more than pid and parent of a program that ends before /proc is read",
		}, Run: o.connect},
		{Rung: sensor.Rung{
			Name:   "proc",
			Needs:  "/proc",
			Limits: "programs that end between two scans, forks, exit codes",
			Only:   []event.Kind{event.ProcessStart, event.ProcessEnd},
		}, Run: o.poll},
	}
}

// poll is the rung proc: it lists the processes in turns and tells the
// differences. A process that executes another program is told from where its
// code, stack and arguments lie. The first scan tells nothing. Scans that take
// long come less often, so that they take at most a twentieth of one core.
func (o PollOptions) poll(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	t, err := newTracker(o, "proc")
	if err != nil {
		return err
	}
	took()
	pace := o.Interval
	if pace == nil {
		pace = sensor.NewPace(time.Second)
	}
	var rest time.Duration
	for pace.Wait(ctx, rest) {
		began := time.Now()
		if err := t.scan(emit); err != nil {
			return err
		}
		rest = 20 * time.Since(began)
	}
	return nil
}

// tracker knows the processes of the scope and tells what became of them. It
// belongs to one goroutine.
type tracker struct {
	fs     *procfs.FS
	scope  procfs.Scope
	rung   string
	clock  func() time.Time
	known  map[int64]*seen // by pid
	turn   int
	number int64 // of the last event
	last   event.Time
}

// seen is a process that was told, or was there before.
type seen struct {
	id     string
	start  uint64
	image  [3]uint64
	comm   string
	parent *event.Parent
	turn   int
}

func newTracker(o PollOptions, rung string) (*tracker, error) {
	fs, scope, err := procfs.OpenScope(o.Proc, o.Scope)
	if err != nil {
		return nil, err
	}
	t := &tracker{fs: fs, scope: scope, rung: rung, clock: o.Clock, known: make(map[int64]*seen)}
	if t.clock == nil {
		t.clock = time.Now
	}
	return t, t.scan(func(*event.Event) {})
}

// scan lists the processes and tells the differences: ends, then new programs
// in the order of their start.
func (t *tracker) scan(emit sensor.Emit) error {
	first := t.turn == 0
	t.turn++
	now := event.At(t.clock())
	pids, err := t.scope.PIDs()
	if err != nil {
		return fmt.Errorf("scan processes: %w", err)
	}
	var ends, starts []*event.Event
	for _, pid := range pids {
		s, err := t.fs.Stat(pid)
		if err != nil || s.State == 'Z' || s.State == 'X' {
			continue // ended meanwhile
		}
		old := t.known[pid]
		if old != nil && old.start != s.Start {
			ends = append(ends, t.endOf(pid, old, now))
			delete(t.known, pid)
			old = nil
		}
		if old != nil && old.image == s.Image && old.comm == s.Comm {
			old.turn = t.turn
			continue
		}
		if e := t.learn(s, old, first); e != nil {
			if old != nil || e.Time < t.last {
				e.Time = now // executed, or came into the scope, since the last scan
			}
			starts = append(starts, e)
		}
	}
	for pid, old := range t.known {
		if old.turn != t.turn {
			ends = append(ends, t.endOf(pid, old, now))
			delete(t.known, pid)
		}
	}
	slices.SortFunc(ends, func(a, b *event.Event) int { return cmp.Compare(a.Process.PID, b.Process.PID) })
	slices.SortStableFunc(starts, func(a, b *event.Event) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Process.Start, b.Process.Start))
	})
	t.last = now
	for _, e := range append(starts, ends...) {
		t.tell(e, emit)
	}
	return nil
}

// learn reads a process that is new or executes another program. The first
// scan reads nothing more than it has.
func (t *tracker) learn(s procfs.Stat, old *seen, first bool) *event.Event {
	if first {
		t.known[s.PID] = &seen{id: event.EntityID(t.fs.Boot(), s.PID, s.Start), start: s.Start, image: s.Image, comm: s.Comm, turn: t.turn}
		return nil
	}
	e, err := t.fs.ReadAs(s)
	if err != nil {
		return nil // ended meanwhile: the next scan tells the end if it was known
	}
	e.Kind = event.ProcessStart
	n := &seen{id: e.Process.EntityID, start: s.Start, image: s.Image, comm: s.Comm, parent: e.Process.Parent, turn: t.turn}
	if old != nil && old.parent != nil { // the creator, not who took it over
		n.parent, e.Process.Parent = old.parent, old.parent
	}
	t.known[s.PID] = n
	return e
}

func (t *tracker) endOf(pid int64, old *seen, at event.Time) *event.Event {
	return &event.Event{Time: at, Kind: event.ProcessEnd, Process: &event.Process{EntityID: old.id, PID: pid, End: at, Parent: old.parent}}
}

// tell numbers an event and hands it on.
func (t *tracker) tell(e *event.Event, emit sensor.Emit) {
	t.number++
	e.Provider, e.Rung, e.SensorSequence = "exec", t.rung, t.number
	emit(e)
}
