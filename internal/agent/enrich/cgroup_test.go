package enrich

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/event"
)

func inode(t *testing.T, path string) int64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return int64(st.Ino)
}

// Where the kernel cannot be asked by number the hierarchy is walked.
func TestCgroupsByWalk(t *testing.T) {
	dir := t.TempDir()
	box := strings.Repeat("ab", 32)
	path := "system.slice/docker-" + box + ".scope"
	if err := os.MkdirAll(filepath.Join(dir, path), 0o755); err != nil {
		t.Fatal(err)
	}
	c := newCgroups(procfs.Mount{Dir: dir, Root: "/"})
	id := inode(t, filepath.Join(dir, path))
	if got := c.resolve(id, second); got.path != "/"+path || got.container != box {
		t.Errorf("%+v", got)
	}
	later := filepath.Join(dir, "later")
	if err := os.Mkdir(later, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := c.resolve(inode(t, later), 5*second); got.path != "/later" {
		t.Errorf("a new cgroup: %+v", got)
	}
	if got := c.resolve(1<<60, 9*second); got != (cgroup{}) {
		t.Errorf("an unknown id: %+v", got)
	}
	if got := newCgroups(procfs.Mount{}).resolve(id, second); got != (cgroup{}) {
		t.Errorf("without a hierarchy: %+v", got)
	}
}

// The cgroup of this process is found by its number.
func TestCgroupsByNumber(t *testing.T) {
	fs, err := procfs.Open("/proc")
	if err != nil {
		t.Fatal(err)
	}
	self, err := fs.Read(int64(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	if self.Process.CgroupID == 0 {
		t.Skip("SKIPPED: ", procfs.ErrNoCgroups)
	}
	c := newCgroups(fs.Cgroups())
	if got := c.resolve(self.Process.CgroupID, second); got.path != self.Process.CgroupPath {
		t.Errorf("cgroup %d is %q, this process is in %q", self.Process.CgroupID, got.path, self.Process.CgroupPath)
	}
}

// A process that moves to the cgroup of a container belongs to it from then on.
func TestContainerOfEvents(t *testing.T) {
	dir := fixture(t)
	hierarchy := filepath.Join(dir, "cgroup")
	box := strings.Repeat("0123456789abcdef", 4)
	inside := filepath.Join(hierarchy, "kubepods/burstable/pod1", box)
	if err := os.MkdirAll(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "proc/self/mountinfo"), "30 1 0:26 / "+hierarchy+" rw shared:9 - cgroup2 cgroup rw\n")
	en, err := New(Options{Proc: filepath.Join(dir, "proc"), Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer en.Close()
	if err := en.Seed(context.Background()); err != nil {
		t.Fatal(err)
	}
	start := started(2, 1, "/bin/runtime", second)
	start.Process.CgroupID = inode(t, hierarchy)
	moved, after, child := wrote(2, "/x", second), wrote(2, "/y", second), forked(3, 2, second)
	moved.Process.CgroupID = inode(t, inside)
	each(en, start, moved, after, child)
	if start.ContainerID != "" || start.Process.CgroupPath != "/" {
		t.Errorf("before: container %q, cgroup %q", start.ContainerID, start.Process.CgroupPath)
	}
	for _, e := range []*event.Event{moved, after, child} {
		if e.ContainerID != box || !strings.HasSuffix(e.Process.CgroupPath, box) {
			t.Errorf("%s: container %q, cgroup %q", e.Kind, e.ContainerID, e.Process.CgroupPath)
		}
	}
}
