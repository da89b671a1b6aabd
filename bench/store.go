package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
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

// storeCost runs mixed work under the agent and measures the manager: CPU for
// each event from the agent's spool to search, and bytes on disk afterwards.
func storeCost(ctx context.Context, r *report) error {
	want := int64(1_000_000)
	if s := os.Getenv("BENCH_EVENTS"); s != "" {
		if _, err := fmt.Sscan(s, &want); err != nil {
			return fmt.Errorf("BENCH_EVENTS: %w", err)
		}
	}
	p, stop, err := pair(ctx, 0)
	if err != nil {
		return err
	}
	defer stop()
	dir, err := os.MkdirTemp("", "vedette-work")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	begin := time.Now()
	agent, manager := agentCPU(p, true), cpuOf(p.Manager)
	var stats api.Stats
	for n := 0; stats.EventsTaken < want; n++ {
		if err := worked(ctx, p.Scope, dir, n); err != nil {
			return err
		}
		if err := p.Client.Get(ctx, "/stats", nil, &stats); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "store: %d of %d events\n", stats.EventsTaken, want)
	}
	err = rig.Until(ctx, 3*time.Minute, func() (bool, error) {
		time.Sleep(time.Second)
		err := p.Client.Get(ctx, "/stats", nil, &stats)
		return stats.Store.InMemory == 0 || stats.Store.InMemory < stats.Store.Events/200, err
	})
	if err != nil {
		return fmt.Errorf("wait for the memory tier: %w", err)
	}
	n := float64(stats.EventsTaken)
	const name = "store, mixed work"
	r.info(name, "events", n, "events")
	r.info(name, "agent CPU per event", us(agentCPU(p, true)-agent)/n, "us")
	compaction := stats.Store.CompactionCPU
	r.atMost(name, "manager CPU per event, spool to searchable", (us(cpuOf(p.Manager)-manager)-1e6*compaction)/n, "us", 20)
	r.info(name, "compaction CPU per event", 1e6*compaction/n, "us")
	stored := float64(stats.Store.Events - stats.Store.InMemory)
	r.atMost(name, "bytes per stored event", float64(stats.Store.Bytes)/stored, "B", 200)
	r.info(name, "events per second", n/time.Since(begin).Seconds(), "events/s")
	return nil
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
