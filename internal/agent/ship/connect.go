package ship

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// connection is one connection to a manager. It does the TLS handshake
// itself, below gRPC, so that the reason of a failure is known as an error and
// not as text.
type connection struct {
	address string
	tls     *tls.Config
	dial    func(ctx context.Context, address string) (net.Conn, error)
	grpc    *grpc.ClientConn
	client  wirepb.AgentsClient

	mu     sync.Mutex
	failed error // guarded by mu: why the newest try to connect did not succeed
}

func newConnection(address string, t *tls.Config, dial func(context.Context, string) (net.Conn, error)) *connection {
	t.NextProtos = []string{"h2"}
	return &connection{address: address, tls: t, dial: dial}
}

func (c *connection) open() error {
	g, err := grpc.NewClient("passthrough:///"+c.address,
		grpc.WithContextDialer(c.connect),
		grpc.WithTransportCredentials(insecure.NewCredentials()), // connect does TLS
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(wire.Codec{}), grpc.MaxCallRecvMsgSize(wire.MaxMessage), grpc.MaxCallSendMsgSize(wire.MaxMessage)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 10 * time.Second}),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.DefaultConfig, MinConnectTimeout: enrollTime}),
		grpc.WithDisableServiceConfig(), grpc.WithDisableRetry(), grpc.WithIdleTimeout(0),
		grpc.WithReadBufferSize(8<<10), grpc.WithWriteBufferSize(16<<10),
	)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", c.address, err)
	}
	c.grpc, c.client = g, wirepb.NewAgentsClient(g)
	return nil
}

func (c *connection) close() error { return c.grpc.Close() }

// connect opens the encrypted connection and remembers why it could not.
func (c *connection) connect(ctx context.Context, address string) (net.Conn, error) {
	conn, err := c.handshake(ctx, address)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = err
	return conn, err
}

func (c *connection) handshake(ctx context.Context, address string) (net.Conn, error) {
	raw, err := c.dial(ctx, address)
	if err != nil {
		return nil, &Unreachable{Address: address, Err: err}
	}
	conn := tls.Client(raw, c.tls)
	ctx, cancel := context.WithTimeout(ctx, enrollTime/2)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(explainTLS(address, err), raw.Close())
	}
	return conn, nil
}

// Unreachable is the error of a manager that does not answer.
type Unreachable struct {
	Address string
	Err     error
}

func (e *Unreachable) Error() string {
	return fmt.Sprintf("manager %s cannot be reached: %v (is it running, and is the port open between here and there?)", e.Address, e.Err)
}

func (e *Unreachable) Unwrap() error { return e.Err }

// Untrusted is the error of a server that does not prove to be the manager.
type Untrusted struct {
	Address string
	Err     error
	Advice  string
}

func (e *Untrusted) Error() string { return fmt.Sprintf("%s: %v: %s", e.Address, e.Err, e.Advice) }

func (e *Untrusted) Unwrap() error { return e.Err }

func explainTLS(address string, err error) error {
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	switch {
	case errors.Is(err, wire.ErrWrongManager):
		return &Untrusted{address, err, "nothing was sent to it"}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return &Untrusted{address, err, "the manager's certificate has ended or the clock of one side is wrong: compare the clocks, and restart the manager, which renews its certificate"}
	case errors.As(err, &authority):
		return &Untrusted{address, err, "this is another manager than the one that this host is enrolled at: check the address, or enrol this host again"}
	case errors.As(err, &name):
		return &Untrusted{address, err, "this is no agents' port of a manager: check the address and the port"}
	}
	return &Unreachable{Address: address, Err: fmt.Errorf("encrypted connection: %w", err)}
}

// explain returns the reason behind an error of a call: that of the connection
// when there is none, else what the manager said.
func (c *connection) explain(err error) error {
	if err == nil {
		return nil
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded:
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.failed != nil {
			return c.failed
		}
		if status.Code(err) == codes.DeadlineExceeded {
			return &Unreachable{c.address, errors.New("no answer in time")}
		}
	}
	if errors.Is(err, io.EOF) {
		return &Refusal{Code: codes.Unavailable, Reason: "this stream is over"}
	}
	if s, ok := status.FromError(err); ok {
		return &Refusal{Code: s.Code(), Reason: s.Message()}
	}
	return err
}

// Refusal is what the manager answered instead of serving.
type Refusal struct {
	Code   codes.Code
	Reason string
}

func (e *Refusal) Error() string { return "the manager says: " + e.Reason }

// Temporary reports whether err can pass without a person doing something.
func Temporary(err error) bool {
	var r *Refusal
	var u *Untrusted
	switch {
	case errors.As(err, &u):
		return false
	case errors.As(err, &r):
		return r.Code != codes.Unauthenticated && r.Code != codes.PermissionDenied && r.Code != codes.InvalidArgument
	}
	return true
}
