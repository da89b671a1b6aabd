package watched_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestRenameIntoPlace(t *testing.T) {
	r := newRig(t, subject("/etc/conf"))
	r.write("/etc/conf", "a=1\nb=2\nc=*one\n")
	r.start()
	r.replace("/etc/conf", "b=3\nc=*two\nd=4\n", "mallory")
	all := r.want(
		"task_modify b value:2>3 by mallory",
		"task_modify c value:hidden>changed by mallory",
		"task_create d value:>4 by mallory",
		"task_delete a value:1> by mallory",
	)
	e := all[0]
	if e.User.Name != "u" || e.ContainerID != "c" || e.File.Path != "/etc/conf" || e.File.Size.N != 15 || e.Provider != "test" || e.Rung != watched.Rung {
		t.Errorf("event %+v, file %+v", e, e.File)
	}
	if err := os.Remove(filepath.Join(r.root, "etc/conf")); err != nil {
		t.Fatal(err)
	}
	r.told(event.FileDelete, "/etc/conf", "", "eve")
	r.want("task_delete b value:3> by eve", "task_delete c value:hidden> by eve", "task_delete d value:4> by eve")
}

// What one process changed and another changed back is two events, also when
// the sensor of files tells of both much later.
func TestShortLivedState(t *testing.T) {
	r := newRig(t, subject("/etc/conf"))
	r.write("/etc/conf", "a=1\n")
	r.start()
	put := func(content string) event.Time {
		r.write("/etc/conf+", content)
		if err := os.Rename(filepath.Join(r.root, "etc/conf+"), filepath.Join(r.root, "etc/conf")); err != nil {
			t.Fatal(err)
		}
		at := event.At(time.Now())
		<-time.After(20 * time.Millisecond)
		return at
	}
	first, second := put("a=1\nb=2\n"), put("a=1\n")
	for i, at := range []event.Time{first, second} {
		process := []string{"mallory", "eve"}[i]
		r.w.Follow(&event.Event{
			Kind: event.FileRename, Time: at, File: &event.File{Path: "/etc/conf", OriginalPath: "/etc/conf+"},
			Process: &event.Process{EntityID: process, Name: process, PID: 1 << 30},
		})
	}
	r.want("task_create b value:>2 by mallory", "task_delete b value:2> by eve")
}

// A file that is replaced a thousand times: what is told is a chain without a
// gap from the first state to the last, and no more is read than must be.
func TestBurst(t *testing.T) {
	r := newRig(t, subject("/etc/conf"))
	r.write("/etc/conf", "n=-1\n")
	r.start()
	for i := range 1000 {
		r.replace("/etc/conf", fmt.Sprintf("n=%d\n", i), "mallory")
	}
	last := func() string {
		before := "-1"
		for _, e := range r.events() {
			if e.Change.Before[0] != before || e.Process == nil || e.Process.Name != "mallory" {
				t.Fatalf("after %s came %s", before, text(e))
			}
			before = e.Change.After[0]
		}
		return before
	}
	for deadline := time.After(10 * time.Second); last() != "999"; {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-deadline:
			t.Fatalf("the last state is %s; missed %d", last(), r.w.Missed())
		}
	}
	n, count := len(r.events()), int64(0)
	for _, e := range r.events() {
		if e.Call == nil {
			count++
		} else {
			count += e.Call.Count
		}
	}
	t.Logf("%d differences, which name %d of 1000 events", n, count)
	if count > 1000 || r.w.Missed() != 0 {
		t.Errorf("%d events are named, %d were missed", count, r.w.Missed())
	}
}

func TestTwoWriters(t *testing.T) {
	r := newRig(t, subject("/etc/conf"))
	r.write("/etc/conf", "a=1\n")
	r.start()
	// The events are told before the file is changed: the reading sees both.
	r.write("/etc/other", "a=2\n")
	if err := os.Rename(filepath.Join(r.root, "etc/other"), filepath.Join(r.root, "etc/conf")); err != nil {
		t.Fatal(err)
	}
	r.told(event.FileWrite, "/etc/conf", "", "mallory")
	r.told(event.FileWrite, "/etc/conf", "", "eve")
	r.want("task_modify a value:1>2 by eve (more than one process changed the file since it was read last; the last one is named)")
}

// What changes while nobody looks is told at the next start, without a process.
func TestRestart(t *testing.T) {
	r := newRig(t, subject("/etc/conf", "/etc/conf.d/*"))
	r.write("/etc/conf", "a=1\ns=*one\n")
	r.write("/etc/conf.d/x", "x=1\n")
	r.start()
	r.stop()
	r.write("/etc/conf", "a=2\ns=*two\n")
	r.write("/etc/conf.d/y", "y=1\n")
	if err := os.Remove(filepath.Join(r.root, "etc/conf.d/x")); err != nil {
		t.Fatal(err)
	}
	r.start()
	all := r.wait(4)
	slices.SortFunc(all, func(a, b *event.Event) int { return strings.Compare(a.Change.Name, b.Change.Name) })
	const away = " (changed while the agent did not look; who changed it is not known)"
	for i, want := range []string{
		"task_modify a value:1>2" + away, "task_modify s value:hidden>changed" + away,
		"task_delete x value:1>" + away, "task_create y value:>1" + away,
	} {
		if got := text(all[i]); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	r.stop()
	state, err := os.ReadFile(filepath.Join(r.state, "test.json"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(state), "two") || !strings.Contains(string(state), "hidden") {
		t.Errorf("the snapshot has the secret:\n%s", state)
	}
	if st, err := os.Stat(filepath.Join(r.state, "test.json")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the snapshot is readable by others: %v %v", st.Mode(), err)
	}
}

// A snapshot that cannot be read is as none: everything is learned again, and
// nothing is told that did not happen.
func TestSnapshotBroken(t *testing.T) {
	r := newRig(t, subject("/etc/conf"))
	r.write("/etc/conf", "a=1\n")
	for _, text := range []string{"", "{", `{"Version":1}`, `{"Version":9,"Key":"` + strings.Repeat("A", 44) + `"}`} {
		if err := os.WriteFile(filepath.Join(r.state, "test.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r.start()
		r.replace("/etc/conf", "a=2\n", "eve")
		r.want("task_modify a value:1>2 by eve")
		r.replace("/etc/conf", "a=1\n", "eve")
		r.want("task_modify a value:2>1 by eve")
		r.stop()
	}
}

// A folder that appears later, with what is in it.
func TestFolderAppears(t *testing.T) {
	r := newRig(t, subject("/etc/conf.d/*"))
	r.start()
	r.write("/etc/new.d/x", "x=1\n")
	r.write("/etc/new.d/.hidden", "h=1\n")
	if err := os.Rename(filepath.Join(r.root, "etc/new.d"), filepath.Join(r.root, "etc/conf.d")); err != nil {
		t.Fatal(err)
	}
	r.told(event.FileRename, "/etc/conf.d", "/etc/new.d", "eve")
	r.want("task_create x value:>1 by eve")
	r.write("/etc/conf.d/y", "y=1\n")
	r.told(event.FileWrite, "/etc/conf.d/y", "", "eve")
	r.want("task_create y value:>1 by eve")
	if err := os.Rename(filepath.Join(r.root, "etc/conf.d"), filepath.Join(r.root, "etc/old.d")); err != nil {
		t.Fatal(err)
	}
	r.told(event.FileRename, "/etc/old.d", "/etc/conf.d", "bob")
	all := r.wait(2)
	for _, e := range all {
		if e.Kind != event.TaskDelete || e.Process == nil || e.Process.Name != "bob" {
			t.Errorf("%s", text(e))
		}
	}
}

// A watched file that is a symbolic link is the file that it leads to; links
// do not lead out of the root.
func TestSymbolicLinks(t *testing.T) {
	r := newRig(t, subject("/etc/conf", "/etc/out"))
	r.write("/run/real", "a=1\n")
	for name, target := range map[string]string{"etc/conf": "/run/real", "etc/out": "../../../../../../../../../../../../../../etc/passwd"} {
		if err := os.MkdirAll(filepath.Join(r.root, "etc"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(r.root, name)); err != nil {
			t.Fatal(err)
		}
	}
	r.start()
	r.write("/run/real", "a=2\n")
	r.told(event.FileWrite, "/run/real", "", "eve")
	r.want("task_modify a value:1>2 by eve (changed through /run/real)")
	state, err := os.ReadFile(filepath.Join(r.state, "test.json"))
	if err != nil || strings.Contains(string(state), "root:x:") {
		t.Errorf("a link led out of the root: %v", err)
	}
}

func TestLinksAsSuch(t *testing.T) {
	s := subject("/etc/wants/*")
	s.Links = true
	r := newRig(t, s)
	r.write("/etc/wants/x", "x=1\n")
	r.start()
	if err := os.Symlink("/lib/unit", filepath.Join(r.root, "etc/wants/y")); err != nil {
		t.Fatal(err)
	}
	r.w.Follow(&event.Event{
		Kind: event.FileCreate, Time: event.At(time.Now()), File: &event.File{Path: "/etc/wants/y", TargetPath: "/lib/unit", Type: "symlink"},
		Process: &event.Process{EntityID: "eve", Name: "eve", PID: 1 << 30},
	})
	all := r.want("task_create link target:>/lib/unit by eve")
	if all[0].File.Type != "symlink" {
		t.Errorf("file %+v", all[0].File)
	}
}

// Pipes, devices and folders in the place of a file block nothing; what is too
// long is read in part and says so.
func TestOddFiles(t *testing.T) {
	r := newRig(t, subject("/etc/pipe", "/etc/dir", "/etc/huge"))
	r.write("/etc/huge", "a=1\n")
	r.write("/etc/dir/x", "")
	if err := unix.Mkfifo(filepath.Join(r.root, "etc/pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start()
	r.told(event.FileWrite, "/etc/pipe", "", "eve")
	r.told(event.FileWrite, "/etc/dir", "", "eve")
	r.replace("/etc/huge", "a=2\n"+strings.Repeat("#"+strings.Repeat("x", 1<<16)+"=1\n", 40), "eve")
	all := r.wait(16)
	if got := text(all[0]); got != "task_modify a value:1>2 by eve (the file is longer than what is read of one; the rest is not known)" {
		t.Errorf("%s", got)
	}
}

// Many items are told in part, with their number.
func TestManyItems(t *testing.T) {
	r := newRig(t, subject("/etc/conf"))
	r.write("/etc/conf", "a=1\n")
	r.start()
	var content strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&content, "n%d=1\n", i)
	}
	r.replace("/etc/conf", content.String(), "eve")
	all := r.wait(256)
	if got := text(all[0]); got != "task_create n0 value:>1 by eve (the file has more items than are compared; 10001 items differ, the first 256 are told)" {
		t.Errorf("%s", got)
	}
}

func TestRewrittenAsBefore(t *testing.T) {
	r := newRig(t, subject("/etc/conf"))
	r.write("/etc/conf", "a=1\n")
	r.start()
	for range 2 {
		r.write("/etc/conf+", "a=1\n")
		if err := os.Rename(filepath.Join(r.root, "etc/conf+"), filepath.Join(r.root, "etc/conf")); err != nil {
			t.Fatal(err)
		}
	}
	e := &event.Event{
		Kind: event.FileRename, Time: event.At(time.Now()), File: &event.File{Path: "/etc/conf", OriginalPath: "/etc/conf+"},
		Process: &event.Process{EntityID: "eve", Name: "eve", PID: 1 << 30},
	}
	r.w.Follow(e)
	r.w.Follow(e)
	r.want("task_modify /etc/conf by eve (replaced or written 2 times and as before; what was in between is not known)")
}

// A file may be larger than most when its subject says so, and what takes long
// to read is left in peace.
func TestLargeFile(t *testing.T) {
	s := subject("/etc/large", "/etc/other")
	s.MaxSize = 3 << 20
	r := newRig(t, s)
	fill := "\n" + strings.Repeat("#", 2<<20) + "\n"
	r.write("/etc/large", "a=1\n"+fill+"z=1\n")
	r.start()
	r.replace("/etc/large", "a=1\n"+fill+"z=2\n", "root")
	r.want("task_modify z value:1>2 by root")
	r.replace("/etc/large", "a=2\n"+fill+fill+"z=3\n", "root")
	all := r.wait(3)
	for _, e := range all {
		if !strings.Contains(text(e), "longer than what is read") || e.Change.Name == "z" && e.Kind != event.TaskDelete {
			t.Errorf("cut: %s", text(e))
		}
	}
}

// TestAE12_Interval: the interval is that of the looks only. What no event tells
// of (here a mapping that is written after its file was closed) is found by the
// next look, without a process.
func TestAE12_Interval(t *testing.T) {
	r := newRig(t, subject("/etc/conf"))
	r.write("/etc/conf", "a=1\n")
	f, err := os.OpenFile(filepath.Join(r.root, "etc/conf"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	memory, err := unix.Mmap(int(f.Fd()), 0, 4, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(memory) }()
	f.Close()
	r.o.Every = sensor.NewPace(time.Hour)
	r.start()
	<-time.After(60 * time.Millisecond) // the clock of the file system has gone on
	copy(memory, "a=2\n")
	r.o.Every.Set(50 * time.Millisecond) // a new policy holds at once
	r.want("task_modify a value:1>2 (seen by looking at the file; no event told who changed it)")
	r.o.Every.Set(time.Hour) // and the events are as quick as before
	begun := time.Now()
	r.replace("/etc/conf", "a=3\n", "eve")
	r.want("task_modify a value:2>3 by eve")
	if took := time.Since(begun); took > time.Second {
		t.Errorf("told after %v", took)
	}
}

// Files that are watched since an upgrade are learned, and those that are not
// watched any more forgotten: neither is a change.
func TestOtherPatterns(t *testing.T) {
	r := newRig(t, subject("/etc/a", "/etc/b"))
	for _, name := range []string{"a", "b", "c"} {
		r.write("/etc/"+name, name+"=1\n")
	}
	r.start()
	r.stop()
	r.write("/etc/b", "b=2\n")
	r.o.Subjects = []watched.Subject{subject("/etc/b", "/etc/c")}
	r.start()
	r.want("task_modify b value:1>2 (changed while the agent did not look; who changed it is not known)")
	r.replace("/etc/c", "c=2\n", "eve")
	r.want("task_modify c value:1>2 by eve")
}

// A content that was gone before it could be read is in the copy that tools
// make before they change a file.
func TestBackup(t *testing.T) {
	s := subject("/etc/conf")
	s.Backup = "-"
	r := newRig(t, s)
	r.write("/etc/conf-", "old=1\n")
	r.write("/etc/conf", "a=1\n")
	r.start()
	r.replace("/etc/conf", "a=2\n", "sed") // leaves no copy: the old one says nothing
	r.want("task_modify a value:1>2 by sed")
	r.stop()
	pause := func() { <-time.After(20 * time.Millisecond) } // the clock of the file system goes on
	pause()
	r.write("/etc/conf-", "a=2\nb=1\n")
	pause()
	r.write("/etc/conf+", "a=2\nc=1\n")
	if err := os.Rename(filepath.Join(r.root, "etc/conf+"), filepath.Join(r.root, "etc/conf")); err != nil {
		t.Fatal(err)
	}
	r.start()
	const away = "changed while the agent did not look; who changed it is not known"
	const copied = away + "; read from the copy that the next change left"
	r.want("task_create b value:>1 ("+copied+")", "task_create c value:>1 ("+away+")", "task_delete b value:1> ("+away+")")
}
