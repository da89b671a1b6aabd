package procfs

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// MountPoint is one line of /proc/PID/mountinfo.
type MountPoint struct {
	ID       int64
	Device   int64  // of the file system, in the kernel's form
	Root     string // path within the file system that is mounted
	Dir      string // where
	Kind     string // of file system, as ext4
	Source   string // for example a device; may be anything
	ReadOnly bool   // the whole file system, not only this mount
}

// maxMounts bounds the mounts that are read; the kernel's own bound for a
// namespace is 100,000.
const maxMounts = 8192

// ParseMounts reads the text of /proc/PID/mountinfo, in its order: what was
// mounted last is last. Lines that are none are skipped.
func ParseMounts(text []byte) []MountPoint {
	var out []MountPoint
	for line := range bytes.Lines(text) {
		if m, ok := parseMount(strings.Fields(string(line))); ok {
			out = append(out, m)
		}
		if len(out) == maxMounts {
			break
		}
	}
	return out
}

func parseMount(f []string) (MountPoint, bool) {
	if len(f) < 10 {
		return MountPoint{}, false
	}
	end := 6
	for end < len(f) && f[end] != "-" {
		end++
	}
	major, minor, ok := strings.Cut(f[2], ":")
	id, err1 := strconv.ParseInt(f[0], 10, 64)
	ma, err2 := strconv.ParseInt(major, 10, 32)
	mi, err3 := strconv.ParseInt(minor, 10, 32)
	if !ok || err1 != nil || err2 != nil || err3 != nil || ma < 0 || mi < 0 || end+3 >= len(f) {
		return MountPoint{}, false
	}
	m := MountPoint{ID: id, Device: ma<<20 | mi, Root: unescape(f[3]), Dir: unescape(f[4]), Kind: f[end+1], Source: unescape(f[end+2])}
	option, _, _ := strings.Cut(f[end+3], ",")
	m.ReadOnly = option == "ro"
	return m, true
}

// Mounts lists the mounts that the reader of this /proc sees.
func (f *FS) Mounts() ([]MountPoint, error) {
	text, err := os.ReadFile(filepath.Join(f.root, "self/mountinfo"))
	if err != nil {
		return nil, fmt.Errorf("list mounts: %w", err)
	}
	return ParseMounts(text), nil
}
