package agent

import (
	"slices"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

const burst = `title: Tool runs
id: tool-runs
name: tool
level: low
logsource: {product: linux, category: process_creation}
detection:
  tool: {Image|endswith: /tool}
  condition: tool
---
title: Tool runs again and again
id: tool-burst
level: high
tags: [attack.discovery]
correlation:
  type: event_count
  rules: [tool]
  group-by: [User, Computer]
  timespan: 10m
  condition: {gte: 3}
`

// TestCorrelationsRunOnTheAgent: the third execution by one user raises a
// finding that names the user and the executions; the rule that only counts
// raises none, and new rules go on with what was counted.
func TestCorrelationsRunOnTheAgent(t *testing.T) {
	r := newRig(t)
	r.write("burst.yml", burst)
	r.start()
	run := func(user string, pid int64) {
		e := execution("tool", pid)
		e.User = &event.User{Name: user}
		r.exec.events <- e
	}
	run("bob", 1)
	run("eve", 2)
	run("BOB", 3)
	r.wait("counted", func() bool { s := r.agent.detect.Status().Correlation; return s != nil && s.Items == 3 })
	r.write("burst.yml", burst+"---\n"+rule[:len("title: Evil ")]+"never runs\nid: other\nlevel: low\nlogsource: {product: linux, category: process_creation}\ndetection: {s: {Image: /none}, condition: s}\n")
	if err := r.agent.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	run("bob", 4)
	run("bob", 5)
	r.wait("counted", func() bool { return r.agent.detect.Status().Correlation.Items == 5 })
	if s := r.agent.detect.Status(); s.Correlation.Matches != 1 || s.Correlation.Repeated != 1 || s.Correlation.Groups != 2 || s.Raised != 1 {
		t.Errorf("counts %+v, %d raised", s.Correlation, s.Raised)
	}
	r.stop()
	all := r.stored()
	found := only(all, event.FindingRaise)
	if len(found) != 1 {
		t.Fatalf("%d findings, want the one of the correlation", len(found))
	}
	var want []string
	for _, e := range only(all, event.ProcessStart) {
		if pid := e.Process.PID; pid == 1 || pid == 3 || pid == 4 {
			want = append(want, e.ID())
		}
	}
	f := found[0]
	if f.Finding.RuleID != "tool-burst" || !slices.Equal(f.Finding.Group, []string{"bob", "host-1"}) || !slices.Equal(f.Finding.EventIDs, want) {
		t.Errorf("finding %+v, want the events %v", f.Finding, want)
	}
	if f.Finding.EventID != want[2] || f.Process.PID != 4 {
		t.Errorf("the finding shows %s of process %d, want the event that made it so", f.Finding.EventID, f.Process.PID)
	}
}
