package firewall_test

import (
	osexec "os/exec"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/enrich"
	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/firewall"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// TestGM30_RuleSetChange: a changed rule set of the firewall is an event, with
// what came and went and who did it.
func TestGM30_RuleSetChange(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	if _, err := osexec.LookPath("nft"); err != nil {
		t.Skip("SKIPPED: ", err)
	}
	en, err := enrich.New(enrich.Options{HashWorkers: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(en.Close)
	r := sensortest.Pipeline(t, en.Enrich, exec.New(exec.Options{Kernel: k}), firewall.New(firewall.Options{}))
	nft := func(n int, args ...string) *event.Event {
		t.Helper()
		c := osexec.Command("nft", args...)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("nft %v: %v\n%s", args, err, out)
		}
		e := r.Wait(t, strings.Join(args, " "), n, sensortest.Kinds(event.FirewallChange))[n-1]
		if e.Process == nil || e.Process.PID != int64(c.Process.Pid) || e.Process.Name != "nft" || e.Process.EntityID == "" {
			t.Errorf("%v is of process %+v, want %d", args, e.Process, c.Process.Pid)
		}
		return e
	}
	want := func(e *event.Event, name, field, before, after string) {
		t.Helper()
		c := e.Change
		if c.Object != "firewall" || c.Name != name || strings.Join(c.Fields, "|") != field || strings.Join(c.Before, "|") != before || strings.Join(c.After, "|") != after {
			t.Errorf("change %+v", c)
		}
	}
	want(nft(1, "add", "table", "inet", "vedette"), "inet vedette", "table", "", "inet vedette")
	want(nft(2, "add", "chain", "inet", "vedette", "in", "{ type filter hook input priority 0; policy drop; }"),
		"inet vedette", "chain", "", "inet vedette in policy drop")
	want(nft(3, "add", "rule", "inet", "vedette", "in", "tcp", "dport", "22", "accept"),
		"inet vedette", "rule", "", "inet vedette in meta 06 payload 0016 accept")
	want(nft(4, "flush", "chain", "inet", "vedette", "in"),
		"inet vedette", "rule", "inet vedette in meta 06 payload 0016 accept", "")
	want(nft(5, "delete", "table", "inet", "vedette"), "inet vedette", "chain|table", "inet vedette in|inet vedette", "|")
}
