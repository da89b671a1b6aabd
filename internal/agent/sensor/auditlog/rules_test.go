package auditlog

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/procfs/procfstest"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// auditRules returns the rules that are shipped.
func auditRules(t *testing.T) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "audit.rules"))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, strings.Fields(line))
		}
	}
	return out
}

// TestFM1_RulesAddOnly: the shipped audit rules flush nothing and change
// nothing of how the host audits; every call that they name is one that is
// told, and the three classes of events are there.
func TestFM1_RulesAddOnly(t *testing.T) {
	told := map[string]bool{"execve": true, "execveat": true, "connect": true, "accept": true, "accept4": true, "bind": true, "listen": true}
	keys := map[string]bool{}
	for _, rule := range auditRules(t) {
		if rule[0] != "-a" || len(rule) < 4 || !slices.Contains([]string{"always,exit", "never,exit"}, rule[1]) {
			t.Errorf("%q is no rule that is added", rule)
			continue
		}
		at := slices.Index(rule, "-S")
		if at >= 0 {
			for call := range strings.SplitSeq(rule[at+1], ",") {
				if !told[call] {
					t.Errorf("%q: nothing tells of %s", rule, call)
				}
			}
		}
		if at := slices.Index(rule, "-k"); at >= 0 && rule[1] == "always,exit" {
			keys[rule[at+1]] = true
		}
	}
	for _, k := range []string{"vedette_process", "vedette_file", "vedette_network"} {
		if !keys[k] {
			t.Errorf("no rule has the key %s", k)
		}
	}
}

// TestFM5_ContainerOfAnExecution: the container is that of the cgroup, whoever
// made it, and not what somebody's command line says.
func TestFM5_ContainerOfAnExecution(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	for name, c := range map[string]struct{ cgroup, want string }{
		"docker":     {"/system.slice/docker-" + id + ".scope", id},
		"containerd": {"/system.slice/containerd.service/kubepods-burstable-pod0f2d.slice:cri-containerd:" + id, id},
		"podman":     {"/machine.slice/libpod-" + id + ".scope/container", id},
		"kubernetes": {"/kubepods.slice/kubepods-pod0f2d.slice/cri-containerd-" + id + ".scope", id},
		"the host":   {"/user.slice/user-1000.slice/session-3.scope", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTwin(t)
			w.Put(procfstest.Process{PID: 4242, Parent: 40, Start: 200, Comm: "curl", Args: []string{"docker-containerd-shim", id}, Cgroup: c.cgroup})
			r, _ := w.run(t, Exec)
			w.add(t, now(curl))
			e := r.Wait(t, "execution", 1, sensortest.Kinds(event.ProcessStart))[0]
			if e.ContainerID != c.want || e.Process.CgroupPath != c.cgroup {
				t.Errorf("container %q of %q, want %q", e.ContainerID, e.Process.CgroupPath, c.want)
			}
		})
	}
}
