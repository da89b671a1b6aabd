package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/ship"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/test/rig"
)

// recorded is how many real events the replay is made of.
const recorded = 40_000

// storeCost records the events of mixed work once, then gives them again and
// again, with processes and times of their own, to a spool that ships to a real
// manager: BENCH_EVENTS of them, a million when it is not set. It measures the
// CPU of both ends from the spool to segments, the bytes on disk, and searches.
// BENCH_RECORDING names a file that keeps the recording for the next run.
func storeCost(ctx context.Context, r *report) error {
	want := 1_000_000
	if s := os.Getenv("BENCH_EVENTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			return fmt.Errorf("BENCH_EVENTS: %w", err)
		}
		want = n
	}
	recording := os.Getenv("BENCH_RECORDING")
	if recording == "" {
		dir, err := os.MkdirTemp("", "vedette-recording")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		recording = filepath.Join(dir, "events")
	}
	if err := recordOnce(ctx, recording); err != nil {
		return err
	}
	p, stop, err := manager(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if err := replay(ctx, r, p, recording, want); err != nil {
		return err
	}
	if err := stored(ctx, r, p); err != nil {
		return err
	}
	return searches(ctx, r, p)
}

// recordOnce makes the recording, unless it is there.
func recordOnce(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	events, err := record(ctx, recorded)
	if err != nil {
		return err
	}
	return writeRecording(path, events)
}

// manager starts a manager alone.
func manager(ctx context.Context) (*rig.Pair, func(), error) {
	dir, err := os.MkdirTemp("", "vedette-bench")
	if err != nil {
		return nil, nil, err
	}
	p := &rig.Pair{Dir: dir}
	if err := p.StartManager(ctx); err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	return p, func() { p.Close(); os.RemoveAll(dir) }, nil
}

// replay ships want events through a spool and the agent's shipper in this
// process, and reports what both ends used until all of them are in segments.
func replay(ctx context.Context, r *report, p *rig.Pair, recording string, want int) error {
	token, err := p.Token(ctx)
	if err != nil {
		return err
	}
	id := filepath.Join(p.Dir, "identity")
	if _, err := ship.Enroll(ctx, ship.EnrollOptions{Token: token, Dir: id, Host: ship.Host{Name: "replay", MachineID: "replay"}}); err != nil {
		return err
	}
	sp, err := spool.Open(filepath.Join(p.Dir, "spool"), spool.Options{MaxBytes: 4 << 30})
	if err != nil {
		return err
	}
	defer sp.Close()
	shipper, err := ship.New(ship.Options{Dir: id, Spool: sp, Host: ship.Host{Name: "replay", MachineID: "replay"}})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	shipped := make(chan error, 1)
	go func() { shipped <- shipper.Run(ctx) }()
	debug.FreeOSMemory() // what recording left
	begin, before, start := time.Now(), cpuOf(p.Manager), ownCPU()
	made, err := feed(ctx, sp, recording, want)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, p.Logs())
	}
	stats, err := arrived(ctx, p, func(s api.Stats) bool { return s.EventsTaken >= int64(want) })
	if err != nil {
		return err
	}
	n := float64(want)
	rate, shipping := n/time.Since(begin).Seconds(), us(ownCPU()-start-made)/n
	if stats, err = arrived(ctx, p, func(s api.Stats) bool { return s.Store.InMemory == 0 }); err != nil {
		return err
	}
	managing := us(cpuOf(p.Manager)-before)/n - 1e6*stats.Store.CompactionCPU/n
	const name = "store, mixed work"
	r.info(name, "events", n, "events")
	r.info(name, "manager CPU per event", managing, "us")
	r.info(name, "shipper and spool CPU per event", shipping, "us")
	r.atMost(name, "CPU per event, spool to searchable", managing+shipping, "us", 20)
	r.info(name, "compaction CPU per event", 1e6*stats.Store.CompactionCPU/n, "us")
	r.info(name, "events per second", rate, "events/s")
	r.info(name, "manager peak RSS", peakRSS(p.Manager.PID())/(1<<20), "MiB")
	return nil
}

// arrived waits until the manager's counts satisfy done.
func arrived(ctx context.Context, p *rig.Pair, done func(api.Stats) bool) (api.Stats, error) {
	var stats api.Stats
	err := rig.Until(ctx, 5*time.Minute, func() (bool, error) {
		time.Sleep(200 * time.Millisecond)
		err := p.Client.Get(ctx, "/stats", nil, &stats)
		return done(stats), err
	})
	if err != nil {
		return stats, fmt.Errorf("%d events arrived, %d are in memory: %w\n%s", stats.EventsTaken, stats.Store.InMemory, err, p.Logs())
	}
	return stats, nil
}

// peakRSS returns the most resident memory that a process had, bytes; 0 when
// it is not known.
func peakRSS(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kb float64
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		return 0
	}
	return kb * 1024
}

// stored restarts the manager, so that its memory is on disk, and reports the
// bytes of an event.
func stored(ctx context.Context, r *report, p *rig.Pair) error {
	if err := p.Manager.Stop(); err != nil {
		return err
	}
	if err := p.StartManager(ctx); err != nil {
		return err
	}
	var stats api.Stats
	if err := p.Client.Get(ctx, "/stats", nil, &stats); err != nil {
		return err
	}
	onDisk := stats.Store.Events - stats.Store.InMemory
	if onDisk == 0 {
		return errors.New("no event is in a segment")
	}
	r.info("store, mixed work", "events in segments", float64(onDisk), "events")
	r.atMost("store, mixed work", "bytes per stored event", float64(stats.Store.Bytes)/float64(onDisk), "B", 200)
	return nil
}
