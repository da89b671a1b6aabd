package control

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a server and returns what ends it.
func serve(t *testing.T, s Server, dir string) func() {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	s.Log = slog.New(slog.DiscardHandler)
	go func() { done <- s.Serve(ctx, dir) }()
	var st map[string]int
	for range 1000 {
		if err := (Client{dir}).Status(ctx, &st); err == nil {
			return func() {
				cancel()
				if err := <-done; err != nil {
					t.Errorf("Serve: %v", err)
				}
			}
		}
		select {
		case err := <-done:
			t.Fatalf("Serve: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	t.Fatal("the server does not answer")
	return nil
}

func TestStatusAndReload(t *testing.T) {
	dir := t.TempDir()
	reloads := 0
	var refuse error
	stop := serve(t, Server{
		Status: func() any { return map[string]int{"events": 42} },
		Reload: func(context.Context) error { reloads++; return refuse },
	}, dir)
	var st map[string]int
	if err := (Client{dir}).Status(t.Context(), &st); err != nil || st["events"] != 42 {
		t.Errorf("status %v, %v", st, err)
	}
	if err := (Client{dir}).Reload(t.Context()); err != nil {
		t.Errorf("reload: %v", err)
	}
	refuse = errors.New("rules/x.yml:3: level: unknown")
	if err := (Client{dir}).Reload(t.Context()); err == nil || err.Error() != refuse.Error() {
		t.Errorf("refused reload: %v", err)
	}
	if reloads != 2 {
		t.Errorf("%d reloads", reloads)
	}
	info, err := os.Stat(filepath.Join(dir, Name))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v", info.Mode(), err)
	}
	if err := (Server{Log: slog.New(slog.DiscardHandler)}).Serve(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "another agent runs") {
		t.Errorf("second server: %v", err)
	}
	stop()
	if err := (Client{dir}).Status(t.Context(), &st); !errors.Is(err, ErrNotRunning) || !strings.Contains(err.Error(), "--state-dir") {
		t.Errorf("after the end: %v", err)
	}
}

// TestSocketOfDeadAgentIsReplaced: kill -9 leaves the file.
func TestSocketOfDeadAgentIsReplaced(t *testing.T) {
	dir := t.TempDir()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, Name), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	var st map[string]int
	if err := (Client{dir}).Status(t.Context(), &st); !errors.Is(err, ErrNotRunning) {
		t.Errorf("dead socket: %v", err)
	}
	serve(t, Server{Status: func() any { return map[string]int{} }}, dir)()
}

// TestExam: the request reaches the agent, and its answer or refusal comes back.
func TestExam(t *testing.T) {
	dir := t.TempDir()
	var asked Exam
	var refuse error
	stop := serve(t, Server{
		Status: func() any { return map[string]int{} },
		Exam: func(_ context.Context, q Exam) (any, error) {
			asked = q
			return map[string]float64{"score": 27.3}, refuse
		},
	}, dir)
	var answer map[string]float64
	if err := (Client{dir}).Exam(t.Context(), Exam{Row: "DNS Query", Await: time.Minute}, &answer); err != nil || answer["score"] != 27.3 || asked != (Exam{"DNS Query", time.Minute}) {
		t.Errorf("%v, %v, asked %+v", answer, err, asked)
	}
	refuse = errors.New("one is being taken")
	if err := (Client{dir}).Exam(t.Context(), Exam{}, &answer); err == nil || err.Error() != refuse.Error() {
		t.Errorf("refused: %v", err)
	}
	stop()
	stop = serve(t, Server{Status: func() any { return map[string]int{} }}, dir)
	defer stop()
	if err := (Client{dir}).Exam(t.Context(), Exam{}, &answer); err == nil || !strings.Contains(err.Error(), "takes no exam") {
		t.Errorf("an agent without: %v", err)
	}
}
