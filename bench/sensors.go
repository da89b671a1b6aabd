package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/test/rig"
)

// acting is an act whose added cost is measured.
type acting struct {
	act   string
	count int // in a round
	where string
	cost  spawned
}

// sensorCost measures what the sensors add to what programs do, as spawnCost
// does for executions: rounds with and without the agent in random order, the
// acting thread's CPU as a difference of medians, the agent's as a whole.
func sensorCost(ctx context.Context, r *report) error {
	p, stop, err := pair(ctx, 0)
	if err != nil {
		return err
	}
	defer stop()
	answering, err := rig.Resolver(resolverPort)
	if err != nil {
		return err
	}
	defer answering()
	dir, err := os.MkdirTemp(p.Dir, "acts")
	if err != nil {
		return err
	}
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("nobody watches this"), 0o644); err != nil {
		return err
	}
	acts := []*acting{
		{act: rig.FileCycles, count: 4000, where: dir},
		{act: rig.Connects, count: 4000},
		{act: rig.Lookups, count: 4000, where: fmt.Sprint(resolverPort)},
		{act: rig.Opens, count: 20000, where: plain},
		{act: rig.Calls, count: 200_000},
	}
	err = inTurns(ctx, p, func(on bool) error {
		for _, a := range acts {
			err := a.cost.round(p, on, 2*time.Second, func() (int, []time.Duration, error) {
				did, err := rig.Act(p.Scope, a.act, a.count, a.where)
				return did.Count, did.Each, err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, a := range acts {
		a.tell(r)
	}
	return nil
}

func (a *acting) tell(r *report) {
	same := func(d time.Duration) time.Duration { return d }
	base := median(a.cost.off, same)
	task := median(a.cost.on, same) - base
	agent := median(a.cost.agent, same)
	name := "one of " + a.act
	r.info(name, "base", us(base), "us")
	r.info(name, "acting task added", us(task), "us")
	r.info(name, "acting task added", 100*float64(task)/float64(base), "%")
	r.info(name, "agent added", us(agent), "us")
	r.info(name, "sum added", 100*float64(task+agent)/float64(base), "%")
	if a.act == rig.Calls {
		r.atMost(name, "tax of a system call", float64(task.Nanoseconds()), "ns", 150)
		slices.Sort(a.cost.idle)
		r.atMost("idle", "agent when nothing happens", 100*a.cost.idle[len(a.cost.idle)/2], "% of a core", 0.3)
	}
}
