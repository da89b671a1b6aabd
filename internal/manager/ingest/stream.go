package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/vedette-edr/vedette/internal/manager/enroll"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// stream is the open stream of one agent.
type stream struct {
	*agent
	id     string
	server *Server
	grpc   wirepb.Agents_StreamServer
	alive  *time.Timer  // ends a stream on which nothing comes
	pack   *wire.Packer // makes batches again from what is left of one; made when needed

	mu   sync.Mutex // held while sending
	over bool       // guarded by mu: the call has returned
}

// Why a stream is ended from here; immutable.
var (
	errReplaced = status.Error(codes.Aborted, "another stream of this agent took the place of this one")
	errSilent   = status.Error(codes.Unavailable, "no message came for too long")
)

// Stream serves an agent for as long as it is connected.
func (s *Server) Stream(g wirepb.Agents_StreamServer) error {
	address, chain := caller(g.Context())
	p, err := s.opts.Door.Identify(g.Context(), chain)
	if err == nil && p.Expired {
		err = fmt.Errorf("%w (it was good until %s)", enroll.ErrExpired, chain[0].NotAfter.UTC().Format(time.RFC3339))
	}
	if err != nil {
		s.stats.refusedCalls.Add(1)
		s.opts.Logger.Warn("agent refused", "address", address, "error", err)
		return refusal(err)
	}
	first, err := s.hello(g)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(g.Context())
	defer end(nil)
	a := s.agent(p.Agent)
	number, isCopy := a.open(cmp.Or(first.GetInstance(), first.GetBootId()), end)
	if isCopy {
		s.opts.Logger.Warn("a copy of a host was refused", "agent", p.Agent, "address", address)
		return refusal(enroll.ErrSuperseded)
	}
	defer a.closed(number)
	t := &stream{agent: a, id: p.Agent, server: s, grpc: g}
	return t.run(ctx, end, p, address, first)
}

// hello waits a moment for the message that opens a stream.
func (s *Server) hello(g wirepb.Agents_StreamServer) (*wirepb.Hello, error) {
	type answer struct {
		m   *wirepb.FromAgent
		err error
	}
	got := make(chan answer, 1)
	go func() { // ends with the stream at the latest
		m, err := g.Recv()
		got <- answer{m, err}
	}()
	timer := time.NewTimer(callTime)
	defer timer.Stop()
	select {
	case a := <-got:
		if a.err != nil {
			return nil, a.err
		}
		if h := a.m.GetHello(); h != nil && len(h.GetSpooled()) <= 4096 && len(h.GetApplied()) <= 64 {
			return h, nil
		}
		return nil, status.Error(codes.InvalidArgument, "a stream begins with hello")
	case <-timer.C:
		return nil, status.Error(codes.DeadlineExceeded, "no hello")
	case <-s.stopped:
		return nil, stopping()
	}
}

// closed notes the end of a stream.
func (a *agent) closed(number uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stream == number {
		a.end = nil
	}
}

// run connects the agent with the fleet and works until one of them ends it.
func (t *stream) run(ctx context.Context, end context.CancelCauseFunc, p enroll.Peer, address string, h *wirepb.Hello) error {
	s := t.server
	if err := s.opts.Door.Opened(ctx, p); err != nil {
		return t.problem("note stream", err)
	}
	stored, docs, err := s.opts.Fleet.Connect(ctx, t.id, address, h)
	if err != nil {
		return t.problem("connect agent", err)
	}
	defer s.opts.Fleet.Disconnect(context.WithoutCancel(ctx), t.id, docs)
	s.stats.streams.Add(1)
	defer s.stats.streams.Add(-1)
	welcome := &wirepb.Welcome{ManagerId: s.opts.Manager, Durable: t.learn(stored), Now: s.opts.Now().UnixNano()}
	if err := t.send(&wirepb.FromManager{Message: &wirepb.FromManager_Welcome{Welcome: welcome}}); err != nil {
		return err
	}
	t.alive = time.AfterFunc(s.opts.Limits.Silence, func() { end(errSilent) })
	defer t.alive.Stop()
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return t.documents(ctx, docs) })
	received := make(chan error, 1)
	go func() { received <- t.receive(ctx) }() // ends when Stream returns, at the latest
	work.Go(func() error {
		select {
		case err := <-received:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.stopped:
			return stopping()
		}
	})
	err = work.Wait()
	t.mu.Lock()
	t.over = true
	t.mu.Unlock()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// problem logs what the agent should not see.
func (t *stream) problem(doing string, err error) error {
	if t.grpc.Context().Err() != nil {
		return t.grpc.Context().Err()
	}
	t.server.opts.Logger.Error(doing, "agent", t.id, "error", err)
	return refusal(err)
}

func (t *stream) send(m *wirepb.FromManager) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return errReplaced
	}
	return t.grpc.Send(m)
}

// documents sends what the fleet has for the agent.
func (t *stream) documents(ctx context.Context, docs <-chan *wirepb.Signed) error {
	for {
		select {
		case d, ok := <-docs:
			if !ok {
				return errReplaced
			}
			if err := t.send(&wirepb.FromManager{Message: &wirepb.FromManager_Signed{Signed: d}}); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// receive handles messages in the order in which they come.
func (t *stream) receive(ctx context.Context) error {
	for {
		m, err := t.grpc.Recv()
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		t.alive.Reset(t.server.opts.Limits.Silence)
		if err := t.handle(ctx, m); err != nil {
			return err
		}
	}
}

func (t *stream) handle(ctx context.Context, m *wirepb.FromAgent) error {
	fleet := t.server.opts.Fleet
	var err error
	switch m := m.GetMessage().(type) {
	case *wirepb.FromAgent_Batch:
		return t.batch(ctx, m.Batch)
	case *wirepb.FromAgent_Heartbeat:
		err = fleet.Heartbeat(ctx, t.id, m.Heartbeat)
	case *wirepb.FromAgent_Applied:
		err = fleet.Applied(ctx, t.id, m.Applied.GetKind(), m.Applied.GetVersion(), m.Applied.GetError())
	case *wirepb.FromAgent_TaskResult:
		err = fleet.TaskResult(ctx, t.id, m.TaskResult)
	case *wirepb.FromAgent_Hello:
		return status.Error(codes.InvalidArgument, "a second hello on a stream")
	default: // of a newer agent
		t.server.stats.unknown.Add(1)
	}
	if err != nil {
		return t.problem("note message of agent", err)
	}
	return nil
}
