package procfs

import (
	"bytes"
	"errors"
	"path"
	"strings"
)

// ErrNoCgroups says that no cgroup v2 hierarchy is mounted.
var ErrNoCgroups = errors.New("no cgroup v2 hierarchy is mounted")

// Mount is where a hierarchy is mounted.
type Mount struct {
	Dir  string // mount point
	Root string // path within the hierarchy that is mounted there
}

// CgroupMount finds the cgroup v2 hierarchy in the text of /proc/PID/mountinfo.
func CgroupMount(text []byte) (Mount, error) {
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		for i := 6; i+1 < len(f); i++ {
			if string(f[i]) != "-" {
				continue
			}
			if string(f[i+1]) == "cgroup2" {
				return Mount{Dir: unescape(string(f[4])), Root: unescape(string(f[3]))}, nil
			}
			break
		}
	}
	return Mount{}, ErrNoCgroups
}

// unescape undoes the octal escapes of mountinfo (\040 is a blank).
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && octal(s[i+1:i+4]) {
			b.WriteByte((s[i+1]-'0')<<6 | (s[i+2]-'0')<<3 | (s[i+3] - '0'))
			i += 3
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func octal(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '7' {
			return false
		}
	}
	return true
}

// Within returns the path in the hierarchy of a directory below the mount
// point; false when it is not below it.
func (m Mount) Within(dir string) (string, bool) {
	rest, ok := strings.CutPrefix(path.Clean(dir), path.Clean(m.Dir))
	if m.Dir == "" || !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	return path.Join("/", m.Root, rest), true
}

// Directory returns the directory of a path in the hierarchy; false when it
// does not show at the mount point.
func (m Mount) Directory(p string) (string, bool) {
	if m.Dir == "" {
		return "", false
	}
	rest, ok := strings.CutPrefix(path.Clean("/"+p), path.Join("/", m.Root))
	if !ok {
		return "", false
	}
	return path.Join(m.Dir, rest), true
}

// Cgroups is what /proc/PID/cgroup says of a process.
type Cgroups struct {
	Path      string // in the v2 hierarchy; empty when there is none
	Container string // id of the container, from any hierarchy
}

// ParseCgroups reads the text of /proc/PID/cgroup.
func ParseCgroups(text []byte) Cgroups {
	var c Cgroups
	for line := range bytes.Lines(text) {
		f := strings.SplitN(strings.TrimSuffix(string(line), "\n"), ":", 3)
		if len(f) != 3 || !strings.HasPrefix(f[2], "/") {
			continue
		}
		if f[0] == "0" && f[1] == "" {
			c.Path = f[2]
		}
		if c.Container == "" {
			c.Container = ContainerID(f[2])
		}
	}
	return c
}

const idDigits = 64

// ContainerID returns the id of the container that a cgroup belongs to, empty
// for a cgroup of the host. It knows the names that docker, containerd,
// cri-o, podman and kubernetes (64 hexadecimal digits, alone or with a prefix
// and ".scope"), lxc and systemd-nspawn give their cgroups; of nested
// containers the innermost counts. Cgroups of a container's monitor belong to
// the host.
func ContainerID(cgroup string) string {
	for rest := cgroup; rest != "" && rest != "/"; {
		i := strings.LastIndexByte(rest, '/')
		name := rest[i+1:]
		rest = rest[:max(i, 0)]
		if strings.HasPrefix(name, "lxc.monitor") || strings.Contains(name, "conmon") {
			return ""
		}
		if id := containerName(name, rest); id != "" {
			return id
		}
	}
	return ""
}

func containerName(name, above string) string {
	parent := above[strings.LastIndexByte(above, '/')+1:]
	switch {
	case strings.HasPrefix(name, "lxc.payload."):
		return name[len("lxc.payload."):]
	case parent == "lxc.payload" || parent == "lxc":
		return name
	case strings.HasPrefix(name, "machine-") && strings.HasSuffix(name, ".scope"):
		return strings.ReplaceAll(name[len("machine-"):len(name)-len(".scope")], `\x2d`, "-")
	}
	name = strings.TrimSuffix(name, ".scope")
	if len(name) < idDigits {
		return ""
	}
	id := name[len(name)-idDigits:]
	if before := name[:len(name)-idDigits]; before != "" && !strings.HasSuffix(before, "-") && !strings.HasSuffix(before, ":") {
		return ""
	}
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return ""
		}
	}
	return id
}
