package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// manager is a twin of the connection: it takes what the spool holds.
type manager struct {
	t    *testing.T
	link Link
	sp   *spool.Spool

	mu  sync.Mutex
	got []*event.Event
}

func (m *manager) AgentID() string { return "agent-7" }
func (m *manager) State() string   { return "connected to a twin" }

func (m *manager) Run(ctx context.Context) error {
	for {
		batch := read(m.t, m.sp)
		m.mu.Lock()
		m.got = append(m.got, batch...)
		m.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-m.sp.Ready():
		}
	}
}

func (m *manager) has(k event.Kind) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(only(m.got, k))
}

// enrolled makes the rig's agent find a manager once enrol was called.
func (r *rig) enrolled() (enrol func() *manager) {
	var mu sync.Mutex
	var wanted, given *manager
	r.deps.Connect = func(l Link) (Manager, error) {
		mu.Lock()
		defer mu.Unlock()
		if wanted == nil {
			return nil, nil
		}
		wanted.link, wanted.sp = l, r.deps.Spool
		given = wanted
		return given, nil
	}
	return func() *manager {
		mu.Lock()
		defer mu.Unlock()
		wanted = &manager{t: r.t}
		return wanted
	}
}

// TestWA26_StandaloneThenConnected: without a manager alerts go to the local
// file; an enrolment later uploads all that waited, the finding included, and
// from then on the file is left alone.
func TestWA26_StandaloneThenConnected(t *testing.T) {
	r := newRig(t)
	enrol := r.enrolled()
	r.start()
	for i := range int64(50) {
		r.exec.events <- execution("good", 1000+i)
	}
	r.exec.events <- execution("evil", 2000)
	r.wait("local alert", func() bool { return len(r.alertLines()) == 1 })
	if s := r.agent.Status(); s.Manager != "not enrolled" || s.AgentID != "" {
		t.Errorf("before: manager %q, id %q", s.Manager, s.AgentID)
	}

	m := enrol()
	if err := r.agent.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.wait("backlog", func() bool { return m.has(event.ProcessStart) == 51 && m.has(event.FindingRaise) == 1 })
	if s := r.agent.Status(); s.Manager != "connected to a twin" || s.AgentID != "agent-7" {
		t.Errorf("after: manager %q, id %q", s.Manager, s.AgentID)
	}
	r.exec.events <- execution("evil", 2001)
	r.wait("second finding", func() bool { return m.has(event.FindingRaise) == 2 })
	r.stop()
	if n := len(r.alertLines()); n != 1 {
		t.Errorf("%d lines in the alert file of an agent with a manager, want the one from before", n)
	}
	seen := map[int64]bool{}
	for _, e := range m.got {
		if e.Agent != "" || seen[e.Sequence] {
			t.Errorf("event %d came twice or names an agent: %q", e.Sequence, e.Agent)
		}
		seen[e.Sequence] = true
	}
	for _, f := range only(m.got, event.FindingRaise) {
		if want := fmt.Sprintf("-%d-%d", f.Epoch, f.Sequence-1); f.Finding.EventID != want {
			t.Errorf("finding of event %q, want %q, which is right under any agent id", f.Finding.EventID, want)
		}
	}
}

// TestGM28_HeartbeatSaysHowTheAgentIs: each heartbeat carries the sensors with
// their rungs, the losses, the spool's newest marks and what the agent uses.
func TestGM28_HeartbeatSaysHowTheAgentIs(t *testing.T) {
	r := newRig(t)
	m := r.enrolled()()
	r.start()
	r.file.events <- &event.Event{Kind: event.FileOpen, File: &event.File{Path: "/etc/shadow"}}
	for range 3 {
		r.exec.events <- execution("good", 1)
	}
	r.kernel.drop("exec", event.ProcessStart, 9)
	r.wait("poll", func() bool {
		for _, c := range m.link.Heartbeat().Counters {
			if c.Stage == ledger.Kernel && c.Name == "lost/exec/process_start" && c.Value == 9 {
				return true
			}
		}
		return false
	})
	r.wait("marks", func() bool { return len(m.link.Heartbeat().Spooled) == 2 })
	h := m.link.Heartbeat()
	for _, name := range []string{"rules", "findings", "values_cut", "events_over_budget"} {
		if !slices.ContainsFunc(h.Counters, func(c *wirepb.Counter) bool { return c.Stage == "detect" && c.Name == name }) {
			t.Errorf("no counter %s of detect", name)
		}
	}
	if h.Time == 0 || h.Epoch != r.deps.Spool.Epoch() || h.ResidentSize == 0 {
		t.Errorf("heartbeat %v", h)
	}
	if len(h.Sensors) != 2 || h.Sensors[0].Name != "exec" || h.Sensors[0].Rung != "twin" || h.Sensors[0].Events != 4 || h.Sensors[0].Lost != 9 || h.Sensors[0].Since == 0 {
		t.Errorf("sensors %v", h.Sensors)
	}
	r.exec.fail <- errors.New("gone") // it is started again; its reason is told meanwhile
	r.stop()
}

// TestDocumentsOfTheManager: policy and rules of the manager win over those of
// the configuration, also at a reload; a bad one changes nothing.
func TestDocumentsOfTheManager(t *testing.T) {
	r := newRig(t)
	m := r.enrolled()()
	r.start()
	p := wire.DefaultPolicy()
	p.Respond = wire.RespondOn
	p.Hash = wire.HashPolicy{MaxSize: 12345, Files: wire.HashExecutable}
	if err := m.link.Policy(3, p); err != nil {
		t.Fatal(err)
	}
	worse := strings.NewReplacer("/evil", "/worse", "0001\n", "0002\n").Replace(rule)
	if err := m.link.Rules(4, wire.Rules{Files: []wire.RuleFile{{Path: "worse.yml", Text: worse}}}); err != nil {
		t.Fatal(err)
	}
	if err := r.agent.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		s := r.agent.Status()
		if s.Policy.Source != "manager" || s.Policy.Version != 3 || s.Policy.Respond != "on" || s.Policy.Hash != PolicyHash(p) {
			t.Errorf("policy %+v", s.Policy)
		}
		if s.Rules.Source != "manager" || s.Rules.Version != 4 || s.Rules.Loaded != 1 {
			t.Errorf("rules %+v", s.Rules)
		}
	}
	check()
	p.Respond = "perhaps"
	if err := m.link.Policy(5, p); err == nil {
		t.Error("a bad policy was taken")
	}
	p.Respond = wire.RespondOn
	if err := m.link.Rules(6, wire.Rules{Files: []wire.RuleFile{{Path: "x.yml", Text: "title: ["}}}); err == nil || !strings.Contains(err.Error(), "x.yml:1") {
		t.Errorf("bad rules: %v", err)
	}
	check()
	if all := r.enrich.all; r.enrich.maxSize != 12345 || !all[0] || all[len(all)-1] {
		t.Errorf("hash limit %d, all files %v", r.enrich.maxSize, all)
	}
	r.exec.events <- execution("evil", 2000)
	r.exec.events <- execution("worse", 2001)
	r.wait("kill", func() bool { return m.has(event.ResponseRun) == 1 })
	r.stop()
	if fmt.Sprint(r.killer.pids) != "[2001]" {
		t.Errorf("killed %v", r.killer.pids)
	}
}

// TestTask: a person's task acts whatever the policy says, and its outcome goes
// back and into the spool.
func TestTask(t *testing.T) {
	r := newRig(t)
	m := r.enrolled()()
	r.start()
	told := make(chan string, 2)
	m.link.Task(wire.Task{ID: "t1", Action: "kill", PID: 4711, EntityID: "e", By: "anna"}, func(result, reason string) { told <- result + reason })
	if got := <-told; got != "done" {
		t.Errorf("result %q", got)
	}
	m.link.Task(wire.Task{ID: "t2", Action: "reboot", PID: 4711, EntityID: "e", By: "anna"}, func(result, reason string) { told <- result + ": " + reason })
	if got := <-told; got != `refused: there is no action "reboot"` {
		t.Errorf("result %q", got)
	}
	r.wait("responses", func() bool { return m.has(event.ResponseRun) == 2 })
	r.stop()
	if fmt.Sprint(r.killer.pids) != "[4711]" {
		t.Errorf("killed %v", r.killer.pids)
	}
	for _, e := range only(m.got, event.ResponseRun) {
		if e.Response.TaskID != "t1" && e.Response.TaskID != "t2" || e.Response.PID != 4711 {
			t.Errorf("response %+v", e.Response)
		}
	}
}

// TestUrgentFileByHash: a file whose hash a rule with actions names is urgent
// for the kernel once the hash is known.
func TestUrgentFileByHash(t *testing.T) {
	const sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	r := newRig(t)
	r.write("evil.yml", strings.Replace(rule, "Image|endswith: /evil", "process.hash.sha256: "+sum, 1))
	r.settings.Policy.Respond = wire.RespondOn
	r.start()
	if !bytes.Contains([]byte(fmt.Sprint(r.kernel.urgent.Hashes)), []byte(sum)) {
		t.Fatalf("urgent %+v", r.kernel.urgent)
	}
	e := execution("good", 1)
	e.File = &event.File{Inode: 77, Device: 3, Hash: &event.Hash{SHA256: sum}}
	e.Process.Hash = e.File.Hash
	r.exec.events <- e
	r.wait("file", func() bool { r.kernel.mu.Lock(); defer r.kernel.mu.Unlock(); return len(r.kernel.files) == 1 })
	if r.kernel.files[0] != (FileKey{77, 3}) {
		t.Errorf("urgent files %v", r.kernel.files)
	}
	r.wait("kill", func() bool { r.killer.mu.Lock(); defer r.killer.mu.Unlock(); return len(r.killer.pids) == 1 })
}
