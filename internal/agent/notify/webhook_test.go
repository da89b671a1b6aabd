package notify

import (
	"bytes"
	"encoding/pem"
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
)

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
