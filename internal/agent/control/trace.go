package control

import (
	"bufio"
	"context"
	"crypto/rand"
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
	ID    string        `json:"id,omitempty"`    // by which who asked ends it; the client makes it
}

// traces are those that run.
type traces struct {
	mu   sync.Mutex
	ends map[string]context.CancelFunc // guarded by mu: by id
}

// begin notes a trace until what it returns is called.
func (t *traces) begin(id string, end context.CancelFunc) func() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ends[id] = end
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.ends, id)
	}
}

// end has a trace end, if it still runs.
func (t *traces) end(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if end := t.ends[id]; end != nil {
		end()
	}
}

// endTrace ends a trace before its time; its answer then says what came of it.
func (s Server) endTrace(w http.ResponseWriter, r *http.Request, running *traces) {
	var q Trace
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&q); err != nil {
		s.answer(w, http.StatusBadRequest, map[string]string{"error": "read the request: " + err.Error()})
		return
	}
	running.end(q.ID)
	s.answer(w, http.StatusOK, map[string]string{})
}

// The bounds of an answer of many lines.
const (
	flushEvery  = 100 * time.Millisecond
	traceMargin = time.Minute // on top of how long a trace lasts
	traceMost   = time.Hour
	endTime     = 5 * time.Second // in which a trace ends that is told to
	maxLine     = 64 << 10
)

// trace answers with one line of JSON for each thing that the agent sends, at
// once or a tenth of a second later. An error after the first line is a last
// line of its own.
func (s Server) trace(w http.ResponseWriter, r *http.Request, running *traces) {
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
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer running.begin(q.ID, cancel)()
	err := s.Trace(ctx, q, l.send)
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
// of the answer to each. When ctx is done it has the agent end the trace, and
// goes on to the last line.
func (c Client) Trace(ctx context.Context, q Trace, each func(line []byte) error) error {
	q.ID = rand.Text()
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(max(q.For, 0), traceMost)+traceMargin)
	defer cancel()
	told := make(chan struct{})
	tell := context.AfterFunc(ctx, func() {
		defer close(told)
		late := time.AfterFunc(endTime, cancel)
		defer late.Stop()
		if c.do(asking, http.MethodPost, "/trace/end", Trace{ID: q.ID}, nil) != nil {
			cancel()
			return
		}
		<-asking.Done() // the last line was read, or it is late
	})
	err := c.take(asking, q, each)
	cancel()
	if !tell() {
		<-told
	}
	return err
}

// take asks and gives each line to each.
func (c Client) take(ctx context.Context, q Trace, each func(line []byte) error) error {
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
