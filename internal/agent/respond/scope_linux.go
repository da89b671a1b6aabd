package respond

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// inScope reports an error unless the process belongs to the scope or to a
// cgroup below it.
func (h *Host) inScope(pid int64) error {
	if h.Scope == "" {
		return nil
	}
	scope, err := inode(h.Scope)
	if err != nil {
		return fmt.Errorf("look at scope %s: %w", h.Scope, err)
	}
	path, err := h.cgroup(pid)
	if err != nil {
		return err
	}
	root, err := h.cgroupMount()
	if err != nil {
		return err
	}
	for dir := filepath.Join(root, path); ; dir = filepath.Dir(dir) {
		if n, err := inode(dir); err == nil && n == scope {
			return nil
		}
		if dir == root || len(dir) <= len(root) {
			return fmt.Errorf("the process runs outside the scope %s", h.Scope)
		}
	}
}

// cgroup returns the path of the cgroup v2 of a process below the mount.
func (h *Host) cgroup(pid int64) (string, error) {
	text, err := os.ReadFile(filepath.Join(h.Proc, strconv.FormatInt(pid, 10), "cgroup"))
	if err != nil {
		return "", fmt.Errorf("read cgroup of pid %d: %w", pid, err)
	}
	for line := range strings.Lines(string(text)) {
		path, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::")
		if !ok {
			continue
		}
		if strings.HasPrefix(path, "/..") {
			return "", errors.New("the process runs outside the agent's cgroup namespace")
		}
		return path, nil
	}
	return "", fmt.Errorf("pid %d has no cgroup v2", pid)
}

// cgroupMount returns where the whole cgroup v2 tree is mounted.
func (h *Host) cgroupMount() (string, error) {
	f, err := os.Open(filepath.Join(h.Proc, "self/mountinfo"))
	if err != nil {
		return "", fmt.Errorf("find cgroup v2: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		fields := strings.Fields(before)
		if ok && len(fields) >= 5 && fields[3] == "/" && strings.HasPrefix(after, "cgroup2 ") {
			return unescape(fields[4]), nil
		}
	}
	return "", errors.Join(errors.New("no cgroup v2 is mounted"), lines.Err())
}

// unescape undoes the octal escapes of mountinfo.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

type fileID struct{ dev, ino uint64 }

func inode(path string) (fileID, error) {
	i, err := os.Stat(path)
	if err != nil {
		return fileID{}, err
	}
	s, ok := i.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, fmt.Errorf("stat %s: no inode", path)
	}
	return fileID{uint64(s.Dev), s.Ino}, nil
}
