package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Trace says whose system calls are listed.
type Trace struct {
	PID   int64         `json:"pid"`
	For   time.Duration `json:"for"`
	Calls []string      `json:"calls,omitempty"` // names; none is all
}

// The bounds of an answer of many lines.
const (
	flushEvery  = 100 * time.Millisecond
	traceMargin = time.Minute // on top of how long a trace lasts
	traceMost   = time.Hour
	maxLine     = 64 << 10
)

// trace answers with one line of JSON for each thing that the agent sends, at
// once or a tenth of a second later. An error after the first line is a last
// line of its own.
func (s Server) trace(w http.ResponseWriter, r *http.Request) {
	var q Trace
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&q); err != nil {
		s.answer(w, http.StatusBadRequest, map[string]string{"error": "read the request: " + err.Error()})
		return
	}
	if s.Trace == nil {
		s.answer(w, http.StatusNotImplemented, map[string]string{"error": "this agent cannot list system calls"})
		return
	}
	c := http.NewResponseController(w)
	until := time.Now().Add(min(max(q.For, 0), traceMost) + traceMargin)
	if err := errors.Join(c.SetReadDeadline(until), c.SetWriteDeadline(until)); err != nil {
		s.Log.Debug("the time of a trace cannot be set", "error", err)
	}
	l := &lines{to: json.NewEncoder(w), control: c}
	stop := l.flushing()
	err := s.Trace(r.Context(), q, l.send)
	stop()
	if err == nil {
		return
	}
	text := map[string]string{"error": err.Error()}
	if !l.begun {
		s.answer(w, http.StatusUnprocessableEntity, text)
	} else if err := l.to.Encode(text); err != nil {
		s.Log.Debug("control answer was not taken", "error", err)
	}
}

// lines is an answer that goes out while it is made.
type lines struct {
	control *http.ResponseController

	mu    sync.Mutex
	to    *json.Encoder // guarded by mu
	begun bool          // guarded by mu
	dirty bool          // guarded by mu: not flushed
}

// send writes a line.
func (l *lines) send(v any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun, l.dirty = true, true
	return l.to.Encode(v)
}

// flushing sends what was written, again and again until what it returns is
// called.
func (l *lines) flushing() func() {
	tick, done, ended := time.NewTicker(flushEvery), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				l.flush()
			}
		}
	}()
	return func() {
		tick.Stop()
		close(done)
		<-ended
	}
}

func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dirty {
		l.dirty = false
		_ = l.control.Flush() // the next line tells of the error
	}
}

// Trace has the agent list the system calls of a process and gives each line
// of the answer to each.
func (c Client) Trace(ctx context.Context, q Trace, each func(line []byte) error) error {
	ctx, cancel := context.WithTimeout(ctx, min(max(q.For, 0), traceMost)+traceMargin)
	defer cancel()
	return c.ask(ctx, http.MethodPost, "/trace", q, func(answer io.Reader) error {
		in := bufio.NewScanner(answer)
		in.Buffer(make([]byte, 0, 4<<10), maxLine)
		for in.Scan() {
			if err := each(in.Bytes()); err != nil {
				return err
			}
		}
		if err := in.Err(); err != nil {
			return fmt.Errorf("read the agent's answer: %w", err)
		}
		return nil
	})
}
