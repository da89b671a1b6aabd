package notify

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
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

// receiver is a webhook that keeps what it got.
type receiver struct {
	mu    sync.Mutex
	ids   []string
	keys  []string
	auth  []string
	reply func(id string) int
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	id := eventID(body)
	code := http.StatusOK
	if r.reply != nil {
		code = r.reply(id)
	}
	if code == http.StatusOK {
		r.mu.Lock()
		r.ids = append(r.ids, id)
		r.keys = append(r.keys, req.Header.Get("Idempotency-Key"))
		r.auth = append(r.auth, req.Header.Get("Authorization"))
		r.mu.Unlock()
	}
	w.WriteHeader(code)
}

func (r *receiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.ids...)
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

// TestGM27_WebhookDownTenMinutes: a webhook that cannot be reached for ten
// minutes gets all alerts after that, in order and once, over a restart of the
// agent in the middle.
func TestGM27_WebhookDownTenMinutes(t *testing.T) {
	dir := t.TempDir()
	c := &clock{now: time.Unix(1_790_000_000, 0)}
	start := c.Now()
	var attempts int
	r := &receiver{}
	r.reply = func(string) int {
		attempts++
		if c.Now().Before(start.Add(10 * time.Minute)) {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	}
	server := httptest.NewServer(r)
	defer server.Close()

	// Down at first as if nobody listened, then answering with errors, then well.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String()
	l.Close()
	open := func(url string) *Notifier {
		n, err := New(Options{Dir: dir, MaxSize: 2000, Clock: quiet{c}, Webhook: &Webhook{URL: url}})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	c.until = start.Add(4 * time.Minute)
	n := open(nobody)
	for i := 1; i <= 10; i++ {
		if err := n.Alert(alert(i)); err != nil {
			t.Fatal(err)
		}
	}
	run(t, n, func() bool { return c.Now().After(start.Add(3 * time.Minute)) })
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}

	c.until = time.Time{}
	n = open(server.URL)
	for i := 11; i <= 20; i++ {
		if err := n.Alert(alert(i)); err != nil {
			t.Fatal(err)
		}
	}
	run(t, n, func() bool { return len(r.got()) >= 15 })
	n.Close()

	n = open(server.URL)
	for i := 21; i <= 30; i++ {
		if err := n.Alert(alert(i)); err != nil {
			t.Fatal(err)
		}
	}
	run(t, n, func() bool { return n.Status().Webhook.Pending == 0 && len(r.got()) >= 30 })
	if st := n.Status().Webhook; st.Error != "" || st.Refused != 0 {
		t.Errorf("status after recovery: %+v", st)
	}
	n.Close()
	if got, want := r.got(), ids(1, 30); !equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if !equal(r.keys, r.ids) {
		t.Errorf("idempotency keys %v", r.keys)
	}
	if attempts < 35 || attempts > 60 {
		t.Errorf("%d attempts over ten minutes: the pause between them should grow to a minute", attempts)
	}
	if c.Now().Sub(start) < 10*time.Minute {
		t.Errorf("only %s went by", c.Now().Sub(start))
	}
}

// TestGM27_TLSNameMismatchIsRefused: a certificate for another name gets no
// alert, whatever is trusted.
func TestGM27_TLSNameMismatchIsRefused(t *testing.T) {
	r := &receiver{}
	server := httptest.NewTLSServer(r)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, url, ca string
		err           string // empty: it is delivered
	}{
		{"the name is in the certificate", "https://127.0.0.1:" + port, ca, ""},
		{"another name", "https://localhost:" + port, ca, "certificate is valid for"},
		{"an unknown authority", "https://127.0.0.1:" + port, "", "unknown authority"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &clock{now: time.Unix(1_790_000_000, 0)}
			n, err := New(Options{Dir: t.TempDir(), Clock: quiet{c}, Webhook: &Webhook{URL: tt.url, CAFile: tt.ca}})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			before := len(r.got())
			if err := n.Alert(alert(1)); err != nil {
				t.Fatal(err)
			}
			run(t, n, func() bool { s := n.Status().Webhook; return s.Delivered > 0 || s.Error != "" })
			s := n.Status().Webhook
			if tt.err == "" && (s.Delivered != 1 || len(r.got()) != before+1) {
				t.Errorf("not delivered: %+v", s)
			}
			if tt.err != "" && (!strings.Contains(s.Error, tt.err) || s.Delivered != 0 || len(r.got()) != before) {
				t.Errorf("status %+v, want the error %q and nothing delivered", s, tt.err)
			}
		})
	}
}

// TestRefusedAlertIsKeptAside: an alert that the receiver will never take does
// not stop those behind it, and is not gone.
func TestRefusedAlertIsKeptAside(t *testing.T) {
	r := &receiver{reply: func(id string) int {
		if id == "a-1-2" {
			return http.StatusUnprocessableEntity
		}
		return http.StatusOK
	}}
	server := httptest.NewServer(r)
	defer server.Close()
	dir := t.TempDir()
	var lost int64
	n, err := New(Options{Dir: dir, Webhook: &Webhook{URL: server.URL, Token: "secret-token"}, Lost: func(k int64, _ string) { lost += k }})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for i := 1; i <= 3; i++ {
		if err := n.Alert(alert(i)); err != nil {
			t.Fatal(err)
		}
	}
	run(t, n, func() bool { return len(r.got()) == 2 })
	if !equal(r.got(), []string{"a-1-1", "a-1-3"}) || lost != 1 {
		t.Errorf("got %v, lost %d", r.got(), lost)
	}
	if r.auth[0] != "Bearer secret-token" {
		t.Errorf("authorization %q", r.auth[0])
	}
	text, err := os.ReadFile(filepath.Join(dir, "webhook-refused.jsonl"))
	if err != nil || eventID(bytes.TrimSpace(text)) != "a-1-2" {
		t.Errorf("kept aside: %q, %v", text, err)
	}
}

// TestTooFarBehindIsCounted: when rotation removes what the webhook did not
// get, the number is told exactly.
func TestTooFarBehindIsCounted(t *testing.T) {
	var lost int64
	size := int64(len(alert(1).AppendJSON(nil)) + 1)
	n, err := New(Options{Dir: t.TempDir(), MaxSize: 2 * size, Keep: 2, Webhook: &Webhook{URL: "https://localhost:1"}, Lost: func(k int64, _ string) { lost += k }})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for i := 1; i <= 9; i++ { // 2 in each file: 9 is in the active one, 5 to 8 are kept, 1 to 4 are gone
		if err := n.Alert(alert(i)); err != nil {
			t.Fatal(err)
		}
	}
	if lost != 4 {
		t.Errorf("told %d lost, want 4", lost)
	}
}

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

// TestWebhookChangesWhileRunning: a webhook that is set later gets what is
// raised from then on.
func TestWebhookChangesWhileRunning(t *testing.T) {
	r := &receiver{}
	server := httptest.NewServer(r)
	defer server.Close()
	n, err := New(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	step := 0
	run(t, n, func() bool {
		switch step {
		case 0:
			must(t, n.Alert(alert(1)))
			must(t, n.SetWebhook(&Webhook{URL: server.URL}))
			must(t, n.Alert(alert(2)))
			step++
		case 1:
			if len(r.got()) == 1 {
				must(t, n.SetWebhook(nil))
				must(t, n.Alert(alert(3)))
				must(t, n.SetWebhook(&Webhook{URL: server.URL}))
				must(t, n.Alert(alert(4)))
				step++
			}
		default:
			return len(r.got()) == 2
		}
		return false
	})
	if !equal(r.got(), []string{"a-1-2", "a-1-4"}) {
		t.Errorf("got %v", r.got())
	}
	if err := n.SetWebhook(&Webhook{URL: "nonsense"}); err == nil {
		t.Error("a bad address was taken")
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
