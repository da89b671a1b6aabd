package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
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

type hook struct {
	opts   Webhook
	url    *url.URL
	client *http.Client
	file   *file
	parent Options
	wake   chan struct{} // capacity 1

	mu    sync.Mutex
	at    position      // guarded by mu: first byte that was not delivered
	state WebhookStatus // guarded by mu
}

var errRefused = errors.New("webhook refused the alert")

func newHook(w Webhook, f *file, o Options) (*hook, error) {
	u, err := url.Parse(w.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("alerts.webhook.url: not an address like https://host/path")
	}
	if w.Timeout <= 0 {
		w.Timeout = 10 * time.Second
	}
	if w.MaxBackoff <= 0 {
		w.MaxBackoff = time.Minute
	}
	roots, err := authorities(w.CAFile)
	if err != nil {
		return nil, err
	}
	h := &hook{opts: w, url: u, file: f, parent: o, wake: make(chan struct{}, 1)}
	h.state.Host = u.Host
	h.client = &http.Client{
		Timeout:       w.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:           http.ProxyFromEnvironment,
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		},
	}
	return h, h.restore()
}

// authorities returns the system's authorities and those of file.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("alerts.webhook.ca_file: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("alerts.webhook.ca_file: %s holds no PEM certificate", file)
	}
	return pool, nil
}

// restore reads how far the webhook came; a new one starts with what is raised
// from now on.
func (h *hook) restore() error {
	at, err := readPosition(h.positionPath())
	if errors.Is(err, os.ErrNotExist) {
		h.at = h.file.end()
		return writePosition(h.positionPath(), h.at)
	}
	if err != nil {
		return err
	}
	end := h.file.end()
	if at.Generation > end.Generation || at.Generation == end.Generation && at.Offset > end.Offset {
		at = position{end.Generation, 0} // the alert file was removed: what it holds now is newer
	}
	h.at = at
	return nil
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
			retry = h.parent.Clock.After(h.opts.MaxBackoff)
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
	for ctx.Err() == nil {
		at := h.position()
		f, err := h.file.reader(at.Generation)
		if errors.Is(err, os.ErrNotExist) {
			if err := h.move(position{h.file.oldest(at.Generation + 1), 0}); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		ended := h.file.end().Generation > at.Generation
		err = h.deliverFile(ctx, f, at)
		f.Close()
		if err != nil {
			return err
		}
		if !ended {
			return nil
		}
		if err := h.move(position{h.file.oldest(at.Generation + 1), 0}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// deliverFile posts the whole lines of f from at on.
func (h *hook) deliverFile(ctx context.Context, f io.ReadSeeker, at position) error {
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
			if err := h.deliver(ctx, line); err != nil {
				return err
			}
		}
		at.Offset = lines.offset
		if err := h.move(at); err != nil {
			return err
		}
	}
}

// deliver posts one alert again and again until the webhook took or refused it.
func (h *hook) deliver(ctx context.Context, line []byte) error {
	wait := time.Second
	for {
		err := h.post(ctx, line)
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
		wait = min(2*wait, h.opts.MaxBackoff)
	}
}

func (h *hook) post(ctx context.Context, line []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.opts.URL, bytes.NewReader(line))
	if err != nil {
		return fmt.Errorf("make request for %s: bad address", h.url.Host)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "vedette-agent")
	if id := eventID(line); id != "" {
		req.Header.Set("Idempotency-Key", id)
	}
	if h.opts.Token != "" {
		req.Header.Set("Authorization", "Bearer "+h.opts.Token)
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return withoutAddress(h.url.Host, err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // lets the connection be used again
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusBadRequest || code == http.StatusRequestEntityTooLarge || code == http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: %s answered %s", errRefused, h.url.Host, resp.Status)
	default:
		return fmt.Errorf("post to %s: it answered %s", h.url.Host, resp.Status)
	}
}

// withoutAddress keeps the path and query of the address, which may hold a
// secret, out of errors.
func withoutAddress(host string, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("post to %s: %w", host, err)
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
	h.mu.Lock()
	first := h.state.Since.IsZero()
	if first {
		h.state.Since = h.parent.Clock.Now()
	}
	h.state.Error = err.Error()
	h.mu.Unlock()
	if first {
		h.parent.Log.Warn("webhook takes no alerts; they wait in the alert file", "host", h.url.Host, "error", err)
	}
}

func (h *hook) position() position {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

// move records that everything before at is done with.
func (h *hook) move(at position) error {
	h.mu.Lock()
	h.at = at
	h.mu.Unlock()
	return writePosition(h.positionPath(), at)
}

// pruned counts what the webhook did not get of a file that is removed.
func (h *hook) pruned(generation int64, path string) {
	at := h.position()
	if generation < at.Generation {
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

func (h *hook) close() { h.client.CloseIdleConnections() }

func (h *hook) status() WebhookStatus {
	end := h.file.end()
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.state
	s.Pending = end.Offset
	if h.at.Generation == end.Generation {
		s.Pending -= h.at.Offset
	}
	return s
}
