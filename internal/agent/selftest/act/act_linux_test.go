package act

import (
	"bytes"
	"encoding/json"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestServe(t *testing.T) {
	var out bytes.Buffer
	if err := serve(strings.NewReader("one\ntwo\n"), &out, func(name string) Done { return Done{Act: name, Skip: "not here"} }); err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(&out)
	for _, want := range []string{"one", "two"} {
		var d Done
		if err := dec.Decode(&d); err != nil || d.Act != want || d.Skip != "not here" {
			t.Errorf("%+v, %v", d, err)
		}
	}
}

// TestCopyTree: where overlays cannot be had, the copy is like the original.
func TestCopyTree(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "to")
	if err := os.MkdirAll(filepath.Join(from, "a/b"), 0o750); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"a/shadow": 0o640, "a/b/run": 0o4755} {
		if err := os.WriteFile(filepath.Join(from, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		if mode > 0o777 {
			mode = os.ModeSetuid | 0o755
		}
		if err := os.Chmod(filepath.Join(from, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../nowhere", filepath.Join(from, "a/link")); err != nil {
		t.Fatal(err)
	}
	if err := copyTree(from, to); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "a/b", "a/shadow", "a/b/run", "a/link"} {
		x, err := os.Lstat(filepath.Join(from, name))
		y, err2 := os.Lstat(filepath.Join(to, name))
		if err != nil || err2 != nil || x.Mode() != y.Mode() {
			t.Errorf("%s: %v, %v and %v, %v", name, x.Mode(), err, y, err2)
		}
	}
	if text, err := os.ReadFile(filepath.Join(to, "a/b/run")); err != nil || string(text) != "a/b/run" {
		t.Errorf("%q, %v", text, err)
	}
	if link, err := os.Readlink(filepath.Join(to, "a/link")); err != nil || link != "../nowhere" {
		t.Errorf("%q, %v", link, err)
	}
	if err := os.Truncate(filepath.Join(from, "a/shadow"), maxCopy+1); err != nil {
		t.Fatal(err)
	}
	if err := copyTree(from, filepath.Join(t.TempDir(), "to")); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a folder that is too large: %v", err)
	}
}

// TestTiny: the program of our own runs, and differs with its seed.
func TestTiny(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tiny")
	if err := os.WriteFile(path, tiny("a"), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path).CombinedOutput(); err != nil || len(out) != 0 {
		t.Errorf("%s, %v", out, err)
	}
	if bytes.Equal(tiny("a"), tiny("b")) {
		t.Error("all are alike")
	}
}

func TestEntropy(t *testing.T) {
	for text, want := range map[string]float64{"aaaa": 0, "abab": 1, "abcd": 2} {
		if got := entropy([]byte(text)); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %g, want %g", text, got, want)
		}
	}
}

// TestAnswer: the resolver of the acts answers their question, as Go's own
// resolver reads it.
func TestAnswer(t *testing.T) {
	server, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := server.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() { answered <- answer(server) }()
	c, err := net.Dial("udp4", server.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(question("a.example.com")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 512)
	n, err := c.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Error(err)
	}
	if q := question("a.example.com"); !bytes.Equal(buf[12:len(q)], q[12:]) || buf[7] != 1 || !bytes.Equal(buf[n-4:n], []byte{192, 0, 2, 7}) {
		t.Errorf("%q", buf[:n])
	}
}

func TestWithout(t *testing.T) {
	if got := without("a:1\nb:2\na:3", "a:"); got != "b:2\n" {
		t.Errorf("%q", got)
	}
}
