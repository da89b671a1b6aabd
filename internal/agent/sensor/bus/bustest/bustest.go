// Package bustest gives tests a bus of their own: a dbus-daemon in a folder of
// the test, and objects on it that answer as the test says. It is used by tests
// only.
package bustest

import (
	"bufio"
	"context"
	"errors"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/bus"
)

const config = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=SOCKET</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/><allow receive_type="method_call"/>
<allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/></policy>
</busconfig>`

// Start starts a bus and returns its socket and a function that ends the bus;
// it ends with the test at the latest. Without dbus-daemon the test is skipped.
func Start(t testing.TB) (socket string, stop func()) {
	t.Helper()
	program, err := osexec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("SKIPPED: dbus-daemon is not installed (package dbus)")
	}
	dir, err := os.MkdirTemp("", "bus")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket = filepath.Join(dir, "socket")
	file := filepath.Join(dir, "config")
	if err := os.WriteFile(file, []byte(strings.Replace(config, "SOCKET", socket, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := osexec.Command(program, "--config-file="+file, "--nofork", "--nopidfile", "--nosyslog", "--print-address")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop = func() { once.Do(func() { _ = c.Process.Kill(); _ = c.Wait() }) }
	t.Cleanup(stop)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal("dbus-daemon does not listen:", err)
	}
	return socket, stop
}

// Answer makes the answer to a call: the signature and its values, or an error,
// a *bus.Error for one with a name.
type Answer func(call *bus.Message) (signature string, values []any, err error)

// Serve owns a name on the bus and answers the calls to it until the test
// ends. The connection that it returns can send signals.
func Serve(t testing.TB, socket, name string, answer Answer) *bus.Conn {
	t.Helper()
	ctx := context.Background()
	c, err := bus.Dial(ctx, bus.Options{Socket: socket})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(ctx, bus.Method{Member: "RequestName", Signature: "su", Args: []any{name, 4}}); err != nil {
		c.Close()
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			m, err := c.Next(ctx)
			if err != nil {
				return
			}
			if m.Type == bus.Call {
				reply(c, m, answer)
			}
		}
	})
	t.Cleanup(func() { c.Close(); wg.Wait() })
	return c
}

func reply(c *bus.Conn, call *bus.Message, answer Answer) {
	m := bus.Message{Type: bus.Return, Destination: call.Sender, Reply: call.Serial}
	signature, values, err := answer(call)
	if err != nil {
		m.Type, m.Error = bus.Failure, "org.freedesktop.DBus.Error.Failed"
		if named, ok := errors.AsType[*bus.Error](err); ok {
			m.Error = named.Name
		}
		signature, values = "s", []any{err.Error()}
	}
	m.Signature = signature
	_ = c.Send(m, values, nil) // the caller sees what is missing
}
