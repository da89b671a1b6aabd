// Package control lets root on the same host ask the running agent how it is
// and tell it to read its rules and configuration again, over a unix socket in
// the agent's state directory. The protocol is HTTP with JSON. Only root and
// the user that the agent runs as are served: the socket has mode 0600 and the
// peer's credentials are checked too.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Name is the file of the socket in the state directory.
const Name = "agent.sock"

// ErrNotRunning says that no agent listens on the socket.
var ErrNotRunning = errors.New("no agent is running")

// Server answers on the socket.
type Server struct {
	Status func() any                               // what GET /status answers
	Reload func(context.Context) error              // what POST /reload does
	Exam   func(context.Context, Exam) (any, error) // what POST /exam answers; nil is nothing
	// Trace does what POST /trace asks: it gives send each line of the answer.
	// Nil is an agent that cannot.
	Trace func(ctx context.Context, q Trace, send func(any) error) error
	Log   *slog.Logger
}

// Serve listens on the socket in dir until ctx is done. A socket that a dead
// agent left is replaced; that of a running one is an error.
func (s Server) Serve(ctx context.Context, dir string) error {
	path := filepath.Join(dir, Name)
	l, err := listen(path)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { s.answer(w, http.StatusOK, s.Status()) })
	mux.HandleFunc("POST /reload", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Reload(r.Context()); err != nil {
			s.answer(w, http.StatusUnprocessableEntity, map[string]string{"error": err.Error()})
			return
		}
		s.answer(w, http.StatusOK, map[string]string{})
	})
	mux.HandleFunc("POST /exam", s.exam)
	running := &traces{ends: map[string]context.CancelFunc{}}
	mux.HandleFunc("POST /trace", func(w http.ResponseWriter, r *http.Request) { s.trace(w, r, running) })
	mux.HandleFunc("POST /trace/end", func(w http.ResponseWriter, r *http.Request) { s.endTrace(w, r, running) })
	srv := &http.Server{Handler: mux, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 8 << 10}
	stopped := context.AfterFunc(ctx, func() { srv.Close() })
	defer stopped()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve control socket: %w", err)
	}
	return nil
}

// Exam says what exam the agent is to take.
type Exam struct {
	Row   string        `json:"row,omitempty"`   // the only row; empty is all
	Await time.Duration `json:"await,omitempty"` // how long what others do is waited for
}

// examTime bounds an exam.
const examTime = 15 * time.Minute

// exam has the agent take an exam, which may last minutes.
func (s Server) exam(w http.ResponseWriter, r *http.Request) {
	var q Exam
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&q); err != nil {
		s.answer(w, http.StatusBadRequest, map[string]string{"error": "read the request: " + err.Error()})
		return
	}
	if s.Exam == nil {
		s.answer(w, http.StatusNotImplemented, map[string]string{"error": "this agent takes no exam"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), examTime)
	defer cancel()
	c := http.NewResponseController(w)
	if err := c.SetReadDeadline(time.Now().Add(examTime)); err == nil {
		err = c.SetWriteDeadline(time.Now().Add(examTime + time.Minute))
		if err != nil {
			s.Log.Debug("the time of an exam cannot be set", "error", err)
		}
	}
	answer, err := s.Exam(ctx, q)
	if err != nil {
		s.answer(w, http.StatusUnprocessableEntity, map[string]string{"error": err.Error()})
		return
	}
	s.answer(w, http.StatusOK, answer)
}

func (s Server) answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		s.Log.Debug("control answer was not taken", "error", err)
	}
}

func listen(path string) (net.Listener, error) {
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		c.Close()
		return nil, fmt.Errorf("another agent runs with this state directory: it answers on %s", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove old control socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("make control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("protect control socket: %w", err)
	}
	return guarded{l}, nil
}

// guarded closes connections of users who may not ask.
type guarded struct{ net.Listener }

func (g guarded) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if allowed(c) {
			return c, nil
		}
		c.Close()
	}
}

// Client asks the agent whose state directory is Dir.
type Client struct{ Dir string }

// Status asks how the agent is and reads the answer into the given value.
func (c Client) Status(ctx context.Context, into any) error {
	return c.do(ctx, http.MethodGet, "/status", nil, into)
}

// Reload tells the agent to read its configuration and rules again. The error
// says what it did not take.
func (c Client) Reload(ctx context.Context) error {
	return c.do(ctx, http.MethodPost, "/reload", nil, nil)
}

// Exam has the agent take an exam and reads the answer into the given value.
func (c Client) Exam(ctx context.Context, q Exam, into any) error {
	return c.do(ctx, http.MethodPost, "/exam", q, into)
}

// answerTime bounds what is not an exam.
const answerTime = 30 * time.Second

func (c Client) do(ctx context.Context, method, path string, in, into any) error {
	limit := answerTime
	if in != nil {
		limit = examTime + time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return c.ask(ctx, method, path, in, func(answer io.Reader) error {
		if into == nil {
			return nil
		}
		if err := json.NewDecoder(answer).Decode(into); err != nil {
			return fmt.Errorf("read the agent's answer: %w", err)
		}
		return nil
	})
}

// ask sends a request and has take read what the agent answers, unless that is
// an error.
func (c Client) ask(ctx context.Context, method, path string, in any, take func(io.Reader) error) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	socket := filepath.Join(c.Dir, Name)
	t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	defer t.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, method, "http://agent"+path, body)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: t}).Do(req)
	if err != nil {
		return explain(socket, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		var answer struct{ Error string }
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			return fmt.Errorf("the agent answered %s", resp.Status)
		}
		return errors.New(answer.Error)
	}
	return take(resp.Body)
}

func explain(socket string, err error) error {
	switch {
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("ask the agent on %s: permission denied: run as root", socket)
	case errors.Is(err, os.ErrNotExist), refused(err):
		return fmt.Errorf("%w: nothing answers on %s: start it with `vedette agent run` or name its state directory with --state-dir", ErrNotRunning, socket)
	}
	return fmt.Errorf("ask the agent on %s: %w", socket, err)
}
