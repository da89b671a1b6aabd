package kernel

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestExpand(t *testing.T) {
	root := t.TempDir()
	for _, d := range []string{"home/ada/.ssh", "home/bob"} {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for pattern, want := range map[string][]string{
		"/home/*/.ssh/":  {"/home/ada/.ssh", "/home/bob/.ssh"},
		"/etc/shadow":    {"/etc/shadow"},
		"/nothing/*/x":   nil,
		"/home/*":        {"/home/ada", "/home/bob"},
		"/home/[a]/.ssh": {"/home/[a]/.ssh"},
	} {
		var full []string
		for _, w := range want {
			full = append(full, root+w)
		}
		if got := Expand(root + pattern); !slices.Equal(got, full) {
			t.Errorf("%s: %v, want %v", pattern, got, full)
		}
	}
}

func TestTouchesWatch(t *testing.T) {
	list := []string{"/etc/shadow", "/home/*/.ssh/", "/root/.ssh/"}
	for name, want := range map[string]bool{
		"/etc/shadow": true, "/etc": true, "/etc/shadow-": false, "/etc/shadow/x": false, "/home/ada": true,
		"/home/ada/.ssh": true, "/home/ada/.ssh/deep/key": true, "/home/ada/.vim": false, "/tmp/x": false, "/root/.ssh/id": true,
	} {
		if got := TouchesWatch(list, name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestMountDevices(t *testing.T) {
	got := mountDevices("21 1 0:20 / /proc rw - proc proc rw\n30 21 259:3 / / rw - ext4 /dev/x rw\nbroken\nx y z\n31 21 999999:1 / /y rw\n")
	if len(got) != 2 || got[21] != 20 || got[30] != 259<<20|3 {
		t.Errorf("%v", got)
	}
}

func TestWatchKeys(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(dir+"/keys/deep", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir+"/secret", "x")
	w, err := newWatchKeys("/proc")
	if err != nil {
		t.Fatal(err)
	}
	w.add(dir + "/secret")
	w.add(dir + "/later")
	w.add(dir + "/keys/")
	w.add(dir + "/nothing/")
	flags := func(name string) byte {
		key, _, ok := w.key(name)
		if !ok {
			t.Fatal(name)
		}
		return w.inodes[key]
	}
	// On overlayfs a folder and a file may have one number: then both flags are
	// there, and each is looked for only where it belongs.
	for name, want := range map[string]byte{"/secret": watchFile, "": watchNames, "/keys": watchFolder, "/keys/deep": watchFolder} {
		if flags(dir+name)&want == 0 {
			t.Errorf("%s: flags %d, want %d", name, flags(dir+name), want)
		}
	}
	if len(w.inodes) > 4 || len(w.names) != 2 {
		t.Errorf("%d inodes and %d names, want at most 4 and 2", len(w.inodes), len(w.names))
	}
}
