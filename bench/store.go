package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/ship"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/test/rig"
)

// work is what a busy machine does, as commands that need no network. Each
// runs in the guarded cgroup with WORK as a folder of its own.
func work() []string {
	return []string{
		`cd $WORK && cat > main.go <<X
package main
import ("fmt";"net/http";"os")
func main() { fmt.Println(http.StatusText(200), os.Args) }
X
GOFLAGS=-mod=mod GOCACHE=$WORK/cache go build -o out main.go && ./out a b c`,
		`cd $WORK && git init -q repo && cd repo && for i in $(seq 40); do mkdir -p d$i; echo $i > d$i/f; git add -A; git -c user.name=a -c user.email=a@b commit -qm "change $i"; done; git log --stat | tail -n 1; git gc -q`,
		`dpkg -l | awk '{print $2}' | head -n 60 | while read p; do dpkg -L "$p" | head -n 3; done; apt-cache policy bash curl git; dpkg -V coreutils`,
		`python3 - <<X
import os, subprocess, tempfile, json
for i in range(60):
    d = tempfile.mkdtemp(dir=os.environ["WORK"])
    for j in range(10):
        p = os.path.join(d, "report-%d.json" % j)
        json.dump({"n": i * j}, open(p, "w")); os.rename(p, p + ".done")
    subprocess.run(["sh", "-c", "ls -l %s | wc -l; id -un" % d])
X`,
		`for job in logrotate backup mail; do for i in $(seq 15); do sh -c "run-parts --test /etc/cron.daily; find /etc -newer /etc/passwd -name '*.conf' | head -n 2; test -x /usr/sbin/anacron"; done; done`,
		`for i in $(seq 30); do ssh-keygen -q -t ed25519 -N '' -f $WORK/key$i -C user$i@host; ssh-keygen -l -f $WORK/key$i.pub; ssh -V; rm $WORK/key$i*; done`,
		`tar -C /usr/share/doc -cf - . 2>/dev/null | tar -C $WORK -xf - --wildcards './a*' './b*'; grep -rl Debian $WORK | wc -l; find $WORK -name '*.gz' -exec gzip -t {} +`,
	}
}

// recorded is how many real events the replay is made of.
const recorded = 40_000

// storeCost records the events of mixed work once, then gives them again and
// again, with processes and times of their own, to a spool that ships to a real
// manager: BENCH_EVENTS of them, a million when it is not set. It measures the
// CPU of both ends from the spool to search, and the bytes on disk.
func storeCost(ctx context.Context, r *report) error {
	want := 1_000_000
	if s := os.Getenv("BENCH_EVENTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			return fmt.Errorf("BENCH_EVENTS: %w", err)
		}
		want = n
	}
	events, err := record(ctx, recorded)
	if err != nil {
		return err
	}
	p, stop, err := manager(ctx)
	if err != nil {
		return err
	}
	defer stop()
	return replay(ctx, r, p, events, want)
}

// record runs mixed work under an agent and returns what search has of it.
func record(ctx context.Context, want int) ([]*event.Event, error) {
	p, stop, err := pair(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer stop()
	dir, err := os.MkdirTemp("", "vedette-work")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	begin := time.Now()
	var stats api.Stats
	for n := 0; stats.EventsTaken < int64(want); n++ {
		if err := worked(ctx, p.Scope, dir, n); err != nil {
			return nil, err
		}
		if err := p.Client.Get(ctx, "/stats", nil, &stats); err != nil {
			return nil, err
		}
		fmt.Fprintf(os.Stderr, "store: recorded %d of %d events\n", stats.EventsTaken, want)
	}
	var out []*event.Event
	// Findings name their events by id, which a replay cannot keep.
	q := url.Values{"query": {"rule.id not exists"}, "from": {begin.UTC().Format(time.RFC3339Nano)}, "limit": {"5000"}, "sort": {"@timestamp"}}
	for len(out) < want {
		var list api.EventList
		if err := p.Client.Get(ctx, "/events/search", q, &list); err != nil {
			return nil, err
		}
		out = append(out, list.Events...)
		if list.Next == "" {
			break
		}
		q.Set("cursor", list.Next)
	}
	if len(out) < want/2 {
		return nil, fmt.Errorf("search returned %d of %d recorded events", len(out), stats.EventsTaken)
	}
	return out, nil
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
// process, and reports what both ends used.
func replay(ctx context.Context, r *report, p *rig.Pair, events []*event.Event, want int) error {
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
	begin, before := time.Now(), cpuOf(p.Manager)
	fed, err := feed(ctx, sp, events, want)
	if err != nil {
		return err
	}
	var stats api.Stats
	err = rig.Until(ctx, 5*time.Minute, func() (bool, error) {
		time.Sleep(200 * time.Millisecond)
		err := p.Client.Get(ctx, "/stats", nil, &stats)
		return stats.EventsTaken >= int64(want), err
	})
	if err != nil {
		return fmt.Errorf("%d of %d events arrived: %w\n%s", stats.EventsTaken, want, err, p.Logs())
	}
	n := float64(want)
	const name = "store, mixed work"
	managing := us(cpuOf(p.Manager)-before)/n - 1e6*stats.Store.CompactionCPU/n
	shipping := us(ownCPU()-fed) / n
	r.info(name, "events", n, "events")
	r.info(name, "manager CPU per event", managing, "us")
	r.info(name, "shipper CPU per event", shipping, "us")
	r.atMost(name, "CPU per event, spool to searchable", managing+shipping, "us", 20)
	r.info(name, "compaction CPU per event", 1e6*stats.Store.CompactionCPU/n, "us")
	r.info(name, "events per second", n/time.Since(begin).Seconds(), "events/s")
	return stored(ctx, r, p)
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

// feed gives want events to the spool, no faster than the manager takes them,
// and returns the CPU time of this process without what making them took.
func feed(ctx context.Context, sp *spool.Spool, events []*event.Event, want int) (time.Duration, error) {
	encoder, err := wire.NewEncoder()
	if err != nil {
		return 0, err
	}
	start := ownCPU()
	var used time.Duration // by making events, on this goroutine's thread
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var buf []byte
	for n := 0; n < want; {
		t := threadCPU()
		for i := 0; i < 5000 && n < want; i++ {
			e := again(events[n%len(events)], n/len(events))
			e.Agent, e.Epoch, e.Sequence = "", sp.Epoch(), int64(n+1)
			if buf, err = encoder.Append(buf[:0], e); err != nil {
				return 0, err
			}
			if err := sp.Append(spool.Record{Lane: uint32(e.Kind.Class()), Sequence: e.Sequence, Time: int64(e.Time), Payload: buf}); err != nil {
				return 0, err
			}
			n++
		}
		used += threadCPU() - t
		for sp.Stats().Pending > 4<<20 || sp.Stats().Records > 200_000 {
			select {
			case <-ctx.Done():
				return 0, ctx.Err()
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	return start + used, nil
}

// again returns a copy of an event that happens in another round: its times
// are shifted and its processes are others.
func again(e *event.Event, round int) *event.Event {
	c := *e
	const length = event.Time(10 * time.Minute)
	c.Time -= event.Time(round) * length
	if e.Process != nil {
		p := *e.Process
		salt := fmt.Sprintf("%05x", round)
		p.EntityID = salted(p.EntityID, salt)
		p.PID += int64(round)
		if p.Parent != nil {
			q := *p.Parent
			q.EntityID = salted(q.EntityID, salt)
			p.Parent = &q
		}
		if p.Start != 0 {
			p.Start -= event.Time(round) * length
		}
		c.Process = &p
	}
	return &c
}

func salted(id, salt string) string {
	if len(id) < len(salt) {
		return id
	}
	return salt + id[len(salt):]
}

func ownCPU() time.Duration { return usage(unix.RUSAGE_SELF) }

func threadCPU() time.Duration { return usage(unix.RUSAGE_THREAD) }

func usage(who int) time.Duration {
	var u unix.Rusage
	if unix.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func cpuOf(p *rig.Program) time.Duration {
	d, err := rig.CPU(p.PID())
	if err != nil {
		return 0
	}
	return d
}

func worked(ctx context.Context, scope, dir string, n int) error {
	for i, script := range work() {
		own := filepath.Join(dir, fmt.Sprintf("%d-%d", n, i))
		if err := os.Mkdir(own, 0o755); err != nil {
			return err
		}
		attr, f, err := rig.In(scope)
		if err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, "bash", "-c", script)
		cmd.Env = append(os.Environ(), "WORK="+own)
		cmd.SysProcAttr = attr
		out, err := cmd.CombinedOutput()
		f.Close()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			return fmt.Errorf("run work %d: %w", i, err)
		}
		if exit != nil && n == 0 {
			fmt.Fprintf(os.Stderr, "store: work %d ended with %d: %.200s\n", i, exit.ExitCode(), out)
		}
		if err := os.RemoveAll(own); err != nil {
			return err
		}
	}
	return nil
}
