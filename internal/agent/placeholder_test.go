package agent

import (
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

// TestPlaceholdersComeWithThePolicy: a rule whose placeholder has no value is
// out of force, and the others are not; a policy with values puts it in force.
func TestPlaceholdersComeWithThePolicy(t *testing.T) {
	r := newRig(t)
	r.write("placeholder.yml", `title: An administrator runs something
id: admins
level: low
logsource: {product: linux, category: process_creation}
detection:
  admins: {User|expand: '%Administrators%'}
  condition: admins
`)
	r.start()
	run := func(user string, pid int64) {
		e := execution("something", pid)
		e.User = &event.User{Name: user}
		r.exec.events <- e
	}
	run("adm_bob", 1)
	r.wait("first event", func() bool { return r.agent.pipe.processed.Load() > 1 && r.agent.queue.Stats().Events == 0 })
	if s := r.agent.detect.Status(); s.Loaded != 1 || len(s.Unset) != 1 || len(s.Refused) != 0 {
		t.Errorf("%d loaded, unset %q, refused %q", s.Loaded, s.Unset, s.Refused)
	}
	p := r.settings.Policy
	p.Placeholders = map[string][]string{"Administrators": {"adm_*"}}
	if err := r.agent.apply(p); err != nil {
		t.Fatal(err)
	}
	if s := r.agent.detect.Status(); s.Loaded != 2 || len(s.Unset) != 0 {
		t.Errorf("with values: %d loaded, unset %q", s.Loaded, s.Unset)
	}
	run("adm_eve", 2)
	run("bob", 3)
	r.stop()
	found := only(r.stored(), event.FindingRaise)
	if len(found) != 1 || found[0].Process.PID != 2 {
		t.Errorf("%d findings", len(found))
	}
	p.Placeholders = map[string][]string{"Administrators": nil}
	if p.Check() == nil {
		t.Error("a placeholder without a value is taken")
	}
}
