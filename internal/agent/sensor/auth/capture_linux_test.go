package auth

import (
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"
	"io"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

// TestCapture keeps records of a real kernel for testdata/, with -update.
func TestCapture(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	if !*update {
		t.Skip("SKIPPED: keeps records for testdata only with -update")
	}
	dir := t.TempDir()
	text, err := os.ReadFile(findLibraries("/")[0])
	if err != nil {
		t.Fatal(err)
	}
	copied, program := filepath.Join(dir, library), filepath.Join(dir, "session")
	if err := os.WriteFile(copied, text, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := osexec.Command("gcc", "-O1", "-o", program, "testdata/session.c", copied).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	spec, err := loadProgram()
	if err != nil {
		t.Fatal(err)
	}
	names := map[uint32]string{pamAuthenticate: "authenticate", pamAccount: "account", pamOpen: "open", pamClose: "close"}
	p, err := k.Attach(kernel.Source{
		ID: kernel.Auth, Spec: spec, Hook: func(string, *ebpf.Program) (io.Closer, error) { return nil, nil },
		Handle: sensortest.Capture(t, "auth", func(r kernel.Record) string {
			read, err := readPAM(r, kernel.NewTexts())
			if err != nil {
				t.Error(err)
			}
			return fmt.Sprintf("%s_%d", names[read.function], read.result)
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	watching := newPAM(Options{Kernel: k, Libraries: func() []string { return []string{copied} }}, p)
	if err := watching.watch(); err != nil {
		t.Fatal(err)
	}
	for name, lines := range map[string]string{
		"good": "auth required pam_permit.so\naccount required pam_permit.so\nsession required pam_permit.so\n",
		"bad":  "auth required pam_debug.so auth=auth_err\naccount required pam_debug.so acct=acct_expired\n",
	} {
		if err := os.WriteFile("/etc/pam.d/vedette-"+name, []byte(lines), 0o644); err != nil {
			t.Fatal(err)
		}
		c := osexec.Command(program, "vedette-"+name, "nobody", "192.0.2.1", "/dev/pts/1", "secret", map[string]string{"good": "acok", "bad": "ac"}[name])
		c.Env = append(os.Environ(), "LD_LIBRARY_PATH="+dir)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	k.Drain()
}
