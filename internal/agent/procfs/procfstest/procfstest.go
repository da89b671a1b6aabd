// Package procfstest is a /proc in a temporary directory for tests: processes
// come, execute other programs and go as a test says.
package procfstest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Proc is a made-up /proc.
type Proc struct {
	t   testing.TB
	Dir string
}

// Process is what a made-up process is.
type Process struct {
	PID, Parent int64
	Start       uint64 // ticks of 10 ms since boot
	Comm        string
	Args        []string
	Stack       uint64 // where its stack begins; another program has another
	Cgroup      string
	UID         int
}

// New returns an empty /proc with a boot id.
func New(t testing.TB) *Proc {
	t.Helper()
	p := &Proc{t, filepath.Join(t.TempDir(), "proc")}
	p.write("sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555\n")
	p.write("self/mountinfo", fmt.Sprintf("30 1 0:26 / %s/cgroup rw - cgroup2 cgroup rw\n", filepath.Dir(p.Dir)))
	return p
}

// Cgroups returns the directory of the made-up cgroup hierarchy.
func (p *Proc) Cgroups() string { return filepath.Join(filepath.Dir(p.Dir), "cgroup") }

// Put makes a process be there, or be something else.
func (p *Proc) Put(x Process) {
	p.t.Helper()
	dir := fmt.Sprint(x.PID)
	p.write(dir+"/stat", fmt.Sprintf("%d (%s) S %d %d %d 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 %d 1000 10 18446744073709551615 1 2 %d 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 %d %d 0 0 0\n",
		x.PID, x.Comm, x.Parent, x.PID, x.PID, x.Start, x.Stack, x.Stack, x.Stack+100))
	p.write(dir+"/status", fmt.Sprintf("Name:\t%s\nUid:\t%d\t%d\t%d\t%d\nGid:\t%d\t%d\t%d\t%d\nNSpid:\t%d\nCapEff:\t000001ffffffffff\n",
		x.Comm, x.UID, x.UID, x.UID, x.UID, x.UID, x.UID, x.UID, x.UID, x.PID))
	p.write(dir+"/cmdline", strings.Join(x.Args, "\x00")+"\x00")
	if x.Cgroup == "" {
		x.Cgroup = "/"
	}
	p.write(dir+"/cgroup", "0::"+x.Cgroup+"\n")
}

// Remove makes a process be gone.
func (p *Proc) Remove(pid int64) {
	p.t.Helper()
	if err := os.RemoveAll(filepath.Join(p.Dir, fmt.Sprint(pid))); err != nil {
		p.t.Fatal(err)
	}
}

// Members writes the list of processes of a made-up cgroup.
func (p *Proc) Members(cgroup string, pids ...int64) {
	p.t.Helper()
	text := strings.Trim(strings.ReplaceAll(fmt.Sprint(pids), " ", "\n"), "[]")
	file := filepath.Join(p.Cgroups(), cgroup, "cgroup.procs")
	p.file(file, text+"\n")
}

func (p *Proc) write(name, text string) { p.file(filepath.Join(p.Dir, name), text) }

func (p *Proc) file(name, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}
