package notify

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func alert(n int) *event.Event {
	return &event.Event{
		Time: event.Time(1_790_000_000_000_000_000 + n), Kind: event.FindingRaise, Agent: "a", Epoch: 1, Sequence: int64(n),
		Process: &event.Process{Name: "curl", PID: 42, CommandLine: "curl http://198.51.100.1/x"},
		User:    &event.User{Name: "root"},
		Finding: &event.Finding{RuleID: "r1", RuleName: "Download by curl", Level: "high", Severity: 4},
	}
}

// clock is a clock that goes on only by waiting: a wait is over at once and
// has taken its time.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	until time.Time // waits that would pass it do not end; zero is none
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.until.IsZero() && c.now.Add(d).After(c.until) {
		return nil
	}
	c.now = c.now.Add(d)
	ch := make(chan time.Time, 1)
	ch <- c.now
	return ch
}

// quiet is a clock on which only webhook waits take time, so that the sync of
// the file does not run the time away.
type quiet struct{ *clock }

func (c quiet) After(d time.Duration) <-chan time.Time {
	if d == time.Second {
		return nil
	}
	return c.clock.After(d)
}

// run runs n until done is true.
func run(t *testing.T, n *Notifier, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	ended := make(chan struct{})
	go func() { defer close(ended); _ = n.Run(ctx) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Error("timed out")
			cancel()
			<-ended
			return
		}
	}
	cancel()
	<-ended
}

func ids(from, to int) []string {
	var out []string
	for i := from; i <= to; i++ {
		out = append(out, fmt.Sprintf("a-1-%d", i))
	}
	return out
}

func equal(a, b []string) bool { return strings.Join(a, ",") == strings.Join(b, ",") }

// TestFM12_FileAndText: alerts are structured lines in a rotated file that only
// root reads, and a text for people in the journal.
func TestFM12_FileAndText(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "journal")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	files := filepath.Join(dir, "alerts")
	n, err := New(Options{Dir: files, MaxSize: 5000, Keep: 3, Journal: socket})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	const many = 60
	for i := 1; i <= many; i++ {
		if err := n.Alert(alert(i)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 64<<10)
		k, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		record := string(buf[:k])
		for _, want := range []string{
			"MESSAGE=HIGH: Download by curl; process curl pid 42 user root: curl http://198.51.100.1/x [rule r1]\n",
			"PRIORITY=3\n", "SYSLOG_IDENTIFIER=vedette\n", fmt.Sprintf("VEDETTE_EVENT_ID=a-1-%d\n", i), "VEDETTE_EVENT={",
		} {
			if !strings.Contains(record, want) {
				t.Fatalf("journal record %q lacks %q", record, want)
			}
		}
	}
	entries, err := os.ReadDir(files)
	if err != nil {
		t.Fatal(err)
	}
	lines, rotated := 0, 0
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(e.Name(), ".jsonl") {
			continue
		}
		rotated++
		if info.Mode().Perm() != 0o600 || info.Size() > 5000 {
			t.Errorf("%s: mode %o, %d bytes", e.Name(), info.Mode().Perm(), info.Size())
		}
		lines += checkLines(t, filepath.Join(files, e.Name()))
	}
	if rotated != 4 || lines >= many || lines < 20 {
		t.Errorf("%d files with %d lines, want the active one and 3 rotated", rotated, lines)
	}
	if info, err := os.Stat(files); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("alert folder: %v, %v", info.Mode(), err)
	}
}

// checkLines reports lines that are no alert and returns their number.
func checkLines(t *testing.T, path string) int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for s := bufio.NewScanner(f); s.Scan(); n++ {
		var e event.Event
		if err := json.Unmarshal(s.Bytes(), &e); err != nil {
			t.Errorf("%s line %d: %v", path, n+1, err)
			continue
		}
		if e.Finding == nil || e.Finding.RuleID != "r1" || e.Process.CommandLine == "" {
			t.Errorf("%s line %d lacks the rule or the command line", path, n+1)
		}
	}
	return n
}

// TestJournalAbsentIsToldOnce: a host without the journal is no error.
func TestJournalAbsentIsToldOnce(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "journal")
	var log bytes.Buffer
	n, err := New(Options{Dir: dir, Journal: socket, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for i := 1; i <= 5; i++ {
		if err := n.Alert(alert(i)); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(log.String(), "journal takes no alerts"); got != 1 {
		t.Errorf("told %d times:\n%s", got, log.String())
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := n.Alert(alert(6)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64<<10)
	if k, err := conn.Read(buf); err != nil || !bytes.Contains(buf[:k], []byte("VEDETTE_EVENT_ID=a-1-6\n")) {
		t.Errorf("journal that came later got %q, %v", buf[:k], err)
	}
}

// TestTornLineAfterCrash: a half-written line stands alone and the next alert
// is whole.
func TestTornLineAfterCrash(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, activeName), []byte(`{"event":{"id":"torn`), 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := New(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Alert(alert(1)); err != nil {
		t.Fatal(err)
	}
	n.Close()
	text, err := os.ReadFile(filepath.Join(dir, activeName))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 2 || eventID([]byte(lines[1])) != "a-1-1" {
		t.Errorf("file holds %q", text)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestNoSecretInErrors: path, query and password of the address stay out of
// status and log.
func TestNoSecretInErrors(t *testing.T) {
	var log bytes.Buffer
	c := &clock{now: time.Unix(1_790_000_000, 0)}
	n, err := New(Options{
		Dir: t.TempDir(), Clock: quiet{c}, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Webhook: &Webhook{URL: "http://user:hunter2@127.0.0.1:1/T000/xyzzy?key=plugh", Token: "swordfish"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	must(t, n.Alert(alert(1)))
	run(t, n, func() bool { return n.Status().Webhook.Error != "" })
	text, err := json.Marshal(n.Status())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hunter2", "xyzzy", "plugh", "swordfish"} {
		if strings.Contains(log.String(), secret) || bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s shows in log or status:\n%s\n%s", secret, log.String(), text)
		}
	}
}

// TestFullDisk: a full disk is an error that says so; the next alert is whole
// once there is room again.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	n, err := New(Options{Dir: dir})
	must(t, err)
	defer n.Close()
	must(t, n.Alert(alert(1)))
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	must(t, err)
	good := n.file.f
	n.file.f = full
	if err := n.Alert(alert(2)); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("on a full disk: %v", err)
	}
	if s := n.Status(); !strings.Contains(s.Error, "no space left") || s.Written != 1 {
		t.Errorf("status %+v", s)
	}
	full.Close()
	n.file.f = good
	must(t, n.Alert(alert(3)))
	if got := checkLines(t, filepath.Join(dir, activeName)); got != 2 || n.Status().Error != "" {
		t.Errorf("%d lines, status %+v", got, n.Status())
	}
}

func FuzzPosition(f *testing.F) {
	f.Add([]byte(`{"generation":1,"offset":0}`))
	f.Add([]byte(`{"generation":-1}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "p")
		must(t, os.WriteFile(path, text, 0o600))
		p, err := readPosition(path)
		if err == nil && (p.Generation < 1 || p.Offset < 0) {
			t.Errorf("took %+v", p)
		}
	})
}
