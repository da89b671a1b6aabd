package fanotify

import (
	"context"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

// maxBatch bounds the messages that are taken before their paths are looked
// for. Who acted is looked for at once.
const maxBatch = 4096

// drain reads all messages that there are.
func (r *reader) drain(ctx context.Context) error {
	for ctx.Err() == nil {
		n, err := r.take(maxBatch)
		if err != nil {
			return err
		}
		if err := r.complete(); err != nil {
			return err
		}
		r.work()
		if n == 0 {
			return nil
		}
	}
	return nil
}

// complete reads on while a folder of the batch is gone and nothing said yet
// where it was: that comes behind what was done in it.
func (r *reader) complete() error {
	known := 0
	for try := 0; try < 4; try++ {
		for _, p := range r.batch[known:] {
			r.learn(&p.m)
		}
		known = len(r.batch)
		if !slices.ContainsFunc(r.batch, func(p pending) bool { return r.lost(&p.m) }) {
			return nil
		}
		if try > 0 { // what removed it is about to be told
			fds := []unix.PollFd{{Fd: int32(r.groups[0].fd), Events: unix.POLLIN}}
			_, _ = unix.Poll(fds, 1)
		}
		if _, err := r.take(maxBatch + 256); err != nil {
			return err
		}
	}
	return nil
}

// lost reports whether nobody knows the folder of a message, though its file
// system is there.
func (r *reader) lost(m *message) bool {
	if m.at.dir.id == "" || r.places.systems[m.at.dir.fs] == nil {
		return false
	}
	_, ok := r.places.folder(m.at.dir)
	return !ok
}

// take reads messages until the batch has so many, and finds out who acted. It
// returns how many came.
func (r *reader) take(most int) (int, error) {
	now := event.At(r.o.Now())
	r.before, r.teller.now = r.teller.now, now
	count := 0
	for _, g := range r.groups {
		for len(r.batch) < most {
			n, err := g.read(r.buf)
			if err != nil {
				return 0, err
			}
			if n == 0 {
				break
			}
			err = parse(r.buf[:n], func(m message) {
				count++
				r.took(g, m, now)
				m.close()
			})
			if err != nil {
				return 0, err
			}
		}
	}
	return count, nil
}

// took takes one message into the batch.
func (r *reader) took(g *group, m message, now event.Time) {
	if m.mask&unix.FAN_Q_OVERFLOW != 0 {
		r.loss(now, "the kernel's queue of file events was full (fs.fanotify.max_queued_events); how many were lost is not known", event.OptInt{})
		r.places.folders.clear()
		return
	}
	if m.mask&unix.FAN_OPEN != 0 && m.pid == int64(os.Getpid()) {
		if m.mask &^= unix.FAN_OPEN; m.mask&^unix.FAN_ONDIR == 0 {
			return // what the agent reads of its own accord
		}
	}
	by, ok := r.actors.of(&m, now)
	if !ok {
		return
	}
	p := pending{m: m, by: by}
	if !g.names {
		p.described = r.describe(&m)
	}
	r.batch = append(r.batch, p)
}

// work makes events of the batch.
func (r *reader) work() {
	defer r.places.done()
	for i := range r.batch {
		p := &r.batch[i]
		if p.described != nil {
			for _, e := range p.described {
				r.tell(e, p.by)
			}
			continue
		}
		if p.m.mask&unix.FAN_OPEN != 0 {
			if w, ok := r.opens.of(&p.m); ok {
				r.teller.opened(w, &p.m, p.by)
			}
			p.m.mask &^= unix.FAN_OPEN
		}
		if p.m.mask&^unix.FAN_ONDIR != 0 {
			r.teller.tell(&p.m, p.by)
		}
	}
	r.teller.finish()
	clear(r.batch)
	r.batch = r.batch[:0]
}

// learn takes what a message says of folders: where one was that is gone, and
// that the paths below one are others now.
func (r *reader) learn(m *message) {
	if m.mask&unix.FAN_ONDIR == 0 {
		return
	}
	if m.mask&unix.FAN_DELETE != 0 && m.target.id != "" {
		r.places.removed[m.target] = m.at
	}
	if m.mask&(unix.FAN_RENAME|unix.FAN_MOVE) != 0 {
		r.places.folders.clear()
	}
}

// describe makes the events of a message with a descriptor.
func (r *reader) describe(m *message) []*event.Event {
	out := []*event.Event{}
	var st unix.Stat_t
	if m.fd < 0 || unix.Fstat(m.fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return out
	}
	at, ok := r.places.pathOf(m.fd)
	if !ok {
		return out // it has no name any more
	}
	tell := func(kind event.Kind, reason string) {
		f := &event.File{Path: at}
		describe(f, &st)
		out = append(out, &event.Event{Kind: kind, File: f, Reason: reason})
	}
	if m.mask&unix.FAN_OPEN != 0 {
		if r.opens.has(&st, at) {
			tell(event.FileOpen, reasonOpened)
		}
	}
	if m.mask&unix.FAN_CLOSE_WRITE != 0 && r.teller.wrote(&st) {
		tell(event.FileWrite, "")
	}
	return out
}

// accountEvery is how often it is told what was counted.
const accountEvery = event.Time(time.Second)

// account tells what of others could not be told to be in the scope.
func (r *reader) account() {
	now := event.At(r.o.Now())
	if n := r.actors.untold; n > 0 && (now-r.told >= accountEvery || now < r.told) {
		r.actors.untold, r.told = 0, now
		r.loss(now, "who acted was gone before it could be told to be in the scope", event.Some(n))
	}
}

// loss tells that events were lost, and how many when that is known.
func (r *reader) loss(now event.Time, reason string, count event.OptInt) {
	r.number++
	r.emit(&event.Event{Time: now, Kind: event.AgentLoss, Provider: "file", Rung: rung, SensorSequence: r.number, Status: &event.Status{
		LossStage: "sensor", LossSensor: "file", LossState: "lost", LossReason: reason, LossCount: count, From: min(r.before, now), To: now,
	}})
}
