// Package firewall is the sensor of the rules of nftables: tables, chains,
// rules, sets and their elements that come and go, as the kernel tells them to
// who listens (nfnetlink), with the process that sent them. iptables changes
// the same rules where it is the variant of nftables.
//
// One transaction is one event, 64 changes of which are told; a rule is told by
// the names of its expressions, what they compare with, and its verdict. The
// process is found by the number and name that the kernel gives, among the
// executions of the last seconds and in /proc; so an event waits a third of a
// second.
//
// Not seen: rules of the older iptables (xt), of network namespaces that have no
// id in the agent's (that of a container has one when it has an interface here),
// and filters that are BPF programs, which the sensor of calls sees.
//
// While it runs, the sensor has two goroutines.
package firewall

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

const (
	rung   = "nfnetlink"
	buffer = 1 << 20                // bytes of the socket
	wait   = 300 * time.Millisecond // for the execution of the process that changed the rules

	maxWaiting = 256 // transactions that wait; more are told before their time
)

// Options are what the sensor needs.
type Options struct {
	Proc string // where proc is mounted; "" is /proc
	Now  func() event.Time
}

// Sensor makes events of changed rules. It implements sensor.Follower.
type Sensor struct {
	o       Options
	actors  *actors
	sources []sensor.Source
}

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	s := &Sensor{o: o, actors: newActors(o.Proc)}
	s.sources = []sensor.Source{{
		Rung: sensor.Rung{
			Name: rung, Needs: "nf_tables in the kernel, and root (CAP_NET_ADMIN)",
			Limits: "rules of the older iptables, network namespaces without an interface here",
		},
		Run: s.listen,
	}}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name: "firewall", Doc: "Rules of the firewall (nftables) that are changed.",
		Kinds: []event.Kind{event.FirewallChange}, Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "firewall", s.sources, emit, s.o.Now)
}

// Follows implements sensor.Follower.
func (s *Sensor) Follows() []event.Kind { return []event.Kind{event.ProcessStart} }

// Follow implements sensor.Follower.
func (s *Sensor) Follow(e *event.Event) { s.actors.started(e) }

// Missed implements sensor.Follower: an execution always finds room.
func (s *Sensor) Missed() int64 { return 0 }

// listen is the rung of the kernel's notifications.
func (s *Sensor) listen(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	c, err := dial()
	if err != nil {
		return err
	}
	var unseen []string
	if err := c.SetOption(netlink.ListenAllNSID, true); err != nil {
		unseen = append(unseen, "other network namespaces")
	}
	took(unseen...)
	transactions, failed := make(chan *transaction, 256), make(chan error, 1)
	go func() { failed <- s.receive(ctx, c, transactions) }()
	err = s.tell(ctx, emit, transactions, failed)
	if e := c.Close(); err == nil && e != nil && !errors.Is(e, os.ErrClosed) {
		err = e
	}
	if ctx.Err() != nil {
		<-failed
	}
	return err
}

func dial() (*netlink.Conn, error) {
	c, err := netlink.Dial(unix.NETLINK_NETFILTER, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: open nfnetlink: %w", sensor.ErrNotSupported, err)
	}
	if err := c.JoinGroup(unix.NFNLGRP_NFTABLES); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: listen to nftables (it needs CAP_NET_ADMIN): %w", sensor.ErrNotSupported, err), c.Close())
	}
	if err := c.SetReadBuffer(buffer); err != nil {
		return nil, errors.Join(fmt.Errorf("enlarge the buffer of nfnetlink: %w", err), c.Close())
	}
	return c, nil
}

// receive reads until the socket is closed.
func (s *Sensor) receive(ctx context.Context, c *netlink.Conn, out chan<- *transaction) error {
	t := &transaction{}
	for {
		messages, err := c.Receive()
		switch {
		case errors.Is(err, unix.ENOBUFS):
			t.lost = true
			continue
		case err != nil:
			return fmt.Errorf("read nfnetlink: %w", err)
		}
		for _, m := range messages {
			if t.add(m) {
				t.at = s.o.Now()
				select {
				case out <- t:
				case <-ctx.Done():
					return nil
				}
				t = &transaction{}
			}
		}
	}
}

// tell makes events of transactions, each a little later.
func (s *Sensor) tell(ctx context.Context, emit sensor.Emit, transactions <-chan *transaction, failed <-chan error) error {
	var waiting []*transaction
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			for _, t := range waiting {
				emit(s.event(t))
			}
			return nil
		case err := <-failed:
			return err
		case t := <-transactions:
			if len(t.changes) == 0 && !t.lost {
				continue
			}
			t.due = time.Now().Add(wait)
			if waiting = append(waiting, t); len(waiting) > maxWaiting {
				waiting[0].due = time.Time{}
			}
		case <-timer.C:
		}
		for len(waiting) > 0 && !time.Now().Before(waiting[0].due) {
			emit(s.event(waiting[0]))
			waiting = waiting[1:]
		}
		if len(waiting) > 0 {
			timer.Reset(time.Until(waiting[0].due))
		}
	}
}
