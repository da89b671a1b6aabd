// Package manager is the server: it takes events from agents, stores them,
// shows them to people, and runs the fleet. Open assembles the parts in the
// order in which data walks through them; read it top to bottom:
//
//	agents -> ingest -> log -> lake -> {fleet, alert, live stream}
//	people -> rest -> {query, fleet, alert, user, audit}
//
// There are two listeners with separate servers: agents come in by their
// certificates, people by sessions and keys. A Manager owns its data directory
// by a lock file; Run owns all goroutines and waits for them.
package manager

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	stdlog "log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/alert"
	"github.com/vedette-edr/vedette/internal/manager/audit"
	"github.com/vedette-edr/vedette/internal/manager/enroll"
	"github.com/vedette-edr/vedette/internal/manager/fleet"
	"github.com/vedette-edr/vedette/internal/manager/indicator"
	"github.com/vedette-edr/vedette/internal/manager/ingest"
	"github.com/vedette-edr/vedette/internal/manager/lake"
	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/manager/query"
	"github.com/vedette-edr/vedette/internal/manager/rest"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/manager/user"
	"github.com/vedette-edr/vedette/internal/schema"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
	"github.com/vedette-edr/vedette/rules"
)

// Options are what a Manager gets from its program.
type Options struct {
	Console http.Handler              // the web console; may be nil
	Rules   fs.FS                     // shipped rules; those of this release when nil
	Logger  *slog.Logger              // may be nil
	Now     func() time.Time          // time.Now when nil
	Version string                    // wire.Version() when empty
	Where   func(field string) string // what a field of the configuration was given by, for messages; may be nil

	PasswordMemory uint32 // KiB that argon2id takes for a password; that of user when zero
}

// Manager is an open manager.
type Manager struct {
	config  Config
	version string
	started time.Time
	logger  *slog.Logger
	lock    *os.File

	db     *state.DB
	audit  *audit.Log
	users  *user.Store
	ca     *enroll.CA
	door   *enroll.Service
	fleet  *fleet.Fleet
	iocs   *indicator.Store
	alerts *alert.Book
	log    *log.Stream
	lake   *lake.Lake
	query  *query.Query
	ingest *ingest.Server
	hub    *rest.Hub
	live   *rest.Live
	rest   *rest.Server

	people, agents net.Listener
	stop           chan struct{} // closed when the doors close
	first          string        // one-time password of the first admin
}

// Open makes everything ready and takes the ports, but answers nobody yet.
func Open(ctx context.Context, c Config, o Options) (_ *Manager, err error) {
	if o.Where != nil {
		defer func() { err = schema.Place(err, o.Where) }()
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rules == nil {
		o.Rules = rules.Files
	}
	if o.Version == "" {
		o.Version = wire.Version()
	}
	m := &Manager{config: c, version: o.Version, started: o.Now(), logger: o.Logger, hub: rest.NewHub(), stop: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.Close())
		}
	}()
	for _, step := range []func(context.Context, Options) error{m.takeDir, m.openState, m.openFleet, m.openStore, m.openDoors} {
		if err := step(ctx, o); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// takeDir makes the data directory and locks it.
func (m *Manager) takeDir(context.Context, Options) error {
	for _, f := range []struct{ field, dir string }{{"data_dir", m.config.DataDir}, {"rules_dir", m.config.rules()}} {
		if err := os.MkdirAll(f.dir, 0o700); err != nil {
			return schema.Wrong(f.field, "%v: choose a folder that this user may write", err)
		}
	}
	path := filepath.Join(m.config.DataDir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return schema.Wrong("data_dir", "%v: choose a folder that this user may write", err)
	}
	if err := lockFile(f); err != nil {
		return errors.Join(fmt.Errorf("data_dir: another manager uses %s (its lock file is held): stop it, or set another data_dir", m.config.DataDir), f.Close())
	}
	m.lock = f
	return nil
}

func (m *Manager) openState(ctx context.Context, o Options) (err error) {
	if m.db, err = state.Open(ctx, filepath.Join(m.config.DataDir, "state.db")); err != nil {
		return err
	}
	m.audit = audit.New(m.db, o.Now)
	m.users = user.New(m.db, user.Options{Now: o.Now, Memory: o.PasswordMemory, Idle: time.Duration(m.config.Sessions.Idle), Lifetime: time.Duration(m.config.Sessions.Lifetime)})
	if m.first, err = m.users.EnsureAdmin(ctx); err != nil {
		return fmt.Errorf("make first admin: %w", err)
	}
	m.ca, err = enroll.OpenCA(enroll.CAOptions{Dir: filepath.Join(m.config.DataDir, "keys"), Now: o.Now, Logger: o.Logger})
	return err
}

func (m *Manager) openFleet(ctx context.Context, o Options) (err error) {
	if m.iocs, err = indicator.New(ctx, indicator.Options{DB: m.db, Dir: m.config.DataDir, Now: o.Now, Logger: o.Logger}); err != nil {
		return err
	}
	m.fleet, err = fleet.New(ctx, fleet.Options{
		DB: m.db, Audit: m.audit, Sign: m.ca.Sign, IOCs: m.iocs, Marks: m.marks, Raise: m.raise, Revoke: m.revoke, Shipped: o.Rules, Own: m.config.rules(), Formats: all.Formats(),
		Changed: m.hub.Host, Keep: time.Duration(m.config.Retention.Days) * 24 * time.Hour, Now: o.Now, Logger: o.Logger,
	})
	if err != nil {
		return err
	}
	m.alerts = alert.New(alert.Options{DB: m.db, Audit: m.audit, Facts: m.fleet, Changed: m.hub.Alert, Now: o.Now, Logger: o.Logger})
	m.door = enroll.New(enroll.Options{DB: m.db, CA: m.ca, Hosts: m.fleet, Addresses: m.agentAddresses, Now: o.Now, Logger: o.Logger})
	return nil
}

func (m *Manager) openStore(ctx context.Context, o Options) (err error) {
	if m.log, err = log.Open(ctx, log.Options{Dir: filepath.Join(m.config.DataDir, "log"), MaxBytes: m.config.Log.Bytes, Logger: o.Logger}); err != nil {
		return err
	}
	m.lake, err = lake.Open(ctx, lake.Options{
		Dir: filepath.Join(m.config.DataDir, "lake"), Log: m.log, State: m.db, Sinks: []lake.Sink{m.fleet.Observe, m.alerts.Observe},
		Audit: m.audit, Logger: o.Logger, Now: o.Now,
		KeepBytes: m.config.Retention.Bytes, KeepAge: time.Duration(m.config.Retention.Days) * 24 * time.Hour,
	})
	if err != nil {
		return err
	}
	m.query = query.New(m.lake, m.fleet, query.Options{Now: o.Now})
	m.fleet.SetEvents(m.query)
	m.alerts.SetEvents(m.query)
	return nil
}

func (m *Manager) openDoors(_ context.Context, o Options) (err error) {
	if m.people, err = listen("people.listen", m.config.People.Listen); err != nil {
		return err
	}
	if m.agents, err = listen("agents.listen", m.config.Agents.Listen); err != nil {
		return err
	}
	m.ingest, err = ingest.New(ingest.Options{
		Log: m.log, Fleet: m.fleet, Door: m.door, TLS: m.ca.AgentTLS(names(m.config.Agents.Listen, hosts(m.config.Agents.Addresses))),
		Aside: filepath.Join(m.config.DataDir, "aside"), Manager: "vedette", Now: o.Now, Logger: o.Logger,
	})
	if err != nil {
		return err
	}
	m.live = &rest.Live{Feed: m.lake, Hub: m.hub, Logger: o.Logger, Stop: m.stop}
	m.rest = rest.New(rest.Options{
		Deps: rest.Deps{
			Sessions: m.users, Users: m.users, Tokens: m.door, Hosts: m.fleet, Tracks: tracks{m.fleet, m.lake}, Policies: m.fleet, Rules: m.fleet, IOCs: m.iocs,
			Tasks: m.fleet, Alerts: m.alerts, Events: m.query, Audit: m.audit, Overviews: m, Stream: m.live,
		},
		Version: m.version, Logger: o.Logger, Now: o.Now, Console: o.Console,
	})
	m.live.Still = m.rest.Still
	return nil
}

// listen takes a port, or says who could have it. What waits for another
// program is no fault of the configuration; the rest is.
func listen(field, addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: another program listens on %s: stop it, or set another port", field, addr)
	case errors.Is(err, syscall.EACCES):
		return nil, schema.Wrong(field, "this user may not listen on %s: choose a port above 1023", addr)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, schema.Wrong(field, "this machine does not have the address of %s", addr)
	}
	return nil, schema.Wrong(field, "%v", err)
}

func hosts(addresses []string) []string {
	var out []string
	for _, a := range addresses {
		if h, _, err := net.SplitHostPort(a); err == nil {
			out = append(out, h)
		}
	}
	return out
}

// marks returns what of an agent's events is stored.
func (m *Manager) marks(_ context.Context, agent string) ([]*wirepb.Mark, error) {
	var out []*wirepb.Mark
	for l, sequence := range m.lake.Marks(agent) {
		out = append(out, &wirepb.Mark{Epoch: l.Epoch, Lane: l.Lane, Sequence: sequence})
	}
	return out, nil
}

// raise stores an event of the manager about a host, as if the host's agent had
// sent it.
func (m *Manager) raise(ctx context.Context, agent string, e *event.Event) error {
	encoder, err := wire.NewEncoder()
	if err != nil {
		return err
	}
	content, err := encoder.Append(nil, e)
	if err != nil {
		return err
	}
	b := &wirepb.Batch{Epoch: e.Epoch, Lane: uint32(e.Kind.Class()), First: e.Sequence, Last: e.Sequence, Count: 1}
	encoder.Fill(b, content)
	return m.log.Publish(ctx, log.Entry{Agent: agent, Received: e.Time.Std(), Batch: b})
}

// revoke refuses an agent from now on.
func (m *Manager) revoke(ctx context.Context, agent string) error { return m.door.Revoke(ctx, agent) }

// agentAddresses is where agents find the manager, for enrolment tokens.
func (m *Manager) agentAddresses() []string {
	if len(m.config.Agents.Addresses) > 0 {
		return m.config.Agents.Addresses
	}
	return []string{reachable(m.agents.Addr())}
}

// reachable returns an address of a listener that can be connected to.
func reachable(a net.Addr) string {
	t, ok := a.(*net.TCPAddr)
	if !ok || !t.IP.IsUnspecified() {
		return a.String()
	}
	host := "127.0.0.1"
	if name, err := os.Hostname(); err == nil {
		host = name
	}
	return net.JoinHostPort(host, fmt.Sprint(t.Port))
}

// Run serves agents and people until ctx is done, then closes the doors, lets
// what was accepted settle, and returns when everything has ended.
func (m *Manager) Run(ctx context.Context) error {
	// the inner parts outlive the doors
	inner, stopInner := context.WithCancel(context.WithoutCancel(ctx))
	defer stopInner()
	back, innerCtx := errgroup.WithContext(inner)
	back.Go(func() error { return m.lake.Run(innerCtx) })
	back.Go(func() error { return m.fleet.Run(innerCtx) })

	doors, doorCtx := errgroup.WithContext(ctx)
	doors.Go(func() error { return m.ingest.Serve(doorCtx, m.agents) })
	doors.Go(func() error { return m.servePeople(doorCtx) })
	doors.Go(func() error { // an inner part that fails closes the doors
		select {
		case <-doorCtx.Done():
			return nil
		case <-innerCtx.Done():
			return errors.New("a part of the manager failed")
		}
	})
	m.logger.Info("manager runs", "people", m.people.Addr().String(), "agents", m.agents.Addr().String(), "data_dir", m.config.DataDir)
	err := doors.Wait()
	stopInner()
	return errors.Join(back.Wait(), err)
}

func (m *Manager) servePeople(ctx context.Context) error {
	s := &http.Server{
		Handler: m.rest.Handler(), TLSConfig: m.ca.PeopleTLS(names(m.config.People.Listen, m.config.People.Names)),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: stdlog.New(debugLog{m.logger}, "", 0),
	}
	failed := make(chan error, 1)
	go func() { failed <- s.ServeTLS(m.people, "", "") }()
	var err error
	select {
	case err = <-failed:
		err = fmt.Errorf("serve people on %s: %w", m.people.Addr(), err)
	case <-ctx.Done():
	}
	close(m.stop)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if stop := s.Shutdown(last); stop != nil {
		err = errors.Join(err, s.Close())
	}
	m.live.Wait()
	return err
}

// debugLog takes what the HTTP server says of clients that do not speak TLS.
type debugLog struct{ logger *slog.Logger }

// Write logs one line.
func (d debugLog) Write(p []byte) (int, error) {
	d.logger.Debug("people's port", "message", string(p))
	return len(p), nil
}

// Close releases everything. Run must have returned.
func (m *Manager) Close() error {
	var errs []error
	for _, l := range []net.Listener{m.people, m.agents} {
		if l == nil {
			continue
		}
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if m.lake != nil {
		errs = append(errs, m.lake.Close())
	}
	if m.log != nil {
		errs = append(errs, m.log.Close())
	}
	if m.iocs != nil {
		errs = append(errs, m.iocs.Close())
	}
	if m.db != nil {
		errs = append(errs, m.db.Close())
	}
	if m.lock != nil {
		errs = append(errs, m.lock.Close())
	}
	return errors.Join(errs...)
}

// Interfaces that the parts meet, told by the compiler where they are joined.
var (
	_ rest.Overviews = (*Manager)(nil)
	_ rest.Events    = (*query.Query)(nil)
)
