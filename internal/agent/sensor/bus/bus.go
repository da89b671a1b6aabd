// Package bus is a small client of D-Bus for sensors that listen to the system
// bus: signals that match, properties, who is behind a name, and, as root, the
// calls of others (a monitor). It is not a general library: it offers no
// objects and no introspection.
//
// A connection never holds up the bus: what comes is read at once into a queue
// that is bounded by number and bytes; what finds no room is dropped and
// counted. Bodies that are too large, and those that nobody wants, are skipped
// without being kept. Descriptors that come with messages are closed.
//
// Values are decoded to few types: int64 (all integers but t), uint64 (t),
// float64, bool, string (s o g), []byte (ay), []any (arrays and structures; an
// entry of a dictionary is []any of key and value); a variant is its value.
//
// A connection is for any goroutine; it has one of its own, which reads, and
// ends with Close. It never connects again: an error of Next means that the
// owner begins anew.
//
//	c, err := bus.Dial(ctx, bus.Options{})
//	err = c.AddMatch(ctx, "type='signal',interface='org.freedesktop.login1.Manager'")
//	for {
//		m, err := c.Next(ctx)
//		values, err := m.Body()
//	}
package bus

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// SystemSocket is where the system bus listens.
const SystemSocket = "/run/dbus/system_bus_socket"

// Patience bounds each dialogue with the bus.
const Patience = 10 * time.Second

// Options set up a connection. Zero fields take the default.
type Options struct {
	Socket   string // path of the bus's socket; default SystemSocket
	Queue    int    // messages that wait for Next; default 1024
	MaxBytes int    // of their bodies together; default 1 MiB
	MaxBody  int    // of one message; larger ones come with Cut; default 64 kB
	// Want is asked with the header of each message that comes for Next: false
	// skips it, uncounted. It is called from the connection's goroutine.
	Want func(*Message) bool
}

func (o *Options) defaults() {
	if o.Socket == "" {
		o.Socket = SystemSocket
	}
	if o.Queue == 0 {
		o.Queue = 1024
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 20
	}
	if o.MaxBody == 0 {
		o.MaxBody = 64 << 10
	}
}

// Conn is a connection with a bus.
type Conn struct {
	o       Options
	socket  *net.UnixConn
	queue   chan *Message
	waiting atomic.Int64 // bytes in queue
	dropped atomic.Int64
	done    chan struct{} // closed when the reader ends
	err     error         // why; read after done

	sending sync.Mutex // held while a message is written
	serial  uint32     // guarded by sending

	mu      sync.Mutex
	name    string                   // guarded by mu: given by the bus
	pending map[uint32]chan *Message // guarded by mu: calls of ours
	monitor bool                     // guarded by mu
}

// Dial connects to a bus and says hello.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	o.defaults()
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	var d net.Dialer
	s, err := d.DialContext(ctx, "unix", o.Socket)
	if err != nil {
		return nil, fmt.Errorf("connect to the bus: %w", err)
	}
	c := &Conn{
		o: o, socket: s.(*net.UnixConn), queue: make(chan *Message, o.Queue),
		done: make(chan struct{}), pending: map[uint32]chan *Message{},
	}
	r := bufio.NewReaderSize(&descriptorless{c.socket}, 16<<10)
	if err := c.authenticate(ctx, r); err != nil {
		c.socket.Close()
		return nil, fmt.Errorf("log on to the bus %s: %w", o.Socket, err)
	}
	go c.read(r)
	if err := c.hello(ctx); err != nil {
		c.Close()
		return nil, fmt.Errorf("say hello to the bus %s: %w", o.Socket, err)
	}
	return c, nil
}

func (c *Conn) hello(ctx context.Context) error {
	values, err := c.Do(ctx, Method{Member: "Hello"})
	if err != nil {
		return err
	}
	name, err := Text(values, 0)
	c.mu.Lock()
	c.name = name
	c.mu.Unlock()
	return err
}

// Dropped returns how many messages found no room so far.
func (c *Conn) Dropped() int64 { return c.dropped.Load() }

// Close ends the connection.
func (c *Conn) Close() {
	c.socket.Close()
	<-c.done
}

// Next waits for a message that is no answer to a call of ours: a signal that
// matches, a call, or what a monitor sees. After the end of the connection and
// of what waits it returns an error.
func (c *Conn) Next(ctx context.Context) (*Message, error) {
	select {
	case m := <-c.queue:
		return c.took(m), nil
	default:
	}
	select {
	case m := <-c.queue:
		return c.took(m), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.done:
	}
	select { // what came before the end
	case m := <-c.queue:
		return c.took(m), nil
	default:
		return nil, fmt.Errorf("the bus %s: %w", c.o.Socket, c.err)
	}
}

func (c *Conn) took(m *Message) *Message {
	c.waiting.Add(-int64(len(m.body)))
	return m
}

// read takes messages from the socket until it ends.
func (c *Conn) read(r *bufio.Reader) {
	defer close(c.done)
	for {
		m, err := read(r, c.o.MaxBody, c.wanted)
		if err != nil {
			c.err = err
			return
		}
		if m == nil {
			c.dropped.Add(1)
			continue
		}
		c.deliver(m)
	}
}

// wanted reports whether somebody waits for a message.
func (c *Conn) wanted(m *Message) bool {
	return c.answered(m) != nil || c.o.Want == nil || c.o.Want(m)
}

// answered returns where the answer to a call of ours goes; nil when m is none.
func (c *Conn) answered(m *Message) chan *Message {
	if m.Type != Return && m.Type != Failure {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.monitor || c.name != "" && m.Destination != c.name {
		return nil
	}
	return c.pending[m.Reply]
}

func (c *Conn) deliver(m *Message) {
	if to := c.answered(m); to != nil {
		select {
		case to <- m:
		default: // answered twice
		}
		return
	}
	if m.Cut && c.o.Want != nil && !c.o.Want(m) {
		return
	}
	if c.waiting.Add(int64(len(m.body))) > int64(c.o.MaxBytes) {
		c.drop(m)
		return
	}
	select {
	case c.queue <- m:
	default:
		c.drop(m)
	}
}

func (c *Conn) drop(m *Message) {
	c.waiting.Add(-int64(len(m.body)))
	c.dropped.Add(1)
}

// Send sends a message with a body. before is told its serial, by which an
// answer will name it; nil when none is awaited.
func (c *Conn) Send(m Message, values []any, before func(serial uint32)) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	c.serial++
	m.Serial = c.serial
	b, err := m.encode(values)
	if err != nil {
		return fmt.Errorf("make message %s: %w", m.Member, err)
	}
	if before != nil {
		before(m.Serial)
	}
	if err := c.socket.SetWriteDeadline(time.Now().Add(Patience)); err != nil {
		return fmt.Errorf("send message %s: %w", m.Member, err)
	}
	if _, err := c.socket.Write(b); err != nil {
		return fmt.Errorf("send message %s: %w", m.Member, err)
	}
	return nil
}

// Method is a call of ours.
type Method struct {
	Destination string // default the bus itself
	Path        string // default that of the bus
	Interface   string // default that of the bus
	Member      string
	Signature   string // of Args
	Args        []any
}

// Error is an answer that tells of a failure.
type Error struct {
	Name string // for example org.freedesktop.DBus.Error.AccessDenied
	Text string
}

func (e *Error) Error() string { return e.Name + ": " + e.Text }

// Names of the bus itself.
const (
	busName = "org.freedesktop.DBus"
	busPath = "/org/freedesktop/DBus"
)

// Do calls a method and returns the values of its answer; a failure is an
// *Error. It waits Patience at most.
func (c *Conn) Do(ctx context.Context, m Method) ([]any, error) {
	if m.Destination == "" {
		m.Destination, m.Path = busName, busPath
		if m.Interface == "" {
			m.Interface = busName
		}
	}
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	answer := make(chan *Message, 1)
	var serial uint32
	err := c.Send(Message{
		Type: Call, Destination: m.Destination, Path: m.Path, Interface: m.Interface, Member: m.Member, Signature: m.Signature,
	}, m.Args, func(own uint32) {
		serial = own
		c.mu.Lock()
		c.pending[serial] = answer
		c.mu.Unlock()
	})
	defer func() {
		c.mu.Lock()
		delete(c.pending, serial)
		c.mu.Unlock()
	}()
	if err != nil {
		return nil, err
	}
	select {
	case a := <-answer:
		return outcome(m, a)
	case <-ctx.Done():
		return nil, fmt.Errorf("call %s: %w", m.Member, ctx.Err())
	case <-c.done:
		return nil, fmt.Errorf("call %s: %w", m.Member, c.err)
	}
}

func outcome(m Method, a *Message) ([]any, error) {
	values, err := a.Body()
	if a.Type == Failure {
		text, _ := Text(values, 0)
		return nil, fmt.Errorf("call %s: %w", m.Member, &Error{Name: a.Error, Text: text})
	}
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", m.Member, err)
	}
	return values, nil
}

// ErrType says that a message has another value than its reader expects.
var ErrType = errors.New("a value of another type")

// Text returns a value that is a string.
func Text(values []any, i int) (string, error) { return as[string](values, i) }

// Texts returns a value that is a list of strings.
func Texts(values []any, i int) ([]string, error) {
	list, err := as[[]any](values, i)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(list))
	for j := range list {
		if out[j], err = Text(list, j); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func as[T any](values []any, i int) (T, error) {
	var none T
	if i >= len(values) {
		return none, fmt.Errorf("value %d is missing: %w", i, ErrType)
	}
	v, ok := values[i].(T)
	if !ok {
		return none, fmt.Errorf("value %d is %T: %w", i, values[i], ErrType)
	}
	return v, nil
}
