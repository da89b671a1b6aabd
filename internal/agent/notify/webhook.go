package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Webhook says where alerts are posted, one JSON object a request, in the
// order in which they were raised. TLS certificates are always verified.
type Webhook struct {
	URL        string
	Token      string        // sent as "Authorization: Bearer"; empty is none
	CAFile     string        // PEM file with authorities to trust besides the system's
	Timeout    time.Duration // of one request; default 10 s
	MaxBackoff time.Duration // between attempts; default 1 min
}

// WebhookStatus says how the webhook is.
type WebhookStatus struct {
	Host      string    `json:"host"`
	Delivered int64     `json:"delivered"`
	Refused   int64     `json:"refused"` // kept in webhook-refused.jsonl
	Pending   int64     `json:"pending"` // bytes that wait in the active alert file
	Since     time.Time `json:"failing_since,omitzero"`
	Error     string    `json:"error,omitempty"`
}

// hook posts alerts to the target, when there is one.
type hook struct {
	file   *file
	parent Options
	wake   chan struct{} // capacity 1

	mu     sync.Mutex    // taken after file.mu
	target *target       // guarded by mu; nil is nowhere
	at     position      // guarded by mu: first byte that was not delivered
	begun  int           // guarded by mu: how often there was a webhook after none
	state  WebhookStatus // guarded by mu
}

var (
	errRefused = errors.New("webhook refused the alert")
	errNowhere = errors.New("there is no webhook any more")
)

// set changes the target; nil is nowhere.
func (h *hook) set(w *Webhook) error {
	before := h.aim()
	if w == nil {
		h.swap(nil, position{})
		if before != nil {
			return os.Remove(h.positionPath()) // a later webhook starts anew
		}
		return nil
	}
	t, err := newTarget(*w)
	if err != nil {
		return err
	}
	if before != nil {
		h.swap(t, h.position())
		return nil
	}
	at, err := h.restore()
	if err != nil {
		return err
	}
	h.swap(t, at)
	return nil
}

func (h *hook) swap(t *target, at position) {
	h.mu.Lock()
	before := h.target
	if before == nil && t != nil {
		h.begun++
	}
	h.target, h.at = t, at
	if t != nil {
		h.state.Host = t.host
	}
	h.mu.Unlock()
	if before != nil {
		before.client.CloseIdleConnections()
	}
}

func (h *hook) aim() *target {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.target
}

// aimed returns the target while no webhook was taken away since begun.
func (h *hook) aimed(begun int) *target {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.begun != begun {
		return nil
	}
	return h.target
}

// restore returns how far the webhook came; a new one starts with what is
// raised from now on.
func (h *hook) restore() (position, error) {
	at, err := readPosition(h.positionPath())
	end := h.file.end()
	if errors.Is(err, os.ErrNotExist) {
		return end, writePosition(h.positionPath(), end)
	}
	if err != nil {
		return at, err
	}
	if at.Generation > end.Generation || at.Generation == end.Generation && at.Offset > end.Offset {
		at = position{end.Generation, 0} // the alert file was removed: what it holds now is newer
	}
	return at, nil
}

func (h *hook) positionPath() string { return filepath.Join(h.parent.Dir, "webhook.position") }

func (h *hook) wakeUp() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// run delivers until ctx is done.
func (h *hook) run(ctx context.Context) {
	for ctx.Err() == nil {
		var retry <-chan time.Time
		if err := h.deliverAll(ctx); err != nil && ctx.Err() == nil {
			h.failed(err)
			retry = h.parent.Clock.After(time.Minute)
		}
		select {
		case <-ctx.Done():
		case <-h.wake:
		case <-retry:
		}
	}
}

// deliverAll posts what the alert file holds behind the position.
func (h *hook) deliverAll(ctx context.Context) error {
	for ctx.Err() == nil && h.aim() != nil {
		at, begun := h.place()
		f, err := h.file.reader(at.Generation)
		if errors.Is(err, os.ErrNotExist) {
			if err := h.move(position{h.file.oldest(at.Generation + 1), 0}, begun); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		ended := h.file.end().Generation > at.Generation
		err = h.deliverFile(ctx, f, at, begun)
		f.Close()
		if err != nil {
			return err
		}
		if !ended {
			return nil
		}
		if err := h.move(position{h.file.oldest(at.Generation + 1), 0}, begun); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// deliverFile posts the whole lines of f from at on.
func (h *hook) deliverFile(ctx context.Context, f io.ReadSeeker, at position, begun int) error {
	lines, err := newLineReader(f, at.Offset)
	if err != nil {
		return err
	}
	for {
		line, ok, err := lines.next()
		if err != nil || !ok {
			return err
		}
		if len(bytes.TrimSpace(line)) > 0 {
			if err := h.deliver(ctx, line, begun); err != nil {
				return err
			}
		}
		at.Offset = lines.offset
		if err := h.move(at, begun); err != nil {
			return err
		}
	}
}

// deliver posts one alert again and again until the webhook took or refused it.
func (h *hook) deliver(ctx context.Context, line []byte, begun int) error {
	wait := time.Second
	for {
		t := h.aimed(begun)
		if t == nil {
			return errNowhere
		}
		err := t.post(ctx, line)
		switch {
		case err == nil:
			h.mu.Lock()
			h.state.Delivered++
			h.state.Since, h.state.Error = time.Time{}, ""
			h.mu.Unlock()
			return nil
		case errors.Is(err, errRefused):
			return h.keepAside(line, err)
		case ctx.Err() != nil:
			return ctx.Err()
		}
		h.failed(err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.parent.Clock.After(wait - rand.N(wait/4)):
		}
		wait = min(2*wait, t.opts.MaxBackoff)
	}
}

// keepAside stores an alert that the webhook will never take, so that it does
// not stop those behind it.
func (h *hook) keepAside(line []byte, why error) error {
	path := filepath.Join(h.parent.Dir, "webhook-refused.jsonl")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("keep refused alert: %w", err)
	}
	_, err = f.Write(append(bytes.TrimRight(line, "\n"), '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("keep refused alert: %w", err)
	}
	h.mu.Lock()
	h.state.Refused++
	h.mu.Unlock()
	h.parent.Lost(1, "webhook refused the alert")
	h.parent.Log.Warn("webhook refused an alert; it is kept aside", "path", path, "error", why)
	return nil
}

func (h *hook) failed(err error) {
	if errors.Is(err, errNowhere) {
		return
	}
	h.mu.Lock()
	first := h.state.Since.IsZero()
	if first {
		h.state.Since = h.parent.Clock.Now()
	}
	h.state.Error = err.Error()
	host := h.state.Host
	h.mu.Unlock()
	if first {
		h.parent.Log.Warn("webhook takes no alerts; they wait in the alert file", "host", host, "error", err)
	}
}

func (h *hook) position() position {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

// place returns the position and what aimed and move are to be given with it.
func (h *hook) place() (position, int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at, h.begun
}

// move records that everything before at is done with, unless the webhook was
// taken away meanwhile: one that came after it has a place of its own.
func (h *hook) move(at position, begun int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.target == nil || h.begun != begun {
		return errNowhere
	}
	h.at = at
	return writePosition(h.positionPath(), at)
}

// pruned counts what the webhook did not get of a file that is removed.
func (h *hook) pruned(generation int64, path string) {
	at := h.position()
	if h.aim() == nil || generation < at.Generation {
		return
	}
	offset := int64(0)
	if generation == at.Generation {
		offset = at.Offset
	}
	if n := countLines(path, offset); n > 0 {
		h.parent.Lost(n, "webhook was too far behind")
	}
}

func (h *hook) close() {
	if t := h.aim(); t != nil {
		t.client.CloseIdleConnections()
	}
}

// status returns how the webhook is, nil when there is none.
func (h *hook) status() *WebhookStatus {
	end := h.file.end()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.target == nil {
		return nil
	}
	s := h.state
	s.Pending = end.Offset
	if h.at.Generation == end.Generation {
		s.Pending -= h.at.Offset
	}
	return &s
}
