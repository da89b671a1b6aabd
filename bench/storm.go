package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/test/rig"
)

// resolverPort is where the bench's own resolver answers; names are looked up
// there by the port that the sensor knows.
const resolverPort = 53

// storm is an act at full speed, and which events each makes.
type storm struct {
	act   string
	count int
	kinds []string // one event of each for one act
}

// stormLoss has all storms blow, without a CPU limit and with the default one.
// What was seen, told in numbers and lost must be what the generator did.
func stormLoss(ctx context.Context, r *report) error {
	for _, limit := range []float64{0, wire.DefaultPolicy().CPULimit} {
		if err := stormsAt(ctx, r, limit); err != nil {
			return err
		}
	}
	return nil
}

func stormsAt(ctx context.Context, r *report, limit float64) error {
	p, stop, err := pair(ctx, limit)
	if err != nil {
		return err
	}
	defer stop()
	answering, err := rig.Resolver(resolverPort)
	if err != nil {
		return err
	}
	defer answering()
	if err := spawnStorm(ctx, r, p, limit); err != nil {
		return err
	}
	for _, s := range []storm{
		{rig.FileCycles, 200_000, []string{"file_create", "file_write", "file_delete"}},
		{rig.Connects, 50_000, []string{"net_connect", "net_accept"}},
		{rig.Lookups, 20_000, []string{"dns_query", "dns_answer"}},
	} {
		where, err := place(p, s.act)
		if err != nil {
			return err
		}
		did, err := rig.Act(p.Scope, s.act, s.count, where)
		if err != nil {
			return err
		}
		r.info(fmt.Sprintf("%d %s, cpu_limit %g", s.count, s.act, limit), "rate", float64(did.Count)/did.Wall.Seconds(), "per s")
		t, err := tally(ctx, p, s.kinds, fmt.Sprintf("process.pid = %d", did.PID), did.Begin, int64(did.Count*len(s.kinds)))
		if err != nil {
			return err
		}
		t.tell(r, fmt.Sprintf("%d %s, cpu_limit %g", s.count, s.act, limit), int64(did.Count*len(s.kinds)), false)
	}
	return nil
}

func spawnStorm(ctx context.Context, r *report, p *rig.Pair, limit float64) error {
	victim, err := rig.Static()
	if err != nil {
		return err
	}
	s, err := rig.Spawn(p.Scope, 20_000, 0, victim)
	if err != nil {
		return err
	}
	t, err := tally(ctx, p, []string{"process_start"}, "process.executable = '"+victim+"'", s.Begin, int64(s.Count))
	if err != nil {
		return err
	}
	t.tell(r, fmt.Sprintf("20000 executions, cpu_limit %g, process_start", limit), int64(s.Count), true)
	return nil
}

// place is where an act happens.
func place(p *rig.Pair, act string) (string, error) {
	switch act {
	case rig.FileCycles:
		return os.MkdirTemp(p.Dir, "storm")
	case rig.Lookups:
		return fmt.Sprint(resolverPort), nil
	}
	return "", nil
}

// tallied is what became of the events of a kind.
type tallied struct{ seen, told, lost int64 }

// tally waits until what is known of the events of some kinds is as much as was
// done, or does not become so within a minute.
func tally(ctx context.Context, p *rig.Pair, kinds []string, whose string, begin time.Time, did int64) (tallied, error) {
	condition := fmt.Sprintf("event.action in ('%s') and %s", strings.Join(kinds, "', '"), whose)
	var t tallied
	err := rig.Until(ctx, time.Minute, func() (bool, error) {
		a, err := p.Client.Count(ctx, condition, begin, time.Now(), "event.count")
		if err != nil {
			return false, err
		}
		t = tallied{seen: a.Total, told: standFor(a.Rows), lost: rig.Lost(a.Completeness, kinds...)}
		if t.all() >= did {
			return true, nil
		}
		select { // a question over all of them is not free
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
		return false, ctx.Err()
	})
	if err != nil && t.all() > 0 && ctx.Err() == nil {
		err = nil // what is missing shows in the figures
	}
	return t, err
}

func (t tallied) all() int64 { return t.seen + t.told + t.lost }

// standFor sums for how many acts more than one each the events stand; rows are
// by event.count.
func standFor(rows []api.CountRow) int64 {
	var n int64
	for _, row := range rows {
		if each, err := strconv.ParseInt(row.Values[0], 10, 64); err == nil && each > 1 {
			n += (each - 1) * row.Count
		}
	}
	return n
}

// tell prints a tally; of vital events none may be lost.
func (t tallied) tell(r *report, name string, did int64, vital bool) {
	r.info(name, "seen", float64(t.seen), "events")
	r.info(name, "told in the count of another", float64(t.told), "events")
	if vital {
		r.atMost(name, "lost", float64(t.lost), "events", 0)
	} else {
		r.info(name, "lost", float64(t.lost), "events")
	}
	r.atMost(name, "unaccounted", float64(did-t.all()), "events", 0)
}
