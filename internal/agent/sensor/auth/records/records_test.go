package records_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/auth/records"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/utmp"
)

const began = event.Time(1780000000e9)

// layout is the one that these tests write.
var layout = utmp.Narrow()

// host is a host with files of logons, and what watches them.
type host struct {
	t       testing.TB
	root    string
	now     time.Time
	tracker *records.Tracker
}

func newHost(t testing.TB) *host {
	t.Helper()
	h := &host{t: t, root: t.TempDir(), now: began.Std()}
	for _, dir := range []string{"var/log", "run", "etc"} {
		if err := os.MkdirAll(filepath.Join(h.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	h.write("/etc/passwd", []byte("root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n"))
	return h
}

func (h *host) path(name string) string { return filepath.Join(h.root, name) }

func (h *host) write(name string, b []byte) {
	h.t.Helper()
	if err := os.WriteFile(h.path(name), b, 0o644); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) append(name string, rs ...utmp.Record) {
	h.t.Helper()
	f, err := os.OpenFile(h.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	for _, r := range rs {
		if _, err := f.Write(layout.Append(nil, r)); err != nil {
			h.t.Fatal(err)
		}
	}
}

// put writes bytes at an offset, as those do who tamper.
func (h *host) put(name string, at int64, b []byte) {
	h.t.Helper()
	f, err := os.OpenFile(h.path(name), os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, at); err != nil {
		h.t.Fatal(err)
	}
}

// start begins to watch with what an earlier one kept.
func (h *host) start() {
	h.t.Helper()
	t, err := records.Open(records.Options{
		Files: records.Files(h.root), State: h.path("state"), Layout: layout, Passwd: h.path("etc/passwd"),
		Now: func() time.Time { return h.now },
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.tracker = t
}

// look checks a file as a poll would, and says what it found in short.
func (h *host) look(name string) string {
	h.t.Helper()
	h.now = h.now.Add(time.Minute)
	for _, f := range h.tracker.Files() {
		if f.Path != h.path(name) {
			continue
		}
		if !h.tracker.Changed(f) {
			return ""
		}
		return short(h.tracker.Check(f, records.Place{}, 0))
	}
	h.t.Fatalf("%s is not watched", name)
	return ""
}

func short(found []records.Found) string {
	var out []string
	for _, n := range found {
		if n.Tamper != "" {
			out = append(out, fmt.Sprintf("%s at %d: %s", filepath.Base(n.File.Path), n.Offset, n.Tamper))
		} else {
			out = append(out, fmt.Sprintf("%s %s", n.Record.Type, n.Record.User))
		}
	}
	return strings.Join(out, "; ")
}

func (h *host) want(name, want string) {
	h.t.Helper()
	if got := h.look(name); got != want {
		h.t.Errorf("%s: %q, want %q", name, got, want)
	}
}

// logon is the nth logon of a user.
func logon(n int, user string) utmp.Record {
	return utmp.Record{
		Type: utmp.UserProcess, PID: int64(100 + n), Line: fmt.Sprintf("pts/%d", n), ID: fmt.Sprintf("/%d", n), User: user,
		Host: "192.0.2.1", Time: began + event.Time(n)*1e9,
	}
}

func some(n int) []utmp.Record {
	var out []utmp.Record
	for i := range n {
		out = append(out, logon(i, fmt.Sprintf("u%d", i)))
	}
	return out
}

func TestNewRecordsOnly(t *testing.T) {
	h := newHost(t)
	h.append("/var/log/wtmp", some(3)...)
	h.start()
	h.want("/var/log/wtmp", "")
	h.append("/var/log/wtmp", logon(7, "alice"))
	h.want("/var/log/wtmp", "USER_PROCESS alice")
	h.want("/var/log/wtmp", "")
	// A record that is half written is told when it is whole.
	raw := layout.Append(nil, logon(8, "bob"))
	h.put("/var/log/wtmp", 4*384, raw[:100])
	h.want("/var/log/wtmp", "")
	h.put("/var/log/wtmp", 4*384, raw)
	h.want("/var/log/wtmp", "USER_PROCESS bob")
	// Files that appear later are new in whole.
	h.want("/var/log/btmp", "")
	h.append("/var/log/btmp", logon(9, "eve"))
	h.want("/var/log/btmp", "USER_PROCESS eve")
}

// TestGM16_Tampering: what is done to records is told with the file and the
// byte at which it begins.
func TestGM16_Tampering(t *testing.T) {
	size := layout.Size()
	for name, c := range map[string]struct {
		do   func(h *host, path string)
		want string
	}{
		"zeroed":  {func(h *host, p string) { h.put(p, 2*384, make([]byte, size)) }, "wtmp at 768: a record was zeroed"},
		"changed": {func(h *host, p string) { h.put(p, 384+44, []byte("nobody")) }, "wtmp at 384: a record was changed"},
		"garbage": {func(h *host, p string) { h.put(p, 384, []byte{99}) }, "wtmp at 384: a record was overwritten with what is none"},
		"cut": {func(h *host, p string) { _ = os.Truncate(h.path(p), 3*384) },
			"wtmp at 1152: the file was cut: 2 of 5 records are gone or changed"},
		"emptied": {func(h *host, p string) { _ = os.Truncate(h.path(p), 0) },
			"wtmp at 0: the file was cut: 5 of 5 records are gone or changed"},
		"removed": {func(h *host, p string) { _ = os.Remove(h.path(p)) }, "wtmp at 0: the file was removed"},
		"one taken out": {func(h *host, p string) {
			b, _ := os.ReadFile(h.path(p))
			h.write(p, append(b[:384:384], b[2*384:]...))
		}, "wtmp at 384: the file was cut: 1 of 5 records are gone or changed"},
		"replaced": {func(h *host, p string) {
			b, _ := os.ReadFile(h.path(p))
			h.write(p+".new", append(b[:3*384:3*384], b[4*384:]...))
			_ = os.Rename(h.path(p+".new"), h.path(p))
		}, "wtmp at 1152: the file was replaced by another: 1 of 5 records are gone or changed"},
		"cut and a new logon": {func(h *host, p string) {
			_ = os.Truncate(h.path(p), 0)
			h.append(p, logon(9, "alice"))
		}, "wtmp at 0: the file was cut: 5 of 5 records are gone or changed; USER_PROCESS alice"},
		"empty record behind": {func(h *host, p string) { h.append(p, utmp.Record{}) }, "wtmp at 1920: a record was written that is empty"},
		"of 1970":             {func(h *host, p string) { h.append(p, utmp.Record{Type: utmp.UserProcess, User: "x"}) }, "wtmp at 1920: a record was written that is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.append("/var/log/wtmp", some(5)...)
			h.start()
			h.look("/var/log/wtmp")
			c.do(h, "/var/log/wtmp")
			h.want("/var/log/wtmp", c.want)
			h.want("/var/log/wtmp", "") // once
			h.append("/var/log/wtmp", logon(11, "later"))
			h.want("/var/log/wtmp", "USER_PROCESS later")
		})
		t.Run(name+" while nobody looked", func(t *testing.T) {
			h := newHost(t)
			h.append("/var/log/wtmp", some(5)...)
			h.start()
			h.look("/var/log/wtmp")
			if err := h.tracker.Save(); err != nil {
				t.Fatal(err)
			}
			c.do(h, "/var/log/wtmp")
			h.start()
			h.want("/var/log/wtmp", c.want)
		})
	}
}

// TestGM16_Many: a file that was overwritten is not told record by record.
func TestGM16_Many(t *testing.T) {
	h := newHost(t)
	h.append("/var/log/btmp", some(1000)...)
	h.start()
	h.look("/var/log/btmp")
	h.put("/var/log/btmp", 0, make([]byte, 384*900))
	got := h.look("/var/log/btmp")
	if n := strings.Count(got, ";"); n != 7 || !strings.HasSuffix(got, "zeroed, as are 892 more behind it") {
		t.Errorf("%d: %s", n+1, got)
	}
}

// TestGM16_FirstLook: what was tampered with before the agent came is told.
func TestGM16_FirstLook(t *testing.T) {
	h := newHost(t)
	h.append("/var/log/wtmp", logon(1, "a"), utmp.Record{}, logon(2, "b"),
		utmp.Record{Type: utmp.BootTime, User: "reboot"}) // before its clock was set
	h.start()
	h.want("/var/log/wtmp", "wtmp at 384: a record is empty that should tell of a logon")
}

func TestRotation(t *testing.T) {
	for name, rotate := range map[string]func(h *host, p string){
		"moved": func(h *host, p string) {
			_ = os.Rename(h.path(p), h.path(p+".1"))
			h.write(p, nil)
		},
		"moved, and nothing new yet": func(h *host, p string) { _ = os.Rename(h.path(p), h.path(p+"-20261121")) },
		"copied and cut": func(h *host, p string) {
			b, _ := os.ReadFile(h.path(p))
			h.write(p+".1", b)
			_ = os.Truncate(h.path(p), 0)
		},
		"packed": func(h *host, p string) {
			b, _ := os.ReadFile(h.path(p))
			f, err := os.Create(h.path(p + ".1.gz"))
			if err != nil {
				h.t.Fatal(err)
			}
			z := gzip.NewWriter(f)
			_, _ = z.Write(b)
			_, _ = z.Close(), f.Close()
			_ = os.Remove(h.path(p))
			h.write(p, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.append("/var/log/wtmp", some(5)...)
			h.start()
			h.look("/var/log/wtmp")
			h.append("/var/log/wtmp", logon(7, "last"))
			rotate(h, "/var/log/wtmp")
			h.append("/var/log/wtmp", logon(8, "first"))
			got := h.look("/var/log/wtmp")
			if strings.HasPrefix(name, "moved, and") { // made anew by who logged on
				if got != "USER_PROCESS last; USER_PROCESS first" {
					t.Error(got)
				}
				return
			}
			if got != "USER_PROCESS last; USER_PROCESS first" {
				t.Error(got)
			}
			h.want("/var/log/wtmp", "")
		})
	}
	t.Run("tampered with before", func(t *testing.T) {
		h := newHost(t)
		h.append("/var/log/wtmp", some(5)...)
		h.start()
		h.look("/var/log/wtmp")
		h.put("/var/log/wtmp", 0, make([]byte, 384))
		_ = os.Rename(h.path("/var/log/wtmp"), h.path("/var/log/wtmp.1"))
		h.want("/var/log/wtmp", "wtmp.1 at 0: a record was zeroed")
	})
	t.Run("a copy of others", func(t *testing.T) {
		h := newHost(t)
		h.append("/var/log/wtmp", some(5)...)
		h.append("/var/log/wtmp.1", logon(1, "x"), logon(2, "x"), logon(3, "x"), logon(4, "x"), logon(5, "x"))
		h.start()
		h.look("/var/log/wtmp")
		_ = os.Truncate(h.path("/var/log/wtmp"), 0)
		h.want("/var/log/wtmp", "wtmp at 0: the file was cut: 5 of 5 records are gone or changed")
	})
}

// After a restart what came meanwhile is told, and nothing twice.
func TestRestart(t *testing.T) {
	h := newHost(t)
	h.append("/var/log/wtmp", some(5)...)
	h.write("/var/log/lastlog", layout.AppendLast(nil, utmp.Last{Time: began, Line: "tty1"}))
	h.start()
	h.look("/var/log/wtmp")
	h.look("/var/log/lastlog")
	h.append("/var/log/wtmp", logon(7, "before"))
	h.want("/var/log/wtmp", "USER_PROCESS before")
	if err := h.tracker.Save(); err != nil {
		t.Fatal(err)
	}
	h.append("/var/log/wtmp", logon(8, "meanwhile"))
	h.start()
	h.want("/var/log/wtmp", "USER_PROCESS meanwhile")
	h.want("/var/log/lastlog", "")
	if st, err := os.Stat(h.path("state")); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", st, err)
	}
}

// A state that cannot be read is an error, and the watching begins anew.
func TestBrokenState(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": "{", "version": `{"version":9}`, "offset": `{"version":1,"key":"AAAAAAAAAAAAAAAAAAAAAA==","logs":{"x":{"End":5}}}`,
		"null": `{"version":1,"key":"AAAAAAAAAAAAAAAAAAAAAA==","logs":{"x":null}}`,
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			_ = os.Mkdir(h.path("state"), 0o700)
			h.write("/state/logons.json", []byte(text))
			tracker, err := records.Open(records.Options{Files: records.Files(h.root), State: h.path("state"), Layout: layout})
			if err == nil || !strings.Contains(err.Error(), "logons") {
				t.Errorf("%v", err)
			}
			h.append("/var/log/wtmp", some(2)...)
			if got := short(tracker.Check(tracker.Files()[0], records.Place{}, 0)); got != "" {
				t.Error(got)
			}
		})
	}
}

// TestPackedIsNotHeld: a packed file is looked through without holding what it
// unpacks to, which may be much more than the agent may take.
func TestPackedIsNotHeld(t *testing.T) {
	h := newHost(t)
	h.append("/var/log/wtmp", some(5)...)
	h.start()
	h.look("/var/log/wtmp")
	known, err := os.ReadFile(h.path("/var/log/wtmp"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(h.path("/var/log/wtmp.1.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	_, err = z.Write(known)
	for range 16 {
		if err == nil {
			_, err = z.Write(make([]byte, 1<<20))
		}
	}
	if err = errors.Join(err, z.Close(), f.Close(), os.Remove(h.path("/var/log/wtmp"))); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := h.look("/var/log/wtmp")
	runtime.ReadMemStats(&after)
	if got != "" {
		t.Error(got)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
		t.Errorf("%d MiB were allocated for a file of 16", n>>20)
	}
}
