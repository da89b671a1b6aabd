package bus_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/bus"
	"github.com/vedette-edr/vedette/internal/agent/sensor/bus/bustest"
)

const (
	name  = "org.example.Service"
	path  = "/org/example/Service"
	iface = "org.example.Service"
)

func dial(t *testing.T, o bus.Options) *bus.Conn {
	t.Helper()
	c, err := bus.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// next returns the next message of a member; what the bus says itself before is
// passed over.
func next(t *testing.T, c *bus.Conn, member string) *bus.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bus.Patience)
	defer cancel()
	for {
		m, err := c.Next(ctx)
		if err != nil {
			t.Fatalf("wait for %s: %v", member, err)
		}
		if m.Member == member {
			return m
		}
	}
}

func echo(call *bus.Message) (string, []any, error) {
	values, err := call.Body()
	if err != nil {
		return "", nil, err
	}
	switch call.Member {
	case "Get":
		return "v", []any{bus.Variant{Signature: "a{sv}", Value: []any{[]any{"n", bus.Variant{Signature: "u", Value: 7}}}}}, nil
	case "Fail":
		return "", nil, &bus.Error{Name: "org.example.No", Text: "not today"}
	}
	return call.Signature, values, nil
}

// A real dbus-daemon checks every byte of what is sent.
func TestCalls(t *testing.T) {
	socket, _ := bustest.Start(t)
	bustest.Serve(t, socket, name, echo)
	c := dial(t, bus.Options{Socket: socket})
	args := []any{"text", int64(7), true, []any{"a", "b"}, []any{[]any{"k", int64(1)}}, uint64(1) << 63, 2.5, []any{int64(-3), "x"}, []byte("ab")}
	got, err := c.Do(t.Context(), bus.Method{
		Destination: name, Path: path, Interface: iface, Member: "Echo", Signature: "subasa{sq}td(ns)ay", Args: args,
	})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", args) {
		t.Errorf("got  %#v\nsent %#v", got, args)
	}
	v, err := c.Get(t.Context(), name, path, iface, "Anything")
	if err != nil || fmt.Sprint(v) != "[[n 7]]" {
		t.Errorf("property %v %v", v, err)
	}
	_, err = c.Do(t.Context(), bus.Method{Destination: name, Path: path, Member: "Fail"})
	if named, ok := errors.AsType[*bus.Error](err); !ok || named.Name != "org.example.No" || !strings.Contains(named.Text, "not today") {
		t.Errorf("failure is told as %v", err)
	}
	if _, err := c.Do(t.Context(), bus.Method{Destination: name, Path: path, Member: "Echo", Signature: "s", Args: []any{1}}); err == nil {
		t.Error("a number was sent as text")
	}
}

// Only what matches comes, with who sent it.
func TestSignals(t *testing.T) {
	socket, _ := bustest.Start(t)
	from := bustest.Serve(t, socket, name, echo)
	c := dial(t, bus.Options{Socket: socket})
	if err := c.AddMatch(t.Context(), "type='signal',interface='"+iface+"',member='Wanted'"); err != nil {
		t.Fatal(err)
	}
	for i, member := range []string{"Other", "Wanted"} {
		if err := from.Send(bus.Message{Type: bus.Signal, Path: path, Interface: iface, Member: member, Signature: "su"}, []any{"x", i}, nil); err != nil {
			t.Fatal(err)
		}
	}
	m := next(t, c, "Wanted")
	values, err := m.Body()
	if err != nil || len(values) != 2 || values[1] != int64(1) || m.Path != path {
		t.Errorf("%+v: %v, %v", m, values, err)
	}
	if _, err := bus.Texts(values, 0); !errors.Is(err, bus.ErrType) {
		t.Errorf("text as a number: %v", err)
	}
	if owner, err := c.Owner(t.Context(), name); err != nil || owner != m.Sender || !strings.HasPrefix(owner, ":") {
		t.Errorf("owner %q, %v; the signal is from %q", owner, err, m.Sender)
	}
	if err := c.AddMatch(t.Context(), "type='nonsense'"); err == nil {
		t.Error("a rule that is none was taken")
	}
}

// A monitor sees the call of another program, and a second connection learns
// which process made it.
func TestMonitor(t *testing.T) {
	socket, _ := bustest.Start(t)
	answered := make(chan struct{})
	bustest.Serve(t, socket, name, func(call *bus.Message) (string, []any, error) {
		if call.Member == "Echo" {
			<-answered // the caller waits, so that it can be asked for
		}
		return echo(call)
	})
	ask, c := dial(t, bus.Options{Socket: socket}), dial(t, bus.Options{Socket: socket})
	if err := c.Monitor(t.Context(), "type='method_call',path_namespace='"+path+"'"); err != nil {
		t.Fatal(err)
	}
	program, err := osexec.LookPath("dbus-send")
	if err != nil {
		t.Skip("SKIPPED: dbus-send is not installed (package dbus)")
	}
	caller := osexec.Command(program, "--bus=unix:path="+socket, "--print-reply", "--dest="+name, path, iface+".Echo", "string:hello", "array:string:a,b")
	if err := caller.Start(); err != nil {
		t.Fatal(err)
	}
	m := next(t, c, "Echo")
	values, err := m.Body()
	if err != nil {
		t.Fatal(err)
	}
	list, err := bus.Texts(values, 1)
	if text, _ := bus.Text(values, 0); text != "hello" || err != nil || strings.Join(list, "+") != "a+b" {
		t.Errorf("the call has %v, %v", values, err)
	}
	who, err := ask.Credentials(t.Context(), m.Sender)
	close(answered)
	if err != nil || who.PID != int64(caller.Process.Pid) || who.UID != int64(os.Geteuid()) {
		t.Errorf("the caller is %+v, %v, want pid %d", who, err, caller.Process.Pid)
	}
	if err := caller.Wait(); err != nil {
		t.Error(err)
	}
}

// What finds no room is counted, and the bus goes on.
func TestFullQueueDropsAndCounts(t *testing.T) {
	socket, _ := bustest.Start(t)
	from := bustest.Serve(t, socket, name, echo)
	c := dial(t, bus.Options{Socket: socket, Queue: 4, MaxBytes: 1000, MaxBody: 500})
	if err := c.AddMatch(t.Context(), "type='signal',interface='"+iface+"'"); err != nil {
		t.Fatal(err)
	}
	send := func(member string, n int) {
		if err := from.Send(bus.Message{Type: bus.Signal, Path: path, Interface: iface, Member: member, Signature: "s"}, []any{strings.Repeat("x", n)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	sync := func() { // what was sent before has been read
		t.Helper()
		for _, x := range []*bus.Conn{from, c} {
			if _, err := x.Owner(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
	}
	next(t, c, "NameAcquired")
	for range 3 {
		send("Bytes", 400)
	}
	sync()
	if n := c.Dropped(); n != 1 {
		t.Errorf("%d dropped, want the one above 1000 bytes", n)
	}
	next(t, c, "Bytes")
	next(t, c, "Bytes")
	for range 20 {
		send("Number", 1)
	}
	sync()
	if n := c.Dropped(); n != 17 {
		t.Errorf("%d dropped, want all but four of the twenty more", n)
	}
	for range 4 {
		next(t, c, "Number")
	}
	send("Large", 501)
	if m := next(t, c, "Large"); !m.Cut {
		t.Error("a body that is too large was kept")
	} else if _, err := m.Body(); err == nil {
		t.Error("a body that is not there was decoded")
	}
}

// What is not wanted takes no room.
func TestUnwantedIsSkipped(t *testing.T) {
	socket, _ := bustest.Start(t)
	from := bustest.Serve(t, socket, name, echo)
	c := dial(t, bus.Options{Socket: socket, Queue: 1, Want: func(m *bus.Message) bool { return m.Member == "Wanted" }})
	if err := c.AddMatch(t.Context(), "type='signal',interface='"+iface+"'"); err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{"A", "B", "C", "Wanted"} {
		if err := from.Send(bus.Message{Type: bus.Signal, Path: path, Interface: iface, Member: member, Signature: "s"}, []any{"x"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	m, err := c.Next(t.Context())
	if err != nil || m.Member != "Wanted" || c.Dropped() != 0 {
		t.Errorf("%+v, %v, %d dropped", m, err, c.Dropped())
	}
}

// The end of the bus is an error, after what came before it.
func TestEndOfBus(t *testing.T) {
	socket, stop := bustest.Start(t)
	c := dial(t, bus.Options{Socket: socket})
	if _, err := c.Owner(t.Context(), "org.freedesktop.DBus"); err != nil {
		t.Fatal(err)
	}
	stop()
	m, err := c.Next(t.Context())
	if err != nil || m.Member != "NameAcquired" {
		t.Fatalf("%+v, %v", m, err)
	}
	if _, err := c.Next(t.Context()); err == nil {
		t.Error("no error after the end")
	}
	if _, err := c.Owner(t.Context(), name); err == nil {
		t.Error("a call after the end was answered")
	}
	if _, err := bus.Dial(t.Context(), bus.Options{Socket: socket}); err == nil {
		t.Error("connected with a bus that is gone")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := bus.Dial(ctx, bus.Options{Socket: socket}); err == nil {
		t.Error("connected after the end of the context")
	}
}
