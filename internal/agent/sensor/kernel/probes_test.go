package kernel

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// placements are what a test placed and closed, by the text of the file.
type placements struct {
	t      *testing.T
	proc   string
	now    time.Time
	placed []string
	closed []string
	fail   error
}

type placement struct {
	p    *placements
	text string
}

func (c placement) Close() error {
	c.p.closed = append(c.p.closed, c.text)
	return nil
}

func (p *placements) place(file string) ([]io.Closer, error) {
	if p.fail != nil {
		return nil, p.fail
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if string(text) == "nothing" {
		return nil, nil
	}
	p.placed = append(p.placed, string(text))
	return []io.Closer{placement{p, string(text)}}, nil
}

// write replaces a file as a package manager does.
func (p *placements) write(name, text string) uint64 {
	p.t.Helper()
	if err := os.WriteFile(name+".new", []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		p.t.Fatal(err)
	}
	var st syscall.Stat_t
	if err := syscall.Stat(name, &st); err != nil {
		p.t.Fatal(err)
	}
	return st.Ino
}

// maps writes what a process has mapped; nothing ends it.
func (p *placements) maps(pid int, lines string) {
	p.t.Helper()
	dir := filepath.Join(p.proc, fmt.Sprint(pid))
	if lines == "" {
		if err := os.RemoveAll(dir); err != nil {
			p.t.Fatal(err)
		}
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "maps"), []byte(lines), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *placements) want(what string, placed, closed []string) {
	p.t.Helper()
	if !slices.Equal(p.placed, placed) || !slices.Equal(p.closed, closed) {
		p.t.Fatalf("%s: placed %q, closed %q; want %q, %q", what, p.placed, p.closed, placed, closed)
	}
}

func probesOf(t *testing.T, most int) (*Probes, *placements, string) {
	t.Helper()
	p := &placements{t: t, proc: t.TempDir(), now: time.Unix(1, 0)}
	boot := filepath.Join(p.proc, "sys/kernel/random")
	if err := os.MkdirAll(boot, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(boot, "boot_id"), []byte("b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return NewProbes(ProbesOptions{Proc: p.proc, Most: most, Now: func() time.Time { return p.now }}), p, t.TempDir()
}

func (p *placements) look(x *Probes, after time.Duration) bool {
	p.t.Helper()
	p.now = p.now.Add(after)
	before := x.Left()
	if err := x.Look(); err != nil {
		p.t.Fatal(err)
	}
	return x.Left() > before
}

// A library that is upgraded is watched in its new file at once, and in the old
// one until no process has that any more.
func TestProbesAfterAnUpgrade(t *testing.T) {
	x, p, dir := probesOf(t, 0)
	name := filepath.Join(dir, "libpam.so.0")
	old := p.write(name, "old")
	add := func() {
		t.Helper()
		if _, err := x.Add(name, p.place); err != nil {
			t.Fatal(err)
		}
	}
	add()
	add()
	p.maps(7, fmt.Sprintf("7f00-7f01 r-xp 0000 08:01 %d    %s\n", old, name))
	p.want("at first", []string{"old"}, nil)
	p.look(x, time.Hour)
	p.want("while nothing changes", []string{"old"}, nil)

	p.write(name, "new")
	p.maps(7, fmt.Sprintf("7f00-7f01 r-xp 0000 08:01 %d    %s (deleted)\n", old, name))
	add()
	p.want("after the upgrade", []string{"old", "new"}, nil)
	for range 20 {
		if p.look(x, time.Hour) {
			t.Fatal("a file is left that a process has")
		}
	}
	p.maps(7, fmt.Sprintf("7f00-7f01 r-xp 0000 08:01 1    /usr/lib/libc.so.6\n7f02-7f03 r-xp 0000 08:01 3    %s\n", name))
	if !p.look(x, time.Hour) {
		t.Fatal("nothing is left")
	}
	p.want("when nobody has it", []string{"old", "new"}, []string{"old"})
	if p.look(x, time.Hour) || x.Count() != 1 {
		t.Fatalf("%d files", x.Count())
	}
}

// A name through a process leads to a file whose own name means nothing here.
func TestProbesOfAnotherRoot(t *testing.T) {
	x, p, dir := probesOf(t, 0)
	p.write(filepath.Join(dir, "libc-2.31.so"), "musl")
	if err := os.Symlink("libc-2.31.so", filepath.Join(dir, "libc.so.6")); err != nil {
		t.Fatal(err)
	}
	name := "/proc/self/root" + filepath.Join(dir, "libc.so.6")
	if has, err := x.Add(name, p.place); !has || err != nil {
		t.Fatal(has, err)
	}
	p.want("once", []string{"musl"}, nil)
	for _, f := range x.files {
		if f.base != "libc-2.31.so" {
			t.Errorf("it is called %s", f.base)
		}
	}
	if has, err := x.Add(filepath.Join(dir, "libc-2.31.so"), p.place); !has || err != nil || len(x.files) != 1 {
		t.Errorf("the same file under another name: %v, %v", has, err)
	}
}

// A file that is written over where it is has its functions elsewhere.
func TestProbesOfAFileThatIsWrittenOver(t *testing.T) {
	x, p, dir := probesOf(t, 0)
	name := filepath.Join(dir, "lib")
	for _, text := range []string{"nothing", "first", "second, longer"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Add(name, p.place); err != nil {
			t.Fatal(err)
		}
	}
	p.want("after all", []string{"first", "second, longer"}, []string{"first"})
}

// An upgrade whose file cannot be probed yet is tried again, and the old one
// stays.
func TestProbesThatFail(t *testing.T) {
	x, p, dir := probesOf(t, 0)
	name := filepath.Join(dir, "lib")
	p.write(name, "old")
	if _, err := x.Add(name, p.place); err != nil {
		t.Fatal(err)
	}
	p.write(name, "new")
	p.fail = errors.New("no memory")
	if _, err := x.Add(name, p.place); !errors.Is(err, p.fail) {
		t.Fatal(err)
	}
	p.want("when it fails", []string{"old"}, nil)
	p.fail = nil
	if _, err := x.Add(name, p.place); err != nil {
		t.Fatal(err)
	}
	p.want("later", []string{"old", "new"}, nil)
}

// Where there is no room, what no process has makes room, and else it is told.
// A name through a process that ended is no reason to leave a file.
func TestProbesFull(t *testing.T) {
	x, p, dir := probesOf(t, 2)
	var numbers []uint64
	for _, name := range []string{"a", "b", "c", "d"} {
		numbers = append(numbers, p.write(filepath.Join(dir, name), name))
	}
	for i, name := range []string{"a", "b"} {
		if err := os.MkdirAll(filepath.Join(p.proc, fmt.Sprint(10+i)), 0o755); err != nil {
			t.Fatal(err)
		}
		through := filepath.Join(p.proc, fmt.Sprint(10+i), "root")
		if err := os.Symlink(dir, through); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Add(filepath.Join(through, name), p.place); err != nil {
			t.Fatal(err)
		}
		p.maps(10+i, "")
		p.maps(20+i, fmt.Sprintf("7f00-7f01 r-xp 0000 00:2a %d    /%s\n", numbers[i], name))
	}
	p.look(x, time.Hour)
	p.look(x, time.Hour)
	p.want("after their processes", []string{"a", "b"}, nil)
	if _, err := x.Add(filepath.Join(dir, "c"), p.place); !errors.Is(err, ErrFull) {
		t.Fatalf("one more than there is room for: %v", err)
	}
	p.maps(20, "")
	if _, err := x.Add(filepath.Join(dir, "c"), p.place); !errors.Is(err, ErrFull) {
		t.Fatalf("the maps of all were read twice in a minute: %v", err)
	}
	p.now = p.now.Add(time.Hour)
	if _, err := x.Add(filepath.Join(dir, "c"), p.place); err != nil {
		t.Fatal(err)
	}
	p.want("when one has ended", []string{"a", "b", "c"}, []string{"a"})
}

// Where it cannot be read what processes have mapped, nothing is left.
func TestProbesWithoutMaps(t *testing.T) {
	x, p, dir := probesOf(t, 0)
	name := filepath.Join(dir, "lib")
	p.write(name, "old")
	if _, err := x.Add(name, p.place); err != nil {
		t.Fatal(err)
	}
	p.write(name, "new")
	if err := os.RemoveAll(p.proc); err != nil {
		t.Fatal(err)
	}
	p.look(x, time.Hour)
	if p.look(x, time.Hour) {
		t.Error("it is left")
	}
}

func FuzzMapped(f *testing.F) {
	f.Add([]byte("7f00-7f01 r-xp 0000 08:01 42    /usr/lib/libpam.so.0\n"), uint64(42))
	f.Add([]byte("7f00-7f01 r-xp 0000 08:01 7    /usr/lib/libpam.so.0 (deleted)\n"), uint64(42))
	f.Add([]byte("/libpam.so.0\n 42 /libpam.so.0"), uint64(42))
	file := &probed{base: "libpam.so.0"}
	f.Fuzz(func(t *testing.T, maps []byte, number uint64) {
		found := file.in(maps, number)
		if found && !bytes.Contains(maps, []byte("/libpam.so.0")) {
			t.Error("a file is found that is not named")
		}
		line := fmt.Appendf(nil, "\n7f00-7f01 r-xp 0000 08:01 %d /x/libpam.so.0\n", number)
		if !file.in(append(bytes.Clone(maps), line...), number) {
			t.Error("a file that is mapped is not found")
		}
	})
}
