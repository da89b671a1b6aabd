package enrich

import (
	"encoding/binary"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/event"
)

const (
	kernfsHandle = 0xfe // FILEID_KERNFS: a handle that is the cgroup's id
	maxCgroups   = 4096
	maxWalk      = 20000                       // directories
	walkAgain    = event.Time(1 * time.Second) // between two walks
)

// cgroups finds the paths of cgroups by their ids: the number that the
// kernel's events carry is that of the cgroup's directory. The kernel opens it
// by that number where the agent may (CAP_DAC_READ_SEARCH); else the hierarchy
// is walked. An id is never reused, so what was found is kept. One goroutine at
// a time uses it.
type cgroups struct {
	mount  procfs.Mount
	byID   map[int64]cgroup
	walked event.Time
}

type cgroup struct{ path, container string }

func newCgroups(m procfs.Mount) *cgroups {
	return &cgroups{mount: m, byID: make(map[int64]cgroup)}
}

// resolve returns the cgroup with the id; empty when it is gone.
func (c *cgroups) resolve(id int64, now event.Time) cgroup {
	if found, ok := c.byID[id]; ok {
		return found
	}
	if c.mount.Dir == "" {
		return cgroup{}
	}
	if len(c.byID) >= maxCgroups {
		clear(c.byID)
	}
	if p, ok := c.open(id); ok {
		return c.keep(id, p)
	}
	if d := now - c.walked; c.walked != 0 && d >= 0 && d < walkAgain {
		return cgroup{} // the next event asks again
	}
	c.walked = now
	c.walk()
	if _, ok := c.byID[id]; !ok {
		c.byID[id] = cgroup{} // it is gone
	}
	return c.byID[id]
}

func (c *cgroups) keep(id int64, dir string) cgroup {
	p, ok := c.mount.Within(dir)
	if !ok {
		return cgroup{}
	}
	c.byID[id] = cgroup{p, procfs.ContainerID(p)}
	return c.byID[id]
}

// open asks the kernel for the directory with the id.
func (c *cgroups) open(id int64) (string, bool) {
	mount, err := unix.Open(c.mount.Dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", false
	}
	defer unix.Close(mount)
	root, err := unix.Open(c.mount.Dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", false
	}
	defer unix.Close(root)
	handle := unix.NewFileHandle(kernfsHandle, binary.NativeEndian.AppendUint64(nil, uint64(id)))
	fd, err := unix.OpenByHandleAt(root, handle, unix.O_PATH|unix.O_CLOEXEC)
	if err != nil {
		return "", false
	}
	defer unix.Close(fd)
	dir, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
	if err != nil || !strings.HasPrefix(dir, c.mount.Dir) || strings.HasSuffix(dir, " (deleted)") {
		return "", false
	}
	return dir, true
}

// walk learns all cgroups that exist, a bounded number of them.
func (c *cgroups) walk() {
	left := maxWalk
	_ = filepath.WalkDir(c.mount.Dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil // it went away meanwhile, or is a control file
		}
		if left--; left < 0 {
			return fs.SkipAll
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			c.keep(int64(st.Ino), path.Clean(p))
		}
		return nil
	})
}

func containerOf(cgroupPath, known string) string {
	if id := procfs.ContainerID(cgroupPath); id != "" {
		return id
	}
	return known
}
