// Command record plays the techniques of test/corpus/linux inside the sandbox
// and writes what the sensors told of each step. Run it by `make corpus`; what
// is expected to be found in it is then looked through by a person.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/test/corpus"
	"github.com/vedette-edr/vedette/test/rig"
)

func main() {
	dir := flag.String("dir", "test/corpus/linux", "folder of the techniques")
	out := flag.String("out", "test/corpus/linux", "folder that the events are written to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := record(ctx, *dir, *out); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// window is the time in which a step ran.
type window struct {
	technique string
	step      int
	from      event.Time
}

func record(ctx context.Context, dir, out string) error {
	list, err := corpus.ReadTechniques(dir)
	if err != nil {
		return err
	}
	scope, err := rig.Cgroup("recorded")
	if err != nil {
		return err
	}
	data, err := os.MkdirTemp("/var/tmp", "vedette-corpus")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	if err := standIns(list.StandIns); err != nil {
		return err
	}
	p, err := rig.StartPair(ctx, data, scope)
	if err != nil {
		return err
	}
	defer p.Close()
	policy := wire.DefaultPolicy()
	policy.CPULimit = 0
	if err := errors.Join(rig.Up(ctx, p.Client), p.Sensing(ctx), p.SetPolicy(ctx, policy)); err != nil {
		return fmt.Errorf("%w\n%s", err, p.Logs())
	}
	env, closeNet, err := network()
	if err != nil {
		return err
	}
	defer closeNet()
	begin := time.Now()
	var windows []window
	for _, t := range list.Techniques {
		for i, script := range t.Steps {
			windows = append(windows, window{t.ID, i + 1, event.At(time.Now())})
			if err := play(ctx, scope, env, script); err != nil {
				return fmt.Errorf("%s step %d: %w", t.ID, i+1, err)
			}
			time.Sleep(100 * time.Millisecond) // what sensors find out a little later
		}
	}
	time.Sleep(3 * time.Second)
	events, err := told(ctx, p, begin)
	if err != nil {
		return err
	}
	return write(filepath.Join(out, corpus.EventsFile), label(events, windows))
}

// standIns puts programs that do nothing where they are found first.
func standIns(names []string) error {
	image, err := os.ReadFile("/bin/true")
	if err != nil {
		return err
	}
	for _, n := range names {
		if err := os.WriteFile(filepath.Join("/usr/local/sbin", n), image, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// network offers on loopback what the steps fetch and connect to.
func network() (env []string, stop func(), err error) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := "#!/bin/sh\nid >/dev/null\n"
		if filepath.Ext(r.URL.Path) == ".py" {
			text = "import os; os.getpid()\n"
		}
		fmt.Fprint(w, text)
	}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		web.Close()
		return nil, nil, err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	env = []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "USER=root",
		"URL=" + web.URL, "PORT=" + port,
	}
	return env, func() { l.Close(); web.Close() }, nil
}

// play runs one step in an empty folder; how it ends does not matter.
func play(ctx context.Context, scope string, env []string, script string) error {
	const lab = "/root/lab"
	if err := errors.Join(os.RemoveAll(lab), os.MkdirAll(lab, 0o755)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	attr, f, err := rig.In(scope)
	if err != nil {
		return err
	}
	defer f.Close()
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir, cmd.Env, cmd.SysProcAttr, cmd.WaitDelay = lab, env, attr, time.Second
	attr.Setsid = true
	if _, err := cmd.CombinedOutput(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// told returns what the sensors told, oldest first.
func told(ctx context.Context, p *rig.Pair, begin time.Time) ([]*event.Event, error) {
	q := url.Values{
		"query": {"not event.action in ('finding_raise', 'response_run', 'agent_start', 'agent_stop', 'agent_sensor', 'agent_health', 'agent_loss')"},
		"from":  {begin.UTC().Format(time.RFC3339Nano)}, "limit": {"5000"}, "sort": {"@timestamp"},
	}
	var out []*event.Event
	for {
		var list api.EventList
		if err := p.Client.Get(ctx, "/events/search", q, &list); err != nil {
			return nil, err
		}
		out = append(out, list.Events...)
		if list.Next == "" {
			return out, nil
		}
		q.Set("cursor", list.Next)
	}
}

// label says of each event which step it belongs to: that in which its process
// was first seen, else that which ran. What the agent did is left out, and who
// started the steps: that is of this recorder.
func label(events []*event.Event, windows []window) []corpus.Line {
	of := map[string]window{}
	var out []corpus.Line
	for _, e := range events {
		if ofAgent(e) {
			continue
		}
		w := windows[0]
		for _, x := range windows {
			if x.from <= e.Time {
				w = x
			}
		}
		if p := e.Process; p != nil && p.EntityID != "" {
			if first, ok := of[p.EntityID]; ok {
				w = first
			} else {
				of[p.EntityID] = w
			}
		}
		cutAbove(e.Process, of)
		e.Agent, e.HostName, e.Ingested = "corpus", "corpus", 0
		out = append(out, corpus.Line{Technique: w.technique, Step: w.step, Event: e})
	}
	return out
}

// ofAgent reports whether the agent did it, or a child of it.
func ofAgent(e *event.Event) bool {
	const agent = "vedette-agent"
	p := e.Process
	return p != nil && (p.Name == agent || p.Ancestors != nil && slices.Contains(p.Ancestors.Names, agent))
}

// cutAbove removes from a process what is above those that were recorded.
func cutAbove(p *event.Process, recorded map[string]window) {
	if p == nil {
		return
	}
	if p.Parent != nil {
		if _, ok := recorded[p.Parent.EntityID]; !ok {
			p.Parent = nil
		}
	}
	if a := p.Ancestors; a != nil {
		n := 0
		for ; n < len(a.EntityIDs); n++ {
			if _, ok := recorded[a.EntityIDs[n]]; !ok {
				break
			}
		}
		p.Ancestors = &event.Ancestors{EntityIDs: a.EntityIDs[:n], Names: a.Names[:n], Executables: a.Executables[:n]}
	}
}

func write(path string, lines []corpus.Line) error {
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(z)
	for _, l := range lines {
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	fmt.Printf("%s: %d events, %d bytes\n", path, len(lines), buf.Len())
	return os.WriteFile(path, buf.Bytes(), 0o644)
}
