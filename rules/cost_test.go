package rules_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/event"
)

// hostile is an execution made to cost as much as possible: as long as a
// command line is matched, with the texts that many rules look for.
func hostile() *event.Event {
	seed := "bash -c curl wget http:// | sh base64 -d /dev/tcp/ nc -e python -c socket pty.spawn exec( b64decode /var/log rm -rf chmod +s find / -perm ssh -R 1 tar czf /etc/shadow grep -r password -- "
	line := strings.Repeat(seed, 64<<10/len(seed))
	return &event.Event{Kind: event.ProcessStart, Process: &event.Process{Name: "bash", Executable: "/usr/bin/bash", CommandLine: line}}
}

// TestAHostileEventIsCheap bounds what one event can cost with the shipped
// rules.
func TestAHostileEventIsCheap(t *testing.T) {
	if raceEnabled {
		t.Skip("SKIPPED: times mean nothing under the race detector")
	}
	set := load(t)
	e := hostile()
	best := time.Hour
	for range 5 {
		begin := time.Now()
		set.Match(e, nil)
		best = min(best, time.Since(begin))
	}
	t.Logf("%v for a command line of %d bytes", best, len(e.Process.CommandLine))
	if best > 200*time.Millisecond {
		t.Errorf("one event costs %v", best)
	}
}

func BenchmarkShippedRules(b *testing.B) {
	set := load(b)
	for name, e := range map[string]*event.Event{
		"make":    {Kind: event.ProcessStart, Process: &event.Process{Name: "cc1", Executable: "/usr/lib/gcc/x86_64-linux-gnu/12/cc1", CommandLine: "/usr/lib/gcc/x86_64-linux-gnu/12/cc1 -quiet -imultiarch x86_64-linux-gnu main.c -quiet -dumpbase main.c -mtune=generic -o /tmp/ccA.s"}},
		"hostile": hostile(),
	} {
		b.Run(name, func(b *testing.B) {
			var ms []detect.Match
			ms = set.Match(e, ms)
			b.ReportAllocs()
			for b.Loop() {
				ms = set.Match(e, ms[:0])
			}
		})
	}
}
