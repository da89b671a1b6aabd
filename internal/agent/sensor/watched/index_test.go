package watched

import (
	"slices"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

func TestIndex(t *testing.T) {
	x := newIndex([]Subject{
		{Paths: []string{"/etc/passwd", "/etc/shadow"}},
		{Paths: []string{"/etc/cron.d/*", "/home/*/.ssh/authorized_keys"}},
		{Paths: []string{"/etc/systemd/system/**/*.conf", "/home/*/.config/autostart/*.desktop", "/etc/wants/*.wants/*"}},
	})
	for _, c := range []struct {
		path  string
		names bool // an event that makes or takes a name
		maybe bool
		match []int
	}{
		{"/etc/passwd", false, true, []int{0}},
		{"/mnt/etc/passwd", false, true, nil}, // a mount of /etc, perhaps
		{"/etc/passwd-", true, false, nil},
		{"/etc/cron.d/x", false, true, []int{1}},
		{"/etc/cron.d/.x", false, true, nil},
		{"/mnt/cron.d/x", false, true, nil},
		{"/etc/cron.d", true, true, nil},
		{"/etc", true, true, nil},
		{"/etc", false, false, nil},
		{"/home/bob", true, true, nil},
		{"/home/bob/.ssh", true, true, nil},
		{"/home/bob/.ssh/authorized_keys", false, true, []int{1}},
		{"/home/bob/src/x.c", true, false, nil},
		{"/home/bob/src/x/y/z.o", true, false, nil},
		{"/home/bob/.config/autostart/x.desktop", false, true, []int{2}},
		{"/home/bob/.config/autostart/x", false, true, nil},
		{"/etc/systemd/system/x.conf", false, true, []int{2}},
		{"/etc/systemd/system/a/b/c/d/x.conf", false, true, []int{2}},
		{"/etc/systemd/system/a/b/c/d/e/x.conf", false, false, nil},
		{"/etc/systemd/system/x.service", false, false, nil},
		{"/etc/wants/a.wants/b", false, true, []int{2}},
		{"/etc/wants/a/b", false, false, nil},
		{"", true, false, nil},
		{"relative", true, false, nil},
		{"memfd:passwd", true, false, nil},
	} {
		if got := x.maybe(c.path, c.names); got != c.maybe {
			t.Errorf("%q may matter: %t", c.path, got)
		}
		if got := x.match(c.path); !slices.Equal(got, c.match) {
			t.Errorf("%q belongs to %v, want %v", c.path, got, c.match)
		}
	}
	for dir, want := range map[string][]int{"/etc": {0, 1, 2}, "/home/bob": {1, 2}, "/etc/wants": {2}, "/etc/systemd/system/a": {2}, "/usr": nil, "/etc/passwd": nil} {
		if got := x.below(dir); !slices.Equal(got, want) {
			t.Errorf("below %s are %v, want %v", dir, got, want)
		}
	}
	if got := x.alike("/mnt/cron.d/x"); !slices.Equal(got, []int{1}) {
		t.Errorf("alike %v", got)
	}
}

// The cheap test costs nothing to speak of for the events of everyday work.
func BenchmarkConcerns(b *testing.B) {
	w := New(Options{Name: "bench", Subjects: []Subject{
		{Paths: []string{"/etc/passwd", "/etc/shadow", "/etc/cron.d/*", "/home/*/.ssh/authorized_keys", "/home/*/.bashrc"}},
		{Paths: []string{"/etc/systemd/system/**/*.conf", "/home/*/.config/autostart/*.desktop"}},
	}})
	e := &event.Event{Kind: event.FileCreate, File: &event.File{Path: "/home/bob/src/project/build/objects/file.o", Inode: 4711}}
	b.ReportAllocs()
	for b.Loop() {
		if w.concerns(e) {
			b.Fatal("it matters")
		}
	}
}
