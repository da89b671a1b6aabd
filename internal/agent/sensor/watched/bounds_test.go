package watched_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

// A file that cannot be read is not gone: nothing that it held is told as
// deleted, and what it held is still known when it can be read again.
func TestUnreadableIsNotGone(t *testing.T) {
	r := newRig(t, subject("/etc/conf"))
	r.write("/etc/conf", "a=1\nb=2\n")
	r.start()
	if err := os.Symlink("/etc/conf", filepath.Join(r.root, "etc/conf+")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(r.root, "etc/conf+"), filepath.Join(r.root, "etc/conf")); err != nil {
		t.Fatal(err)
	}
	r.told(event.FileRename, "/etc/conf", "/etc/conf+", "mallory")
	r.want("task_modify /etc/conf by mallory (the content cannot be read: open /etc/conf: too many levels of symbolic links)")
	r.replace("/etc/conf", "a=1\nb=3\n", "eve")
	r.want("task_modify b value:2>3 by eve")
}

// A change behind what is read of a file is told, without what it is.
func TestChangeBehindWhatIsRead(t *testing.T) {
	s := subject("/etc/conf")
	s.MaxSize = 64
	r := newRig(t, s)
	long := "a=1\n" + strings.Repeat("b=2\n", 40)
	r.write("/etc/conf", long)
	r.start()
	r.replace("/etc/conf", long+"evil=1\n", "mallory")
	r.want("task_modify /etc/conf by mallory (the file is longer than what is read of one; the rest is not known)")
}

// What is kept of files has a bound in bytes, not only in items: lines of a
// megabyte are items too. What does not fit is told without what it is.
func TestBytesAreBounded(t *testing.T) {
	r := newRig(t, subject("/etc/conf.d/*"))
	r.write("/etc/conf.d/first", "a=1\n")
	r.start()
	const files = 12
	line := strings.Repeat("x", 1<<20-100)
	told, bare := 0, 0
	for i := range files {
		name := fmt.Sprintf("/etc/conf.d/%02d", i)
		r.write(name, "k="+line+"\n")
		r.told(event.FileWrite, name, "", "mallory")
		e := r.wait(i + 1)[i]
		if e.Kind == event.TaskCreate && e.Change.Name == "k" {
			told++
		} else if e.Kind == event.TaskModify && e.Change.Name == name && strings.Contains(e.Reason, "more items than are compared") {
			bare++
		} else {
			t.Errorf("file %d: %s", i, text(e)[:min(200, len(text(e)))])
		}
	}
	if told < 4 || told > 8 || told+bare != files {
		t.Errorf("%d files were told with what they hold and %d without", told, bare)
	}
}
