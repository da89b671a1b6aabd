package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

// target is one webhook as it was configured; immutable.
type target struct {
	opts   Webhook
	host   string
	client *http.Client
}

func newTarget(w Webhook) (*target, error) {
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
	return &target{opts: w, host: u.Host, client: &http.Client{
		Timeout:       w.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:           http.ProxyFromEnvironment,
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		},
	}}, nil
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

// finishTime is how long a request that is under way may go on when the agent
// ends: cut off, it may have been taken, and would be sent twice.
const finishTime = 2 * time.Second

// post sends one alert once.
func (t *target) post(ctx context.Context, line []byte) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	ended := ctx
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ended, func() { time.AfterFunc(finishTime, cancel) })()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.opts.URL, bytes.NewReader(line))
	if err != nil {
		return fmt.Errorf("make request for %s: bad address", t.host)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "vedette-agent")
	if id := eventID(line); id != "" {
		req.Header.Set("Idempotency-Key", id)
	}
	if t.opts.Token != "" {
		req.Header.Set("Authorization", "Bearer "+t.opts.Token)
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return withoutAddress(t.host, err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // lets the connection be used again
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusBadRequest || code == http.StatusRequestEntityTooLarge || code == http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: %s answered %s", errRefused, t.host, resp.Status)
	default:
		return fmt.Errorf("post to %s: it answered %s", t.host, resp.Status)
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
