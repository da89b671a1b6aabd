package auth_test

import (
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/auth"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// A later library may keep its facts at another place: the place is found at
// pam_start, and where it cannot be, service and user are those of pam_start and
// the event says so.
func TestOtherLayouts(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	if _, err := osexec.LookPath("gcc"); err != nil {
		t.Skip("SKIPPED: no compiler to build a library with (gcc)")
	}
	for name, c := range map[string]struct {
		flag, address, reason string
	}{
		"moved":  {"-DMOVED", "192.0.2.9", "authentication failure"},
		"hidden": {"-DHIDDEN", "", "authentication failure; the library of PAM keeps its facts where they are not known: service and user are as the session began"},
	} {
		t.Run(name, func(t *testing.T) {
			b := &bench{dir: t.TempDir(), root: t.TempDir()}
			copied := filepath.Join(b.dir, "libpam.so.0")
			if out, err := osexec.Command("gcc", "-O1", "-shared", "-fPIC", c.flag, "-Wl,-soname,libpam.so.0", "-o", copied, "testdata/other.c").CombinedOutput(); err != nil {
				t.Fatalf("gcc: %v\n%s", err, out)
			}
			b.program = filepath.Join(b.dir, "session")
			build(t, b.program, copied)
			b.Recorder = sensortest.Run(t, auth.New(auth.Options{
				Kernel: k, Root: b.root, Bus: filepath.Join(b.root, "no-bus"), Libraries: func() []string { return []string{copied} },
			}))
			pid, out := run(t, b.session("Strange-Service", "alice", "192.0.2.9", "", "", "a"))
			if !strings.HasPrefix(out, "a 7") {
				t.Fatal(out)
			}
			e := b.one(t, event.AuthFail, pid)
			if e.Logon.Service != "Strange-Service" || e.Logon.UserName != "alice" || e.Logon.Address != c.address || e.Reason != c.reason {
				t.Errorf("%+v %q", e.Logon, e.Reason)
			}
		})
	}
}
