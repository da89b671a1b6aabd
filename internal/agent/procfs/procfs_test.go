package procfs_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/procfs/procfstest"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestReadThisProcess(t *testing.T) {
	fs, err := procfs.Open("")
	if err != nil {
		t.Fatal(err)
	}
	e, err := fs.Read(int64(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	p := e.Process
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if p.Executable != self || p.WorkingDirectory != dir || p.Args[0] != os.Args[0] || int(p.ArgsCount) != len(os.Args) || p.Parent.PID != int64(os.Getppid()) {
		t.Errorf("%+v", p)
	}
	if p.ArgsSize < int64(len(p.CommandLine)) || p.Namespaces == nil || p.Namespaces.Mount == 0 || len(p.Capabilities) != 16 || p.MemoryBacked {
		t.Errorf("%+v", p)
	}
	if e.File == nil || e.File.Inode == 0 || e.File.Changed == 0 || e.File.Path != self || e.User.ID == "" {
		t.Errorf("file %+v, user %+v", e.File, e.User)
	}
	if id, err := fs.EntityID(p.PID); err != nil || id != p.EntityID || len(id) != 20 {
		t.Errorf("entity id %q and %q, %v", id, p.EntityID, err)
	}
	if pids, err := fs.PIDs(); err != nil || len(pids) == 0 {
		t.Errorf("%d processes, %v", len(pids), err)
	}
}

// A child that runs from a removed file.
func TestReadRemovedExecutable(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(sleep)
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/program"
	if err := os.WriteFile(path, text, 0o755); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(path, "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	fs, err := procfs.Open("/proc")
	if err != nil {
		t.Fatal(err)
	}
	e, err := fs.Read(int64(child.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if p := e.Process; !p.MemoryBacked || p.Executable != path || p.Name != "program" || e.File.Links != event.Some(0) {
		t.Errorf("%+v", p)
	}
}

func TestReadGone(t *testing.T) {
	p := procfstest.New(t)
	p.Put(procfstest.Process{PID: 5, Start: 10, Comm: "x"})
	fs, err := procfs.Open(p.Dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := fs.Stat(5)
	if err != nil {
		t.Fatal(err)
	}
	p.Put(procfstest.Process{PID: 5, Start: 11, Comm: "y"}) // the pid is another process now
	if _, err := fs.ReadAs(s); !errors.Is(err, procfs.ErrGone) {
		t.Errorf("another process: %v", err)
	}
	p.Remove(5)
	if _, err := fs.Read(5); !errors.Is(err, procfs.ErrGone) {
		t.Errorf("no process: %v", err)
	}
	if _, err := procfs.Open(t.TempDir()); err == nil {
		t.Error("a folder without a boot id is taken for /proc")
	}
}

func TestSplitArgs(t *testing.T) {
	tests := []struct {
		in, line string
		args     []string
		count    int64
	}{
		{"", "", nil, 0},
		{"a\x00", "a", []string{"a"}, 1},
		{"a\x00b c\x00\x00", "a b c ", []string{"a", "b c", ""}, 3},
		{"renamed itself", "renamed itself", []string{"renamed itself"}, 1},
	}
	for _, tt := range tests {
		args, line, count := procfs.SplitArgs([]byte(tt.in))
		if line != tt.line || strings.Join(args, "|") != strings.Join(tt.args, "|") || len(args) != len(tt.args) || count != tt.count {
			t.Errorf("%q: %q %q %d", tt.in, args, line, count)
		}
	}
	long := strings.Repeat("x\x00", 4*procfs.MaxArgs)
	if args, line, count := procfs.SplitArgs([]byte(long[:4*procfs.MaxArgs])); len(line) > procfs.MaxArgs || len(args) > procfs.MaxArgs/2 || count != 0 {
		t.Errorf("%d arguments, %d bytes, count %d", len(args), len(line), count)
	}
}

func TestParseStat(t *testing.T) {
	tail := " S 1 2 3 34816 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 4242 1 1 1 100 200 300 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 7 10 0 0 0\n"
	s, err := procfs.ParseStat([]byte("77 (a (b) ) c)" + tail))
	if err != nil || s.Comm != "a (b) ) c" || s.PID != 77 || s.Parent != 1 || s.Session != 3 || s.Start != 4242*uint64(event.EntityTick) || s.ArgsSize != 3 || s.Image != [3]uint64{100, 300, 7} {
		t.Errorf("%+v, %v", s, err)
	}
	for _, bad := range []string{"", "1", "1 (x)", "1 (x) S", "0 (x)" + tail, "x (x)" + tail, ") 1 (" + tail, "1 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x"} {
		if _, err := procfs.ParseStat([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestParseStatus(t *testing.T) {
	s, err := procfs.ParseStatus([]byte("Name:\tx\nUid:\t1000\t0\t0\t0\nGid:\t100\t5\t5\t5\nNSpid:\t77\t3\nCapEff:\t00000000a80425fb\n"))
	want := procfs.Status{UID: "1000", EUID: "0", GID: "100", EGID: "5", NSPID: 3, Capabilities: "00000000a80425fb"}
	if err != nil || s != want {
		t.Errorf("%+v, %v", s, err)
	}
	for _, bad := range []string{"", "Uid:\t1\t1\n", "Uid:\tx\ty\nGid:\t1\t1\n", "Uid:\nGid:\n", "Uid:\t1\t1\nGid:\t-1\t1\n"} {
		if _, err := procfs.ParseStatus([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestContainerID(t *testing.T) {
	a, b := strings.Repeat("a1", 32), strings.Repeat("b2", 32)
	for cgroup, want := range map[string]string{
		"/":                         "",
		"":                          "",
		"/system.slice/ssh.service": "",
		"/user.slice/user-1000.slice/session-3.scope": "",
		"/docker/" + a:                                                                          a,
		"/system.slice/docker-" + a + ".scope":                                                  a,
		"/system.slice/docker-" + a + ".scope/init":                                             a,
		"/docker/" + a + "/docker/" + b:                                                         b,
		"/kubepods/burstable/pod0f2d/" + a:                                                      a,
		"/kubepods.slice/kubepods-pod0f2d.slice/cri-containerd-" + a + ".scope":                 a,
		"/kubepods.slice/kubepods-pod0f2d.slice/crio-" + a + ".scope":                           a,
		"/kubepods.slice/kubepods-pod0f2d.slice/crio-conmon-" + a + ".scope":                    "",
		"/system.slice/containerd.service/kubepods-burstable-pod0f2d.slice:cri-containerd:" + a: a,
		"/machine.slice/libpod-" + a + ".scope/container":                                       a,
		"/machine.slice/libpod-conmon-" + a + ".scope":                                          "",
		"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + a + ".scope":       a,
		"/lxc/web/init.scope":                                                                   "web",
		"/lxc.payload.web/system.slice/cron.service":                                            "web",
		"/lxc.payload/web":                                                                      "web",
		"/lxc.monitor.web":                                                                      "",
		"/machine.slice/machine-deb\\x2dtest.scope/payload":                                     "deb-test",
		"/system.slice/x" + a + ".scope":                                                        "",
		"/docker/" + strings.ToUpper(a):                                                         "",
	} {
		if got := procfs.ContainerID(cgroup); got != want {
			t.Errorf("%s: %q, want %q", cgroup, got, want)
		}
	}
}

func TestCgroupMount(t *testing.T) {
	text := "22 27 0:21 / /proc rw - proc proc rw\n31 22 0:30 /outer /sys/fs/cg\\040roup rw,nosuid shared:4 master:1 - cgroup2 cgroup rw\n"
	m, err := procfs.CgroupMount([]byte(text))
	if err != nil || m.Dir != "/sys/fs/cg roup" || m.Root != "/outer" {
		t.Fatalf("%+v, %v", m, err)
	}
	if p, ok := m.Within("/sys/fs/cg roup/a/b"); !ok || p != "/outer/a/b" {
		t.Errorf("%q %v", p, ok)
	}
	if p, ok := m.Within("/sys/fs/cg roup2"); ok {
		t.Errorf("%q", p)
	}
	if d, ok := m.Directory("/outer/a"); !ok || d != "/sys/fs/cg roup/a" {
		t.Errorf("%q %v", d, ok)
	}
	if _, err := procfs.CgroupMount([]byte("22 27 0:21 / /proc rw - proc proc rw\n")); !errors.Is(err, procfs.ErrNoCgroups) {
		t.Error(err)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("77 (a) S 1 2 3 34816 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 4242 1 1 1 100 200 300 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 7 10 0 0 0\n"))
	f.Add([]byte("1 (x) S 1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := procfs.ParseStat(text)
		if err == nil && s.PID <= 0 {
			t.Errorf("%+v", s)
		}
	})
}

func FuzzParseStatus(f *testing.F) {
	f.Add([]byte("Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nNSpid:\t1\t2\nCapEff:\t0000000000000000\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := procfs.ParseStatus(text)
		if err == nil && (s.UID == "" || s.EGID == "") {
			t.Errorf("%+v", s)
		}
	})
}

func FuzzParseCgroups(f *testing.F) {
	f.Add("0::/system.slice/docker-" + strings.Repeat("a1", 32) + ".scope\n")
	f.Add("12:cpu:/docker/" + strings.Repeat("a1", 32) + "\n0::/\n")
	f.Add("0::/lxc/x\n1:name=systemd:/lxc.monitor.x\n")
	f.Fuzz(func(t *testing.T, text string) {
		c := procfs.ParseCgroups([]byte(text))
		if !strings.Contains(text, c.Path) || strings.Contains(c.Container, "/") {
			t.Errorf("%+v", c)
		}
	})
}

func FuzzCgroupMount(f *testing.F) {
	f.Add([]byte("31 22 0:30 / /sys/fs/cg\\040roup rw shared:4 - cgroup2 cgroup rw\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if m, err := procfs.CgroupMount(text); err == nil {
			m.Within("/a")
			m.Directory("/a")
		}
	})
}

func FuzzSplitArgs(f *testing.F) {
	f.Add([]byte("a\x00b\x00\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		args, line, _ := procfs.SplitArgs(text)
		if got := strings.Join(args, " "); got != line {
			t.Errorf("%q is not %q", got, line)
		}
	})
}
