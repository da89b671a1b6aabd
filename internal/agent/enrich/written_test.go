package enrich

import (
	"bytes"
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// written returns the event of a file that was written with a content.
func written(t testing.TB, path string, content []byte, at event.Time) *event.Event {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	e := wrote(9, path, at)
	e.File = image(t, path)
	return e
}

func patient(o *Options) { onHost(o); o.HashWait, o.WriteWait = 30*time.Second, 30*time.Second }

// Whatever is written is told with its digests, its first bytes and entropy.
func TestAE3_FactsOfWrittenFiles(t *testing.T) {
	en := newTest(t, patient)
	dir := t.TempDir()
	for _, c := range []struct {
		name, header string
		content      []byte
		low, high    float64
		fuzzy        bool
	}{
		{"elf", "7f454c46020101000000000000000000", append([]byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00"), noise(100)...), 4, 8, true},
		{"zip", "504b0304140000000800aaaaaaaaaaaa", append([]byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"), bytes.Repeat([]byte{0xaa}, 600)...), 0.01, 1, false},
		{"xz", "fd377a585a000004", []byte("\xfd7zXZ\x00\x00\x04"), 2, 3, false},
		{"gz", "1f8b0800000000000003", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"), 0.5, 3, false},
		{"pdf", "255044462d312e370a25c4e5f2e5eba7", append([]byte("%PDF-1.7\n%\xc4\xe5\xf2\xe5\xeb\xa7"), noise(20000)...), 7.9, 8, true},
		{"high", "", noise(100000), 7.99, 8, true},
		{"two", "61626162616261626162616261626162", bytes.Repeat([]byte("ab"), 4096), 1, 1, false},
		{"same", "41414141414141414141414141414141", bytes.Repeat([]byte("A"), 4096), 0.0001, 0.0001, false},
		{"short", "41", []byte("A"), 0.0001, 0.0001, false},
		{"empty", "", nil, 0, 0, false},
	} {
		e := written(t, filepath.Join(dir, c.name), c.content, second)
		each(en, e)
		f, want := e.File, digests(t, e.File.Path)
		if f.Hash == nil || *f.Hash != want || (want.TLSH != "") != c.fuzzy {
			t.Errorf("%s: %+v, want %+v", c.name, f.Hash, want)
		}
		if f.Entropy < c.low || f.Entropy > c.high {
			t.Errorf("%s: entropy %v, want %v to %v", c.name, f.Entropy, c.low, c.high)
		}
		if c.header != "" && f.Header != c.header || f.Size.N != int64(len(c.content)) {
			t.Errorf("%s: %s, %d bytes", c.name, f.Header, f.Size.N)
		}
	}
}

// What a file held is told when it is renamed and removed.
func TestAE3_HashOfARemovedFile(t *testing.T) {
	en := newTest(t, patient)
	path, other := filepath.Join(t.TempDir(), "a"), "/somewhere/b"
	write := written(t, path, []byte("content"), second)
	rename, remove, again := wrote(9, other, second), wrote(9, other, second), wrote(9, other, second)
	rename.Kind, rename.File = event.FileRename, &event.File{OriginalPath: path, Path: other}
	remove.Kind, again.Kind = event.FileDelete, event.FileDelete
	each(en, write, rename, remove, again)
	want := digests(t, path)
	want.Status = "as last read"
	for _, e := range []*event.Event{rename, remove} {
		if e.File.Hash == nil || *e.File.Hash != want || e.File.Header != "636f6e74656e74" {
			t.Errorf("%s: %+v, want %+v", e.Kind, e.File.Hash, want)
		}
	}
	if again.File.Hash != nil {
		t.Errorf("removed twice: %+v", again.File.Hash)
	}
	if write.File.Hash.Status != "" {
		t.Errorf("an event that was handed on has changed: %+v", write.File.Hash)
	}
	elsewhere := wrote(9, path, second)
	elsewhere.Kind = event.FileDelete
	if each(en, elsewhere); elsewhere.File.Hash != nil {
		t.Errorf("the old path still has %+v", elsewhere.File.Hash)
	}
}

// What was written and renamed before it was read is read where it is then, and
// a file that nobody was seen writing is not.
func TestAE3_HashOfARenamedFile(t *testing.T) {
	en := newTest(t, patient)
	dir := t.TempDir()
	path, moved := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	var last *event.Event
	read := 0
	for i := range 50 { // within a moment
		last = written(t, path, []byte(strings.Repeat("z", 100+i)), second)
		if each(en, last); last.File.Hash.SHA256 != "" {
			read++
		}
	}
	if read < 2 || read > 10 || last.File.Hash.Status != "rate limit" {
		t.Fatalf("read %d times, the last is %+v", read, last.File.Hash)
	}
	rename := func(from, to string, at event.Time) *event.Event {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
		e := wrote(9, to, at)
		e.Kind, e.File = event.FileRename, &event.File{OriginalPath: from, Path: to} // as the sensor tells it
		each(en, e)
		return e
	}
	first, then := rename(path, moved, 10*second), rename(moved, path, 10*second)
	want := digests(t, path)
	if first.File.Hash == nil || *first.File.Hash != want || first.File.Header == "" || first.File.Entropy == 0 {
		t.Errorf("%+v, want %+v", first.File.Hash, want)
	}
	want.Status = "as last read"
	if then.File.Hash == nil || *then.File.Hash != want {
		t.Errorf("renamed again: %+v, want %+v", then.File.Hash, want)
	}
	old := filepath.Join(dir, "old")
	if err := os.WriteFile(old, []byte("there before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if e := rename(old, moved, 20*second); e.File.Hash != nil {
		t.Errorf("not written: %+v", e.File.Hash)
	}
}

// A storm of writes is not read, and told so; a program is read all the same.
// What the agent writes, it does not read again, but for programs; of others it
// does.
func TestOwnFilesAreNotRead(t *testing.T) {
	en := newTest(t, func(o *Options) { patient(o); o.Self = "own-entity" })
	dir := t.TempDir()
	for _, c := range []struct {
		name, entity, want string
		mode               os.FileMode
	}{
		{"spool", "own-entity", statusOwn, 0o600},
		{"program", "own-entity", "", 0o755},
		{"other", "another", "", 0o600},
	} {
		path := filepath.Join(dir, c.name)
		e := written(t, path, noise(1000), second)
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		e.File = image(t, path)
		e.Process.EntityID = c.entity
		each(en, e)
		if e.File.Hash == nil || e.File.Hash.Status != c.want || (e.File.Hash.SHA256 == "") != (c.want != "") {
			t.Errorf("%s: %+v, want status %q", c.name, e.File.Hash, c.want)
		}
	}
}

func TestWrittenFilesAreBounded(t *testing.T) {
	en := newTest(t, onHost)
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	e := written(t, path, []byte("content"), second)
	status := map[string]int{}
	const n = 20000
	for i := range int64(n) {
		w := wrote(9, path, second)
		f := *e.File
		f.Inode, f.Changed = 1<<40+i, event.Time(i+1) // gone before it is read
		w.File = &f
		each(en, w)
		status[w.File.Hash.Status]++
	}
	s := en.Stats().Hash
	if limited := status["rate limit"]; limited < n-writtenBurst/perWritten-10 || int64(limited) != s.Limited {
		t.Errorf("%v, counted %d", status, s.Limited)
	}
	if s.Waited > 200*time.Millisecond {
		t.Errorf("the storm waited %v", s.Waited)
	}
	program := executed(t, 2, program(t, "program"))
	if each(en, program); program.Process.Hash.SHA256 == "" {
		t.Errorf("%+v", program.Process.Hash)
	}
	later := written(t, filepath.Join(dir, "later"), []byte("later"), 60*second)
	if each(en, later); later.File.Hash.Status == "rate limit" {
		t.Errorf("a minute later: %+v", later.File.Hash)
	}
}

// A file that grows all the time is read from time to time.
func TestLogIsReadFromTimeToTime(t *testing.T) {
	en := newTest(t, patient)
	path := filepath.Join(t.TempDir(), "log")
	text := strings.Repeat("x", 1<<20)
	read := 0
	for i := range 100 { // ten seconds
		e := written(t, path, []byte(text+strings.Repeat("y", i)), second+event.Time(i)*second/10)
		if each(en, e); e.File.Hash.Status != "rate limit" {
			read++
		}
	}
	if read < 3 || read > 8 {
		t.Errorf("read %d times in ten seconds", read)
	}
}

// Of what is too large the beginning is told.
func TestFactsOfALargeFile(t *testing.T) {
	en := newTest(t, patient)
	path := filepath.Join(t.TempDir(), "large")
	e := written(t, path, append([]byte("BEGIN"), noise(maxWritten)...), second)
	age(t, path)
	en.hasher.file(e, nil)
	eventually(t, "the beginning is read", func() bool { return en.Stats().Hash.Files == 1 })
	if got := en.hasher.file(e, nil); got.hash.Status != "too large" || got.header[:10] != "424547494e" || got.entropy < 7.9 {
		t.Errorf("%+v %+v", got, got.hash)
	}
	if n := en.Stats().Hash.Bytes; n != partSize {
		t.Errorf("%d bytes were read", n)
	}
	if err := os.Chmod(path, 0o755); err != nil { // a program may be larger, but then has no TLSH
		t.Fatal(err)
	}
	age(t, path)
	run := executed(t, 3, path)
	each(en, run)
	if h := run.Process.Hash; h.Status != "too large for tlsh" || h.SHA256 != digests(t, path).SHA256 || h.TLSH != "" {
		t.Errorf("%+v", h)
	}
	if each(en, executed(t, 4, path)); en.Stats().Hash.Hits == 0 {
		t.Error("a file without TLSH is read again each time")
	}
}

// A library without a name is read through the memory of the process.
func TestHashOfALibraryInMemory(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root may open /proc/PID/map_files")
	}
	fd, err := unix.MemfdCreate("evil", 0)
	if err != nil {
		t.Fatal(err)
	}
	content := noise(5000)
	if _, err := unix.Write(fd, content); err != nil {
		t.Fatal(err)
	}
	b, err := unix.Mmap(fd, 0, len(content), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(b)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		t.Fatal(err)
	}
	unix.Close(fd)
	var l late
	en := newTest(t, func(o *Options) { patient(o); o.Proc, o.Late = "/proc", l.take })
	e := &event.Event{
		Kind: event.LibraryLoad, Time: second, Process: &event.Process{EntityID: id(9), PID: int64(os.Getpid())},
		File: &event.File{
			Path: "/memfd:evil", Type: "file", Inode: int64(st.Ino), Size: event.Some(st.Size), Links: event.Some(0),
			Changed: event.Time(st.Ctim.Nano()), Modified: event.Time(st.Mtim.Nano()),
		},
		Call: &event.Call{Address: int64(uintptr(unsafe.Pointer(&b[0]))), Size: int64(len(content))},
	}
	each(en, e)
	eventually(t, "the library is read", func() bool { return len(l.all()) == 1 || e.File.Hash.Status == "" })
	got := e.File
	if got.Hash.Status == "pending" {
		got = l.all()[0].File
		if why := l.all()[0].Reason; why != "library_load" {
			t.Errorf("event.reason %q", why)
		}
	}
	if sum := sha256.Sum256(content); got.Hash.SHA256 != hexOf(sum[:]) || got.Entropy < 7.9 {
		t.Errorf("%+v", got.Hash)
	}
}

func TestEntropyIsOfAllBytes(t *testing.T) {
	var c counts
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	c.add(all[:100])
	c.add(all[100:])
	if got := c.entropy(); got != 8 {
		t.Errorf("%v, want 8", got)
	}
	if got := (&counts{}).entropy(); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

// Above the CPU limit programs are still read when other files are not.
func TestWrittenFilesAreGivenUpFirst(t *testing.T) {
	en := newTest(t, patient)
	dir := t.TempDir()
	en.SetHashing(true, false)
	plain, run := written(t, filepath.Join(dir, "a"), []byte("plain"), second), executed(t, 2, program(t, "program"))
	each(en, plain, run)
	if plain.File.Hash.Status != "cpu limit" || run.Process.Hash.SHA256 == "" {
		t.Errorf("%+v, %+v", plain.File.Hash, run.Process.Hash)
	}
	en.SetHashing(true, true)
	again := written(t, filepath.Join(dir, "b"), []byte("plain"), second)
	if each(en, again); again.File.Hash.SHA256 == "" {
		t.Errorf("%+v", again.File.Hash)
	}
}
