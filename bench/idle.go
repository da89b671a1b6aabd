package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/test/rig"
)

// idleCost measures the agent with all sensors on while nothing happens, over a
// minute, and how often it wakes.
func idleCost(ctx context.Context, r *report) error {
	p, stop, err := pair(ctx, wire.DefaultPolicy().CPULimit)
	if err != nil {
		return err
	}
	defer stop()
	time.Sleep(20 * time.Second) // what follows the start is over
	var parts []time.Duration
	woken, err := switches(p.Agent.PID())
	if err != nil {
		return err
	}
	const long, part = time.Minute, 5 * time.Second
	begin := time.Now()
	for time.Since(begin) < long {
		before := agentCPU(p)
		time.Sleep(part)
		parts = append(parts, agentCPU(p)-before)
	}
	now, err := switches(p.Agent.PID())
	if err != nil {
		return err
	}
	// Parts of the time are told apart, because what is done once a minute (health,
	// the collector) and what the machine does besides falls into few of them.
	share := func(d time.Duration) float64 { return 100 * float64(d) / float64(part) }
	r.atMost("idle", "agent when nothing happens, p50 of 5 s", share(middle(parts)), "% of a core", 0.3)
	r.info("idle", "agent when nothing happens, p25 of 5 s", share(quantile(parts, 0.25)), "% of a core")
	r.info("idle", "agent when nothing happens, p90 of 5 s", share(quantile(parts, 0.9)), "% of a core")
	r.info("idle", "wake-ups", float64(now-woken)/time.Since(begin).Seconds(), "per s")
	return nil
}

// switches counts how often the threads of a process went to sleep.
func switches(pid int) (int64, error) {
	names, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it ended
		}
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, "voluntary_ctxt_switches:"); ok {
				n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
				if err != nil {
					return 0, fmt.Errorf("read %s: %w", name, err)
				}
				sum += n
			}
		}
	}
	return sum, nil
}

// startCost starts the agent with the default CPU limit while programs run that
// it has not seen, and tells what it gives up for the limit.
func startCost(ctx context.Context, r *report) error {
	p, stop, err := pair(ctx, wire.DefaultPolicy().CPULimit)
	if err != nil {
		return err
	}
	defer stop()
	dir, err := os.MkdirTemp(p.Dir, "programs")
	if err != nil {
		return err
	}
	programs, err := copies(dir, 100, 1<<20)
	if err != nil {
		return err
	}
	if err := errors.Join(agentIs(ctx, p, false), agentIs(ctx, p, true)); err != nil {
		return err
	}
	r.info("start", "agent until its sensors see", agentCPU(p).Seconds(), "s")
	begin, level, above := time.Now(), 0, 0
	var last rig.Status
	for second := range 60 {
		for range 4 {
			if len(programs) == 0 {
				break
			}
			if _, err := rig.Spawn(p.Scope, 1, 0, programs[0]); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("written", second)), []byte(programs[0]), 0o644); err != nil {
				return err
			}
			programs = programs[1:]
		}
		if last, err = p.Status(ctx); err != nil {
			return err
		}
		level = max(level, last.Governor.Level)
		if last.Governor.Level > 0 {
			above++
		}
		if d := time.Until(begin.Add(time.Duration(second+1) * time.Second)); d > 0 {
			time.Sleep(d)
		}
	}
	r.info("start", "agent in the first minute", agentCPU(p).Seconds(), "s")
	r.info("start", "most that was given up (0 nothing, 1 contents of written files, 2 hashing, 3 to 5 events)", float64(level), "level")
	r.info("start", "time in which something was given up", float64(above), "s")
	r.atMost("start", "events shed", float64(shed(last)), "events", 0)
	return nil
}

// shed sums the events that the agent shed for its CPU limit.
func shed(s rig.Status) (n int64) {
	for _, l := range s.Losses {
		if l.Stage == "queue" && l.Reason == "cpu limit" {
			n += l.Count
		}
	}
	return n
}

// copies makes programs that end at once, each with a content of its own.
func copies(dir string, n, size int) ([]string, error) {
	path, err := rig.Static()
	if err != nil {
		return nil, err
	}
	image, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []string
	for i := range n {
		whole := make([]byte, size)
		state := uint32(i + 1)
		for k := copy(whole, image); k < size; k++ { // no two bytes tell of the next
			state = state*1664525 + 1013904223
			whole[k] = byte(state >> 24)
		}
		out = append(out, filepath.Join(dir, fmt.Sprint("program", i)))
		if err := os.WriteFile(out[i], whole, 0o755); err != nil {
			return nil, err
		}
	}
	return out, nil
}
