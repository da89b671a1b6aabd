// Package procfs reads processes from /proc: the table of processes is seeded
// from it, and sensors without a better source poll it. A snapshot of a
// process is checked against its start time before and after the reading, so
// that it never mixes two processes that had the same pid; what the process
// did in between (another program executed) cannot be seen. Every root is a
// parameter. An FS is safe for concurrent use.
package procfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

// ErrGone says that the process ended, or that its pid now belongs to another.
var ErrGone = errors.New("process is gone")

// FS is one mounted /proc.
type FS struct {
	root    string
	boot    string
	offset  int64 // wall clock minus boot clock, nanoseconds
	cgroups Mount // where the cgroup v2 hierarchy is mounted
}

// Open opens the /proc that is mounted at root, "" for /proc.
func Open(root string) (*FS, error) {
	if root == "" {
		root = "/proc"
	}
	boot, err := os.ReadFile(filepath.Join(root, "sys/kernel/random/boot_id"))
	if err != nil {
		return nil, fmt.Errorf("read boot id (is proc mounted at %s?): %w", root, err)
	}
	f := &FS{root: root, boot: strings.TrimSpace(string(boot)), offset: clockOffset()}
	if text, err := os.ReadFile(filepath.Join(root, "self/mountinfo")); err == nil {
		f.cgroups, _ = CgroupMount(text)
	}
	return f, nil
}

func clockOffset() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0
	}
	return time.Now().UnixNano() - ts.Nano()
}

// Root returns where /proc is mounted.
func (f *FS) Root() string { return f.root }

// Boot returns the boot id of the host.
func (f *FS) Boot() string { return f.boot }

// Cgroups returns where the cgroup v2 hierarchy is mounted; Dir is empty when
// it is not.
func (f *FS) Cgroups() Mount { return f.cgroups }

// Wall converts nanoseconds since boot to the wall clock.
func (f *FS) Wall(boot uint64) event.Time { return event.Time(int64(boot) + f.offset) }

// Path returns the path of a file of a process.
func (f *FS) Path(pid int64, name string) string {
	return f.root + "/" + strconv.FormatInt(pid, 10) + "/" + name
}

// PIDs lists the processes, growing.
func (f *FS) PIDs() ([]int64, error) {
	d, err := os.Open(f.root)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var pids []int64
	for _, n := range names {
		if n[0] < '1' || n[0] > '9' {
			continue
		}
		if pid, err := strconv.ParseInt(n, 10, 64); err == nil {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids, nil
}

// Stat reads /proc/PID/stat.
func (f *FS) Stat(pid int64) (Stat, error) {
	text, err := f.read(pid, "stat", 4096)
	if err != nil {
		return Stat{}, err
	}
	return ParseStat(text)
}

// EntityID returns the stable id of the process that has the pid now.
func (f *FS) EntityID(pid int64) (string, error) {
	s, err := f.Stat(pid)
	if err != nil {
		return "", err
	}
	return f.entity(s), nil
}

func (f *FS) entity(s Stat) string { return event.EntityID(f.boot, s.PID, s.Start) }

// read reads at most limit bytes of a file of a process; ErrGone when there is
// no such process.
func (f *FS) read(pid int64, name string, limit int) ([]byte, error) {
	file, err := os.Open(f.Path(pid, name))
	if err != nil {
		return nil, gone(err)
	}
	defer file.Close()
	buf := make([]byte, 0, min(limit, 4096))
	for len(buf) < limit {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, min(len(buf), limit-len(buf)))
		}
		n, err := file.Read(buf[len(buf):min(cap(buf), limit)])
		buf = buf[:len(buf)+n]
		if err == io.EOF || n == 0 && err == nil {
			break
		}
		if err != nil {
			return buf, gone(err)
		}
	}
	return buf, nil
}

func gone(err error) error {
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return err
}
