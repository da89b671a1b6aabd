package manager

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/schema"
)

func testConfig(t *testing.T) Config {
	t.Helper()
	c := DefaultConfig()
	c.DataDir = filepath.Join(t.TempDir(), "manager")
	c.People.Listen, c.Agents.Listen = "127.0.0.1:0", "127.0.0.1:0"
	return c
}

// start runs a manager until stop is called or the test ends.
func start(t *testing.T, c Config, o Options) (m *Manager, stop func()) {
	t.Helper()
	o.PasswordMemory = 64 // tests need no strong passwords, and many of them
	m, err := Open(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := errors.Join(<-done, m.Close()); err != nil {
			t.Errorf("manager ended: %v", err)
		}
	}
	t.Cleanup(stop)
	return m, stop
}

func admin(t *testing.T, m *Manager) *api.Client {
	t.Helper()
	p, err := m.Profile(t.Context(), "test", api.Profile{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := api.NewClient(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestManagerStartsAnswersAndStops(t *testing.T) {
	c := testConfig(t)
	m, stop := start(t, c, Options{})
	if len(m.FirstPassword()) < 20 {
		t.Errorf("first password %q", m.FirstPassword())
	}
	client := admin(t, m)
	for _, path := range []string{"/stats", "/overview", "/hosts", "/alerts", "/alerts/groups", "/events/search", "/events/count", "/events/histogram",
		"/fields", "/rules", "/groups", "/policies/default", "/policies/default/versions", "/tokens", "/users", "/keys", "/tasks", "/audit", "/audit/check",
		"/completeness", "/health", "/session"} {
		var out map[string]any
		if err := client.Do(t.Context(), "GET", path, nil, nil, &out); err != nil {
			t.Errorf("GET %s: %v", path, err)
		}
	}
	stop()
	m2, _ := start(t, c, Options{})
	if _, err := api.Get[api.Stats](t.Context(), admin(t, m2), "/stats", nil); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

// TestWM1_TwoSeparateListeners: agents and people have ports of their own, both
// speak TLS only, on loopback unless told otherwise, and neither answers what
// belongs to the other.
func TestWM1_TwoSeparateListeners(t *testing.T) {
	d := DefaultConfig()
	for _, addr := range []string{d.People.Listen, d.Agents.Listen} {
		if !strings.HasPrefix(addr, "127.0.0.1:") {
			t.Errorf("default listener %s is not on loopback", addr)
		}
	}
	m, _ := start(t, testConfig(t), Options{})
	if m.people.Addr().String() == m.agents.Addr().String() {
		t.Fatal("one listener for both")
	}
	client := admin(t, m)
	if _, err := api.Get[api.Health](t.Context(), client, "/health", nil); err != nil {
		t.Fatal(err)
	}
	p, err := m.Profile(t.Context(), "x", api.Profile{})
	if err != nil {
		t.Fatal(err)
	}
	p.URL = "https://" + m.AgentAddress()
	wrong, err := api.NewClient(p)
	if err != nil {
		t.Fatal(err)
	}
	defer wrong.Close()
	if _, err := api.Get[api.Health](t.Context(), wrong, "/health", nil); err == nil {
		t.Error("the agents' port answers people")
	}
	for _, addr := range []string{m.people.Addr().String(), m.agents.Addr().String()} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(conn)
		if strings.Contains(string(answer), `"status":"ok"`) {
			t.Errorf("%s answers without TLS: %s", addr, answer)
		}
		_ = conn.Close()
	}
}

func TestSecurityHeaders(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{Console: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "console") })})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: clientTLS(t, m)}}
	defer client.CloseIdleConnections()
	for _, path := range []string{"/", "/api/v1/health", "/api/v1/docs", "/api/v1/openapi.json"} {
		r, err := client.Get(m.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, r.Status)
		}
		for name, want := range map[string]string{"Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Strict-Transport-Security": "max-age"} {
			if got := r.Header.Get(name); !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if csp := r.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") {
			t.Errorf("%s: policy %q is not strict", path, csp)
		}
	}
}

func TestClearMessages(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"port in use":          {func(c *Config) { c.People.Listen = taken.Addr().String() }, []string{"people.listen", "another program", taken.Addr().String()}},
		"agents' port in use":  {func(c *Config) { c.Agents.Listen = taken.Addr().String() }, []string{"agents.listen", "another program"}},
		"foreign address":      {func(c *Config) { c.People.Listen = "192.0.2.1:8443" }, []string{"people.listen", "does not have the address"}},
		"data dir is a file":   {func(c *Config) { c.DataDir = filepath.Join(file, "x") }, []string{"data_dir", "may write"}},
		"data dir is relative": {func(c *Config) { c.DataDir = "x" }, []string{"data_dir", "absolute"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := testConfig(t)
			tc.change(&c)
			m, err := Open(t.Context(), c, Options{})
			if err == nil {
				_ = m.Close()
				t.Fatal("opened")
			}
			for _, w := range tc.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
		})
	}
}

func TestDataDirIsLocked(t *testing.T) {
	c := testConfig(t)
	_, _ = start(t, c, Options{})
	if m, err := Open(t.Context(), c, Options{}); err == nil || !strings.Contains(err.Error(), "another manager uses "+c.DataDir) {
		if err == nil {
			_ = m.Close()
		}
		t.Fatalf("got %v", err)
	}
}

func TestDataDirIsPrivate(t *testing.T) {
	c := testConfig(t)
	_, _ = start(t, c, Options{})
	for path, want := range map[string]os.FileMode{c.DataDir: 0o700, filepath.Join(c.DataDir, "state.db"): 0o600, filepath.Join(c.DataDir, "keys"): 0o700} {
		st, err := os.Stat(path)
		if err != nil || st.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v; want %v", path, st.Mode(), err, want)
		}
	}
}

func TestConfig(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want string // in the error; empty: none
	}{
		"empty":        {"", ""},
		"some":         {"people:\n  listen: 0.0.0.0:443\nretention:\n  days: 7\nsessions:\n  idle: 30m\n", ""},
		"unknown key":  {"data_dir: /x\npeeple:\n  listen: 1\n", "manager.yaml:2: unknown field \"peeple\""},
		"wrong type":   {"retention:\n  days: many\n", ":2: \"many\""},
		"bad address":  {"people:\n  listen: 8443\n", "people.listen"},
		"bad duration": {"sessions:\n  idle: soon\n", "\"soon\" is no length of time"},
		"small log":    {"log:\n  bytes: 5\n", "log.bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := ParseConfig("manager.yaml", []byte(tc.text))
			switch {
			case tc.want == "" && err != nil:
				t.Error(err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "manager.yaml:")):
				t.Errorf("got %v, want %q", err, tc.want)
			case name == "some" && (c.Retention.Days != 7 || c.Agents.Listen != DefaultConfig().Agents.Listen):
				t.Errorf("%+v", c)
			}
		})
	}
}

// TestConfigSchema checks that the schema has each key of the file that
// `manager init` writes, with its default and a sentence, and takes no other.
func TestConfigSchema(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var s schema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]any{
		"data_dir": "/var/lib/vedette/manager", "rules_dir": nil, "people.listen": "127.0.0.1:8443", "people.names": nil, "agents.listen": "127.0.0.1:8444", "agents.addresses": nil,
		"retention.bytes": float64(50 << 30), "retention.days": 90.0, "log.bytes": float64(2 << 30), "sessions.idle": "8h0m0s", "sessions.lifetime": "24h0m0s",
	} {
		switch at := s.At(path); {
		case at == nil || at.Default != want:
			t.Errorf("%s: %+v, want the default %v", path, at, want)
		case at.Description == "":
			t.Errorf("%s: no sentence about it", path)
		}
	}
	written, err := yaml.Marshal(DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := yaml.Unmarshal(written, &keys); err != nil {
		t.Fatal(err)
	}
	for key, v := range keys {
		if s.At(key) == nil {
			t.Errorf("the schema lacks %s", key)
		}
		section, _ := v.(map[string]any)
		for name := range section {
			if s.At(key+"."+name) == nil {
				t.Errorf("the schema lacks %s.%s", key, name)
			}
		}
	}
	if s.Additional != false || s.At("people").Additional != false {
		t.Error("the schema takes unknown keys")
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add("people:\n  listen: 0.0.0.0:443\n")
	f.Add("retention: {bytes: 1, days: -1}\n")
	f.Fuzz(func(_ *testing.T, text string) {
		if _, err := ParseConfig("f", []byte(text)); err != nil {
			return
		}
	})
}
