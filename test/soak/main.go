// Command soak keeps a manager and an agent under mixed load and watches that
// memory, threads and open files stay flat, and that at the end what is in
// search plus what the ledger tells as lost equals what was run. Run it by
// `make soak`.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/vedette-edr/vedette/test/rig"
)

func main() {
	rig.Forker()
	length := flag.Duration("for", 20*time.Minute, "how long")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := run(ctx, *length)
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(2)
	}
	_ = json.NewEncoder(os.Stdout).Encode(r)
	if !r.OK {
		os.Exit(1)
	}
}

// use is what a program uses at one moment.
type use struct {
	RSS     int64 `json:"rss"`
	Threads int   `json:"threads"`
	Files   int   `json:"files"`
}

// result is what the soak showed. Early and late are the medians of the first
// and the last third, after a warm-up of a sixth.
type result struct {
	Seconds    float64 `json:"seconds"`
	Run        int64   `json:"run"`
	Seen       int64   `json:"seen"`
	Lost       int64   `json:"lost"`
	AgentEarly use     `json:"agent_early"`
	AgentLate  use     `json:"agent_late"`
	ManEarly   use     `json:"manager_early"`
	ManLate    use     `json:"manager_late"`
	OK         bool    `json:"ok"`
	Why        string  `json:"why,omitempty"`
}

func run(ctx context.Context, length time.Duration) (result, error) {
	var res result
	scope, err := rig.Cgroup("guarded")
	if err != nil {
		return res, err
	}
	dir, err := os.MkdirTemp("", "vedette-soak")
	if err != nil {
		return res, err
	}
	defer os.RemoveAll(dir)
	victim, err := rig.Static()
	if err != nil {
		return res, err
	}
	p, err := rig.StartPair(ctx, dir, scope)
	if err != nil {
		return res, err
	}
	defer p.Close()
	if err := errors.Join(rig.Up(ctx, p.Client), p.Sensing(ctx)); err != nil {
		return res, fmt.Errorf("%w\n%s", err, p.Logs())
	}
	port, closePort, err := sink()
	if err != nil {
		return res, err
	}
	defer closePort()
	begin := time.Now()
	var agent, manager []use
	samples := time.NewTicker(max(length/60, time.Second))
	defer samples.Stop()
	for time.Since(begin) < length && ctx.Err() == nil {
		n, err := mixed(ctx, scope, dir, victim, port)
		if err != nil {
			return res, err
		}
		res.Run += n
		select {
		case <-samples.C:
			agent = append(agent, usage(p.Agent.PID()))
			manager = append(manager, usage(p.Manager.PID()))
			fmt.Fprintf(os.Stderr, "%4.0f s: agent %+v manager %+v\n", time.Since(begin).Seconds(), agent[len(agent)-1], manager[len(manager)-1])
		default:
		}
	}
	res.Seconds = time.Since(begin).Seconds()
	err = rig.Until(ctx, time.Minute, func() (bool, error) {
		a, err := p.Client.Count(ctx, fmt.Sprintf("event.action = 'process_start' and process.executable = '%s'", victim), begin, time.Now())
		res.Seen = a.Total
		res.Lost = rig.Lost(a.Completeness, "process_start")
		return res.Seen+res.Lost >= res.Run, err
	})
	if err != nil && ctx.Err() == nil {
		res.Why = fmt.Sprintf("seen %d plus lost %d is not run %d: %v", res.Seen, res.Lost, res.Run, err)
	}
	res.AgentEarly, res.AgentLate = thirds(agent)
	res.ManEarly, res.ManLate = thirds(manager)
	if res.Why == "" {
		res.Why = growth("agent", res.AgentEarly, res.AgentLate, 0)
	}
	if res.Why == "" {
		res.Why = growth("manager", res.ManEarly, res.ManLate, managerMemory)
	}
	if res.Why == "" && res.Seen+res.Lost != res.Run {
		res.Why = fmt.Sprintf("seen %d plus lost %d is not run %d", res.Seen, res.Lost, res.Run)
	}
	res.OK = res.Why == ""
	return res, nil
}

// mixed is one bout of load: executions, files, connections.
func mixed(ctx context.Context, scope, dir, victim, port string) (int64, error) {
	s, err := rig.Spawn(scope, 200, 800, victim)
	if err != nil {
		return 0, err
	}
	script := `for i in 1 2 3 4 5 6 7 8 9 10; do echo $i > ` + dir + `/f$i; mv ` + dir + `/f$i ` + dir + `/g$i; rm ` + dir + `/g$i; echo > /dev/tcp/127.0.0.1/` + port + `; done`
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	attr, f, err := rig.In(scope)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	cmd.SysProcAttr = attr
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("run file load: %w", err)
	}
	return int64(s.Count), nil
}

// sink accepts connections on loopback and drops them.
func sink() (port string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
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
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, func() { l.Close() }, nil
}

func usage(pid int) use {
	var u use
	u.RSS, _ = rig.RSS(pid)
	threads, _ := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "task"))
	files, _ := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "fd"))
	u.Threads, u.Files = len(threads), len(files)
	return u
}

func thirds(us []use) (early, late use) {
	us = us[len(us)/6:]
	if len(us) < 3 {
		return use{}, use{}
	}
	return median(us[:len(us)/3]), median(us[len(us)-len(us)/3:])
}

func median(us []use) use {
	pick := func(f func(use) int64) int64 {
		var v []int64
		for _, u := range us {
			v = append(v, f(u))
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	return use{
		RSS:     pick(func(u use) int64 { return u.RSS }),
		Threads: int(pick(func(u use) int64 { return int64(u.Threads) })),
		Files:   int(pick(func(u use) int64 { return int64(u.Files) })),
	}
}

// managerMemory is what a manager may use: the newest events are in its memory
// until they fill a segment, which takes longer than a short soak.
const managerMemory = 1 << 30

// growth says what grew beyond what caches and the collector explain; memory
// below bound may grow.
func growth(who string, early, late use, bound int64) string {
	switch {
	case early.RSS == 0:
		return who + ": too few samples; choose a longer time"
	case late.RSS > max(bound, early.RSS+early.RSS/3+(16<<20)):
		return fmt.Sprintf("%s: memory grew from %d to %d bytes", who, early.RSS, late.RSS)
	case late.Threads > early.Threads+8:
		return fmt.Sprintf("%s: threads grew from %d to %d", who, early.Threads, late.Threads)
	case late.Files > early.Files+24:
		return fmt.Sprintf("%s: open files grew from %d to %d", who, early.Files, late.Files)
	}
	return ""
}
