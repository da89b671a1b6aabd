package fanotify

import (
	"os"
	"strconv"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
)

// view is a mount as it can be reached: through the root of a process, when it
// is of another mount namespace than the agent's.
type view struct {
	procfs.MountPoint
	root string // in /proc; "" for the agent's own mount namespace
}

// at is the path by which the agent reaches the mount.
func (v view) at() string { return v.root + v.Dir }

const (
	// maxNamespaces bounds the mount namespaces that are looked into.
	maxNamespaces = 64
	// lookEvery is how often it is looked for new ones: nothing tells of them. A look
	// at 500 processes takes 1 ms.
	lookEvery = 2 * time.Second
)

// foreign lists the mounts of other mount namespaces, as containers have them,
// each by one of its processes.
func (a *actors) foreign() []view {
	own, err := os.Readlink(a.fs.Root() + "/self/ns/mnt")
	if err != nil {
		return nil
	}
	pids, err := a.scope.PIDs()
	if err != nil {
		return nil
	}
	seen := map[string]bool{own: true}
	var out []view
	for _, pid := range pids {
		name, err := os.Readlink(a.fs.Path(pid, "ns/mnt"))
		if err != nil || seen[name] {
			continue
		}
		text, err := os.ReadFile(a.fs.Path(pid, "mountinfo"))
		if err != nil {
			continue // another of its processes may do
		}
		if seen[name] = true; len(seen) > maxNamespaces {
			break
		}
		for _, m := range procfs.ParseMounts(text) {
			out = append(out, view{m, a.fs.Root() + "/" + strconv.FormatInt(pid, 10) + "/root"})
		}
	}
	return out
}
