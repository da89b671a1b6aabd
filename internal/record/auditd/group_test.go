package auditd_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/record/auditd"
)

// closed gives lines to g and returns the events that they end.
func closed(t testing.TB, g *auditd.Groups, text string) []*auditd.Event {
	t.Helper()
	var out []*auditd.Event
	n := 0
	for line := range strings.Lines(text) {
		l, err := auditd.Parse(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		g.Take(&l, n, func(e *auditd.Event) { out = append(out, e) })
		n++
	}
	return out
}

// TestFM3_MixedAndLongEvents: the lines of events that ran at once stand mixed,
// and long arguments over several lines.
func TestFM3_MixedAndLongEvents(t *testing.T) {
	text := `type=SYSCALL msg=audit(1.5:10): arch=c000003e syscall=59 success=yes pid=1
type=SYSCALL msg=audit(1.5:11): arch=c000003e syscall=42 success=yes pid=2
type=EXECVE msg=audit(1.5:10): argc=3 a0="a" a1_len=9 a1[0]="abc"
type=SOCKADDR msg=audit(1.5:11): saddr=0200003501020304
type=EXECVE msg=audit(1.5:10): a1[1]="def"
type=EXECVE msg=audit(1.5:10): a1[2]="ghi" a2="z"
type=PROCTITLE msg=audit(1.5:11): proctitle="x"
type=CWD msg=audit(1.5:10): cwd="/w"
type=PATH msg=audit(1.5:10): item=0 name="/bin/a" nametype=NORMAL
type=PATH msg=audit(1.5:10): item=1 name="/lib/ld.so" nametype=NORMAL
type=EOE msg=audit(1.5:10):
type=EOE msg=audit(1.5:11):
`
	got := closed(t, auditd.NewGroups(), text)
	if len(got) != 2 {
		t.Fatalf("%d events", len(got))
	}
	if e := got[0]; e.Call() != "connect" || e.Serial != "11" || e.Title != "x" {
		t.Errorf("%+v", e)
	}
	if to, ok := got[0].Peer(); !ok || to.String() != "1.2.3.4:53" {
		t.Errorf("peer %v %v", to, ok)
	}
	if e := got[1]; strings.Join(e.Args, "|") != "a|abcdefghi|z" || e.Directory != "/w" || len(e.Paths) != 2 || e.First != 0 || e.Call() != "execve" {
		t.Errorf("%+v", e)
	}
}

// TestFM3_NotHeldUntilTheNext: an event whose end is not logged is closed after
// a while, whatever comes or does not come behind it.
func TestFM3_NotHeldUntilTheNext(t *testing.T) {
	g := auditd.NewGroups()
	at := time.Unix(100, 0)
	g.Now(at)
	if got := closed(t, g, exec[:strings.Index(exec, "type=PROCTITLE")]); len(got) != 0 || g.Waiting() != 1 {
		t.Fatalf("%d events closed, %d wait", len(got), g.Waiting())
	}
	var got []*auditd.Event
	take := func(e *auditd.Event) { got = append(got, e) }
	g.Expire(at, take)
	if len(got) != 0 {
		t.Fatal("closed at once")
	}
	g.Expire(at.Add(time.Millisecond), take)
	if len(got) != 1 || len(got[0].Args) != 3 || g.Waiting() != 0 {
		t.Fatalf("%d events closed", len(got))
	}
}

// What is open is bounded, and so is one event.
func TestGroupsAreBounded(t *testing.T) {
	g := auditd.NewGroups()
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "type=SYSCALL msg=audit(1.5:%d): syscall=59\n", i)
	}
	if n := len(closed(t, g, b.String())); n+g.Waiting() != 1000 || g.Waiting() > 256 {
		t.Errorf("%d closed, %d wait", n, g.Waiting())
	}
	b.Reset()
	for range 2000 {
		fmt.Fprintf(&b, "type=PATH msg=audit(1.5:1): name=%q\n", strings.Repeat("x", 1000))
	}
	got := closed(t, auditd.NewGroups(), b.String()+"type=EOE msg=audit(1.5:1):\n")
	if len(got) != 1 || len(got[0].Paths) > 300 {
		t.Errorf("%d events, %d paths", len(got), len(got[0].Paths))
	}
}

// FuzzGroups: whatever lines come, each event is closed once.
func FuzzGroups(f *testing.F) {
	f.Add(exec)
	f.Add("type=EXECVE msg=audit(1.5:1): a0[1]=\"x\" a99999999999=1\ntype=EOE msg=audit(1.5:1):\n")
	f.Fuzz(func(t *testing.T, text string) {
		g := auditd.NewGroups()
		seen := map[*auditd.Event]bool{}
		take := func(e *auditd.Event) {
			if seen[e] {
				t.Fatal("closed twice")
			}
			seen[e] = true
			e.Peer()
			e.Call()
		}
		for line := range strings.Lines(text) {
			if l, err := auditd.Parse(line); err == nil {
				g.Take(&l, 0, take)
			}
		}
		g.Flush(take)
		if g.Waiting() != 0 {
			t.Fatal("some are left")
		}
	})
}
