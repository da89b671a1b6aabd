package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/test/rig"
)

// pair starts a manager and an agent over a fresh folder, with the shipped
// policy except for the CPU limit, and waits until the policy is in force.
func pair(ctx context.Context, limit float64) (*rig.Pair, func(), error) {
	scope, err := rig.Cgroup("guarded")
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "vedette-bench")
	if err != nil {
		return nil, nil, err
	}
	p, err := rig.StartPair(ctx, dir, scope)
	if err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	stop := func() { p.Close(); os.RemoveAll(dir) }
	if err := errors.Join(rig.Up(ctx, p.Client), p.Sensing(ctx)); err != nil {
		stop()
		return nil, nil, err
	}
	policy := wire.DefaultPolicy()
	policy.CPULimit = limit
	if err := p.SetPolicy(ctx, policy); err != nil {
		stop()
		return nil, nil, err
	}
	return p, stop, nil
}

// agentIs makes the agent run or not, and waits until its sensors do.
func agentIs(ctx context.Context, p *rig.Pair, on bool) error {
	running := p.Agent != nil
	if on == running {
		return nil
	}
	if !on {
		err := p.Agent.Stop()
		p.Agent = nil
		return err
	}
	if err := p.StartAgent(); err != nil {
		return err
	}
	return p.Sensing(ctx)
}

func agentCPU(p *rig.Pair) time.Duration {
	d, err := rig.CPU(p.Agent.PID())
	if err != nil {
		return 0
	}
	return d
}

// execRate measures the agent at a steady 1,600 executions a second, without a
// CPU limit and with the default one.
func execRate(ctx context.Context, r *report) error {
	for _, limit := range []float64{0, wire.DefaultPolicy().CPULimit} {
		if err := execRateAt(ctx, r, limit); err != nil {
			return err
		}
	}
	return nil
}

func execRateAt(ctx context.Context, r *report, limit float64) error {
	p, stop, err := pair(ctx, limit)
	if err != nil {
		return err
	}
	defer stop()
	victim, err := rig.Static()
	if err != nil {
		return err
	}
	if err := warm(p.Scope, victim); err != nil {
		return err
	}
	name := fmt.Sprintf("1600 exec/s, cpu_limit %g", limit)
	begin := time.Now()
	before := agentCPU(p)
	s, err := rig.Spawn(p.Scope, 1600*10, 1600, victim)
	if err != nil {
		return err
	}
	rate := float64(s.Count) / s.Wall.Seconds()
	time.Sleep(time.Second)
	used := agentCPU(p) - before
	rss, err := rig.RSS(p.Agent.PID())
	if err != nil {
		return err
	}
	r.info(name, "rate reached", rate, "exec/s")
	cpu := 100 * used.Seconds() / s.Wall.Seconds()
	if limit == 0 {
		r.atMost(name, "agent CPU", cpu, "% of a core", 8)
	} else {
		r.info(name, "agent CPU", cpu, "% of a core")
	}
	r.atMost(name, "agent RSS", float64(rss)/1e6, "MB", 80)
	seen, lost, err := account(ctx, p, victim, begin, int64(s.Count))
	if err != nil {
		return err
	}
	r.info(name, "seen", float64(seen), "executions")
	r.atMost(name, "lost", float64(lost), "executions", 0)
	return nil
}

// account waits until all executions are seen or told as lost.
func account(ctx context.Context, p *rig.Pair, victim string, begin time.Time, run int64) (seen, lost int64, err error) {
	condition := "event.action = 'process_start' and process.executable = '" + victim + "'"
	err = rig.Until(ctx, 20*time.Second, func() (bool, error) {
		a, err := p.Client.Count(ctx, condition, begin, time.Now())
		seen, lost = a.Total, rig.Lost(a.Completeness, "process_start")
		return seen+lost >= run, err
	})
	if err != nil && seen > 0 {
		err = nil // what is missing shows in the figures
	}
	return seen, lost, err
}

// latency measures the time from an act to its alert, and to the end of a
// process that an urgent rule kills, at 1,600 executions a second beside it.
func latency(ctx context.Context, r *report) error {
	p, stop, err := pair(ctx, 0)
	if err != nil {
		return err
	}
	defer stop()
	var waits []time.Duration
	for range 100 {
		begin := time.Now()
		if _, err := rig.Spawn(p.Scope, 1, 0, "/bin/bash", "-c", "echo x > /etc/cron.d/vedette-bench; rm /etc/cron.d/vedette-bench"); err != nil {
			return err
		}
		err := rig.Until(ctx, 5*time.Second, func() (bool, error) {
			var list api.AlertList
			q := url.Values{"from": {begin.UTC().Format(time.RFC3339Nano)}, "limit": {"10"}}
			if err := p.Client.Get(ctx, "/alerts", q, &list); err != nil {
				return false, err
			}
			for _, a := range list.Alerts {
				if !a.Last.Before(begin) {
					return true, nil
				}
			}
			return false, nil
		})
		if err != nil {
			return fmt.Errorf("wait for alert: %w\n%s", err, p.Logs())
		}
		waits = append(waits, time.Since(begin))
	}
	r.info("alert", "action to alert, p50", ms(quantile(waits, 0.5)), "ms")
	r.atMost("alert", "action to alert, p99", ms(quantile(waits, 0.99)), "ms", 1000)
	return killLatency(ctx, r, p)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func quantile(list []time.Duration, q float64) time.Duration {
	slices.Sort(list)
	return list[min(len(list)-1, int(q*float64(len(list))))]
}

// killLatency lets a rule kill a program by its name under load and takes the
// time from execve to the end of the process, both as the kernel saw them.
func killLatency(ctx context.Context, r *report, p *rig.Pair) error {
	const name = "vedette-bench-victim"
	if err := p.AddRule(ctx, killRule); err != nil {
		return err
	}
	policy := wire.DefaultPolicy()
	policy.CPULimit = 0
	policy.Rules = map[string]wire.RulePolicy{killRuleID: {Respond: wire.RespondOn}}
	if err := p.SetPolicy(ctx, policy); err != nil {
		return err
	}
	victim, err := rig.Static()
	if err != nil {
		return err
	}
	sleeper := p.Dir + "/" + name
	image, err := os.ReadFile("/bin/sleep")
	if err != nil {
		return err
	}
	if err := os.WriteFile(sleeper, image, 0o755); err != nil {
		return err
	}
	begin := time.Now()
	load := make(chan error, 1)
	go func() {
		_, err := rig.Spawn(p.Scope, 1600*12, 1600, victim)
		load <- err
	}()
	for range 200 {
		if _, err := rig.Spawn(p.Scope, 1, 0, sleeper, "5"); err != nil {
			return err
		}
	}
	if err := <-load; err != nil {
		return err
	}
	lives, err := lifetimes(ctx, p, name, begin)
	if err != nil {
		return err
	}
	r.info("urgent kill at 1600 exec/s", "killed", float64(len(lives)), "processes")
	r.info("urgent kill at 1600 exec/s", "execve to end, p50", ms(quantile(lives, 0.5)), "ms")
	r.atMost("urgent kill at 1600 exec/s", "execve to end, p99", ms(quantile(lives, 0.99)), "ms", 10)
	return nil
}

const killRuleID = "f3b1c1de-0000-4000-8000-76656465bench"

const killRule = `title: Bench victim
id: ` + killRuleID + `
status: experimental
description: The program that the benchmark wants killed.
logsource: {product: linux, category: process_creation}
detection:
  selection: {Image|endswith: /vedette-bench-victim}
  condition: selection
level: low
vedette: {actions: [kill]}
`

// lifetimes returns how long each process of a name lived after its execve.
func lifetimes(ctx context.Context, p *rig.Pair, name string, begin time.Time) ([]time.Duration, error) {
	started, ended := map[string]time.Time{}, map[string]time.Time{}
	err := rig.Until(ctx, 15*time.Second, func() (bool, error) {
		var list api.EventList
		q := url.Values{
			"query": {"event.action in ('process_start', 'process_end') and process.name = '" + name + "'"},
			"from":  {begin.UTC().Format(time.RFC3339Nano)}, "limit": {"2000"},
		}
		if err := p.Client.Get(ctx, "/events/search", q, &list); err != nil {
			return false, err
		}
		for _, e := range list.Events {
			if e.Kind.String() == "process_start" {
				started[e.Process.EntityID] = e.Time.Std()
			} else {
				ended[e.Process.EntityID] = e.Time.Std()
			}
		}
		return len(ended) >= 200, nil
	})
	if err != nil {
		return nil, fmt.Errorf("wait for the ends of 200 processes, %d there: %w", len(ended), err)
	}
	var out []time.Duration
	for id, at := range started {
		if e, ok := ended[id]; ok {
			out = append(out, e.Sub(at))
		}
	}
	return out, nil
}
