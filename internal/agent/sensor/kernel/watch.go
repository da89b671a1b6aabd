package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

const (
	maxWatch      = 65536 // files and folders
	maxWatchNames = 16384
	maxDepth      = 8 // of folders below a watched folder
)

// Flags of a watched inode, of watch.h.
const (
	watchFile   = 1 // itself
	watchFolder = 2 // all that is in it
	watchNames  = 4 // some names in it
)

// ErrWatchFull says that the watch list names more files than the kernel's
// lists hold.
var ErrWatchFull = errors.New("the watch list is full")

// SetWatch replaces the list of files whose opening for reading is an event: a
// path, a folder (ending in "/") with all below it; "*" stands for one
// component. What does not exist yet is watched from its creation on, as soon
// as RenewWatch is called.
func (k *Kernel) SetWatch(paths []string) error {
	for _, p := range paths {
		if !strings.HasPrefix(p, "/") {
			return fmt.Errorf("watch %q: not an absolute path", p)
		}
	}
	k.watchMu.Lock()
	k.watched = append([]string(nil), paths...)
	k.watchMu.Unlock()
	return k.RenewWatch()
}

// Watched returns the list of SetWatch.
func (k *Kernel) Watched() []string {
	k.watchMu.Lock()
	defer k.watchMu.Unlock()
	return k.watched
}

// RenewWatch finds the watched files again: they may have been made, replaced
// or mounted over.
func (k *Kernel) RenewWatch() error {
	k.watchMu.Lock()
	defer k.watchMu.Unlock()
	w, err := newWatchKeys(k.o.Proc)
	if err != nil {
		return fmt.Errorf("renew the watch list: %w", err)
	}
	for _, p := range k.watched {
		w.add(p)
	}
	if err := k.setList("watch", w.inodes); err != nil {
		return fmt.Errorf("renew the watch list: %w", err)
	}
	if err := k.setList("watch_names", w.names); err != nil {
		return fmt.Errorf("renew the watch list: %w", err)
	}
	if w.full {
		return ErrWatchFull
	}
	return nil
}

// watchKeys are what the kernel compares with.
type watchKeys struct {
	devices map[uint64]uint32 // mount id -> device of the file system
	inodes  map[string]byte
	names   map[string]byte
	full    bool
}

func newWatchKeys(proc string) (*watchKeys, error) {
	text, err := os.ReadFile(filepath.Join(proc, "self/mountinfo"))
	if err != nil {
		return nil, err
	}
	return &watchKeys{devices: mountDevices(string(text)), inodes: map[string]byte{}, names: map[string]byte{}}, nil
}

// mountDevices reads the devices of the mounts. The numbers are those of the
// kernel's super blocks; stat(2) has others for files of overlayfs.
func mountDevices(mountinfo string) map[uint64]uint32 {
	out := map[uint64]uint32{}
	for line := range strings.Lines(mountinfo) {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		major, minor, ok := strings.Cut(f[2], ":")
		id, err1 := strconv.ParseUint(f[0], 10, 64)
		ma, err2 := strconv.ParseUint(major, 10, 12)
		mi, err3 := strconv.ParseUint(minor, 10, 20)
		if ok && err1 == nil && err2 == nil && err3 == nil {
			out[id] = uint32(ma<<20 | mi)
		}
	}
	return out
}

// add resolves one entry of the list.
func (w *watchKeys) add(pattern string) {
	folder := strings.HasSuffix(pattern, "/")
	for _, p := range Expand(pattern) {
		if folder {
			w.folder(p, 0)
			continue
		}
		if key, st, ok := w.key(p); ok && st.Mode&unix.S_IFMT != unix.S_IFDIR {
			w.put(key, watchFile)
		}
		if key, _, ok := w.key(filepath.Dir(p)); ok {
			w.put(key, watchNames)
			if len(w.names) >= maxWatchNames {
				w.full = true
				continue
			}
			w.names[key+string(nameKey(filepath.Base(p)))] = 1
		}
	}
}

// folder adds a folder and those below it.
func (w *watchKeys) folder(name string, depth int) {
	key, st, ok := w.key(name)
	if !ok || st.Mode&unix.S_IFMT != unix.S_IFDIR || depth > maxDepth {
		return
	}
	w.put(key, watchFolder)
	entries, err := os.ReadDir(name)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.Type()&fs.ModeDir != 0 && !w.full {
			w.folder(filepath.Join(name, e.Name()), depth+1)
		}
	}
}

func (w *watchKeys) put(key string, flag byte) {
	if w.inodes[key] == 0 && len(w.inodes) >= maxWatch {
		w.full = true
		return
	}
	w.inodes[key] |= flag
}

// key returns the key of a file: its inode and the device of its mount.
func (w *watchKeys) key(name string) (string, unix.Statx_t, bool) {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, name, unix.AT_NO_AUTOMOUNT, unix.STATX_BASIC_STATS|unix.STATX_MNT_ID, &st)
	if err != nil {
		return "", st, false
	}
	device, ok := w.devices[st.Mnt_id]
	if !ok {
		device = st.Dev_major<<20 | st.Dev_minor
	}
	b := binary.LittleEndian.AppendUint64(nil, st.Ino)
	return string(binary.LittleEndian.AppendUint64(b, uint64(device))), st, true
}

// Expand returns the paths that a pattern stands for: each "*" is one
// component that exists. The last component need not exist.
func Expand(pattern string) []string {
	paths := []string{"/"}
	for _, c := range strings.Split(strings.Trim(pattern, "/"), "/") {
		var next []string
		for _, p := range paths {
			if c != "*" {
				next = append(next, filepath.Join(p, c))
				continue
			}
			entries, err := os.ReadDir(p)
			if err != nil {
				continue
			}
			for _, e := range entries {
				next = append(next, filepath.Join(p, e.Name()))
			}
		}
		paths = next
	}
	return paths
}

// TouchesWatch says whether a change of name could change what the list means:
// it is a watched path, above one, or in a watched folder.
func TouchesWatch(list []string, name string) bool {
	parts := strings.Split(strings.Trim(name, "/"), "/")
	for _, pattern := range list {
		want := strings.Split(strings.Trim(pattern, "/"), "/")
		if len(parts) > len(want) && !strings.HasSuffix(pattern, "/") {
			continue
		}
		match := true
		for i := range min(len(parts), len(want)) {
			if want[i] != "*" && want[i] != parts[i] {
				match = false
				break
			}
		}
		if match {
			return true
		}
	}
	return false
}

// replaceValues makes want the content of a map whose values are one byte.
func replaceValues(m *ebpf.Map, want map[string]byte) error {
	have, err := values(m)
	if err != nil {
		return err
	}
	for key, value := range want {
		if have[key] == value {
			continue
		}
		if err := m.Put([]byte(key), value); err != nil {
			return err
		}
	}
	for key := range have {
		if _, ok := want[key]; ok {
			continue
		}
		if err := m.Delete([]byte(key)); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
			return err
		}
	}
	return nil
}
