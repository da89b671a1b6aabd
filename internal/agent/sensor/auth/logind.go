package auth

import (
	"context"
	"fmt"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor/bus"
	"github.com/vedette-edr/vedette/internal/event"
)

// Names of systemd's session manager on the bus.
const (
	logindName    = "org.freedesktop.login1"
	logindPath    = "/org/freedesktop/login1"
	logindManager = "org.freedesktop.login1.Manager"
	logindSession = "org.freedesktop.login1.Session"
)

// logind listens to the session manager.
type logind struct {
	conn *bus.Conn
	proc *procfs.FS // nil when proc cannot be read
	now  func() event.Time
	take func(*sighting)
}

// open connects to the bus. Sessions that there are already are given to
// present.
func (l *logind) open(ctx context.Context, socket string, present func(*sighting)) error {
	c, err := bus.Dial(ctx, bus.Options{Socket: socket, Queue: 4096})
	if err != nil {
		return err
	}
	l.conn = c
	for _, signal := range []string{"SessionNew", "SessionRemoved"} {
		rule := fmt.Sprintf("type='signal',sender='%s',interface='%s',member='%s'", logindName, logindManager, signal)
		if err := c.AddMatch(ctx, rule); err != nil {
			c.Close()
			return err
		}
	}
	if _, err := c.Owner(ctx, logindName); err != nil {
		c.Close()
		return fmt.Errorf("%s does not answer: %w", logindName, err)
	}
	values, err := c.Do(ctx, bus.Method{Destination: logindName, Path: logindPath, Interface: logindManager, Member: "ListSessions"})
	if err != nil {
		c.Close()
		return fmt.Errorf("list the sessions: %w", err)
	}
	for _, path := range sessionPaths(values) {
		if s, ok := l.session(ctx, path); ok {
			present(s)
		}
	}
	return nil
}

// sessionPaths reads a list of (id, uid, user, seat, path).
func sessionPaths(values []any) []string {
	var out []string
	if len(values) == 0 {
		return nil
	}
	list, _ := values[0].([]any)
	for _, x := range list {
		if parts, ok := x.([]any); ok && len(parts) == 5 {
			if path, ok := parts[4].(string); ok {
				out = append(out, path)
			}
		}
	}
	return out
}

// run tells of sessions until ctx is done or the bus ends.
func (l *logind) run(ctx context.Context) error {
	defer l.conn.Close()
	for {
		m, err := l.conn.Next(ctx)
		if err != nil {
			return err
		}
		if m.Interface != logindManager {
			continue
		}
		values, err := m.Body()
		if err != nil || len(values) < 2 {
			continue
		}
		id, _ := values[0].(string)
		path, _ := values[1].(string)
		switch m.Member {
		case "SessionNew":
			if s, ok := l.session(ctx, path); ok {
				l.take(s)
			}
		case "SessionRemoved":
			l.take(&sighting{source: fromLogind, kind: event.AuthLogout, at: l.now(), logind: id, logon: event.Logon{SessionID: id}})
		}
	}
}

// session asks what a session is; false when it is none of a user: the manager
// keeps them for services and greeters too.
func (l *logind) session(ctx context.Context, path string) (*sighting, bool) {
	values, err := l.conn.Do(ctx, bus.Method{
		Destination: logindName, Path: path, Interface: "org.freedesktop.DBus.Properties", Member: "GetAll",
		Signature: "s", Args: []any{logindSession},
	})
	if err != nil {
		return nil, false // it ended meanwhile
	}
	p := properties(values)
	s := &sighting{
		source: fromLogind, kind: event.AuthLogin, at: l.now(), logind: p.text("Id"), pid: p.number("Leader"),
		logon: event.Logon{
			UserName: p.text("Name"), SessionID: p.text("Id"), Service: p.text("Service"),
			Line: lineOf(p.text("TTY")), Address: p.text("RemoteHost"),
		},
	}
	if at := p.number("Timestamp"); at > 0 {
		s.at = event.Time(at * 1000)
	}
	class := p.text("Class")
	if s.logind == "" || class == "greeter" || class == "manager" || class == "manager-early" || class == "background" {
		return nil, false
	}
	s.logon.Type = typeOf(s.logon.Service, s.logon.Address, s.logon.Line)
	if l.proc != nil && s.pid > 0 {
		if seen, err := l.proc.Read(s.pid); err == nil && seen.Process.Start <= s.at {
			s.process, s.user = seen.Process, seen.User
		}
	}
	return s, true
}

// properties are those of an object, as the bus gives them.
type properties []any

func (p properties) get(name string) any {
	if len(p) == 0 {
		return nil
	}
	list, _ := p[0].([]any)
	for _, x := range list {
		if pair, ok := x.([]any); ok && len(pair) == 2 && pair[0] == name {
			return pair[1]
		}
	}
	return nil
}

func (p properties) text(name string) string {
	s, _ := p.get(name).(string)
	return s
}

func (p properties) number(name string) int64 {
	switch n := p.get(name).(type) {
	case int64:
		return n
	case uint64:
		return int64(n)
	}
	return 0
}
