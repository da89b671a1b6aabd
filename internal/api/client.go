package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Profile says how a client reaches a manager.
type Profile struct {
	URL       string `json:"url"`
	Authority string `json:"authority"` // root certificates of the manager, PEM; the system's when empty
	Key       string `json:"key"`       // API key
}

// Client asks a manager. It is safe for concurrent use.
type Client struct {
	profile Profile
	http    *http.Client
}

// maxAnswer is the largest answer that a client reads, bytes.
const maxAnswer = 1 << 30

// NewClient returns a client for a profile.
func NewClient(p Profile) (*Client, error) {
	u, err := url.Parse(p.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("manager's URL %q is no https://host:port", p.URL)
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if p.Authority != "" {
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM([]byte(p.Authority)) {
			return nil, errors.New("manager's authority holds no certificate in PEM form")
		}
	}
	p.URL = strings.TrimSuffix(p.URL, "/")
	transport := &http.Transport{TLSClientConfig: t, TLSHandshakeTimeout: 10 * time.Second, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second}
	return &Client{profile: p, http: &http.Client{Transport: transport, Timeout: 2 * time.Minute}}, nil
}

// Close ends the idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Do sends a request below Prefix; query is a struct with query tags or nil,
// body is sent as JSON unless nil, and the answer is read into out unless nil.
// What the manager refuses is a *Problem.
func (c *Client) Do(ctx context.Context, method, path string, query, body, out any) error {
	target := c.profile.URL + Prefix + path
	if q := encodeQuery(query).Encode(); q != "" {
		target += "?" + q
	}
	var send io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("write request: %w", err)
		}
		send = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, target, send)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.profile.Key != "" {
		r.Header.Set("Authorization", "Bearer "+c.profile.Key)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("ask manager: %w", explain(err))
	}
	defer func() { _ = answer.Body.Close() }() // read to its end below
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return problem(answer, text)
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}

func problem(answer *http.Response, text []byte) error {
	p := &Problem{}
	if json.Unmarshal(text, p) != nil || p.Status == 0 {
		p = &Problem{Title: http.StatusText(answer.StatusCode), Status: answer.StatusCode, Detail: strings.TrimSpace(string(text[:min(len(text), 512)]))}
	}
	return p
}

// explain says what to do about an error of the connection.
func explain(err error) error {
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("%w: the profile is of another manager: run `vedette login`", err)
	case strings.Contains(err.Error(), "connection refused"):
		return fmt.Errorf("%w: is the manager running?", err)
	}
	return err
}

// encodeQuery returns the fields with a query tag that are not zero.
func encodeQuery(query any) url.Values {
	out := url.Values{}
	if query != nil {
		addQuery(out, reflect.Indirect(reflect.ValueOf(query)))
	}
	return out
}

func addQuery(out url.Values, v reflect.Value) {
	for i := range v.NumField() {
		f, t := v.Field(i), v.Type().Field(i)
		if t.Anonymous {
			addQuery(out, f)
			continue
		}
		name := t.Tag.Get("query")
		if name == "" || f.IsZero() {
			continue
		}
		switch f.Kind() {
		case reflect.Int, reflect.Int64:
			out.Set(name, strconv.FormatInt(f.Int(), 10))
		case reflect.Bool:
			out.Set(name, strconv.FormatBool(f.Bool()))
		case reflect.Slice:
			list, _ := f.Interface().([]string)
			out.Set(name, strings.Join(list, ","))
		default:
			out.Set(name, f.String())
		}
	}
}

// Get asks for something below Prefix.
func Get[T any](ctx context.Context, c *Client, path string, query any) (T, error) {
	var out T
	err := c.Do(ctx, http.MethodGet, path, query, nil, &out)
	return out, err
}

// Send sends something below Prefix and returns the answer.
func Send[T any](ctx context.Context, c *Client, method, path string, body any) (T, error) {
	var out T
	err := c.Do(ctx, method, path, nil, body, &out)
	return out, err
}

// Escape makes a text safe as one part of a path.
func Escape(part string) string { return url.PathEscape(part) }

// Login opens a session that the client uses from then on, until it ends it
// with DELETE /session.
func (c *Client) Login(ctx context.Context, in Login) (Session, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return Session{}, err
	}
	c.http.Jar = jar
	return Send[Session](ctx, c, http.MethodPost, "/session", in)
}
