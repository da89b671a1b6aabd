//go:build linux

// Package attackers_test does to a running agent and its manager what somebody
// does who wants them not to see, to see what is not, or to end: in the
// sandbox, with the real programs. After each attack the agent still runs, and
// what it did not see is told.
package attackers_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/test/rig"
)

func TestMain(m *testing.M) {
	rig.Forker()
	os.Exit(m.Run())
}

// bench is one agent with its manager for all attacks.
type bench struct {
	*rig.Pair
	tool string // testdata/attack.c, built
	dir  string
}

func TestAttackers(t *testing.T) {
	b := start(t)
	pid := b.Agent.PID()
	for _, a := range []struct {
		name string
		run  func(*testing.T, *bench)
	}{
		{"fork storm", forkStorm}, {"thread exits", threadExits}, {"long arguments", longArguments}, {"deep ancestry", deepAncestry},
		{"pid reuse", pidReuse}, {"names", names}, {"other views of the files", otherViews}, {"symlink race", symlinkRace},
		{"agent stopped", agentStopped}, {"agent traced", agentTraced}, {"ring filled", ringFilled},
	} {
		t.Run(a.name, func(t *testing.T) {
			a.run(t, b)
			if err := syscall.Kill(pid, 0); err != nil {
				t.Fatalf("the agent is gone\n%s", b.Logs())
			}
			if err := b.Sensing(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func start(t *testing.T) *bench {
	scope, err := rig.Cgroup("attacked")
	if err != nil {
		t.Skip("SKIPPED: ", err)
	}
	compiler, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("SKIPPED: the attacker is a program in C, and gcc is not installed")
	}
	t.Chdir("../..")
	if out, err := exec.Command("./test/build.sh").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	dir := t.TempDir()
	tool := filepath.Join(dir, "attack")
	if out, err := exec.Command(compiler, "-O2", "-static", "-pthread", "-o", tool, "test/attackers/testdata/attack.c").CombinedOutput(); err != nil {
		t.Fatalf("build the attacker: %v\n%s", err, out)
	}
	p, err := rig.StartPair(t.Context(), dir, scope)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	policy := wire.DefaultPolicy()
	policy.CPULimit = 0 // else digests are given up on a busy machine
	if err := errors.Join(rig.Up(t.Context(), p.Client), p.Sensing(t.Context()), p.SetPolicy(t.Context(), policy)); err != nil {
		t.Fatalf("%v\n%s", err, p.Logs())
	}
	return &bench{Pair: p, tool: tool, dir: dir}
}

// command is one that runs inside the guarded cgroup.
func (b *bench) command(t *testing.T, argv ...string) *exec.Cmd {
	t.Helper()
	attr, f, err := rig.In(b.Scope)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	c := exec.Command(argv[0], argv[1:]...)
	c.SysProcAttr = attr
	return c
}

func (b *bench) run(t *testing.T, argv ...string) {
	t.Helper()
	if out, err := b.command(t, argv...).CombinedOutput(); err != nil {
		t.Fatalf("%.100q: %v\n%s", argv, err, out)
	}
}

// wait returns the events of a condition when there are so many.
func (b *bench) wait(t *testing.T, n int, begin time.Time, condition string, values ...any) []*event.Event {
	t.Helper()
	var list api.EventList
	condition = fmt.Sprintf(condition, values...)
	err := rig.Until(t.Context(), 30*time.Second, func() (bool, error) {
		q := url.Values{"query": {condition}, "from": {begin.UTC().Format(time.RFC3339Nano)}, "limit": {"2000"}, "sort": {"@timestamp"}}
		err := b.Client.Get(t.Context(), "/events/search", q, &list)
		return len(list.Events) >= n, err
	})
	if err != nil {
		t.Fatalf("%d of %d events with %s: %v\n%s", len(list.Events), n, condition, err, b.Logs())
	}
	return list.Events
}

// accounted fails unless what was seen of a kind and what was lost is as much
// as was done.
func (b *bench) accounted(t *testing.T, kind, whose string, begin time.Time, did int64) (seen, lost int64) {
	t.Helper()
	err := rig.Until(t.Context(), 60*time.Second, func() (bool, error) {
		a, err := b.Client.Count(t.Context(), fmt.Sprintf("event.action = '%s' and %s", kind, whose), begin, time.Now())
		seen, lost = a.Total, rig.Lost(a.Completeness, kind)
		return seen+lost >= did, err
	})
	if err != nil || seen > did {
		t.Fatalf("of %d %s %d were seen and %d told as lost: %v", did, kind, seen, lost, err)
	}
	t.Logf("%d %s: seen %d, told as lost %d", did, kind, seen, lost)
	return seen, lost
}

func forkStorm(t *testing.T, b *bench) {
	const count = 50_000
	begin := time.Now()
	b.run(t, b.tool, "forks", fmt.Sprint(count), "400")
	b.accounted(t, "process_fork", "process.executable = '"+b.tool+"'", begin, count)
	b.accounted(t, "process_end", "process.executable = '"+b.tool+"'", begin, count+1)
}

// The end of a thread is not the end of its process.
func threadExits(t *testing.T, b *bench) {
	begin := time.Now()
	c := b.command(t, b.tool, "threads", "100000")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ends := b.wait(t, 1, begin, "event.action = 'process_end' and process.pid = %d", c.ProcessState.Pid())
	if len(ends) != 1 || ends[0].Time.Std().Before(begin) {
		t.Errorf("%d ends of one process", len(ends))
	}
}

func longArguments(t *testing.T, b *bench) {
	begin := time.Now()
	argv := []string{"/bin/true", "vedette-long-arguments"}
	size := int64(len(argv[0]) + len(argv[1]) + 2)
	for range 8 {
		argv = append(argv, strings.Repeat("x", 120_000))
		size += 120_001
	}
	b.run(t, argv...)
	e := b.wait(t, 1, begin, "event.action = 'process_start' and process.command_line contains 'vedette-long-arguments'")[0]
	if p := e.Process; p.ArgsCount != int64(len(argv)) || p.ArgsSize != size || len(p.CommandLine) > 64<<10 || len(p.CommandLine) < 20<<10 {
		t.Errorf("%d arguments of %d bytes, %d kept; want %d of %d", p.ArgsCount, p.ArgsSize, len(p.CommandLine), len(argv), size)
	}
}

func deepAncestry(t *testing.T, b *bench) {
	begin := time.Now()
	b.run(t, b.tool, "deep", "1000", "/bin/true", "vedette-deep")
	e := b.wait(t, 1, begin, "event.action = 'process_start' and process.command_line = '/bin/true vedette-deep'")[0]
	a := e.Process.Ancestors
	if a == nil || len(a.Names) < 8 || len(a.Names) > 64 || a.Names[0] != "attack" || a.Names[7] != "attack" {
		t.Errorf("ancestors %+v", a)
	}
}

func pidReuse(t *testing.T, b *bench) {
	const number = 31_337
	begin := time.Now()
	b.run(t, b.tool, "reuse", fmt.Sprint(number), "/bin/true", "vedette-first", "vedette-second", "vedette-third")
	starts := b.wait(t, 3, begin, "event.action = 'process_start' and process.pid = %d", number)
	ids := map[string]bool{}
	for _, e := range starts {
		ids[e.Process.EntityID] = true
	}
	if len(starts) != 3 || len(ids) != 3 {
		t.Errorf("%d processes of one number have %d identities", len(starts), len(ids))
	}
	for _, e := range b.wait(t, 3, begin, "event.action = 'process_end' and process.pid = %d", number) {
		if !ids[e.Process.EntityID] {
			t.Errorf("the end of %s, which nobody started", e.Process.EntityID)
		}
	}
}

// Programs with names that break what is not careful.
func names(t *testing.T, b *bench) {
	image, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	long := b.dir
	for len(long) < 3700 {
		long = filepath.Join(long, strings.Repeat("d", 250))
	}
	for i, path := range []string{
		filepath.Join(b.dir, "not\xff\xfeutf8"), filepath.Join(b.dir, "two\nlines\ttab"), filepath.Join(b.dir, strings.Repeat("n", 255)),
		filepath.Join(b.dir, `quote"'\{`), filepath.Join(b.dir, " "), filepath.Join(long, strings.Repeat("e", 4095-1-len(long)-1)),
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if len(filepath.Base(path)) > 255 {
			path = filepath.Join(filepath.Dir(path), "e")
		}
		if err := os.WriteFile(path, image, 0o755); err != nil {
			t.Fatal(err)
		}
		begin, marker := time.Now(), fmt.Sprintf("vedette-name-%d", i)
		b.run(t, path, marker)
		e := b.wait(t, 1, begin, "event.action = 'process_start' and process.command_line contains '%s'", marker)[0]
		if e.Process.Executable == "" || e.Process.Name == "" || strings.ContainsRune(e.Process.Executable, 0) {
			t.Errorf("name %d: executable %q, name %q", i, e.Process.Executable, e.Process.Name)
		}
		if want := strings.ToValidUTF8(path, "\ufffd"); e.Process.Executable != want && strings.ToValidUTF8(e.Process.Executable, "") == e.Process.Executable && i != 0 {
			t.Errorf("name %d: executable %.80q, want %.80q", i, e.Process.Executable, want)
		}
	}
}

// The same program through a bind mount, an overlay and a changed root is told
// with its inode, and with its digest or why there is none.
func otherViews(t *testing.T, b *bench) {
	begin := time.Now()
	script := `set -e; cd ` + b.dir + `; mkdir -p root lower/bin upper work merged; cp /bin/true lower/bin/true
mount --bind / root; chroot root /bin/true vedette-chroot; mount --bind /bin/true root/bin/false; root/bin/false vedette-bound
mount -t tmpfs none work; mkdir work/u work/w; mount -t overlay -o lowerdir=lower,upperdir=work/u,workdir=work/w none merged
merged/bin/true vedette-overlay`
	b.run(t, "unshare", "--mount", "sh", "-c", script)
	var want string
	for _, marker := range []string{"vedette-chroot", "vedette-bound", "vedette-overlay"} {
		e := b.wait(t, 1, begin, "event.action = 'process_start' and process.command_line contains ' %s' and process.name != 'sh'", marker)[0]
		h := e.Process.Hash
		if h == nil || h.SHA256 == "" && h.Status == "" || e.Process.Executable == "" || e.File.Inode == 0 {
			t.Fatalf("%s: %+v of %+v", marker, h, e.File)
		}
		if h.SHA256 == "" {
			t.Logf("%s: no digest: %s", marker, h.Status)
			continue
		}
		if want == "" {
			want = h.SHA256
		}
		if h.SHA256 != want {
			t.Errorf("%s has the digest %s, want %s", marker, h.SHA256, want)
		}
	}
}

// While a link is turned from one program to another, each execution has the
// digest of the program that ran.
func symlinkRace(t *testing.T, b *bench) {
	image, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	link, programs := filepath.Join(b.dir, "link"), []string{filepath.Join(b.dir, "one"), filepath.Join(b.dir, "two")}
	for i, p := range programs {
		if err := os.WriteFile(p, append(image, byte('0'+i)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(programs[0], link); err != nil {
		t.Fatal(err)
	}
	flip := b.command(t, b.tool, "flip", link, programs[0], programs[1])
	if err := flip.Start(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	const count = 300
	_, err = rig.Spawn(b.Scope, count, 0, link, "vedette-race")
	_ = flip.Process.Kill()
	_ = flip.Wait()
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string]string{}
	for _, e := range b.wait(t, count, begin, "event.action = 'process_start' and process.command_line contains 'vedette-race'") {
		if e.Process.Hash == nil || e.Process.Hash.SHA256 == "" {
			continue // told later, in file_hash
		}
		path, digest := e.Process.Executable, e.Process.Hash.SHA256
		if digests[path] == "" {
			digests[path] = digest
		}
		if digests[path] != digest {
			t.Fatalf("%s has the digests %s and %s", path, digests[path], digest)
		}
	}
	if len(digests) != 2 || digests[programs[0]] == digests[programs[1]] {
		t.Errorf("digests %v", digests)
	}
}

// While the agent is stopped the kernel keeps what happens; what does not fit
// is counted, and who stopped it is told.
func agentStopped(t *testing.T, b *bench) {
	begin := time.Now()
	victim := static(t)
	stop(t, b)
	s, err := rig.Spawn(b.Scope, 600, 300, victim)
	resume(t, b)
	if err != nil {
		t.Fatal(err)
	}
	b.accounted(t, "process_start", "process.executable = '"+victim+"'", begin, int64(s.Count))
	e := b.wait(t, 1, begin, "event.action = 'process_signal' and call.signal = 'SIGSTOP'")[0]
	if e.Target == nil || e.Target.PID != int64(b.Agent.PID()) || e.Process.Name != "kill" {
		t.Errorf("told of %+v by %s", e.Target, e.Process.Name)
	}
}

func ringFilled(t *testing.T, b *bench) {
	begin := time.Now()
	victim := static(t)
	stop(t, b)
	s, err := rig.Spawn(b.Scope, 20_000, 0, victim)
	resume(t, b)
	if err != nil {
		t.Fatal(err)
	}
	if _, lost := b.accounted(t, "process_start", "process.executable = '"+victim+"'", begin, int64(s.Count)); lost == 0 {
		t.Error("nothing was lost: the ring was not filled")
	}
}

func agentTraced(t *testing.T, b *bench) {
	begin := time.Now()
	b.run(t, b.tool, "trace", fmt.Sprint(b.Agent.PID()))
	e := b.wait(t, 1, begin, "event.action = 'process_access' and call.operation = 'PTRACE_ATTACH'")[0]
	if e.Target == nil || e.Target.PID != int64(b.Agent.PID()) {
		t.Errorf("told of %+v", e.Target)
	}
}

func static(t *testing.T) string {
	t.Helper()
	victim, err := rig.Static()
	if err != nil {
		t.Skip("SKIPPED: ", err)
	}
	return victim
}

// stop has a process of the guarded cgroup stop the agent.
func stop(t *testing.T, b *bench) {
	t.Helper()
	b.run(t, "/bin/kill", "-STOP", fmt.Sprint(b.Agent.PID()))
	err := rig.Until(context.Background(), 10*time.Second, func() (bool, error) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", b.Agent.PID()))
		return strings.Contains(string(text), ") T "), err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func resume(t *testing.T, b *bench) {
	t.Helper()
	if err := syscall.Kill(b.Agent.PID(), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}
