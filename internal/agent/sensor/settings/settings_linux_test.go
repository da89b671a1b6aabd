package settings_test

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/enrich"
	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/agent/sensor/settings"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestSettings(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	en, err := enrich.New(enrich.Options{HashWorkers: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(en.Close)
	r := sensortest.Pipeline(t, en.Enrich,
		exec.New(exec.Options{Kernel: k}), file.New(file.Options{Kernel: k}), settings.New(settings.Options{State: t.TempDir()}))
	for _, c := range []struct{ file, line string }{
		{"/etc/sysctl.d/99-vedette.conf", "kernel.core_pattern=|/tmp/x"},
		{"/etc/profile.d/vedette.sh", "nohup /tmp/vedette &"},
		{"/home/vedette/.bashrc", "alias sudo=/tmp/vedette"},
		{"/root/.ssh/authorized_keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl vedette"},
		{"/etc/sudoers.d/vedette", "vedette ALL=(ALL) NOPASSWD: ALL"},
		{"/etc/pam.d/vedette", "auth sufficient pam_permit.so"},
		{"/etc/hosts", "198.51.100.7 update.example.org"},
	} {
		if err := os.MkdirAll(filepath.Dir(c.file), 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := osexec.Command("tee", "-a", c.file)
		cmd.Stdin = strings.NewReader(c.line + "\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", c.file, err, out)
		}
		e := r.Wait(t, c.file, 1, func(e *event.Event) bool {
			return e.Kind == event.SettingChange && e.File.Path == c.file
		})[0]
		if e.Process == nil || e.Process.PID != int64(cmd.Process.Pid) || e.Process.Name != "tee" {
			t.Errorf("%s by %+v", c.file, e.Process)
		}
		if e.Change.Object == "key" {
			if e.Change.UserName != "root" || !slices.Contains(e.Change.After, "vedette") || slices.ContainsFunc(e.Change.After, func(s string) bool { return strings.Contains(s, "AAAAC3") }) {
				t.Errorf("key %+v", e.Change)
			}
		} else if name, value, pair := strings.Cut(c.line, "="); !slices.Contains(e.Change.After, c.line) &&
			(!pair || !slices.Contains(e.Change.Fields, name) || !slices.Contains(e.Change.After, value)) {
			t.Errorf("%s: %+v", c.file, e.Change)
		}
	}
}
