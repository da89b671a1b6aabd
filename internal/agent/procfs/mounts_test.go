package procfs

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseMounts(t *testing.T) {
	text := `22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw,errors=remount-ro
35 22 0:31 / /proc rw,nosuid shared:5 master:2 - proc proc rw
40 22 8:2 /srv/my\040data /data ro,relatime - ext4 /dev/sda2 rw
41 22 7:0 / /snap/x ro - squashfs /dev/loop0 ro,errors=continue
not a mount
42 22 x:0 / /y rw - tmpfs none rw
`
	want := []MountPoint{
		{ID: 22, Device: 8<<20 | 2, Root: "/", Dir: "/", Kind: "ext4", Source: "/dev/sda2"},
		{ID: 35, Device: 31, Root: "/", Dir: "/proc", Kind: "proc", Source: "proc"},
		{ID: 40, Device: 8<<20 | 2, Root: "/srv/my data", Dir: "/data", Kind: "ext4", Source: "/dev/sda2"},
		{ID: 41, Device: 7 << 20, Root: "/", Dir: "/snap/x", Kind: "squashfs", Source: "/dev/loop0", ReadOnly: true},
	}
	if got := ParseMounts([]byte(text)); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if got := ParseMounts([]byte(strings.Repeat("1 1 0:1 / / rw - tmpfs none rw\n", maxMounts+10))); len(got) != maxMounts {
		t.Errorf("%d mounts, want %d", len(got), maxMounts)
	}
}

func FuzzMounts(f *testing.F) {
	f.Add([]byte("22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"))
	f.Add([]byte("22 1 8:2 / /a\\040b rw - ext4"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, m := range ParseMounts(text) {
			if m.Device < 0 || m.Kind == "" {
				t.Errorf("%+v", m)
			}
		}
	})
}
