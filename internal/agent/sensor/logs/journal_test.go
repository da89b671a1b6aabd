package logs

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/auditlog"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// collect returns an outlet and the events that it gave.
func collect() (*outlet, *sensortest.Recorder) {
	r := &sensortest.Recorder{}
	return &outlet{book: newBook(""), emit: r.Emit, now: nowFor}, r
}

// TestRecordedJournal reads what journalctl gave of a real journal, however the
// pipe cuts it.
func TestRecordedJournal(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "journal.export"))
	if err != nil {
		t.Fatal(err)
	}
	actors, err := auditlog.NewActors("", "")
	if err != nil {
		t.Fatal(err)
	}
	out, r := collect()
	j := newJournal(Source{Journal: true}, "")
	if err := j.read(iotest.HalfReader(bytes.NewReader(text)), actors, out); err != nil {
		t.Fatal(err)
	}
	got := r.All(records)
	if n := strings.Count(string(text), "__CURSOR="); len(got) != n {
		t.Fatalf("%d events of %d entries", len(got), n)
	}
	login := got[slices.IndexFunc(got, func(e *event.Event) bool { return e.Log.Provider == "sshd" })]
	if login.Log.Message != "Failed password for root from 192.0.2.7" || login.Log.Source != "journal" || login.Log.Channel != "Linux-Syslog" ||
		login.Log.Data("severity").Text() != "notice" || login.Log.Data("hostname").Text() != "vedette-sandbox" || login.Time != 1795276528833570000 {
		t.Errorf("%v %+v", login.Time, login.Log)
	}
	native := got[len(got)-1]
	if native.Log.Message != "two\nlines ü" || native.Log.Data("_EXE").Text() != "/usr/bin/python3.11" || native.Log.Data("UNIT").Text() != "x.service" || native.Log.Data("pid").Text() == "" {
		t.Errorf("%+v", native.Log)
	}
	if c := out.book.cursor(""); !strings.Contains(c, ";i=6;") {
		t.Errorf("cursor %q", c)
	}
}

// An entry that is too large is left out and told, and the next run goes on
// behind it.
func TestLargeEntry(t *testing.T) {
	out, r := collect()
	j := newJournal(Source{Journal: true}, "")
	text := "__CURSOR=s=1;i=9\nMESSAGE=" + strings.Repeat("x", 5<<20)
	if err := j.read(strings.NewReader(text), nil, out); err == nil {
		t.Fatal("no error")
	}
	lost := r.All(sensortest.Kinds(event.AgentLoss))
	if out.book.cursor("") != "s=1;i=9" || len(lost) != 1 || lost[0].Status.LossCount.N != 1 {
		t.Errorf("cursor %q, %d losses", out.book.cursor(""), len(lost))
	}
}

func TestArguments(t *testing.T) {
	for want, j := range map[string]*journal{
		"--lines=0":                        newJournal(Source{Journal: true}, ""),
		"--no-tail":                        newJournal(Source{Journal: true, Start: true}, ""),
		"--lines=0 --directory=/srv/j":     newJournal(Source{Journal: true, Path: "/srv/j"}, ""),
		"--no-tail --after-cursor=s=1;i=2": newJournal(Source{Journal: true}, ""),
	} {
		_, cursor, _ := strings.Cut(want, "--after-cursor=")
		if got := strings.Join(j.arguments(cursor)[5:], " "); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

func FuzzJournal(f *testing.F) {
	if text, err := os.ReadFile(filepath.Join("testdata", "journal.export")); err == nil {
		f.Add(text)
	}
	f.Add([]byte("__CURSOR=x\nMESSAGE\n\x05\x00\x00\x00\x00\x00\x00\x00a\n\nbc\n_PID=1\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		actors, err := auditlog.NewActors("", "")
		if err != nil {
			t.Fatal(err)
		}
		out, r := collect()
		_ = newJournal(Source{Journal: true}, "").read(bytes.NewReader(text), actors, out)
		for _, e := range r.All(records) {
			if len(e.Log.Names) != len(e.Log.Values) {
				t.Fatal("names and values are not parallel")
			}
		}
	})
}

func FuzzLine(f *testing.F) {
	f.Add("type=SYSCALL msg=audit(1.5:1): pid=1 ppid=2 syscall=59")
	f.Add("<11>Nov 21 10:00:00 h sudo[5]: no")
	f.Add(`{"a":{"b":[1,"x"]},"message":"m"}`)
	f.Fuzz(func(t *testing.T, line string) {
		for _, format := range []string{"auditd", "syslog", "json"} {
			e := parserFor(t, format)(line)
			if e.Log == nil || len(e.Log.Names) != len(e.Log.Values) {
				t.Fatalf("%s: %+v", format, e)
			}
		}
	})
}

// TestRealJournal reads a journal through journalctl as it grows, and goes on
// behind the last entry after a restart.
func TestRealJournal(t *testing.T) {
	if os.Getenv("VEDETTE_SANDBOX") != "1" {
		t.Skip("SKIPPED: starts a journal of its own, which is done only in the sandbox: make sandbox CMD='go test ...'")
	}
	write := journald(t)
	o := Options{Sources: []Source{{Journal: true}}, State: t.TempDir()}
	write("before the first start")
	stored := time.Now().Add(20 * time.Second)
	for out := []byte(nil); !strings.Contains(string(out), "before the first start"); { // journald takes its time
		if out, _ = exec.Command("journalctl", "-o", "cat", "--no-pager").Output(); time.Now().After(stored) {
			t.Fatalf("the journal has only %q", out)
		}
	}
	var got []string
	for i := range 3 {
		r := start(t, New(o))
		r.Wait(t, "journalctl reads", 1, func(e *event.Event) bool {
			write(fmt.Sprintf("ready %d", i))
			return e.Kind == event.AgentSensor
		})
		deadline := time.After(20 * time.Second)
		for n := 0; len(r.All(func(e *event.Event) bool {
			return records(e) && strings.HasPrefix(e.Log.Message, "running "+fmt.Sprint(i))
		})) == 0; n++ {
			write(fmt.Sprintf("running %d %d", i, n)) // the first start begins when journalctl is up
			select {
			case <-time.After(50 * time.Millisecond):
			case <-deadline:
				t.Fatal("no entry came")
			}
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		for _, e := range r.All(records) {
			got = append(got, e.Log.Message)
			if e.Log.Provider == "vedette-test" && (e.Process == nil || e.Process.PID != int64(os.Getpid()) || e.Process.EntityID == "") {
				t.Errorf("%s: process %+v", e.Log.Message, e.Process)
			}
		}
		write(fmt.Sprintf("off %d", i))
	}
	counts := map[string]int{}
	for _, m := range got {
		counts[m]++
	}
	for _, m := range []string{"off 0", "off 1"} {
		if counts[m] != 1 {
			t.Errorf("%q came %d times", m, counts[m])
		}
	}
	for m, n := range counts {
		if n != 1 || m == "before the first start" {
			t.Errorf("%q came %d times", m, n)
		}
	}
}
