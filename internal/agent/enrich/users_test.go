package enrich

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

func TestUsersAreReadAgain(t *testing.T) {
	dir := fixture(t)
	u := newUsers(dir)
	name := func(at event.Time) string {
		e := &event.Event{Time: at, User: &event.User{ID: "1000", EffectiveID: "0"}}
		u.complete(e)
		return e.User.Name + "/" + e.User.EffectiveName
	}
	if got := name(second); got != "ada/root" {
		t.Fatal(got)
	}
	passwd := filepath.Join(dir, "etc/passwd")
	put(t, passwd, "root:x:0:0::/:/bin/sh\ngrace:x:1000:1000::/:/bin/sh\n")
	if err := os.Chtimes(passwd, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := name(2 * second); got != "ada/root" {
		t.Errorf("read again after a second: %s", got)
	}
	if got := name(10 * second); got != "grace/root" {
		t.Errorf("after the change: %s", got)
	}
	if err := os.Remove(passwd); err != nil {
		t.Fatal(err)
	}
	if got := name(20 * second); got != "grace/root" {
		t.Errorf("without the file: %s", got)
	}
	if got := name(second); got != "grace/root" { // the clock went back
		t.Errorf("after the clock went back: %s", got)
	}
}

func TestUserSectionsAreShared(t *testing.T) {
	u := newUsers(fixture(t))
	var first *event.User
	for i := range 10 {
		e := &event.Event{Time: second, User: &event.User{ID: "1000"}}
		u.complete(e)
		if i == 0 {
			first = e.User
		}
		if e.User != first {
			t.Fatal("one user has two sections")
		}
	}
	for i := range 2 * maxUsers {
		u.complete(&event.Event{Time: second, User: &event.User{ID: strconv.Itoa(i)}})
	}
	if len(u.shared) > maxUsers {
		t.Errorf("%d sections", len(u.shared))
	}
}

func TestParseNames(t *testing.T) {
	got := parseNames([]byte("root:x:0:0:a:b:c\n# comment:x:5:\n+nis::7:\n\nbad\nno:x:number:\ntoor:x:0:0:::\r\nlast:x:007:"))
	want := map[string]string{"0": "root", "7": "last"}
	if len(got) != len(want) || got["0"] != "root" || got["7"] != "last" {
		t.Errorf("%v, want %v", got, want)
	}
}

func FuzzParseNames(f *testing.F) {
	f.Add([]byte("root:x:0:0:root:/root:/bin/bash\n"))
	f.Add([]byte("a:b:4294967295\nb::18446744073709551616:\n:x:1:\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for id, name := range parseNames(text) {
			if _, err := strconv.ParseUint(id, 10, 32); err != nil || name == "" {
				t.Errorf("id %q of %q", id, name)
			}
		}
	})
}

func TestFileNames(t *testing.T) {
	for path, want := range map[string][3]string{
		"/etc/passwd":        {"/etc", "passwd", ""},
		"/x":                 {"/", "x", ""},
		"/a/b.tar.gz":        {"/a", "b.tar.gz", "gz"},
		"/root/.bashrc":      {"/root", ".bashrc", ""},
		"/a.b/c":             {"/a.b", "c", ""},
		"memfd:x":            {"", "memfd:x", ""},
		"/dir/":              {"/dir", "", ""},
		"relative/name.conf": {"relative", "name.conf", "conf"},
	} {
		f := &event.File{Path: path}
		fileNames(f)
		if got := [3]string{f.Directory, f.Name, f.Extension}; got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
