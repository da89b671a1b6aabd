package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/ship"
	"github.com/vedette-edr/vedette/internal/agent/spool"
)

// identityDir is where the identity of an enrolled agent is kept.
func identityDir(stateDir string) string { return filepath.Join(stateDir, "identity") }

// openManager lets the agent connect once it is enrolled.
func (p *parts) openManager(_ context.Context, s agent.Settings) error {
	host := hostFacts(s.HostName)
	p.deps.Connect = func(l agent.Link) (agent.Manager, error) {
		m, err := ship.New(ship.Options{
			Dir: identityDir(s.StateDir), Spool: p.deps.Spool, Host: host, Heartbeat: l.Heartbeat,
			Documents: ship.Documents{Policy: l.Policy, Rules: l.Rules, IOCs: l.IOCs, IOCVersion: l.IOCVersion, Task: l.Task},
			Lost:      func(l spool.Loss) { agent.Refused(p.deps.Ledger, l) }, Logger: p.deps.Log,
		})
		if errors.Is(err, ship.ErrNotEnrolled) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return m, nil
	}
	return nil
}

// bootID returns what the kernel calls this boot of the host.
func bootID() string { return firstLine(filepath.Join(procRoot, "sys/kernel/random/boot_id")) }

// hostFacts says what machine this is; what cannot be read stays empty.
func hostFacts(name string) ship.Host {
	h := ship.Host{Name: name, OS: osName("/etc/os-release"), Architecture: runtime.GOARCH}
	if h.Name == "" {
		h.Name, _ = os.Hostname() // an empty name is told as such
	}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		h.Kernel = unix.ByteSliceToString(u.Release[:])
	}
	h.BootID = bootID()
	h.MachineID = firstLine("/etc/machine-id")
	return h
}

func firstLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(line)
}

// osName returns PRETTY_NAME of an os-release file.
func osName(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "Linux"
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			return strings.Trim(v, `"'`)
		}
	}
	return "Linux"
}

// enroll makes this host an agent of the manager that made the token.
func enroll(ctx context.Context, s agent.Settings, token string) (string, error) {
	if err := makeStateDir(s.StateDir); err != nil {
		return "", err
	}
	id, err := ship.Enroll(ctx, ship.EnrollOptions{Token: token, Dir: identityDir(s.StateDir), Host: hostFacts(s.HostName)})
	if err != nil {
		return "", fmt.Errorf("enrol: %w", err)
	}
	return id.Agent, nil
}

// enrolled returns the id of the agent, empty when it is not enrolled.
func enrolled(stateDir string) string {
	id, err := ship.LoadIdentity(identityDir(stateDir))
	if err != nil {
		return ""
	}
	return id.Agent
}
