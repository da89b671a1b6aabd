package fanotify

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// What is done to files is told with each way that a kernel may have.
func TestFiles(t *testing.T) {
	for name, ways := range map[string][]uint{
		"targets": nil,
		"names":   {withNames | unix.FAN_REPORT_PIDFD},
		"pids":    {withNames},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, tmpfs(t), func(o *Options) { o.ways = ways })
			b.want(t, "echo hi > a", "create a", "write a")
			b.want(t, "echo more >> a", "write a")
			b.want(t, "cat a")
			b.want(t, "mv a b", "rename b from a")
			b.want(t, "mkdir d; mv b d/c", "create d dir", "rename d/c from b")
			b.want(t, "rm d/c", "delete d/c")
			b.want(t, "ln -s /x l", "create l of /x")
			b.want(t, "mv d e; echo x > e/f", "rename e from d dir", "create e/f", "write e/f")
			b.want(t, "rmdir e/none 2>/dev/null || true")
			b.want(t, "mkfifo p; (cat p > /dev/null &); echo x > p", "create p")
			b.want(t, "chmod 0600 e/f", "chmod e/f")
		})
	}
}

// What is told depends on what is known of a file: a kernel that gives targets
// lets the sensor know it.
func TestChanges(t *testing.T) {
	b := start(t, tmpfs(t), nil)
	b.want(t, "touch a", "create a")
	b.want(t, "chmod 4755 a", "chmod a")
	if e := b.of(t, event.FileChmod, "a"); e.File.Mode != "4755" || e.File.PreviousMode != "0644" || e.Reason != "" {
		t.Errorf("chmod: %+v, reason %q", e.File, e.Reason)
	}
	b.want(t, "chown 1:2 a; chown 3 a", "chmod a", "chown a", "chown a") // the set-user-id bit goes with the owner
	if e := b.of(t, event.FileChown, "a"); e.File.UID == "0" || e.File.PreviousUID != "0" || e.File.PreviousGID != "0" {
		t.Errorf("chown: %+v", e.File)
	}
	b.want(t, "touch -d 2001-01-01 a; ln a b; rm b", "create b", "delete b") // no change of the file
	b.want(t, "mv a c; chmod 0700 c", "rename c from a", "chmod c")
	b.want(t, "rm c; : > n; chmod 0711 n; : > n", "delete c", "create n", "chmod n")
	b.want(t, "cp /bin/true x", "create x", "write x")
	name := filepath.Join(b.dir, "x")
	// cap_net_raw+ep, as setcap writes it
	if err := unix.Setxattr(name, capabilityName, []byte{1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0); err != nil {
		t.Skip("SKIPPED: tmpfs of this kernel keeps no capabilities: ", err)
	}
	if e := b.of(t, event.FileXattr, "x"); e.File.XattrName != capabilityName {
		t.Errorf("xattr: %+v", e.File)
	}
}

// A file that was not seen before is told with the remark that what changed is
// not known, and a closing that may have followed writing is told as writing;
// one that surely did not is left out.
func TestUnknown(t *testing.T) {
	dir := tmpfs(t)
	if err := os.WriteFile(filepath.Join(dir, "old"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := start(t, dir, nil)
	b.want(t, "chmod 0640 old", "chmod old")
	if e := b.of(t, event.FileChmod, "old"); e.Reason != reasonChanged || e.File.PreviousMode != "" || e.File.Mode != "0640" {
		t.Errorf("reason %q, %+v", e.Reason, e.File)
	}
	b.want(t, "sleep 0.1; : >> old", "write old") // not known
	b.want(t, ": >> old")                         // known not to have changed
	b.want(t, "echo y >> old", "write old")
	b.want(t, "echo z > new; ln old hard; rm old", "create new", "write new", "create hard", "delete old")
}

// Events say who acted, and what the file is.
func TestSections(t *testing.T) {
	b := start(t, tmpfs(t), nil)
	c := sensortest.Command("write-exec", b.dir+"/x", "/bin/sleep", "60")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Process.Kill(); _ = c.Wait() }()
	e := b.of(t, event.FileWrite, "x")
	p, f := e.Process, e.File
	if p == nil || p.PID != int64(c.Process.Pid) || p.EntityID == "" || p.Executable == "" || p.Parent.PID != int64(os.Getpid()) || e.User == nil || e.User.ID != "0" {
		t.Errorf("process %+v, user %+v", p, e.User)
	}
	if f.Size != event.Some(5) || f.Type != "file" || f.Inode == 0 || f.Device == 0 || f.Filesystem != "tmpfs" || f.UID != "0" || e.Provider != "file" || e.Rung != rung || e.Time == 0 {
		t.Errorf("file %+v of %s.%s", f, e.Provider, e.Rung)
	}
}

// A tree that is removed before its events are read has its paths.
func TestRemovedTree(t *testing.T) {
	dir := tmpfs(t)
	var want []string
	at := dir
	for i := range 40 {
		at = filepath.Join(at, fmt.Sprint("d", i))
		if err := os.Mkdir(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, "f"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		want = append(want, at, filepath.Join(at, "f"))
	}
	b := start(t, dir, nil)
	if err := os.RemoveAll(filepath.Join(dir, "d0")); err != nil {
		t.Fatal(err)
	}
	b.fence(t)
	for _, name := range want {
		b.of(t, event.FileDelete, strings.TrimPrefix(name, dir))
	}
	for _, e := range b.All(sensortest.Kinds(event.FileDelete)) {
		if e.Reason != "" {
			t.Errorf("%s: %s", e.File.Path, e.Reason)
		}
	}
}

// Names that are no text, or as long as names can be, are told as they are.
func TestNames(t *testing.T) {
	b := start(t, tmpfs(t), nil)
	for _, name := range []string{"a\nb", "\xff\xfe", strings.Repeat("n", 255), "x (deleted)", "'; rm -rf"} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		b.of(t, event.FileCreate, name)
	}
	// a folder whose name is the kernel's mark of a removed one
	if err := os.MkdirAll(filepath.Join(b.dir, "d (deleted)"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "d (deleted)/f"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.of(t, event.FileWrite, "d (deleted)/f")
}

// The file system of a host's root gives handles, in a guest that has one; so do
// its other mounts.
func TestRootOfGuest(t *testing.T) {
	var st unix.Statfs_t
	if err := unix.Statfs("/var/tmp", &st); err != nil || os.Getenv("VEDETTE_GUEST") == "" || st.Type != unix.EXT4_SUPER_MAGIC {
		t.Skip("SKIPPED: only in a guest whose root is ext4: it would hear of what all do on this machine")
	}
	dir, err := os.MkdirTemp("/var/tmp", "fanotify")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	b := start(t, "/", nil)
	b.dir = dir
	b.want(t, "echo hi > a; chmod 4711 a; mv a b; mkdir d; ln b d/c; rm -r b d", "create a", "write a", "chmod a", "rename b from a",
		"create d dir", "create d/c", "delete b", "delete d/c", "delete d dir")
	c := exec.Command("/bin/sh", "-ec", "mount --bind d e; echo x > e/f; umount e")
	c.Dir = dir
	for _, name := range []string{"d", "e"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b.of(t, event.FileWrite, "d/f") // one file, whatever mount it was written through
}
