package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/test/rig"
)

// watcher is what watches programs: the agent, or another to compare it with.
type watcher struct {
	scope string                                   // cgroup in which the programs run
	turn  func(ctx context.Context, on bool) error // returns once it watches, or does not
	cpu   func() time.Duration                     // of the watcher so far, while it is on
}

// settled is after what the agent has done what follows its start.
const settled = 8 * time.Second

// agentOf is the agent of a pair as a watcher.
func agentOf(p *rig.Pair) watcher {
	return watcher{
		scope: p.Scope,
		turn: func(ctx context.Context, on bool) error {
			starts := on && p.Agent == nil
			err := agentIs(ctx, p, on)
			if starts && err == nil {
				time.Sleep(settled)
			}
			return err
		},
		cpu: func() time.Duration { return agentCPU(p) },
	}
}

// act is something that programs do. What it costs with and without a watcher
// is measured.
type act struct {
	name   string
	do     func(scope string) (count int, each []time.Duration, err error)
	settle time.Duration // how long the batches that are under way at its end may take
	cost   cost
}

// cost is what an act costs.
type cost struct {
	off, on []time.Duration // CPU of each, in the task that acts and its child
	watcher []time.Duration // of the watcher for each, of one round each
	idle    []float64       // share of a core that the watcher takes when nothing happens
}

// added is what a watcher adds to one act.
type added struct{ base, task, watcher time.Duration }

// added returns differences of medians over single acts: a mean would take in
// whatever else the machine did.
func (c *cost) added() added {
	base := middle(c.off)
	return added{base: base, task: middle(c.on) - base, watcher: middle(c.watcher)}
}

// percent returns a part of the base.
func (a added) percent(d time.Duration) float64 { return 100 * float64(d) / float64(a.base) }

// middleIdle returns the median share of a core that the watcher takes when
// nothing happens, percent.
func (c *cost) middleIdle() float64 {
	slices.Sort(c.idle)
	if len(c.idle) == 0 {
		return 0
	}
	return 100 * c.idle[len(c.idle)/2]
}

// compare has acts done with a watcher and without, in rounds of random order,
// so that a drift of the machine hits both alike.
func compare(ctx context.Context, w watcher, turns int, acts []*act) error {
	for range turns {
		order := []bool{true, false}
		if rand.IntN(2) == 0 {
			slices.Reverse(order)
		}
		for _, on := range order {
			if err := round(ctx, w, on, acts); err != nil {
				return err
			}
		}
	}
	return nil
}

// round has each act done with the watcher on or off.
func round(ctx context.Context, w watcher, on bool, acts []*act) error {
	if err := w.turn(ctx, on); err != nil {
		return err
	}
	for _, a := range acts {
		if err := a.measure(w, on); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	return nil
}

// measure takes what the act costs, with the watcher on or off. What the
// watcher uses when nothing happens is told apart.
func (a *act) measure(w watcher, on bool) error {
	if !on {
		_, each, err := a.do(w.scope)
		a.cost.off = append(a.cost.off, each...)
		return err
	}
	begin, before := time.Now(), w.cpu()
	time.Sleep(time.Second)
	idle := float64(w.cpu()-before) / float64(time.Since(begin))
	begin, before = time.Now(), w.cpu()
	count, each, err := a.do(w.scope)
	if err != nil {
		return err
	}
	time.Sleep(a.settle)
	took := w.cpu() - before - time.Duration(idle*float64(time.Since(begin)))
	a.cost.on = append(a.cost.on, each...)
	a.cost.watcher = append(a.cost.watcher, took/time.Duration(count))
	a.cost.idle = append(a.cost.idle, idle)
	return nil
}

// spawning is the spawn of a program, over and over.
func spawning(name, program string, count int) *act {
	return &act{name: "spawn " + name, settle: time.Second, do: func(scope string) (int, []time.Duration, error) {
		if err := warm(scope, program); err != nil {
			return 0, nil, err
		}
		s, err := rig.Spawn(scope, count, 0, program)
		return s.Count, s.Each, err
	}}
}

// acting is an act of rig.Act, over and over.
func acting(what string, count int, where string) *act {
	return &act{name: what, settle: 2 * time.Second, do: func(scope string) (int, []time.Duration, error) {
		did, err := rig.Act(scope, what, count, where)
		return did.Count, did.Each, err
	}}
}

// warm runs a program a few times, so that what is done once for a program (its
// pages, its digests, and those of this program, which starts it) is not
// counted for each spawn.
func warm(scope, program string) error {
	_, err := rig.Spawn(scope, 20, 0, program)
	time.Sleep(2 * time.Second)
	return err
}

func us(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func middle(list []time.Duration) time.Duration {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}
