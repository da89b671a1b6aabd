package agent

import (
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

// TestRepeatedScripts: the text of a script that was told before is not stored
// again, and the rules find it all the same; the finding has it.
func TestRepeatedScripts(t *testing.T) {
	r := newRig(t)
	r.write("script.yml", `title: A script does something
id: script-content
level: low
logsource: {product: linux, category: script_execution}
detection:
  bad: {script.content|contains: 'do something bad'}
  condition: bad
`)
	r.start()
	const text = "#!/bin/sh\ndo something bad\n"
	for i, s := range []*event.Script{{Content: text, SHA256: "x"}, {Repeated: text, SHA256: "x"}, {Repeated: "harmless", SHA256: "y"}} {
		e := execution("sh", int64(i+1))
		e.Kind, e.Script = event.ScriptRun, s
		r.exec.events <- e
	}
	r.wait("all events", func() bool { return r.agent.pipe.processed.Load() > 3 && r.agent.queue.Stats().Events == 0 })
	r.stop()
	var stored []string
	for _, e := range only(r.stored(), event.ScriptRun) {
		stored = append(stored, e.Script.Content)
	}
	if strings.Join(stored, "|") != text+"||" {
		t.Errorf("stored %q", stored)
	}
	found := only(r.stored(), event.FindingRaise)
	if len(found) != 2 || found[1].Script.Content != text || found[1].Process.PID != 2 {
		t.Errorf("%d findings, want two with the text", len(found))
	}
}

// typist is a sensor that can tell what people type.
type typist struct {
	*source
	on []bool
}

func (s *typist) SetInteractive(on bool) { s.on = append(s.on, on) }

// TestPolicyInteractiveShells: lines that are typed are told only when the
// policy wants it.
func TestPolicyInteractiveShells(t *testing.T) {
	r := newRig(t)
	shell := &typist{source: newSource("shell")}
	r.deps.Sensors = append(r.deps.Sensors, shell)
	r.start()
	p := r.settings.Policy
	p.InteractiveShells = true
	if err := r.agent.apply(p); err != nil {
		t.Fatal(err)
	}
	if len(shell.on) != 2 || shell.on[0] || !shell.on[1] {
		t.Errorf("the sensor was told %v, want off and then on", shell.on)
	}
}
