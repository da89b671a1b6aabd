package ship

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"

	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// errRenewed ends a session after a renewal, so that the next one uses the new
// certificate.
var errRenewed = errors.New("certificate was renewed")

// maxMarks is how many places of the spool a hello tells, the newest.
const maxMarks = 1024

// session is one stream. Its sender and its receiver share nothing but acks.
type session struct {
	*Shipper
	address string
	conn    *connection
	stream  wirepb.Agents_StreamClient
	acks    chan *wirepb.FromManager // acks and refusals, from receiver to sender
	inform  []*wirepb.TaskResult     // taken from the shipper, not yet sent
}

// session connects, ships and receives until the stream ends.
func (s *Shipper) session(ctx context.Context, address string) error {
	if !s.opts.Now().Before(s.identity.Load().renewAt()) {
		if err := s.renew(ctx, address); err != nil && s.opts.Now().After(s.identity.Load().Chain[0].NotAfter) {
			return err
		} else if err != nil {
			s.opts.Logger.Warn("certificate could not be renewed yet", "error", err)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := &session{
		Shipper: s, address: address, acks: make(chan *wirepb.FromManager, 16),
		conn: newConnection(address, s.identity.Load().tls(s.opts.Now), s.opts.Dial),
	}
	if err := t.conn.open(); err != nil {
		return err
	}
	err := t.run(ctx, cancel)
	if cerr := t.conn.close(); err == nil {
		err = cerr
	}
	for _, r := range t.inform {
		s.result(r)
	}
	var r *Refusal
	if errors.As(err, &r) && (r.Code == codes.FailedPrecondition || r.Code == codes.AlreadyExists) {
		// the certificate has ended, or this machine is a copy of another
		if err := s.renew(ctx, address); err != nil {
			return err
		}
		return errRenewed
	}
	return err
}

func (t *session) run(ctx context.Context, cancel context.CancelFunc) error {
	greeting := time.AfterFunc(enrollTime, cancel)
	stream, err := t.conn.client.Stream(ctx)
	if err == nil {
		t.stream = stream
		err = t.greet()
	}
	if !greeting.Stop() && err != nil {
		return &Unreachable{t.address, errors.New("no answer to the greeting")}
	}
	if err != nil {
		return t.conn.explain(err)
	}
	t.setState("connected to %s", t.address)
	t.opts.Logger.Info("connected to the manager", "address", t.address)
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return t.send(ctx) })
	work.Go(func() error { return t.receive(ctx) })
	work.Go(func() error { return t.watch(ctx) })
	// receive cannot be told to stop, but by its stream
	context.AfterFunc(ctx, cancel)
	return t.conn.explain(work.Wait())
}

// greet says who is there and learns what the manager has.
func (t *session) greet() error {
	h := t.opts.Host
	hello := &wirepb.Hello{
		Version: wire.Version(), HostName: h.Name, Os: h.OS, Kernel: h.Kernel, Architecture: h.Architecture,
		BootId: h.BootID, MachineId: h.MachineID, Applied: t.docs.versions(), Instance: t.instance,
	}
	newest := t.opts.Spool.Newest()
	for _, m := range newest[max(0, len(newest)-maxMarks):] {
		hello.Spooled = append(hello.Spooled, &wirepb.Mark{Epoch: m.Epoch, Lane: m.Lane, Sequence: m.Sequence})
	}
	if err := t.stream.Send(&wirepb.FromAgent{Message: &wirepb.FromAgent_Hello{Hello: hello}}); err != nil {
		_, err = t.stream.Recv() // says why
		return err
	}
	m, err := t.stream.Recv()
	if err != nil {
		return err
	}
	w := m.GetWelcome()
	if w == nil {
		return fmt.Errorf("the manager answered hello with %T", m.GetMessage())
	}
	if ahead := time.Duration(t.opts.Now().UnixNano() - w.GetNow()).Abs(); ahead > time.Minute {
		t.opts.Logger.Warn("clocks of manager and host differ", "difference", ahead)
	}
	for _, d := range w.GetDurable() {
		t.opts.Spool.Release(spool.Mark{Lane: d.GetLane(), Epoch: d.GetEpoch(), Sequence: d.GetSequence()})
	}
	t.opts.Spool.Rewind()
	return nil
}

// watch ends the session when the certificate was renewed.
func (t *session) watch(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		// looked at each hour, so that a jump of the clock does no harm
		timer.Reset(time.Hour)
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if t.opts.Now().Before(t.identity.Load().renewAt()) {
			continue
		}
		if err := t.renew(ctx, t.address); err != nil {
			t.opts.Logger.Warn("certificate could not be renewed yet", "error", err)
			continue
		}
		return errRenewed
	}
}

// receive hands on what the manager sends.
func (t *session) receive(ctx context.Context) error {
	for {
		m, err := t.stream.Recv()
		if err != nil {
			return err
		}
		switch m := m.GetMessage().(type) {
		case *wirepb.FromManager_Signed:
			select {
			case t.docs.in <- m.Signed:
			case <-ctx.Done():
				return ctx.Err()
			}
			continue
		case *wirepb.FromManager_Ack:
		case *wirepb.FromManager_Refused:
			if m.Refused.GetFatal() {
				return &Refusal{Code: codes.Aborted, Reason: m.Refused.GetReason()}
			}
		default:
			continue // of a newer manager
		}
		select {
		case t.acks <- m:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
