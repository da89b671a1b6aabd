package agent

import (
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/rules"
)

// TestOwnActsAreNoFindings: what the agent's own process does is no finding, and
// it is known by its entity: one that only looks like it is found.
func TestOwnActsAreNoFindings(t *testing.T) {
	const name = "stealth_bpf_program_from_temp.yml"
	text, err := rules.Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d := newDetector()
	d.self = "own-entity"
	if err := d.document(1, wire.Rules{Files: []wire.RuleFile{{Path: name, Text: string(text)}}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		entity string
		want   int
	}{{"own-entity", 0}, {"another", 1}, {"", 1}} {
		e := &event.Event{
			Kind: event.BPFLoad, Outcome: "success",
			Process: &event.Process{PID: 7, EntityID: c.entity, Name: "vedette-agent", Executable: "/tmp/build/vedette-agent"},
		}
		if n := len(d.findings(e, nil)); n != c.want {
			t.Errorf("process %q: %d findings, want %d", c.entity, n, c.want)
		}
	}
	if d.own(&event.Event{}) {
		t.Error("an event of no process is the agent's")
	}
	d.self = ""
	if d.own(&event.Event{Process: &event.Process{}}) {
		t.Error("an agent that does not know itself takes others for itself")
	}
}
