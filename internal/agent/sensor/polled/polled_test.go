package polled

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/vedette-edr/vedette/internal/agent/procfs/procfstest"
	"github.com/vedette-edr/vedette/internal/event"
)

// rig is a looker at a made-up /proc.
type rig struct {
	t    *testing.T
	p    *procfstest.Proc
	l    *looker
	told []*event.Event
}

func newRig(t *testing.T, scope string) *rig {
	t.Helper()
	r := &rig{t: t, p: procfstest.New(t)}
	if scope != "" {
		scope = filepath.Join(r.p.Cgroups(), scope)
		if err := os.MkdirAll(scope, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	r.l, err = newLooker(Options{Proc: r.p.Dir, Scope: scope, Now: func() event.Time { return 7 }}, func(e *event.Event) { r.told = append(r.told, e) })
	if err != nil {
		t.Fatal(err)
	}
	r.l.next = func(ebpf.ProgramID) (ebpf.ProgramID, error) { return 0, os.ErrNotExist }
	return r
}

func (r *rig) write(name, text string) {
	r.t.Helper()
	name = filepath.Join(r.p.Dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
		r.t.Fatal(err)
	}
}

// look returns what a look tells, sorted.
func (r *rig) look() string {
	r.t.Helper()
	r.told = nil
	if err := r.l.look(); err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for _, e := range r.told {
		s := e.Kind.String()
		if c := e.Call; c != nil {
			s += strings.TrimRight(fmt.Sprintf(" %s%s %s", c.ModuleName, c.MountDirectory, c.Operation), " ")
		}
		if n := e.Net; n != nil {
			s += fmt.Sprintf(" %s%s/%s uid %s", n.Transport, n.Type, n.Protocol, e.User.ID)
		}
		if e.Process != nil {
			s += fmt.Sprint(" by ", e.Process.PID)
		} else if e.Reason != reasonNobody {
			r.t.Errorf("%s: reason %q", s, e.Reason)
		}
		if e.Provider != "calls" || e.Rung != "proc" || e.Time != 7 {
			r.t.Errorf("%s of %s.%s at %d", s, e.Provider, e.Rung, e.Time)
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

const (
	rawHead    = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n"
	rawLine    = "   1: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 4242 2 0000000000000000 0\n"
	raw6Line   = "  58: 00000000000000000000000000000000:003A 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4243 2 0 0\n"
	packetHead = "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n"
	packetLine = "0000000000000000 3      3    0003   0     1 0      0      4244  \n"
)

func TestLooks(t *testing.T) {
	r := newRig(t, "")
	mounts, err := os.ReadFile(filepath.Join(r.p.Dir, "self/mountinfo"))
	if err != nil {
		t.Fatal(err)
	}
	r.write("modules", "ext4 999424 1 - Live 0x0\nmbcache 16384 1 ext4, Live 0x0\n")
	r.write("net/raw", rawHead)
	if got := r.look(); got != "" {
		t.Errorf("the first look told %s", got)
	}
	r.write("modules", "rootkit 1 0 - Live 0x0\next4 999424 1 - Live 0x0\n")
	if got, want := r.look(), "module_load rootkit, module_unload mbcache"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	r.p.Put(procfstest.Process{PID: 10, Start: 5, Comm: "ping"})
	r.write("10/fd/.keep", "")
	if err := os.Symlink("socket:[4242]", filepath.Join(r.p.Dir, "10/fd/3")); err != nil {
		t.Fatal(err)
	}
	r.write("net/raw", rawHead+rawLine)
	r.write("net/raw6", rawHead+raw6Line)
	r.write("net/packet", packetHead+packetLine)
	if got, want := r.look(), "net_raw SOCK_RAW packet/3 uid 0, net_raw SOCK_RAW rawipv4/1 uid 1000 by 10, net_raw SOCK_RAW rawipv6/58 uid 0"; strings.ReplaceAll(got, "  ", " ") != want {
		t.Errorf("%s, want %s", got, want)
	}
	r.write("self/mountinfo", string(mounts)+"77 30 0:99 / /mnt/x rw - tmpfs none rw\n")
	if got, want := r.look(), "mount_create /mnt/x"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	r.write("self/mountinfo", string(mounts))
	if got, want := r.look(), "mount_remove /mnt/x"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	r.l.next = func(id ebpf.ProgramID) (ebpf.ProgramID, error) {
		if id == 0 {
			return 1 << 31, nil // is not there
		}
		return 0, os.ErrNotExist
	}
	if got, want := r.look(), "bpf_load BPF_PROG_LOAD"; strings.ReplaceAll(got, "  ", " ") != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := r.look(); got != "" {
		t.Errorf("told again: %s", got)
	}
}

// In a scope what is the host's is nobody's business.
func TestScope(t *testing.T) {
	r := newRig(t, "box")
	r.l.next = func(ebpf.ProgramID) (ebpf.ProgramID, error) {
		t.Error("programs were listed")
		return 0, os.ErrNotExist
	}
	r.write("modules", "")
	r.look()
	r.write("modules", "rootkit 1 0 - Live 0x0\n")
	r.write("net/raw", rawHead+rawLine+strings.ReplaceAll(rawLine, "4242", "4250"))
	for pid, group := range map[int64]string{10: "/box", 20: "/"} {
		r.p.Put(procfstest.Process{PID: pid, Start: 5, Comm: "ping", Cgroup: group})
		r.write(fmt.Sprint(pid, "/fd/.keep"), "")
	}
	r.write("cgroup/box/cgroup.procs", "10\n")
	if err := errors.Join(os.WriteFile(filepath.Join(r.p.Cgroups(), "box/cgroup.procs"), []byte("10\n"), 0o644),
		os.Symlink("socket:[4242]", filepath.Join(r.p.Dir, "10/fd/3")), os.Symlink("socket:[4250]", filepath.Join(r.p.Dir, "20/fd/3"))); err != nil {
		t.Fatal(err)
	}
	if got, want := r.look(), "net_raw SOCK_RAW rawipv4/1 uid 1000 by 10"; strings.ReplaceAll(got, "  ", " ") != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The rung says what it cannot look at.
func TestLacks(t *testing.T) {
	r := newRig(t, "")
	r.l.next = func(ebpf.ProgramID) (ebpf.ProgramID, error) { return 0, errors.New("no bpf(2)") }
	r.look()
	if got := strings.Join(r.l.lacks(), "; "); !strings.Contains(got, "no modules") && !strings.Contains(got, "the kernel has none") || !strings.Contains(got, "no bpf(2)") {
		t.Errorf("%s", got)
	}
	if rung := Calls(Options{}).Rung; rung.Name != "proc" || rung.Limits == "" || len(rung.Only) == 0 {
		t.Errorf("%+v", rung)
	}
}

func FuzzLists(f *testing.F) {
	f.Add([]byte(rawHead + rawLine + raw6Line))
	f.Add([]byte(packetHead + packetLine))
	f.Add([]byte("ext4 999424 1 - Live 0x0\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, family := range []string{"", "ipv4"} {
			for _, s := range parseRaw(text, family) {
				if s.inode == 0 || s.kind == "" {
					t.Errorf("%+v", s)
				}
			}
		}
		for _, name := range parseModules(text) {
			if name == "" || strings.Contains(name, " ") {
				t.Errorf("module %q", name)
			}
		}
	})
}
