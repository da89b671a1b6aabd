package dns

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/vedette-edr/vedette/internal/event"
)

// Bounds of the search for a process that sees a file.
const (
	maxTries     = 16 // to find a library, by loads of it
	maxTried     = 1024
	maxProcesses = 4096 // that are looked at in one search
)

// load watches the library that a process has loaded, as a process of that
// mount namespace sees it. One that ends at once is gone by now; then another
// of the namespace will do, its parent as a rule.
func (l *libraries) load(e *event.Event) error {
	if l.o.Libraries != nil {
		return nil
	}
	id := inode{uint64(e.File.Device), uint64(e.File.Inode)}
	if len(l.tries) >= maxTried {
		clear(l.tries)
	}
	if l.tries[id] >= maxTries {
		return nil
	}
	l.tries[id]++
	root, err := l.root(e.Process)
	if err != nil {
		return err
	}
	if err := l.add(filepath.Join(root, e.File.Path)); err != nil {
		return err
	}
	l.tries[id] = maxTries
	return nil
}

// root returns where the files of a process are seen from here.
func (l *libraries) root(p *event.Process) (string, error) {
	of := func(pid int64) string { return filepath.Join(l.o.Proc, strconv.FormatInt(pid, 10), "root") }
	var space uint64
	if p.Namespaces != nil {
		space = uint64(p.Namespaces.Mount)
	}
	if space == 0 || l.mounts(strconv.FormatInt(p.PID, 10)) == space {
		return of(p.PID), nil
	}
	if l.mounts("self") == space {
		return "/", nil
	}
	if p.Parent != nil && l.mounts(strconv.FormatInt(p.Parent.PID, 10)) == space {
		return of(p.Parent.PID), nil
	}
	dir, err := os.Open(l.o.Proc)
	if err != nil {
		return "", err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(maxProcesses)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		if pid, err := strconv.ParseInt(name, 10, 64); err == nil && l.mounts(name) == space {
			return of(pid), nil
		}
	}
	return "", fmt.Errorf("find a process of mount namespace %d: %w", space, fs.ErrNotExist)
}

// mounts returns the mount namespace of a process, 0 when it is gone.
func (l *libraries) mounts(pid string) uint64 {
	var st syscall.Stat_t
	if syscall.Stat(filepath.Join(l.o.Proc, pid, "ns/mnt"), &st) != nil {
		return 0
	}
	return st.Ino
}
