package selftest

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/selftest/act"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "act" {
		if err := act.Main(os.Args[2:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "act:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func sandboxed(t *testing.T) {
	t.Helper()
	if os.Getenv("VEDETTE_SANDBOX") != "1" {
		t.Skip("SKIPPED: acts on the host, which is done only in the sandbox: make sandbox CMD='go test ...'")
	}
}

func testOptions() Options {
	return Options{Command: []string{"/proc/self/exe", "act"}, Wait: time.Second}
}

// TestActs: everything can be done, and nothing of the host changes.
func TestActs(t *testing.T) {
	sandboxed(t)
	before := host(t)
	h, err := start(t.Context(), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range acts(Rows()) {
		d, err := h.do(name)
		if err != nil {
			t.Fatal(err)
		}
		if d.Error != "" || d.Skip == "" && len(d.Wants) == 0 {
			t.Errorf("%s: %+v", name, d)
		}
		for _, w := range d.Wants {
			check(t, name, w)
		}
		if d.Skip != "" {
			t.Logf("%s: %s", name, d.Skip)
		}
	}
	if err := h.end(); err != nil {
		t.Error(err)
	}
	compare(t, before, host(t))
}

// More events than the tap holds come while an act is done: none is missed.
func TestActTakesWhatComesMeanwhile(t *testing.T) {
	in, names := io.Pipe()
	out, answers := io.Pipe()
	x := exam{tap: NewTap(1), judge: newJudge(0), hand: &hand{in: names, out: bufio.NewReader(out)}}
	go func() {
		if _, err := bufio.NewReader(in).ReadString('\n'); err != nil {
			return
		}
		for range 2 * tapRoom {
			for len(x.tap.events) == tapRoom {
				runtime.Gosched()
			}
			x.tap.See(&event.Event{Kind: event.FileCreate, Process: &event.Process{PID: 1}})
		}
		fmt.Fprintln(answers, `{"act":"file_create"}`)
	}()
	done, err := x.act("file_create")
	if err != nil || done.Act != "file_create" {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := len(x.judge.seen) + len(x.tap.events); got != 2*tapRoom || x.tap.Missed() != 0 {
		t.Errorf("%d events came and %d were missed, want %d and none", got, x.tap.Missed(), 2*tapRoom)
	}
}

// check looks whether what an act wants can come at all.
func check(t *testing.T, name string, w act.Want) {
	t.Helper()
	for _, k := range w.Kinds {
		if _, ok := event.ParseKind(k); !ok {
			t.Errorf("%s: no kind %q", name, k)
		}
	}
	for _, f := range w.Facts {
		if _, ok := event.FieldByName(f.Field); !ok || f.Text == "" && !f.Part {
			t.Errorf("%s: fact %+v", name, f)
		}
	}
	if w.Else != nil {
		check(t, name, *w.Else)
	}
}

// TestKilledAnywhere: kill -9 at any point leaves the host as it was.
func TestKilledAnywhere(t *testing.T) {
	sandboxed(t)
	before := host(t)
	all := acts(Rows())
	random := rand.New(rand.NewPCG(4, 2))
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		h, err := start(t.Context(), testOptions())
		if err != nil {
			t.Fatal(err)
		}
		after := time.Duration(random.IntN(400)) * time.Millisecond
		if round == 0 {
			after = 0 // while the private place is made
		}
		killed := time.AfterFunc(after, func() { _ = h.cmd.Process.Kill() })
		n := 0
		for _, i := range random.Perm(len(all)) { // any order, so that each act is one that is killed
			if _, err := h.do(all[i]); err != nil {
				break
			}
			n++
		}
		killed.Stop()
		_ = h.cmd.Process.Kill()
		_ = h.end()
		t.Logf("killed after %v, behind %d acts", after, n)
		compare(t, before, host(t))
	}
}

// host takes down what of the host could change: names, modes, owners, times
// and contents of files, mounts, interfaces, modules.
func host(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, root := range []string{"/etc", "/var/spool", "/var/log", "/var/lib/dpkg", "/var/lib/systemd", "/var/lib/pam", "/usr/lib/systemd", "/home", "/run", "/dev"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			if path == "/dev/pts" {
				return fs.SkipDir
			}
			out[path] = describe(path)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	ours, err := filepath.Glob("/tmp/*vedette-selftest*")
	layers, layerErr := filepath.Glob("/tmp/.layer*")
	if err != nil || layerErr != nil {
		t.Fatal(err, layerErr)
	}
	out["left in /tmp"] = strings.Join(append(ours, layers...), " ")
	for _, file := range []string{"/proc/self/mountinfo", "/proc/modules", "/proc/sys/net/ipv4/ip_forward", "/proc/net/dev_mcast"} {
		text, err := os.ReadFile(file)
		if err == nil {
			out[file] = string(text)
		}
	}
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	out["interfaces"] = fmt.Sprint(interfaces)
	return out
}

// describe takes down a file.
func describe(path string) string {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return err.Error()
	}
	text := fmt.Sprintf("%o %d:%d %d %d.%d", st.Mode, st.Uid, st.Gid, st.Size, st.Mtim.Sec, st.Mtim.Nsec)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		b, err := os.ReadFile(path)
		if err != nil {
			return text + " " + err.Error()
		}
		sum := sha256.Sum256(b)
		text += " " + hex.EncodeToString(sum[:])
	case unix.S_IFLNK:
		to, _ := os.Readlink(path) // an error is told by an empty target
		text += " " + to
	}
	return text
}

func compare(t *testing.T, before, after map[string]string) {
	t.Helper()
	if len(before) < 100 {
		t.Fatalf("only %d things were looked at", len(before))
	}
	for _, path := range slices.Sorted(maps.Keys(after)) {
		if before[path] != after[path] {
			t.Errorf("%s: %s before, %s now", path, before[path], after[path])
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			t.Errorf("%s is gone", path)
		}
	}
}

// TestHandMustBeAlone: the process refuses to act where it would act on the host.
func TestHandMustBeAlone(t *testing.T) {
	c := exec.Command("/proc/self/exe", "act")
	c.Stdin = strings.NewReader("file_create\n")
	out, err := c.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "pid namespace of their own") {
		t.Errorf("%v, %q", err, out)
	}
}

func TestFind(t *testing.T) {
	if rows, err := Find("dns query"); err != nil || len(rows) != 1 || rows[0].Number != 12 {
		t.Errorf("%v, %v", rows, err)
	}
	if _, err := Find("nothing"); !errors.Is(err, ErrNoRow) || !strings.Contains(err.Error(), "DNS Query") {
		t.Errorf("%v", err)
	}
}
