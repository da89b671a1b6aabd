package indicator

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect/ioc"
	"github.com/vedette-edr/vedette/internal/wire"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestWithoutAManager: files of a folder are in force, again when they change,
// until the manager sends its own.
func TestWithoutAManager(t *testing.T) {
	s, folder := open(t, filepath.Join(t.TempDir(), "state")), t.TempDir()
	found := func(v string) int { return len(s.Match(ioc.Sample(v), nil)) }
	if r, err := s.Load(filepath.Join(folder, "none")); err != nil || r != nil {
		t.Errorf("no folder: %v, %v", r, err)
	}
	write(t, filepath.Join(folder, "list.txt"), "evil.example.org\nnothing at all\n")
	r, err := s.Load(folder)
	if err != nil || len(r) != 1 || r[0].Taken != 1 || r[0].Refused != 1 || found("a.evil.example.org") != 1 {
		t.Errorf("%+v, %v, %d", r, err, found("evil.example.org"))
	}
	if r, err := s.Load(folder); err != nil || r != nil {
		t.Errorf("read again without a change: %v, %v", r, err)
	}
	write(t, filepath.Join(folder, "bad.json"), `{"type":"bundle","objects":[`)
	if _, err := s.Load(folder); err == nil || found("evil.example.org") != 1 {
		t.Errorf("a file that is not whole: %v; what was in force must stay", err)
	}
	write(t, filepath.Join(folder, "bad.json"), `{"type":"md5","value":"6d131a7462e568213b44ef69156f10a5"}`)
	if _, err := s.Load(folder); err != nil || found("6d131a7462e568213b44ef69156f10a5") != 1 {
		t.Errorf("corrected: %v", err)
	}
	lines, err := wire.Pack([]byte(`{"type":"ip","value":"203.0.113.7"}` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	content, err := wire.PackedIOCs(wire.IOCs{Part: 1, Parts: 1}, lines)
	if err != nil {
		t.Fatal(err)
	}
	part, err := wire.DecodeIOCs(content)
	if err != nil {
		t.Fatal(err)
	}
	if done, err := s.Apply(5, part); err != nil || !done {
		t.Fatal(done, err)
	}
	write(t, filepath.Join(folder, "more.txt"), "more.example.org\n")
	if r, err := s.Load(folder); err != nil || r != nil || found("more.example.org") != 0 || found("203.0.113.7") != 1 {
		t.Errorf("the manager's are in force: %v, %v", r, err)
	}
}

func FuzzApply(f *testing.F) {
	f.Add([]byte(`{"type":"ip","value":"203.0.113.7"}`+"\n"+`{"type":"ip","value":"203.0.113.7","remove":true}`+"\n"), int64(0))
	f.Fuzz(func(t *testing.T, lines []byte, base int64) {
		s, err := Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		done, err := s.Apply(1, wire.IOCs{Base: base, Part: 1, Parts: 1, Lines: lines})
		if done != (s.Version() == 1) || done == (err != nil) {
			t.Fatalf("done %v, version %d, %v", done, s.Version(), err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
