package logs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func appendTo(t testing.TB, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// running is a sensor that a test stops itself.
type running struct {
	sensortest.Recorder
	stop func() error
}

func start(t *testing.T, s *Sensor) *running {
	t.Helper()
	r := &running{}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var err error
	wg.Go(func() { err = s.Run(ctx, r.Emit) })
	r.stop = func() error { cancel(); wg.Wait(); return err }
	t.Cleanup(func() { _ = r.stop() })
	r.Wait(t, "the sensor takes a rung", 1, func(e *event.Event) bool { return e.Kind == event.AgentSensor })
	return r
}

func records(e *event.Event) bool { return e.Kind == event.LogRecord }

func messages(events []*event.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.Log.Message)
	}
	return out
}

// Records come as their log has them, with the process that the audit log
// names.
func TestRecords(t *testing.T) {
	dir := t.TempDir()
	audit, auth, app := filepath.Join(dir, "audit.log"), filepath.Join(dir, "auth.log"), filepath.Join(dir, "app.json")
	appendTo(t, audit, "type=OLD msg=audit(1.5:1): pid=1\n")
	s := New(Options{Sources: []Source{{Path: audit, Format: "auditd"}, {Path: auth, Format: "syslog"}, {Path: app, Format: "json"}}})
	r := start(t, s)
	now := time.Now()
	stamp := fmt.Sprintf("%d.%03d", now.Unix(), now.UnixMilli()%1000)
	appendTo(t, audit, fmt.Sprintf("type=SYSCALL msg=audit(%s:7): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=%d auid=1000 uid=0 comm=\"x\" exe=\"/bin/x\" key=\"k\"\n", stamp, os.Getpid())+
		fmt.Sprintf("type=PATH msg=audit(%s:7): item=0 name=2F746D702F6120622F63 nametype=NORMAL\nnot an audit line\n", stamp))
	appendTo(t, auth, now.Format("Jan _2 15:04:05")+" h sshd[5]: Failed password for root from 192.0.2.7 port 1 ssh2\n")
	appendTo(t, app, `{"@timestamp":"2026-01-02T03:04:05Z","message":"started","user":"eve"}`+"\n")
	got := r.Wait(t, "records", 5, records)
	byText := map[string]*event.Event{}
	for _, e := range got {
		byText[e.Log.Code+e.Log.Message] = e
	}
	call, path := byText["SYSCALL"], byText["PATH"]
	if call == nil || path == nil {
		t.Fatalf("%v", byText)
	}
	for _, e := range []*event.Event{call, path} {
		if e.Process == nil || e.Process.PID != int64(os.Getpid()) || e.Process.EntityID == "" || e.Log.RecordID != "7" || e.Log.Channel != "Linux-Auditd" || e.Log.Source != "auditd" {
			t.Errorf("%+v %+v", e.Process, e.Log)
		}
	}
	if call.Log.Data("SYSCALL").Text() != "execve" || path.Log.Data("name").Text() != "/tmp/a b/c" || byText["not an audit line"] == nil {
		t.Errorf("%+v, %+v", call.Log, path.Log)
	}
	login := got[slices.IndexFunc(got, func(e *event.Event) bool { return e.Log.Channel == "Linux-Syslog" })]
	if login.Log.Provider != "sshd" || login.Process != nil || login.Time != event.At(now.Truncate(time.Second)) || !strings.Contains(login.Log.Data("Message").Text(), "Failed password") {
		t.Errorf("%v %+v", login.Time.Std(), login.Log)
	}
	if e := byText["started"]; e == nil || e.Log.Data("user").Text() != "eve" || e.Time.Std().Year() != 2026 {
		t.Errorf("JSON: %+v", e)
	}
	for i, e := range got {
		if e.SensorSequence != int64(i+1) || e.Provider != "logs" {
			t.Errorf("record %d has number %d of %s", i, e.SensorSequence, e.Provider)
		}
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if d := s.Detail(); !strings.Contains(d, audit+" at byte ") || !strings.Contains(d, ", 0 behind") {
		t.Errorf("detail %q", d)
	}
}

// TestFM2_Restart: what was written while nobody read comes once, also after
// the agent was killed.
func TestFM2_Restart(t *testing.T) {
	dir := t.TempDir()
	log, state := filepath.Join(dir, "syslog"), filepath.Join(dir, "state")
	o := Options{Sources: []Source{{Path: log, Format: "syslog"}}, State: state}
	appendTo(t, log, "before\n")
	var got []string
	for i := range 4 {
		r := start(t, New(o))
		appendTo(t, log, fmt.Sprintf("while %d\n", i))
		r.Wait(t, "a record", 1, func(e *event.Event) bool { return records(e) && e.Log.Message == fmt.Sprintf("while %d", i) })
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		got = append(got, messages(r.All(records))...)
		appendTo(t, log, fmt.Sprintf("off %d\n", i))
		if i == 1 {
			if err := os.Rename(log, log+".1"); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := []string{"while 0", "off 0", "while 1", "off 1", "while 2", "off 2", "while 3"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	info, err := os.Stat(filepath.Join(state, "logs.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestFM2_Killed: only what the pipeline has spooled counts as read, when the
// agent ends without notice.
func TestFM2_Killed(t *testing.T) {
	b := newBook(filepath.Join(t.TempDir(), "s", "logs.json"))
	step := func(number int64, cursor string) { b.number = number; b.passed("", cursor) }
	again := func() string {
		n := newBook(b.path)
		if err := n.load(); err != nil {
			t.Fatal(err)
		}
		return n.cursor("")
	}
	save := func(all bool) {
		t.Helper()
		if err := b.save(all); err != nil {
			t.Fatal(err)
		}
	}
	step(3, "c3")
	save(false)
	step(5, "c5")
	save(false)
	if got := again(); got != "" {
		t.Errorf("nothing is spooled, and %q is written down", got)
	}
	b.spooled(4)
	save(false)
	if got := again(); got != "c3" {
		t.Errorf("4 are spooled, and %q is written down", got)
	}
	b.spooled(5)
	b.spooled(2)
	save(false)
	if got := again(); got != "c5" {
		t.Errorf("all are spooled, and %q is written down", got)
	}
	step(9, "c9")
	save(true)
	if got := again(); got != "c9" {
		t.Errorf("at the end %q is written down", got)
	}
	for i := range int64(500) {
		step(10+i, fmt.Sprint(i))
		save(false)
	}
	if len(b.steps) > maxSteps {
		t.Errorf("%d steps", len(b.steps))
	}
	if err := os.WriteFile(b.path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := newBook(b.path).load(); err == nil || !strings.Contains(err.Error(), b.path) {
		t.Errorf("a damaged file: %v", err)
	}
}

// The pipeline's events come back to the sensor and count as spooled.
func TestFollows(t *testing.T) {
	s := New(Options{})
	var f sensor.Follower = s
	f.Follow(&event.Event{Provider: "other", SensorSequence: 9})
	f.Follow(&event.Event{Provider: "logs", SensorSequence: 4})
	if s.book.done != 4 || !slices.Equal(f.Follows(), []event.Kind{event.LogRecord}) || f.Missed() != 0 {
		t.Errorf("done %d", s.book.done)
	}
}

// Cut lines and logs that were emptied are told as losses.
func TestLosses(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "x")
	appendTo(t, log, "one\n")
	r := start(t, New(Options{Sources: []Source{{Path: log, Format: "syslog", Start: true}}}))
	r.Wait(t, "a record", 1, records)
	if err := os.Truncate(log, 0); err != nil {
		t.Fatal(err)
	}
	appendTo(t, log, strings.Repeat("y", 70<<10)+"\n")
	got := r.Wait(t, "records", 2, records)
	if n := len(got[1].Log.Message); n != 64<<10 {
		t.Errorf("%d bytes of a long line", n)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	states := map[string]string{}
	for _, e := range r.All(func(e *event.Event) bool { return e.Kind == event.AgentLoss }) {
		states[e.Status.LossState] = fmt.Sprint(e.Status.LossCount.N, e.Status.LossReason)
	}
	if !strings.HasPrefix(states["cut"], "1"+log) || !strings.Contains(states["lost"], "was emptied") {
		t.Errorf("%v", states)
	}
}

func TestScope(t *testing.T) {
	err := New(Options{Scope: "/sys/fs/cgroup/x"}).Run(t.Context(), func(*event.Event) {})
	if !errors.Is(err, sensor.ErrNotSupported) {
		t.Errorf("the host's logs within a scope: %v", err)
	}
}

// TestDefault: the system's files, or the journal that has the same.
func TestDefault(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		files []string
		old   bool
		want  string
	}{
		"nothing yet":         {nil, false, "audit/audit.log auditd, auth.log syslog, syslog syslog"},
		"Debian with rsyslog": {[]string{"var/log/auth.log", "var/log/syslog", "var/log/kern.log", "var/log/journal/m/system.journal"}, false, "audit/audit.log auditd, auth.log syslog, syslog syslog"},
		"Red Hat":             {[]string{"var/log/secure", "var/log/messages", "run/log/journal/m/system.journal"}, false, "audit/audit.log auditd, secure syslog, messages syslog"},
		"journal alone":       {[]string{"run/log/journal/m/system.journal"}, false, "audit/audit.log auditd, journal"},
		"files of the past":   {[]string{"var/log/auth.log", "run/log/journal/m/system.journal"}, true, "audit/audit.log auditd, journal"},
		"no journal, old":     {[]string{"var/log/auth.log"}, true, "audit/audit.log auditd, auth.log syslog"},
	} {
		root := t.TempDir()
		for _, f := range c.files {
			f = filepath.Join(root, f)
			if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
				t.Fatal(err)
			}
			appendTo(t, f, "x\n")
		}
		at := now
		if c.old {
			at = now.Add(100 * time.Hour)
		}
		var got []string
		for _, s := range Default(root, at) {
			if s.Journal {
				got = append(got, "journal")
				continue
			}
			rel, _ := filepath.Rel(filepath.Join(root, "var/log"), s.Path)
			got = append(got, rel+" "+s.Format)
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%s: %s\nwant %s", name, text, c.want)
		}
	}
}

func nowFor() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }
