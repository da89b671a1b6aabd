package library

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

const mapsText = `00400000-00452000 r-xp 00000000 08:02 173521                             /usr/bin/dbus-daemon
7f0000000000-7f0000001000 r--p 00000000 08:02 99                         /usr/lib/libc.so.6
7f0000001000-7f0000002000 r-xp 00001000 08:02 99                         /usr/lib/libc.so.6
7f0000003000-7f0000004000 r-xp 00001000 08:02 99                         /usr/lib/libc.so.6
7f0000005000-7f0000006000 rwxp 00000000 00:00 0
7f0000007000-7f0000008000 rwxp 00000000 00:01 7                          /tmp/a b\012c (deleted)
7ffff7fc1000-7ffff7fc3000 r-xp 00000000 00:00 0                          [vdso]
nonsense
7f0000009000 r-xp 00000000 08:02 98 /usr/lib/x.so
`

func TestParseMaps(t *testing.T) {
	var got []string
	for _, m := range parseMaps([]byte(mapsText)) {
		got = append(got, m.span+" "+m.protection+" "+m.path)
	}
	want := []string{
		"400000-452000 PROT_READ|PROT_EXEC /usr/bin/dbus-daemon", "7f0000001000-7f0000002000 PROT_READ|PROT_EXEC /usr/lib/libc.so.6",
		`7f0000007000-7f0000008000 PROT_READ|PROT_WRITE|PROT_EXEC /tmp/a b\012c (deleted)`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// rig is a looker at the real /proc and a process that loads libraries.
type rig struct {
	l     *looker
	told  []*event.Event
	clock event.Time
}

func newRig(t *testing.T) *rig {
	t.Helper()
	fs, err := procfs.Open("")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{clock: event.Time(time.Hour)}
	r.l = newLooker(fs, func() event.Time { return r.clock }, func(e *event.Event) { r.told = append(r.told, e) })
	return r
}

// codeOfLibc is a line of maps: the first mapping of a library is not yet that
// of its code. immutable
var codeOfLibc = regexp.MustCompile(`r-xp .*/libc`)

// sleeper starts a program that lives, and returns its start as the sensor exec
// tells it.
func sleeper(t *testing.T) *event.Event {
	t.Helper()
	c := exec.Command("sleep", "60")
	ready, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait(); ready.Close() })
	fs, err := procfs.Open("")
	if err != nil {
		t.Fatal(err)
	}
	program, err := filepath.EvalSymlinks(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	for range 500 { // until it is executed and its libraries are mapped
		exe, _ := os.Readlink(fs.Path(int64(c.Process.Pid), "exe"))
		if text, err := readMaps(fs.Path(int64(c.Process.Pid), "maps")); err == nil && exe == program && codeOfLibc.Match(text) {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	e, err := fs.Read(int64(c.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	e.Kind = event.ProcessStart
	return e
}

// The libraries of a process are told with what they are, those of the system
// once for a program and then together, with their number.
func TestMapsOfProcess(t *testing.T) {
	r := newRig(t)
	one := sleeper(t)
	r.l.started(one, time.Unix(100, 0))
	var libc *event.Event
	for _, e := range r.told {
		if strings.Contains(e.File.Path, "/libc") {
			libc = e
		}
		if e.File.Path == one.Process.Executable || isLoader(e.File.Path) {
			t.Errorf("%s is told", e.File.Path)
		}
	}
	if libc == nil {
		t.Skip("SKIPPED: sleep of this host is linked statically")
	}
	f := libc.File
	if libc.Process.PID != one.Process.PID || libc.Process.EntityID != one.Process.EntityID || libc.Rung != "maps" || f.Inode == 0 || f.Size.N == 0 || !strings.Contains(libc.Call.Flags, "PROT_EXEC") {
		t.Errorf("%+v of %+v", f, libc.Process)
	}
	before := len(r.told)
	r.l.again(time.Unix(100, 0)) // not yet
	r.l.again(time.Unix(102, 0))
	if len(r.told) != before || len(r.l.waiting) != 0 {
		t.Errorf("%d events and %d waiting after the second look", len(r.told)-before, len(r.l.waiting))
	}
	for range 3 {
		r.clock += event.Time(time.Second)
		r.l.started(sleeper(t), time.Unix(100, 0))
	}
	if len(r.told) != before {
		t.Errorf("%d events of the same program and library", len(r.told)-before)
	}
	r.clock += event.Time(2 * told)
	r.l.flush(event.Time(told))
	counted := 0
	for _, e := range r.told[before:] {
		if e.File.Path == f.Path {
			counted++
			if c := e.Call; c.Count != 3 || c.Last-c.First != event.Time(2*time.Second) {
				t.Errorf("%+v", c)
			}
		}
	}
	if counted != 1 {
		t.Errorf("%d events of what was counted", counted)
	}
}

// A process that is gone, or whose number another one has, tells nothing.
func TestMapsOfAnother(t *testing.T) {
	r := newRig(t)
	e := sleeper(t)
	other := *e
	p := *e.Process
	p.EntityID = "another"
	other.Process = &p
	r.l.started(&other, time.Unix(100, 0))
	p.PID = 1 << 30
	r.l.started(&other, time.Unix(100, 0))
	if len(r.told) != 0 || len(r.l.waiting) != 0 {
		t.Errorf("%d events, %d wait", len(r.told), len(r.l.waiting))
	}
}

// The sensor comes down to the rung and is given executions only while it is on
// it.
func TestMapsRung(t *testing.T) {
	s := New(Options{Reason: sensor.ErrNotSupported})
	e := sleeper(t)
	s.Follow(e)
	if len(s.started.Events()) != 0 {
		t.Error("an execution is kept though nobody looks")
	}
	got, took := make(chan *event.Event, 100), make(chan *event.Status, 1)
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	go func() {
		ended <- s.Run(ctx, func(e *event.Event) {
			if e.Kind == event.AgentSensor {
				took <- e.Status
				return
			}
			got <- e
		})
	}()
	if st := <-took; st.Rung != "maps" || st.LossState != sensor.SeesLess {
		t.Fatalf("%+v", st)
	}
	s.Follow(e)
	select {
	case l := <-got:
		if l.Kind != event.LibraryLoad || l.Process.PID != e.Process.PID || s.Missed() != 0 {
			t.Errorf("%+v", l)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was told")
	}
}

func FuzzMaps(f *testing.F) {
	f.Add([]byte(mapsText))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, m := range parseMaps(text) {
			if m.span == "" || m.path[0] != '/' || !strings.Contains(m.protection, "PROT_EXEC") {
				t.Errorf("%+v", m)
			}
		}
	})
}
