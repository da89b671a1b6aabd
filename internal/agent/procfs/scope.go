package procfs

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Scope is a cgroup and all below it; processes outside of it are nobody's
// business. The zero path is the whole host.
type Scope struct {
	fs   *FS
	dir  string // of the cgroup; empty is the whole host
	path string // of the cgroup in the hierarchy
}

// OpenScope opens the /proc that is mounted at root, "" for /proc, and the scope
// of a cgroup's directory, "" for the whole host.
func OpenScope(root, dir string) (*FS, Scope, error) {
	f, err := Open(root)
	if err != nil {
		return nil, Scope{}, err
	}
	s, err := f.Scope(dir)
	return f, s, err
}

// Scope returns the scope of a cgroup's directory, "" for the whole host.
func (f *FS) Scope(dir string) (Scope, error) {
	if dir == "" {
		return Scope{fs: f}, nil
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return Scope{}, fmt.Errorf("scope: %w", err)
	}
	p, ok := f.cgroups.Within(dir)
	if !ok {
		return Scope{}, fmt.Errorf("scope %s: not below the cgroup v2 hierarchy at %q: %w", dir, f.cgroups.Dir, ErrNoCgroups)
	}
	return Scope{fs: f, dir: dir, path: strings.TrimSuffix(p, "/")}, nil
}

// Whole reports whether the scope is the whole host.
func (s Scope) Whole() bool { return s.dir == "" }

// PIDs lists the processes in the scope, growing.
func (s Scope) PIDs() ([]int64, error) {
	if s.dir == "" {
		return s.fs.PIDs()
	}
	var pids []int64
	err := filepath.WalkDir(s.dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil && p == s.dir {
			return fmt.Errorf("list processes of the scope: %w", err)
		}
		if err != nil || !d.IsDir() {
			return nil // a cgroup that went away meanwhile, or a control file
		}
		text, err := os.ReadFile(filepath.Join(p, "cgroup.procs"))
		if err == nil { // a threaded cgroup has no list of processes
			pids = appendPIDs(pids, text)
		}
		return nil
	})
	slices.Sort(pids)
	return slices.Compact(pids), err
}

// appendPIDs reads the text of cgroup.procs; 0 is a process of a pid namespace
// that the reader does not see into.
func appendPIDs(pids []int64, text []byte) []int64 {
	for line := range bytes.Lines(text) {
		if pid, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids
}

// Has reports whether a process is in the scope; false when it is gone.
func (s Scope) Has(pid int64) bool {
	if s.dir == "" {
		return true
	}
	text, err := s.fs.read(pid, "cgroup", 64<<10)
	if err != nil {
		return false
	}
	p := ParseCgroups(text).Path
	return p == s.path || strings.HasPrefix(p, s.path+"/")
}
