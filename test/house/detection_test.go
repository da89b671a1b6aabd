package house

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
)

// detection is a house in which rules and indicators change.
type detection struct {
	t      *testing.T
	ctx    context.Context
	client *api.Client
	exec   memory
	pid    int64
}

// within is the time in which a change must be in force on the agents; the race
// detector, which makes everything many times slower, gets more.
var within = slower(5 * time.Second)

// run executes a command and returns whether a finding of the rule came of it.
func (d *detection) run(command, rule string) bool {
	d.t.Helper()
	d.pid++
	d.exec.events <- &event.Event{
		Kind: event.ProcessStart, Time: event.At(time.Now()), Provider: "exec", Rung: "memory", Outcome: "success",
		Process: &event.Process{EntityID: event.EntityID("house", d.pid, 1), PID: d.pid, Name: "tool", Executable: "/usr/bin/tool", CommandLine: command, Args: []string{command}},
	}
	query := fmt.Sprintf("process.pid = %d", d.pid)
	for end := time.Now().Add(10 * time.Second); ; {
		var l api.EventList
		get(d.ctx, d.t, d.client, "/events/search", api.EventQuery{EventSelect: api.EventSelect{Query: query}}, &l)
		seen := false
		for _, e := range l.Events {
			if e.Finding != nil && e.Finding.RuleID == rule {
				return true
			}
			seen = seen || e.Kind == event.ProcessStart
		}
		if seen { // its findings come with it: the agent ships them first
			return false
		}
		if time.Now().After(end) {
			d.t.Fatalf("%s is not stored after 10 s", command)
		}
		<-time.After(5 * time.Millisecond) // then the store is asked again
	}
}

// becomes waits until a command is found, or is not any more.
func (d *detection) becomes(found bool, command, rule string) {
	d.t.Helper()
	for begin := time.Now(); d.run(command, rule) != found; {
		if time.Since(begin) > within {
			d.t.Fatalf("%s: found is not %v %s after the change", command, found, within)
		}
	}
}

func (d *detection) send(method, path string, body, into any) error {
	return d.client.Do(d.ctx, method, path, nil, body, into)
}

// inHouse runs what a test does in a house with one agent.
func inHouse(t *testing.T, do func(d *detection)) {
	t.Helper()
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m := openManager(ctx, t, newConfig(t), time.Now)
	running := make(chan error, 2)
	managing, stopManager := context.WithCancel(context.WithoutCancel(ctx))
	defer stopManager()
	go func() { running <- errors.Join(m.Run(managing), m.Close()) }()
	exec := memory{make(chan *event.Event)}
	agentCtx, stopAgent := context.WithCancel(ctx)
	defer stopAgent()
	settings, deps, closeDeps := assemble(ctx, t, m, exec, time.Now)
	go func() { running <- errors.Join(agent.Run(agentCtx, settings, deps), closeDeps()) }()
	client := newClient(ctx, t, m)
	defer client.Close()
	do(&detection{t: t, ctx: ctx, client: client, exec: exec, pid: 5000})
	stopAgent()
	if err := <-running; err != nil {
		t.Errorf("agent: %v", err)
	}
	stopManager()
	if err := <-running; err != nil {
		t.Errorf("manager: %v", err)
	}
}

// TestWM11_AddedIndicatorsAreFound adds ten thousand indicators: the agent finds
// one of them within five seconds, and not any more within five seconds after
// they were removed. A wrong value is rejected with its field.
func TestWM11_AddedIndicatorsAreFound(t *testing.T) {
	inHouse(t, func(d *detection) {
		const command = "curl http://www.bad9999.example.org/x"
		var change api.IOCChange
		for n := range 10_000 {
			change.Add = append(change.Add, api.IOC{Type: "domain", Value: fmt.Sprintf("bad%d.example.org", n), Source: "feed"})
		}
		var l api.IOCList
		get(d.ctx, t, d.client, "/iocs", nil, &l)
		if err := d.send(http.MethodPost, "/iocs", change, nil); err != nil {
			t.Fatal(err)
		}
		get(d.ctx, t, d.client, "/iocs", api.IOCQuery{Value: "bad9999.example.org"}, &l)
		if len(l.IOCs) != 1 || l.Total != 10_000 {
			t.Fatalf("%d of %d", len(l.IOCs), l.Total)
		}
		rule := l.IOCs[0].ID
		d.becomes(true, command, rule)
		if d.run("curl http://good.example.org/x", rule) {
			t.Error("another domain is found")
		}
		var refused *api.Problem
		err := d.send(http.MethodPost, "/iocs", api.IOCChange{Add: []api.IOC{{Type: "md5", Value: "notahash"}}}, nil)
		if !errors.As(err, &refused) || refused.Status != http.StatusUnprocessableEntity || len(refused.Errors) != 1 || refused.Errors[0].Location != "body.add[0].value" {
			t.Errorf("a wrong value: %v", err)
		}
		if err := d.send(http.MethodPost, "/iocs/remove", api.IOCRemoval{Source: "feed"}, nil); err != nil {
			t.Fatal(err)
		}
		d.becomes(false, command, rule)
	})
}

// TestWA20_ChangedRulesAreActive changes the manager's rules: the agent uses the
// new set within five seconds; a bad set leaves the one before in force.
func TestWA20_ChangedRulesAreActive(t *testing.T) {
	const id = "33333333-3333-3333-3333-333333333333"
	text := func(word string) string {
		return "title: A word\nid: " + id + "\nlogsource: {category: process_creation, product: linux}\ndetection:\n  selection:\n    CommandLine|contains: " + word + "\n  condition: selection\nlevel: high\n"
	}
	inHouse(t, func(d *detection) {
		change := func(word string) error {
			return d.send(http.MethodPost, "/rules/changes", api.RuleChange{Set: []api.RuleFile{{Path: "word.yml", Text: text(word)}}}, nil)
		}
		if err := change("kingfisher"); err != nil {
			t.Fatal(err)
		}
		d.becomes(true, "tool kingfisher", id)
		if err := change("[broken"); err == nil {
			t.Error("a bad rule is taken")
		}
		if !d.run("tool kingfisher", id) {
			t.Error("the set before is not in force after a bad one")
		}
		if err := change("nightjar"); err != nil {
			t.Fatal(err)
		}
		d.becomes(true, "tool nightjar", id)
		if d.run("tool kingfisher", id) {
			t.Error("the rule before is still in force")
		}
		var vs api.RuleVersions
		get(d.ctx, t, d.client, "/rules/versions", nil, &vs)
		if len(vs.Versions) != 3 {
			t.Fatalf("%+v", vs)
		}
		if err := d.send(http.MethodPost, fmt.Sprintf("/rules/versions/%d/rollback", vs.Versions[1].Version), api.RuleRollback{}, nil); err != nil {
			t.Fatal(err)
		}
		d.becomes(true, "tool kingfisher", id)
	})
}
