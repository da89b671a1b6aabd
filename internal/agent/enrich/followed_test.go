package enrich

import (
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

// An event that a sensor made of an execution is about that execution, also
// when the process has executed something else meanwhile.
func TestFollowedExecution(t *testing.T) {
	en := newTest(t, nil)
	en.Enrich(started(1, 0, "/sbin/init", second))
	shell := started(7, 1, "/bin/sh", 2*second, "-c", "exec curl "+strings.Repeat("x", 2*maxKept))
	en.Enrich(shell)
	en.Enrich(started(7, 1, "/usr/bin/curl", 3*second))
	followed := &event.Event{Kind: event.ScriptRun, Time: 2 * second, Process: shell.Process, User: shell.User}
	en.Enrich(followed)
	if p := followed.Process; p.Executable != "/bin/sh" || p.Parent.Executable != "/sbin/init" || len(p.CommandLine) != maxKept {
		t.Errorf("%+v", p)
	}
	if len(shell.Process.CommandLine) <= maxKept {
		t.Error("the section of the execution was changed")
	}
	file := &event.Event{Kind: event.FileWrite, Time: 4 * second, Process: &event.Process{EntityID: id(7), PID: 7}, File: &event.File{}}
	en.Enrich(file)
	if file.Process.Executable != "/usr/bin/curl" {
		t.Errorf("another event is of %s", file.Process.Executable)
	}
}
