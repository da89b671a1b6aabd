package shell

import (
	"io"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

// TestCapture writes records of this kernel for testdata/, when asked to.
func TestCapture(t *testing.T) {
	if os.Getenv("VEDETTE_CAPTURE") == "" {
		t.Skip("SKIPPED: writes testdata; set VEDETTE_CAPTURE, in the sandbox")
	}
	k := sensortest.Kernel(t, kernel.Options{})
	spec, err := loadProgram()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("/bin/bash")
	if err != nil {
		t.Fatal(err)
	}
	bash := filepath.Join(t.TempDir(), "bash")
	if err := os.WriteFile(bash, text, 0o755); err != nil {
		t.Fatal(err)
	}
	p, err := k.Attach(kernel.Source{
		ID: kernel.Shell, Spec: spec, Handle: sensortest.Capture(t, "shell", func(kernel.Record) string { return "typed" }),
		Hook: func(_ string, p *ebpf.Program) (io.Closer, error) {
			return k.Uprobe(p, kernel.Uprobe{File: bash, Symbol: "readline", Return: true, Cookie: atBash})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := osexec.Command(bash, "--norc", "-i")
	c.Stdin = strings.NewReader("echo 'a  line' \xff\nexit\n")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
