package enrich

import (
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

func acted(kind event.Kind, pid int64, at event.Time, on *event.Target) *event.Event {
	return &event.Event{Kind: kind, Time: at, Process: &event.Process{EntityID: id(pid), PID: pid}, Target: on, Call: &event.Call{}}
}

// The process that another acted on is named, by its id or by its number.
func TestTarget(t *testing.T) {
	en := newTest(t, nil)
	en.Enrich(started(2, 1, "/usr/bin/gdb", 1*second))
	en.Enrich(started(7, 1, "/usr/bin/sleep", 2*second, "100"))
	inside := started(9, 1, "/usr/bin/redis", 3*second)
	inside.Process.NSPID, inside.Process.Namespaces = 7, &event.Namespaces{PID: 4026}
	en.Enrich(inside)
	en.Enrich(acted(event.ProcessSignal, 7, 4*second, &event.Target{PID: 2})) // known to act itself
	for _, c := range []struct {
		name   string
		target event.Target
		want   string
		pid    int64
	}{
		{"by id", event.Target{EntityID: id(7), PID: 7}, "sleep", 7},
		{"by number", event.Target{PID: 7}, "sleep", 7},
		{"by the number in another namespace", event.Target{PID: 7, PIDNamespace: 4026}, "redis", 9},
		{"a number in a namespace that nobody knows", event.Target{PID: 7, PIDNamespace: 5}, "", 7},
		{"a number that nobody has", event.Target{PID: 8}, "", 8},
	} {
		e := acted(event.ProcessAccess, 2, 5*second, &c.target)
		en.Enrich(e)
		if g := e.Target; g.Name != c.want || g.PID != c.pid || (g.EntityID != "") != (c.want != "") {
			t.Errorf("%s: %+v", c.name, g)
		}
		if e.Process.Name != "gdb" {
			t.Errorf("%s: by %+v", c.name, e.Process)
		}
	}
	// A number that was given again is that of the process of the time.
	again := started(7, 1, "/usr/bin/cat", 8*second)
	again.Process.EntityID = "entity-7-again"
	en.Enrich(again)
	late := acted(event.ProcessAccess, 2, 7*second, &event.Target{PID: 7})
	en.Enrich(late)
	if late.Target.EntityID != id(7) {
		t.Errorf("at 7 s the number was that of %s", late.Target.EntityID)
	}
}

// Who acted is known by number alone when the process is gone by now.
func TestActorByNumber(t *testing.T) {
	en := newTest(t, nil)
	en.Enrich(started(7, 1, "/usr/bin/busctl", 2*second))
	e := &event.Event{Kind: event.ServiceControl, Time: 3 * second, Process: &event.Process{PID: 7}}
	en.Enrich(e)
	if e.Process.EntityID != id(7) || e.Process.Name != "busctl" {
		t.Errorf("by %+v", e.Process)
	}
	nobody := &event.Event{Kind: event.ServiceControl, Time: 3 * second, Process: &event.Process{PID: 8}}
	en.Enrich(nobody)
	if nobody.Process.EntityID != "" || nobody.Process.PID != 8 {
		t.Errorf("a number that nobody has: %+v", nobody.Process)
	}
}

// A change of credentials says what they were, and later events what they are.
func TestChangedCredentials(t *testing.T) {
	en := newTest(t, nil)
	begin := started(5, 1, "/usr/bin/sudo", 1*second)
	begin.Process.Capabilities = "000001ffffffffff"
	en.Enrich(begin)
	first := acted(event.CredentialChange, 5, 2*second, nil)
	first.User = &event.User{ID: "0", GroupID: "0", EffectiveID: "0", EffectiveGroupID: "0"}
	first.Process.Capabilities = "000001ffffffffff"
	en.Enrich(first)
	if c := first.Call; c.PreviousUID != "1000" || c.PreviousEffectiveUID != "0" || c.PreviousGID != "1000" || c.PreviousEffectiveGID != "0" {
		t.Errorf("before: %+v", c)
	}
	second := acted(event.CredentialChange, 5, 3*second, nil)
	second.User = &event.User{ID: "33", GroupID: "33", EffectiveID: "33", EffectiveGroupID: "33"}
	second.Process.Capabilities = "0000000000000000"
	en.Enrich(second)
	if c := second.Call; c.PreviousUID != "0" || c.PreviousCapabilities != "000001ffffffffff" {
		t.Errorf("before: %+v", c)
	}
	if second.Process.Capabilities != "0000000000000000" || second.Process.Name != "sudo" {
		t.Errorf("after: %+v", second.Process)
	}
	if first.Process.Capabilities != "000001ffffffffff" {
		t.Error("an event that went out was changed")
	}
}
