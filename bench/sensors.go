package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vedette-edr/vedette/test/rig"
)

// turns is how often each act is measured with and without the agent on a
// machine that does other things too.
const turns = 6

// spawnActs are the spawns whose added cost is measured.
func spawnActs(static, dynamic int) ([]*act, error) {
	path, err := rig.Static()
	if err != nil {
		return nil, err
	}
	return []*act{spawning("static", path, static), spawning("dynamic", "/bin/true", dynamic)}, nil
}

// sensorActs are the other acts, a part as often as is usual; dir is a folder of
// their own. The caller answers questions about names on resolverPort.
func sensorActs(dir string, parts int) ([]*act, error) {
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("nobody watches this"), 0o644); err != nil {
		return nil, err
	}
	return []*act{
		acting(rig.FileCycles, 4000/parts, dir),
		acting(rig.Connects, 4000/parts, ""),
		acting(rig.Lookups, 4000/parts, fmt.Sprint(resolverPort)),
		acting(rig.Opens, 20000/parts, plain),
		acting(rig.Calls, 200_000/parts, ""),
	}, nil
}

// spawnCost measures what a spawn costs with and without the agent.
func spawnCost(ctx context.Context, r *report) error {
	p, stop, err := pair(ctx, 0)
	if err != nil {
		return err
	}
	defer stop()
	acts, err := spawnActs(1500, 2000)
	if err != nil {
		return err
	}
	if err := compare(ctx, agentOf(p), turns, acts); err != nil {
		return err
	}
	for i, a := range acts {
		c := a.cost.added()
		r.info(a.name, "base", us(c.base), "us")
		r.info(a.name, "acting task added", us(c.task), "us")
		r.info(a.name, "agent added", us(c.watcher), "us")
		if sum := c.percent(c.task + c.watcher); i == 0 {
			r.info(a.name, "sum added", sum, "%")
		} else {
			r.atMost(a.name, "sum added", sum, "%", 5)
			r.info(a.name, "agent when nothing happens", a.cost.middleIdle(), "% of a core")
		}
	}
	return nil
}

// sensorCost measures what the sensors add to the other things that programs do.
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
	acts, err := sensorActs(dir, 1)
	if err != nil {
		return err
	}
	if err := compare(ctx, agentOf(p), turns, acts); err != nil {
		return err
	}
	for _, a := range acts {
		c := a.cost.added()
		name := "one of " + a.name
		r.info(name, "base", us(c.base), "us")
		r.info(name, "acting task added", us(c.task), "us")
		r.info(name, "acting task added", c.percent(c.task), "%")
		r.info(name, "agent added", us(c.watcher), "us")
		r.info(name, "sum added", c.percent(c.task+c.watcher), "%")
		if a.name == rig.Calls {
			r.atMost(name, "tax of a system call", float64(c.task.Nanoseconds()), "ns", 150)
			r.atMost("idle", "agent when nothing happens", a.cost.middleIdle(), "% of a core", 0.3)
		}
	}
	return nil
}
