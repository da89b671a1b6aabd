package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/config"
	"github.com/vedette-edr/vedette/internal/agent/control"
	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

// alertLines reads the alert file.
func (r *rig) alertLines() []*event.Event {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.settings.AlertDir(), "alerts.jsonl"))
	if err != nil {
		r.t.Fatal(err)
	}
	var out []*event.Event
	for line := range bytes.Lines(text) {
		e := &event.Event{}
		if err := json.Unmarshal(line, e); err != nil {
			r.t.Fatalf("line %q: %v", line, err)
		}
		out = append(out, e)
	}
	return out
}

// TestEventsWalkIntoTheSpool: everything that is seen is numbered without gaps,
// between agent_start and agent_stop, a finding directly behind its event.
func TestEventsWalkIntoTheSpool(t *testing.T) {
	r := newRig(t)
	r.start()
	for i := range int64(100) {
		r.exec.events <- execution("good", 1000+i)
	}
	r.exec.events <- execution("evil", 2000)
	r.stop()
	all := r.stored()
	if first := all[0]; first.Kind != event.AgentStart || first.Status.Version == "" {
		t.Errorf("first is %s", first.Kind)
	}
	if end := all[len(all)-1]; end.Kind != event.AgentStop {
		t.Errorf("last is %s", end.Kind)
	}
	for i, e := range all {
		if e.Sequence != int64(i+1) || e.Epoch != r.deps.Spool.Epoch() || e.HostName != "host-1" {
			t.Fatalf("event %d has number %d-%d on %q", i, e.Epoch, e.Sequence, e.HostName)
		}
	}
	if n := len(only(all, event.ProcessStart)); n != 101 {
		t.Errorf("%d executions, want 101", n)
	}
	found := only(all, event.FindingRaise)
	if len(found) != 1 {
		t.Fatalf("%d findings", len(found))
	}
	f := found[0]
	before := all[f.Sequence-2]
	if f.Finding.EventID != before.ID() || before.Process.Name != "evil" || f.Finding.EventKind != "process_start" {
		t.Errorf("finding of %s, the event before is %s", f.Finding.EventID, before.ID())
	}
	if f.Process.Ancestors == nil || strings.Join(f.Process.Ancestors.CommandLines, "") != "bash -l" {
		t.Errorf("finding lacks the ancestors' command lines: %+v", f.Process.Ancestors)
	}
	if before.Process.Ancestors != nil {
		t.Errorf("the finding changed its event")
	}
	for _, e := range only(all, event.ProcessStart)[:100] {
		if e.SensorSequence == 0 || e.Provider != "exec" {
			t.Fatalf("event lacks its sensor's number: %d of %s", e.SensorSequence, e.Provider)
		}
	}
}

// TestGT16_AlertFileOfTheHost: the host's own alert file says in structure which
// rule matched which command line.
func TestGT16_AlertFileOfTheHost(t *testing.T) {
	r := newRig(t)
	r.start()
	r.exec.events <- execution("evil", 2000)
	r.wait("alert", func() bool { return len(r.alertLines()) == 1 })
	r.stop()
	a := r.alertLines()[0]
	if a.Finding == nil || a.Finding.RuleID != ruleID || a.Finding.RuleName != "Evil runs" || a.Process.CommandLine != "evil --password=hunter2" {
		t.Errorf("alert %+v", a)
	}
	if strings.Join(a.Finding.MatchedFields, " ") != "process.executable" || strings.Join(a.Finding.MatchedValues, " ") != "/tmp/evil" {
		t.Errorf("matched %v %v", a.Finding.MatchedFields, a.Finding.MatchedValues)
	}
	if a.Sequence == 0 || a.HostName != "host-1" || a.Finding.Techniques[0] != "T1059" {
		t.Errorf("alert %+v %+v", a, a.Finding)
	}
}

func TestAlertsBelowTheLevelStayInTheSpool(t *testing.T) {
	r := newRig(t)
	r.settings.Alerts.MinLevel = "critical"
	r.start()
	r.exec.events <- execution("evil", 2000)
	r.stop()
	if n := len(r.alertLines()); n != 0 {
		t.Errorf("%d alerts", n)
	}
	if n := len(only(r.stored(), event.FindingRaise)); n != 1 {
		t.Errorf("%d findings in the spool", n)
	}
}

// TestRespondsAsThePolicySays: off does nothing, observe says what it would do,
// on acts, after the finding is in the spool.
func TestRespondsAsThePolicySays(t *testing.T) {
	for mode, want := range map[string]string{wire.RespondOff: "", wire.RespondObserve: "would", wire.RespondOn: "done"} {
		t.Run(mode, func(t *testing.T) {
			r := newRig(t)
			r.settings.Policy.Respond = mode
			r.start()
			r.exec.events <- execution("evil", 2000)
			if want != "" {
				r.wait("response", func() bool { return len(r.alertLines()) == 2 })
			}
			r.stop()
			all := r.stored()
			done := only(all, event.ResponseRun)
			if want == "" {
				if len(done) != 0 || len(r.killer.pids) != 0 {
					t.Fatalf("responses %v, killed %v", done, r.killer.pids)
				}
				return
			}
			if len(done) != 1 || done[0].Response.Result != want || done[0].Response.RuleID != ruleID || done[0].Response.PID != 2000 || done[0].Response.Latency <= 0 {
				t.Fatalf("responses %+v", done)
			}
			if f := only(all, event.FindingRaise); f[0].Sequence > done[0].Sequence {
				t.Errorf("finding %d came after its response %d", f[0].Sequence, done[0].Sequence)
			}
			if killed := fmt.Sprint(r.killer.pids); (want == "done") != (killed == "[2000]") {
				t.Errorf("killed %s", killed)
			}
			if (len(r.kernel.urgent.Names) > 0) != (mode != wire.RespondOff) {
				t.Errorf("mode %s: urgent names %v", mode, r.kernel.urgent.Names)
			}
		})
	}
}

// losses sums what the agent_loss events say.
func losses(all []*event.Event) map[string]int64 {
	out := map[string]int64{}
	for _, e := range only(all, event.AgentLoss) {
		s := e.Status
		out[strings.Join([]string{s.LossStage, s.LossSensor, s.LossKind, s.LossState}, " ")] += s.LossCount.N
	}
	return out
}

// TestEachLossIsToldExactly: a known number dropped at each stage is told in
// agent_loss events and in the totals.
func TestEachLossIsToldExactly(t *testing.T) {
	r := newRig(t)
	r.settings.Queue.MaxEvents = 64
	r.enrich.hold = make(chan struct{})
	r.start()
	r.kernel.drop("exec", event.ProcessStart, 17)
	// The pipeline stands still: of 300 reads at most 64 fit, the rest is shed.
	for range 300 {
		r.file.events <- &event.Event{Kind: event.FileOpen, File: &event.File{Path: "/etc/shadow"}}
	}
	huge := &event.Event{Kind: event.FileWrite, File: &event.File{Path: strings.Repeat("x", 2<<20)}}
	close(r.enrich.hold)
	r.wait("queue to empty", func() bool { return r.agent.queue.Stats().Events == 0 })
	r.file.events <- huge
	r.deps.Ledger.Add(ledger.Loss{Stage: ledger.Spool, Sensor: "vital", State: ledger.Lost, Reason: "disk"}, 5, 1, 2)
	r.agent.lostResponses(3, "too many")
	shed := r.agent.queue.Stats().Shed
	r.stop()
	all := r.stored()
	reads := int64(len(only(all, event.FileOpen)))
	want := map[string]int64{
		"kernel exec process_start lost": 17,
		"queue file file_open lost":      300 - reads,
		"pipeline file file_write lost":  1,
		"spool vital  lost":              5,
		"respond respond  lost":          3,
	}
	got := losses(all)
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%s: told %d, want %d", name, got[name], n)
		}
	}
	if shed != 300-reads || reads > 64+512 || reads == 300 {
		t.Errorf("%d reads stored, %d shed", reads, shed)
	}
	for _, total := range r.deps.Ledger.Totals() {
		name := strings.Join([]string{total.Stage, total.Sensor, total.Kind, total.State}, " ")
		if total.State == ledger.Lost && want[name] != total.Count {
			t.Errorf("total of %s is %d, want %d", name, total.Count, want[name])
		}
	}
}

// TestRulesReload: changed rules are taken up while events flow; a bad set is
// refused as a whole and says where.
func TestRulesReload(t *testing.T) {
	r := newRig(t)
	r.start()
	second := strings.NewReplacer("/evil", "/worse", "Evil runs", "Worse runs", "0001\n", "0002\n").Replace(rule)
	r.write("worse.yml", second)
	r.wait("second rule", func() bool { return r.agent.Status().Rules.Loaded == 2 })
	r.write("bad.yml", "title: Bad\nid: 0e11aaaa-0000-4000-8000-000000000003\nlogsource: {product: linux}\nlevel: terrible\ndetection: {a: {Image: x}, condition: a}\n")
	r.wait("refusal", func() bool { return len(r.agent.Status().Rules.Refused) > 0 })
	st := r.agent.Status().Rules
	if st.Loaded != 2 || !strings.Contains(st.Refused[0], filepath.Join(r.settings.RulesDir, "bad.yml")+":4: level") {
		t.Errorf("after a bad rule: %+v", st)
	}
	if err := (control.Client{Dir: r.settings.StateDir}).Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "bad.yml:4") {
		t.Errorf("reload answered %v", err)
	}
	r.exec.events <- execution("worse", 2000)
	r.wait("alert", func() bool { return len(r.alertLines()) == 1 })
	if err := os.Remove(filepath.Join(r.settings.RulesDir, "bad.yml")); err != nil {
		t.Fatal(err)
	}
	r.wait("recovery", func() bool { return len(r.agent.Status().Rules.Refused) == 0 })
}

// TestConfigurationReload: alerts, policy and secrets change without a restart;
// a configuration with a mistake changes nothing.
func TestGM32_HotReload(t *testing.T) {
	r := newRig(t)
	file := filepath.Join(t.TempDir(), "agent.yaml")
	base := fmt.Sprintf("state_dir: %s\nrules_dir: %s\nshipped_rules: false\nalerts:\n  journal: \"\"\n", r.settings.StateDir, r.settings.RulesDir)
	write := func(more string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(base+more), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	load := func() (Settings, error) { return config.Load(config.Sources{File: file}) }
	var err error
	if r.settings, err = load(); err != nil {
		t.Fatal(err)
	}
	asked := make(chan os.Signal, 1)
	r.deps.Reload, r.deps.Asked = load, asked
	r.start()
	asked <- os.Interrupt
	r.wait("reload that was asked for", func() bool { return strings.Count(r.log.String(), "policy is in force") == 2 })
	write("policy:\n  respond: observe\n")
	r.wait("policy", func() bool { return r.agent.Status().Policy.Respond == "observe" })
	secrets := filepath.Join(t.TempDir(), "secrets.yaml")
	if err := os.WriteFile(secrets, []byte("webhook_url: https://127.0.0.1:1/swordfish\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	write("policy:\n  respond: observe\nsecrets_file: " + secrets + "\n")
	r.wait("webhook", func() bool { return r.agent.Status().Alerts.Webhook != nil })
	write("policy:\n  respnd: on\n")
	if err := r.agent.reload(t.Context()); err == nil || !strings.Contains(err.Error(), file+":7") {
		t.Errorf("reload of a bad file: %v", err)
	}
	if got := r.agent.Status().Policy.Respond; got != "observe" {
		t.Errorf("after a bad file the policy says %s", got)
	}
	if strings.Contains(r.log.String(), "swordfish") {
		t.Error("the log shows the secret")
	}
}

// TestCPULimitGivesUpWork: above the limit, hashing and file events go, never
// executions; both are told.
func TestCPULimitGivesUpWork(t *testing.T) {
	r := newRig(t)
	var busy, passed atomic.Int64
	began := time.Now()
	r.deps.CPU = func() time.Duration { return time.Duration(busy.Add(int64(500 * time.Millisecond))) }
	r.deps.Now = func() time.Time { return began.Add(time.Duration(passed.Add(1)) * time.Second) }
	r.start()
	r.wait("everything given up", func() bool { return r.agent.governor.State().Level == 5 })
	st := r.agent.Status().Governor
	if st.Excess < 1 || st.Limit != 5 {
		t.Errorf("governor %+v", st)
	}
	for i := range int64(20) {
		r.file.events <- &event.Event{Kind: event.FileOpen, File: &event.File{Path: "/x"}}
		r.file.events <- &event.Event{Kind: event.FileWrite, File: &event.File{Path: "/x"}}
		r.exec.events <- execution("evil", i)
	}
	r.stop()
	all := r.stored()
	got := losses(all)
	if got["queue file file_open lost"] != 20 || got["queue file file_write lost"] != 20 {
		t.Errorf("losses %v", got)
	}
	if len(only(all, event.ProcessStart)) != 20 || len(only(all, event.FindingRaise)) != 20 {
		t.Errorf("executions or findings were given up")
	}
	unhashed := false
	for _, e := range only(all, event.AgentLoss) {
		s := e.Status
		unhashed = unhashed || s.LossState == ledger.Off && s.LossSensor == "hash" && s.LossReason == "cpu limit" && s.To > s.From
	}
	if !unhashed || !slices.Contains(r.enrich.hashing, false) {
		t.Errorf("hashing switched %v, told %v", r.enrich.hashing, unhashed)
	}
}

// TestAE13_DebugLogsWithoutSecrets: debug says more, and neither secrets nor
// command lines, which may hold passwords.
func TestAE13_DebugLogsWithoutSecrets(t *testing.T) { secretFree(t) }

// TestGT22_NoSecretsInLogs is the grep of the same log; without debug it has
// none of the details.
func TestGT22_NoSecretsInLogs(t *testing.T) {
	secretFree(t)
	r := newRig(t)
	r.deps.Log = slog.New(slog.NewTextHandler(r.log, nil))
	r.start()
	r.exec.events <- execution("evil", 2000)
	r.stop()
	if log := r.log.String(); strings.Contains(log, "DEBUG") || strings.Contains(log, "hunter2") || !strings.Contains(log, ruleID) {
		t.Errorf("the log without debug:\n%s", log)
	}
}

func secretFree(t *testing.T) {
	r := newRig(t)
	r.settings.Secrets = config.Secrets{WebhookURL: "http://127.0.0.1:1/hook/xyzzy", WebhookToken: "swordfish"}
	r.settings.Policy.Respond = wire.RespondObserve
	r.start()
	r.exec.events <- execution("evil", 2000)
	r.exec.fail <- errors.New("broken")
	r.wait("webhook to fail", func() bool { return r.agent.Status().Alerts.Webhook.Error != "" })
	r.wait("response", func() bool { return len(r.alertLines()) == 2 })
	r.wait("restart", func() bool { return strings.Contains(r.log.String(), "sensor ended") })
	status, err := json.Marshal(r.agent.Status())
	if err != nil {
		t.Fatal(err)
	}
	r.stop()
	log := r.log.String()
	for _, secret := range []string{"hunter2", "xyzzy", "swordfish"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log shows %s:\n%s", secret, log)
		}
		if bytes.Contains(status, []byte(secret)) {
			t.Errorf("the status shows %s:\n%s", secret, status)
		}
	}
	for _, want := range []string{ruleID, "sensor sees", "level=DEBUG msg=batch", "level=DEBUG msg=event"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
}

// TestAlertFileGone: an alert that could not be written is counted and is in
// the spool.
func TestAlertFileGone(t *testing.T) {
	r := newRig(t)
	r.start()
	dir := r.settings.AlertDir()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	r.agent.notifier.Close()
	r.exec.events <- execution("evil", 1)
	r.wait("loss", func() bool {
		for _, total := range r.deps.Ledger.Totals() {
			if total.Stage == ledger.Notify && total.Sensor == "alert file" && total.Count == 1 {
				return true
			}
		}
		return false
	})
	r.stop()
	if n := len(only(r.stored(), event.FindingRaise)); n != 1 {
		t.Errorf("%d findings in the spool", n)
	}
}
