package procfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func text(t *testing.T, f *os.File, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Links lead where they would for a process whose root it is.
func TestOpenIn(t *testing.T) {
	outer := t.TempDir()
	root := filepath.Join(outer, "root")
	if err := errors.Join(
		os.MkdirAll(filepath.Join(root, "a/b"), 0o755),
		os.WriteFile(filepath.Join(outer, "secret"), []byte("outside"), 0o600),
		os.WriteFile(filepath.Join(root, "secret"), []byte("inside"), 0o600),
		os.Symlink("/secret", filepath.Join(root, "a/absolute")),
		os.Symlink("../../../../secret", filepath.Join(root, "a/b/relative")),
		os.Symlink("/proc/self/fd/0", filepath.Join(root, "a/magic")),
		unix.Mkfifo(filepath.Join(root, "pipe"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/secret", "secret", "/a/absolute", "/a/b/relative", "/../secret"} {
		f, err := OpenIn(root, name)
		if got := text(t, f, err); got != "inside" {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, want := range map[string]string{"/pipe": "pipe", "/a": "dir", "/": "dir"} {
		var not *NotRegularError
		if _, err := OpenIn(root, name); !errors.As(err, &not) || not.Type != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	for _, name := range []string{"/none", "/a/magic"} {
		if _, err := OpenIn(root, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := OpenIn("/", "/proc/self/fd/0"); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("a descriptor by its name: %v, want ELOOP", err)
	}
	if _, err := OpenIn(filepath.Join(outer, "none"), "/x"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// A file behind a descriptor is read from its beginning, also without a name,
// and the owner's place in it stays.
func TestFindDescriptor(t *testing.T) {
	proc, err := Open("")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("hello"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(f.Name()); err != nil {
		t.Fatal(err)
	}
	found, err := proc.FindDescriptor(int64(os.Getpid()), int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	own, err := found.Open()
	if got := text(t, own, err); got != "hello" || found.Stat.Size != 5 {
		t.Error(got)
	}
	if at, _ := f.Seek(0, io.SeekCurrent); at != 5 {
		t.Errorf("the place is %d, want 5", at)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	defer r.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for want, f := range map[string]*os.File{"pipe": r, "null": null} {
		var not *NotRegularError
		if _, err := proc.FindDescriptor(int64(os.Getpid()), int(f.Fd())); !errors.As(err, &not) || not.Type != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := proc.FindDescriptor(int64(os.Getpid()), 9999); !errors.Is(err, ErrGone) {
		t.Error(err)
	}
}
