package packages_test

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/packages"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) {
	sensortest.Trigger()
	os.Exit(m.Run())
}

// build makes a package that has nothing but a file.
func build(t *testing.T, version string) string {
	t.Helper()
	program, err := osexec.LookPath("dpkg-deb")
	if err != nil {
		t.Skip("SKIPPED: dpkg is not installed")
	}
	dir := t.TempDir()
	control := "Package: vedette-test\nVersion: " + version + "\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: test\n"
	if err := os.MkdirAll(filepath.Join(dir, "DEBIAN"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "DEBIAN/control"), []byte(control), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "x.deb")
	if text, err := osexec.Command(program, "--root-owner-group", "-b", dir, out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

// A package that dpkg installs, upgrades and removes, on the host's files.
func TestDpkg(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	s := packages.New(packages.Options{State: t.TempDir()})
	r := sensortest.RunWith(t, func(e *event.Event) {
		if slices.Contains(s.Follows(), e.Kind) {
			s.Follow(e)
		}
	}, file.New(file.Options{Kernel: k}), exec.New(exec.Options{Kernel: k}), s)
	steps := []struct {
		args []string
		want string
	}{
		{[]string{"-i", build(t, "1.0")}, "package_install 1.0 >1.0"},
		{[]string{"-i", build(t, "1.1")}, "package_install 1.1 1.0>1.1"},
		{[]string{"-r", "vedette-test"}, "package_remove 1.1 1.1>"},
	}
	for i, step := range steps {
		c := osexec.Command("dpkg", step.args...)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("dpkg %v: %v\n%s", step.args, err, out)
		}
		all := r.Wait(t, "dpkg "+strings.Join(step.args, " "), i+1, func(e *event.Event) bool { return e.Change != nil && e.Change.Name == "vedette-test" })
		e := all[i]
		got := e.Kind.String() + " " + e.Change.PackageVersion + " " + e.Change.Before[0] + ">" + e.Change.After[0]
		if got != step.want || e.Change.PackageType != "deb" {
			t.Errorf("%s, want %s", got, step.want)
		}
		if e.Process == nil || e.Process.PID != int64(c.Process.Pid) {
			t.Errorf("%s: by %+v, want dpkg with pid %d", got, e.Process, c.Process.Pid)
		}
	}
}
