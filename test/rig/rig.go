// Package rig starts the real program inside the sandbox and makes load for
// it: for the demo, the benchmarks, the kill rounds and the soak. It speaks to
// the manager as any program would, over its REST interface.
package rig

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
)

// Ready is what `vedette up --json` and `vedette manager run --json` print when
// they are ready.
type Ready struct {
	URL      string `json:"url"`
	User     string `json:"user"`
	Password string `json:"password,omitempty"` // only at the first start
	CAFile   string `json:"ca_file"`
	Key      string `json:"key"` // API key of the local administrator
	Data     string `json:"data"`
}

// Program is one run of the real program.
type Program struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // of the end; read after done
	log  *os.File
}

// Start runs a program with its log going to a file; cgroup may be empty.
func Start(logPath, cgroup string, stdout io.Writer, argv ...string) (*Program, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	p := &Program{cmd: exec.Command(argv[0], argv[1:]...), done: make(chan struct{}), log: log}
	p.cmd.Stderr = log
	p.cmd.Stdout = stdout
	if stdout == nil {
		p.cmd.Stdout = log
	}
	if cgroup != "" {
		attr, f, err := In(cgroup)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		p.cmd.SysProcAttr = attr
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
		log.Close()
	}()
	return p, nil
}

// PID returns the process id.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Kill ends the program at once, as a crash would.
func (p *Program) Kill() {
	p.cmd.Process.Kill()
	<-p.done
}

// Stop asks the program to end and waits; it is an error when it takes longer
// than 20 s or ends with another code than 0.
func (p *Program) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.done:
		return p.err
	case <-time.After(20 * time.Second):
		p.Kill()
		return errors.New("did not end within 20 s of SIGTERM")
	}
}

// StartReady starts a program that prints a Ready line and waits for it.
func StartReady(ctx context.Context, logPath, cgroup string, argv ...string) (*Program, Ready, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, Ready{}, err
	}
	p, err := Start(logPath, cgroup, w, argv...)
	w.Close()
	if err != nil {
		r.Close()
		return nil, Ready{}, err
	}
	type answer struct {
		ready Ready
		err   error
	}
	got := make(chan answer, 1)
	go func() {
		defer r.Close()
		sc := bufio.NewScanner(r)
		var a answer
		a.err = errors.New("ended before it was ready")
		if sc.Scan() {
			a.err = json.Unmarshal(sc.Bytes(), &a.ready)
		}
		got <- a
		_, _ = io.Copy(io.Discard, r)
	}()
	select {
	case a := <-got:
		if a.err == nil {
			return p, a.ready, nil
		}
		err = a.err
	case <-time.After(60 * time.Second):
		err = errors.New("not ready after 60 s")
	case <-ctx.Done():
		err = ctx.Err()
	}
	_ = p.Stop()
	tail, _ := os.ReadFile(logPath)
	return nil, Ready{}, fmt.Errorf("%s: %w\n%s", argv[0], err, tail[max(0, len(tail)-4000):])
}

// Client speaks to the manager with the key of a Ready.
type Client struct {
	ready Ready
	http  *http.Client
}

// NewClient returns a client that trusts only the manager's own authority.
func NewClient(r Ready) (*Client, error) {
	pem, err := os.ReadFile(r.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read authority: no certificate in %s", r.CAFile)
	}
	t := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	return &Client{ready: r, http: &http.Client{Transport: t, Timeout: 30 * time.Second}}, nil
}

// Get asks for a path below /api/v1 and decodes the answer.
func (c *Client) Get(ctx context.Context, path string, query url.Values, into any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.do(ctx, http.MethodGet, path, nil, into)
}

// Send sends a body with a method and decodes the answer, if there is one.
func (c *Client) Send(ctx context.Context, method, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.do(ctx, method, path, bytes.NewReader(text), into)
}

func (c *Client) do(ctx context.Context, method, path string, body io.Reader, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.ready.URL+api.Prefix+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.ready.Key)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 4096))
		return fmt.Errorf("%s %s: %s: %s", method, path, res.Status, text)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}

// Count counts events that meet a condition between two times, by the values
// of fields when some are named.
func (c *Client) Count(ctx context.Context, condition string, from, to time.Time, by ...string) (api.CountAnswer, error) {
	var a api.CountAnswer
	q := url.Values{"query": {condition}, "from": {from.UTC().Format(time.RFC3339Nano)}, "to": {to.UTC().Format(time.RFC3339Nano)}}
	if len(by) > 0 {
		q.Set("by", strings.Join(by, ","))
		q.Set("limit", "10000")
	}
	err := c.Get(ctx, "/events/count", q, &a)
	return a, err
}

// Until calls f every few milliseconds until it reports true or the time is up.
func Until(ctx context.Context, limit time.Duration, f func() (bool, error)) error {
	end := time.Now().Add(limit)
	for {
		ok, err := f()
		if ok || err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("not within %s", limit)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Up waits until the one host of a fresh manager is there with its sensors.
func Up(ctx context.Context, c *Client) error {
	var hosts api.HostList
	err := Until(ctx, 30*time.Second, func() (bool, error) {
		err := c.Get(ctx, "/hosts", nil, &hosts)
		return len(hosts.Hosts) == 1 && hosts.Hosts[0].Status == "online" && len(hosts.Hosts[0].Sensors) > 0, err
	})
	if err != nil {
		return fmt.Errorf("agent does not come up: %w", err)
	}
	return nil
}
