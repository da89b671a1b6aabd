// Package ingest is the manager's door for agents: one gRPC service on one
// port. It knows an agent by its certificate only, checks every batch, makes it
// durable in the log and only then acknowledges it.
//
// A hostile or broken agent can neither write under another host's name nor
// take more than its share: a message has a largest size, a batch is measured
// before it is unpacked, each agent has a budget of bytes and batches per
// second and one stream, and all agents together a bound of bytes in work. Who
// exceeds a budget is not read from until it is due, so that TCP slows it down
// and nothing is lost.
//
// A batch that cannot be right is refused and its sender told to discard it. An
// event that cannot be read is kept aside in a bounded folder, counted, told to
// the agent, and does not stop the events behind it.
package ingest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"golang.org/x/net/netutil"
	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/tap"

	"github.com/vedette-edr/vedette/internal/manager/enroll"
	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// Log makes batches durable.
type Log interface {
	// Publish returns when the batch is on disk; the events of the entry then
	// belong to the log.
	Publish(ctx context.Context, e log.Entry) error
}

// Fleet knows the hosts.
type Fleet interface {
	// Connect notes a new stream and returns what of the agent's events is
	// stored, and the documents for it; the stream ends when docs is closed.
	Connect(ctx context.Context, agent, address string, hello *wirepb.Hello) (marks []*wirepb.Mark, docs <-chan *wirepb.Signed, err error)
	Disconnect(ctx context.Context, agent string, docs <-chan *wirepb.Signed)
	Heartbeat(ctx context.Context, agent string, h *wirepb.Heartbeat) error
	Applied(ctx context.Context, agent, kind string, version int64, failure string) error
	TaskResult(ctx context.Context, agent string, r *wirepb.TaskResult) error
}

// Door decides who may come in; enroll.Service is one.
type Door interface {
	Enroll(ctx context.Context, r *wirepb.EnrollRequest, address string) (*wirepb.EnrollResponse, error)
	Renew(ctx context.Context, p enroll.Peer, r *wirepb.RenewRequest, address string, split bool) (*wirepb.EnrollResponse, error)
	Identify(ctx context.Context, chain []*x509.Certificate) (enroll.Peer, error)
	Opened(ctx context.Context, p enroll.Peer) error
}

// Limits bound what agents may use. Zero fields take the default.
type Limits struct {
	BytesPerSecond   int           // of one agent, before compression; default 8 MiB
	BatchesPerSecond int           // of one agent; default 100
	InFlight         int64         // bytes of all batches in work, decoded; default 256 MiB
	Connections      int           // default 20000
	Enrolling        int64         // enrolments and renewals at once; default 16
	Silence          time.Duration // a stream without a message for so long is closed; default 60 s
}

func (l Limits) withDefaults() Limits {
	if l.BytesPerSecond <= 0 {
		l.BytesPerSecond = 8 << 20
	}
	if l.BatchesPerSecond <= 0 {
		l.BatchesPerSecond = 100
	}
	if l.InFlight <= 0 {
		l.InFlight = 256 << 20
	}
	if l.Connections <= 0 {
		l.Connections = 20000
	}
	if l.Enrolling <= 0 {
		l.Enrolling = 16
	}
	if l.Silence <= 0 {
		l.Silence = 60 * time.Second
	}
	l.InFlight = max(l.InFlight, 2*wire.MaxContent)
	return l
}

// Options configure a Server.
type Options struct {
	Log     Log
	Fleet   Fleet
	Door    Door
	TLS     *tls.Config // enroll.CA.AgentTLS
	Aside   string      // folder for events that cannot be read
	Manager string      // id of this manager, for people
	Limits  Limits
	Now     func() time.Time
	Logger  *slog.Logger
}

// Server is the door. It is safe for concurrent use.
type Server struct {
	wirepb.UnimplementedAgentsServer
	opts      Options
	decoder   *wire.Decoder
	inFlight  *semaphore.Weighted
	enrolling *semaphore.Weighted
	aside     *aside
	stats     counters
	stopped   chan struct{} // closed when Serve ends its streams

	mu     sync.Mutex
	agents map[string]*agent // guarded by mu
}

// New returns a server.
func New(o Options) (*Server, error) {
	o.Limits = o.Limits.withDefaults()
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	d, err := wire.NewDecoder()
	if err != nil {
		return nil, err
	}
	a, err := openAside(o.Aside)
	if err != nil {
		return nil, err
	}
	return &Server{
		opts: o, decoder: d, aside: a, agents: map[string]*agent{}, stopped: make(chan struct{}),
		inFlight: semaphore.NewWeighted(o.Limits.InFlight), enrolling: semaphore.NewWeighted(o.Limits.Enrolling),
	}, nil
}

// graceful is how long Serve lets batches in work become durable at its end.
const graceful = 5 * time.Second

// Serve answers agents on l until ctx is done, then ends their streams.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	g := grpc.NewServer(
		grpc.Creds(credentials.NewTLS(s.opts.TLS)),
		grpc.ForceServerCodecV2(wire.Codec{}),
		grpc.MaxRecvMsgSize(wire.MaxMessage), grpc.MaxSendMsgSize(wire.MaxMessage),
		grpc.MaxHeaderListSize(16<<10), grpc.MaxConcurrentStreams(4),
		grpc.StaticStreamWindowSize(512<<10), grpc.StaticConnWindowSize(1<<20),
		grpc.ReadBufferSize(8<<10), grpc.WriteBufferSize(8<<10),
		grpc.ConnectionTimeout(10*time.Second), grpc.InTapHandle(s.tap),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionIdle: time.Minute, Time: 20 * time.Second, Timeout: 10 * time.Second, // idle: without a stream
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
	)
	wirepb.RegisterAgentsServer(g, s)
	failed := make(chan error, 1)
	go func() { failed <- g.Serve(netutil.LimitListener(l, s.opts.Limits.Connections)) }()
	select {
	case err := <-failed:
		s.decoder.Close()
		return fmt.Errorf("serve agents on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	close(s.stopped)
	timer := time.AfterFunc(graceful, g.Stop)
	g.GracefulStop()
	timer.Stop()
	s.decoder.Close()
	<-failed // nil after a stop
	return nil
}

// callTime bounds an enrolment or a renewal.
const callTime = 15 * time.Second

// tap runs before a message of a call is read. It bounds how many callers
// that need no certificate are read from at once, and for how long.
func (s *Server) tap(ctx context.Context, info *tap.Info) (context.Context, error) {
	if info.FullMethodName == wirepb.Agents_Stream_FullMethodName {
		return ctx, nil
	}
	if !s.enrolling.TryAcquire(1) {
		return ctx, busy()
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	context.AfterFunc(ctx, func() {
		cancel()
		s.enrolling.Release(1)
	})
	return ctx, nil
}
