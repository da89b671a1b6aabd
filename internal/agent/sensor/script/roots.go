package script

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"syscall"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/event"
)

const (
	maxNamespaces = 64
	maxMembers    = 4 // processes that are remembered of each
)

var errNamespace = errors.New("the process is gone, and no other of its mount namespace is known")

// roots opens files as processes see them, also of processes that are gone.
type roots struct {
	proc  *procfs.FS
	own   int64
	known map[int64][]int64 // pids by mount namespace, the latest last
}

func newRoots(proc *procfs.FS) (*roots, error) {
	own, err := namespace(proc.Root() + "/self")
	if err != nil {
		return nil, err
	}
	return &roots{proc: proc, own: own, known: map[int64][]int64{}}, nil
}

// namespace returns the inode number of the mount namespace of a process.
func namespace(dir string) (int64, error) {
	var st syscall.Stat_t
	if err := syscall.Stat(dir+"/ns/mnt", &st); err != nil {
		return 0, &fs.PathError{Op: "stat", Path: dir + "/ns/mnt", Err: err}
	}
	return int64(st.Ino), nil
}

// learn remembers that a process, and the one that made it, are of a mount
// namespace that is not ours.
func (r *roots) learn(p *event.Process) {
	if p.Namespaces == nil || p.Namespaces.Mount == r.own || p.Namespaces.Mount == 0 {
		return
	}
	ns := p.Namespaces.Mount
	if _, ok := r.known[ns]; !ok && len(r.known) >= maxNamespaces {
		clear(r.known)
	}
	pids := r.known[ns]
	add := []int64{p.PID}
	if p.Parent != nil {
		add = []int64{p.Parent.PID, p.PID}
	}
	for _, pid := range add {
		if !slices.Contains(pids, pid) {
			pids = append(pids, pid)
		}
	}
	r.known[ns] = pids[max(0, len(pids)-maxMembers):]
}

// alive reports whether a process is there and its pid still its own.
func (r *roots) alive(p *event.Process) bool {
	id, err := r.proc.EntityID(p.PID)
	return err == nil && id == p.EntityID
}

// open opens a file by the path that a process knows it by. fresh says that the
// process was there a moment ago: that its pid is still its own is not checked
// then, which would cost more than all the rest. The owner of the script could
// as well have changed it in that moment.
func (r *roots) open(p *event.Process, path string, fresh bool) (*procfs.Found, error) {
	var f *procfs.Found
	err := error(fs.ErrNotExist)
	alive := fresh || r.alive(p)
	if alive {
		f, err = procfs.FindIn(r.proc.Path(p.PID, "root"), path)
	}
	if err != nil && errors.Is(err, fs.ErrNotExist) {
		f, err = r.openAnyway(p, path, alive)
	}
	return f, err
}

// openAnyway opens a file of a process that is gone, has another root than its
// namespace, or whose script was removed.
func (r *roots) openAnyway(p *event.Process, path string, alive bool) (*procfs.Found, error) {
	if p.Namespaces == nil || p.Namespaces.Mount == 0 || p.Namespaces.Mount == r.own {
		f, err := procfs.FindIn("/", path)
		if err != nil && alive {
			if f := r.removed(p.PID, path); f != nil {
				return f, nil
			}
		}
		return f, err
	}
	if alive {
		if f := r.removed(p.PID, path); f != nil {
			return f, nil
		}
	}
	tried := errNamespace
	for _, pid := range slices.Backward(r.known[p.Namespaces.Mount]) {
		if ns, err := namespace(r.proc.Path(pid, "")); err != nil || ns != p.Namespaces.Mount {
			continue
		}
		f, err := procfs.FindIn(r.proc.Path(pid, "root"), path)
		if err == nil {
			return f, nil
		}
		tried = err
	}
	return nil, tried
}

// removed finds a script that has no name any more where interpreters keep it
// open: bash at 255, dash from 10 on, Perl and others at 3.
func (r *roots) removed(pid int64, path string) *procfs.Found {
	for _, fd := range []int{255, 10, 11, 12, 13, 3, 4, 5, 6} {
		name, err := os.Readlink(r.proc.Path(pid, "fd/"+strconv.Itoa(fd)))
		if err != nil || name != path+" (deleted)" {
			continue
		}
		if f, err := r.proc.FindDescriptor(pid, fd); err == nil {
			return f
		}
	}
	return nil
}
