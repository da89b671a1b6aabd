// Package devices is the sensor of devices that are plugged in and out: USB
// devices and disks, with maker, model, serial number and class.
//
// The rung uevent hears what the kernel tells all programs of new and gone
// devices over netlink; names and numbers come from sysfs when a device comes
// and are remembered for when it goes. A USB device is told with the classes of
// its interfaces (storage, hid ...), for which its event waits half a second at
// most. Devices that are there when the sensor starts are not told.
//
// Not seen: partitions, devices of other buses, and everything from within
// another network namespace than the first. Events that a program asked the
// kernel to repeat (udevadm trigger) are left out. No process is told: the
// kernel acts by itself.
//
// While it runs the sensor has one goroutine of its own, which reads.
package devices

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

const (
	name = "devices"
	rung = "uevent"
)

// Options are what the sensor needs. Zero fields take the default.
type Options struct {
	Proc string // where proc is mounted; default /proc
	Sys  string // where sysfs is mounted; default /sys
	Now  func() event.Time
	// Open returns where messages of the kernel come from; default the kernel.
	Open func() (Messages, error)
}

// Messages is a source of messages of the kernel.
type Messages interface {
	// Next waits for a message and returns what it has; ErrOverrun says that
	// some were lost before it.
	Next(buf []byte) (int, error)
	// Close ends Next.
	Close() error
}

// ErrOverrun says that the kernel had no room for messages.
var ErrOverrun = errors.New("the kernel had no room for messages")

// Sensor makes events of devices.
type Sensor struct {
	o       Options
	sources []sensor.Source
}

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	if o.Sys == "" {
		o.Sys = "/sys"
	}
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	s := &Sensor{o: o}
	if o.Open == nil {
		s.o.Open = func() (Messages, error) { return listen(s.o.Proc) }
	}
	s.sources = []sensor.Source{{
		Rung: sensor.Rung{Name: rung, Needs: "the first network namespace and sysfs", Limits: "partitions, devices of other buses than usb that are no disks"},
		Run:  s.hear,
	}}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name:  name,
		Doc:   "USB devices and disks that are plugged in and out.",
		Kinds: []event.Kind{event.DeviceAdd, event.DeviceRemove},
		Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, name, s.sources, emit, s.o.Now)
}

// message is what the reader hands on.
type message struct {
	u   uevent
	err error
}

// hear is the rung uevent.
func (s *Sensor) hear(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	source, err := s.o.Open()
	if err != nil {
		return err
	}
	t := newTable(s.o)
	t.learn()
	took()
	messages, done := make(chan message, 256), make(chan struct{})
	go func() { defer close(done); read(source, messages) }()
	defer func() {
		source.Close()
		for range messages { // the reader may wait for room
		}
		<-done
	}()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(time.Until(t.next()))
		select {
		case <-ctx.Done():
			t.ripe(time.Now().Add(settling), emit)
			return nil
		case m, ok := <-messages:
			switch {
			case !ok:
				return errors.New("the source of messages ended")
			case errors.Is(m.err, ErrOverrun):
				emit(s.lost())
			case m.err != nil:
				return m.err
			default:
				t.take(m.u, emit)
			}
		case <-timer.C:
		}
		t.ripe(time.Now(), emit)
	}
}

// lost tells of messages that never came.
func (s *Sensor) lost() *event.Event {
	now := s.o.Now()
	return &event.Event{Time: now, Kind: event.AgentLoss, Rung: rung, Status: &event.Status{
		LossStage: "sensor", LossSensor: name, LossState: "lost", LossReason: ErrOverrun.Error(), From: now, To: now,
	}}
}

// read hands on what concerns the sensor until the source ends.
func read(source Messages, to chan<- message) {
	defer close(to)
	buf := make([]byte, maxMessage)
	for {
		n, err := source.Next(buf)
		switch {
		case errors.Is(err, ErrOverrun):
			to <- message{err: err}
			continue
		case errors.Is(err, os.ErrClosed):
			return
		case err != nil:
			to <- message{err: fmt.Errorf("hear of devices: %w", err)}
			return
		}
		if u, ok := parse(buf[:n]); ok {
			to <- message{u: u}
		}
	}
}

// socket is a netlink socket of the kernel's messages.
type socket struct {
	f *os.File
	c interface {
		Read(func(fd uintptr) bool) error
	}
}

const (
	kernelGroup = 1       // of the kernel's messages; 2 is udev's
	bufferSize  = 1 << 20 // of the socket, bytes
)

func listen(proc string) (Messages, error) {
	var own, first unix.Stat_t
	if unix.Stat(proc+"/self/ns/net", &own) == nil && unix.Stat(proc+"/1/ns/net", &first) == nil && own.Ino != first.Ino {
		return nil, fmt.Errorf("%w: the kernel tells of devices in the first network namespace only; the agent is in another", sensor.ErrNotSupported)
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, fmt.Errorf("%w: open the socket of uevents: %w", sensor.ErrNotSupported, err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bufferSize) // a small buffer works too, and overruns are told
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: kernelGroup}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("%w: bind the socket of uevents: %w", sensor.ErrNotSupported, err)
	}
	f := os.NewFile(uintptr(fd), "uevents")
	c, err := f.SyscallConn()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open the socket of uevents: %w", err)
	}
	return &socket{f, c}, nil
}

// Next implements Messages. What another program sent is left out.
func (s *socket) Next(buf []byte) (n int, err error) {
	for {
		var from unix.Sockaddr
		waitErr := s.c.Read(func(fd uintptr) bool {
			n, from, err = unix.Recvfrom(int(fd), buf, 0)
			return !errors.Is(err, unix.EAGAIN)
		})
		switch a, ok := from.(*unix.SockaddrNetlink); {
		case waitErr != nil:
			return 0, waitErr
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ENOBUFS):
			return 0, ErrOverrun
		case err != nil:
			return 0, err
		case ok && a.Pid == 0:
			return n, nil
		}
	}
}

// Close implements Messages.
func (s *socket) Close() error { return s.f.Close() }
