package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
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
