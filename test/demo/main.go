// Command demo starts `vedette up` inside the sandbox, plays a harmless attack
// in a guarded cgroup, and prints for each step what was seen of it: events,
// alert, and the time from the act to the alert in the manager's interface. It
// ends with 1 when a step was not seen. Run it by `make demo`.
package main

import (
	"context"
	"encoding/json"
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
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/test/rig"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == memfdArg {
		fmt.Fprintln(os.Stderr, "demo:", runFromMemory())
		os.Exit(1)
	}
	asJSON := flag.Bool("json", false, "print one JSON object for each step")
	bin := flag.String("bin", "bin/vedette", "program to start")
	then := flag.String("then", "", "command to run at the end, with the manager still there; gets VEDETTE_URL, VEDETTE_USER and VEDETTE_PASSWORD")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ok, err := play(ctx, *bin, *then, *asJSON)
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// place is the folder in which the steps run: what is seen of them does not
// depend on where the checkout is.
const place = "/srv/demo"

// outcome is what was seen of a step.
type outcome struct {
	Step      string   `json:"step"`
	Technique string   `json:"technique"`
	Events    int64    `json:"events"`   // of the whole host while the step ran
	Seen      bool     `json:"seen"`     // the events that show the step are there
	Alerts    []string `json:"alerts"`   // rules that raised one
	Millis    float64  `json:"millis"`   // from the start of the step to the first alert; 0 without one
	Needed    bool     `json:"rule_due"` // a shipped rule must raise an alert
	Error     string   `json:"error,omitempty"`
}

func play(ctx context.Context, bin, then string, asJSON bool) (bool, error) {
	guarded, err := rig.Cgroup("guarded")
	if err != nil {
		return false, err
	}
	if err := os.MkdirAll(place, 0o755); err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "vedette-demo")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	fmt.Fprintln(os.Stderr, "starting vedette up")
	up, ready, err := rig.StartReady(ctx, filepath.Join(dir, "up.log"), "", bin, "up", "--json", "--data", filepath.Join(dir, "data"), "--scope", guarded)
	if err != nil {
		return false, err
	}
	defer func() {
		if err := up.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "demo: stop:", err)
		}
	}()
	client, err := rig.NewClient(ready)
	if err != nil {
		return false, err
	}
	env, closeNet, err := network()
	if err != nil {
		return false, err
	}
	defer closeNet()

	var out []outcome
	for _, s := range steps() {
		fmt.Fprintln(os.Stderr, "step:", s.name)
		out = append(out, act(ctx, client, guarded, env, s))
	}
	ok := printTable(out, asJSON)
	if then != "" {
		cmd := exec.CommandContext(ctx, "bash", "-c", then)
		cmd.Env = append(os.Environ(), "VEDETTE_URL="+ready.URL, "VEDETTE_USER="+ready.User, "VEDETTE_PASSWORD="+ready.Password)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return ok, fmt.Errorf("run %q: %w", then, err)
		}
	}
	return ok, nil
}

// network offers on loopback what the attack downloads and connects to.
func network() (env []string, stop func(), err error) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "#!/bin/sh\nid\n")
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
			fmt.Fprint(c, "id\nexit\n")
			go func() {
				defer c.Close()
				buf := make([]byte, 4096)
				for {
					if _, err := c.Read(buf); err != nil {
						return
					}
				}
			}()
		}
	}()
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	env = append(os.Environ(), "URL="+web.URL, "PORT="+port, "SELF="+self)
	return env, func() { l.Close(); web.Close() }, nil
}

// act does one step and waits for what must be seen of it.
func act(ctx context.Context, c *rig.Client, cgroup string, env []string, s step) outcome {
	o := outcome{Step: s.name, Technique: s.technique, Needed: s.rules}
	attr, f, err := rig.In(cgroup)
	if err != nil {
		o.Error = err.Error()
		return o
	}
	defer f.Close()
	cmd := exec.CommandContext(ctx, "bash", "-c", s.script)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = place, env, attr
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		o.Error = err.Error()
		return o
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	_ = rig.Until(ctx, 5*time.Second, func() (bool, error) {
		o.Alerts, err = alerts(ctx, c, begin)
		if len(o.Alerts) > 0 && o.Millis == 0 {
			o.Millis = float64(time.Since(begin).Microseconds()) / 1000
		}
		seen, countErr := c.Count(ctx, s.seen, begin, time.Now())
		o.Seen = seen.Total > 0
		if err == nil {
			err = countErr
		}
		return o.Seen && (len(o.Alerts) > 0 || !s.rules) && over(ended), err
	})
	<-ended
	time.Sleep(settle) // what the step left on its way
	all, err2 := c.Count(ctx, "not event.action startswith 'agent_'", begin, time.Now())
	o.Events = all.Total
	for _, e := range []error{err, err2} {
		if e != nil {
			o.Error = e.Error()
		}
	}
	o.Alerts, _ = alerts(ctx, c, begin)
	return o
}

func over(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// alerts lists the rules of the alerts whose last finding is not older than begin.
func alerts(ctx context.Context, c *rig.Client, begin time.Time) ([]string, error) {
	var list api.AlertList
	q := url.Values{"from": {begin.UTC().Format(time.RFC3339Nano)}, "limit": {"100"}}
	if err := c.Get(ctx, "/alerts", q, &list); err != nil {
		return nil, err
	}
	var out []string
	for _, a := range list.Alerts {
		if !a.Last.Before(begin) {
			out = append(out, a.Level+": "+a.RuleName)
		}
	}
	return out, nil
}

func printTable(out []outcome, asJSON bool) bool {
	ok := true
	enc := json.NewEncoder(os.Stdout)
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	if !asJSON {
		fmt.Fprintln(w, "STEP\tTECHNIQUE\tEVENTS\tSEEN\tALERT\tMS")
	}
	for _, o := range out {
		if !o.Seen || o.Needed && len(o.Alerts) == 0 || o.Error != "" {
			ok = false
		}
		if asJSON {
			_ = enc.Encode(o)
			continue
		}
		alert := "none"
		if len(o.Alerts) > 0 {
			alert = strings.Join(o.Alerts, "; ")
		}
		if o.Error != "" {
			alert += " (" + o.Error + ")"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%t\t%s\t%.0f\n", o.Step, o.Technique, o.Events, o.Seen, alert, o.Millis)
	}
	w.Flush()
	return ok
}

// settle is longer than an event needs from the kernel to search.
const settle = 500 * time.Millisecond

const memfdArg = "__memfd"

// runFromMemory executes a copy of true that no file system holds.
func runFromMemory() error {
	image, err := os.ReadFile("/bin/true")
	if err != nil {
		return err
	}
	fd, err := unix.MemfdCreate("demo", unix.MFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("create memfd: %w", err)
	}
	if _, err := unix.Write(fd, image); err != nil {
		return fmt.Errorf("write memfd: %w", err)
	}
	return unix.Exec(fmt.Sprintf("/proc/self/fd/%d", fd), []string{"true"}, nil)
}
