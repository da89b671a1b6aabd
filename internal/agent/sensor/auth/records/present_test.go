package records_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/auth/records"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// utmp is changed in place by who logs on and off; only what nobody does so is
// tampering.
func TestPresent(t *testing.T) {
	h := newHost(t)
	h.append("/run/utmp", utmp.Record{Type: utmp.BootTime, User: "reboot", Time: began}, logon(1, "alice"))
	h.start()
	h.want("/run/utmp", "")
	if s := h.tracker.Sessions(); len(s) != 1 || s[0].User != "alice" {
		t.Errorf("%+v", s)
	}
	dead := logon(1, "")
	dead.Type, dead.Host, dead.Time = utmp.DeadProcess, "", began+50e9
	h.put("/run/utmp", 384, layout.Append(nil, dead))
	h.want("/run/utmp", "DEAD_PROCESS alice")
	next := logon(1, "bob")
	next.PID, next.Time = 555, began+60e9
	h.put("/run/utmp", 384, layout.Append(nil, next))
	h.append("/run/utmp", logon(2, "carol"))
	h.want("/run/utmp", "USER_PROCESS bob; USER_PROCESS carol")
	next.User = "nobody"
	h.put("/run/utmp", 384, layout.Append(nil, next))
	h.want("/run/utmp", "utmp at 384: a record of a present session was changed")
	h.put("/run/utmp", 2*384, make([]byte, 384))
	h.want("/run/utmp", "utmp at 768: a record of a present session was zeroed")
	if err := os.Truncate(h.path("/run/utmp"), 384); err != nil {
		t.Fatal(err)
	}
	h.want("/run/utmp", "utmp at 384: the file was cut, and records of present sessions are gone")
	h.append("/run/utmp", logon(3, "dave"))
	h.want("/run/utmp", "USER_PROCESS dave")
	if err := os.Remove(h.path("/run/utmp")); err != nil {
		t.Fatal(err)
	}
	h.want("/run/utmp", "utmp at 384: the file was removed, and records of present sessions are gone")
}

func (h *host) last(uid int64, at event.Time) {
	h.put("/var/log/lastlog", uid*292, layout.AppendLast(nil, utmp.Last{Time: at, Line: "pts/1", Host: "192.0.2.2"}))
}

func TestLastLogons(t *testing.T) {
	h := newHost(t)
	h.last(1000, began)
	h.start()
	h.want("/var/log/lastlog", "")
	h.last(1001, began+5e9)
	h.want("/var/log/lastlog", "USER_PROCESS bob")
	h.last(1000, began+9e9)
	h.want("/var/log/lastlog", "USER_PROCESS alice")
	h.last(1000, began+1e9)
	h.want("/var/log/lastlog", "lastlog at 292000: a record was set back to an earlier logon")
	h.put("/var/log/lastlog", 1001*292+40, []byte("elsewhere"))
	h.want("/var/log/lastlog", "lastlog at 292292: a record was changed")
	h.put("/var/log/lastlog", 1001*292, make([]byte, 292))
	h.want("/var/log/lastlog", "lastlog at 292292: a record was zeroed")
	if err := os.Truncate(h.path("/var/log/lastlog"), 292); err != nil {
		t.Fatal(err)
	}
	h.want("/var/log/lastlog", "lastlog at 292000: a record was zeroed")
	h.last(1000, began+99e9)
	h.want("/var/log/lastlog", "USER_PROCESS alice")
	if err := os.Remove(h.path("/var/log/lastlog")); err != nil {
		t.Fatal(err)
	}
	h.want("/var/log/lastlog", "lastlog at 0: the file was removed")
}

func (h *host) failed(uid int64, n byte) {
	h.put("/var/log/faillog", uid*utmp.FailSize, append([]byte{n}, make([]byte, utmp.FailSize-1)...))
}

func TestFailCounts(t *testing.T) {
	h := newHost(t)
	h.failed(1000, 1)
	h.start()
	h.want("/var/log/faillog", "")
	h.failed(1000, 2)
	h.want("/var/log/faillog", "LOGIN_PROCESS alice")
	h.failed(1000, 0) // by a logon
	h.want("/var/log/faillog", "")
}

// Another mount namespace that shows the host's file with a change has it told;
// of a file of its own the record of now is new.
func TestPlaces(t *testing.T) {
	h := newHost(t)
	h.append("/var/log/wtmp", some(5)...)
	h.start()
	h.look("/var/log/wtmp")
	other := newHost(t)
	b, err := os.ReadFile(h.path("/var/log/wtmp"))
	if err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(h.path("/var/log"), "wtmp")
	if err := os.MkdirAll(filepath.Join(other.root, filepath.Dir(inside)), 0o755); err != nil {
		t.Fatal(err)
	}
	other.write(inside, append(b, layout.Append(nil, logon(8, "inside"))...))
	place := records.Place{Namespace: 77, Root: other.root}
	file := h.tracker.Files()[0]
	if got := short(h.tracker.Check(file, place, began+8e9)); got != "USER_PROCESS inside" {
		t.Error(got)
	}
	other.put(inside, 384, make([]byte, 384))
	if got := short(h.tracker.Check(file, place, 0)); got != "wtmp at 384: a record was zeroed" {
		t.Error(got)
	}
	h.want("/var/log/wtmp", "") // not the host's

	other.write(inside, append(layout.Append(nil, logon(1, "old")), layout.Append(nil, logon(100, "now"))...))
	place.Namespace = 78
	if got := short(h.tracker.Check(file, place, began+100e9)); got != "USER_PROCESS now" {
		t.Error(got)
	}
	for ns := range int64(200) {
		h.tracker.Check(file, records.Place{Namespace: 1000 + ns, Root: other.root}, 0)
	}
}

// A folder in the place of a file does not stop the watching.
func TestNoFile(t *testing.T) {
	h := newHost(t)
	if err := os.Mkdir(h.path("/var/log/wtmp"), 0o755); err != nil {
		t.Fatal(err)
	}
	h.start()
	h.want("/var/log/wtmp", "")
}

// Whatever is written into the files, looking at them ends, and what is told
// stands within them.
func FuzzCheck(f *testing.F) {
	f.Add(layout.Append(nil, logon(1, "a")), layout.Append(nil, logon(2, "b")))
	f.Add([]byte{}, make([]byte, 1000))
	f.Fuzz(func(t *testing.T, before, after []byte) {
		h := newHost(t)
		names := []string{"/var/log/wtmp", "/run/utmp", "/var/log/lastlog", "/var/log/faillog"}
		for _, n := range names {
			h.write(n, before)
		}
		h.start()
		for _, n := range names {
			h.look(n)
			h.write(n, after)
		}
		for _, file := range h.tracker.Files() {
			for _, n := range h.tracker.Check(file, records.Place{}, 0) {
				if n.Offset < 0 || n.Tamper == "" && n.Offset > int64(len(after)) {
					t.Fatalf("%+v", n)
				}
			}
		}
	})
}
