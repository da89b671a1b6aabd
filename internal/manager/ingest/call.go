package ingest

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"net"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	"github.com/vedette-edr/vedette/internal/manager/enroll"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// Enroll exchanges a token for a certificate.
func (s *Server) Enroll(ctx context.Context, r *wirepb.EnrollRequest) (*wirepb.EnrollResponse, error) {
	address, _ := caller(ctx)
	answer, err := s.opts.Door.Enroll(ctx, r, address)
	if err != nil {
		s.stats.refusedCalls.Add(1)
		s.opts.Logger.Warn("enrolment refused", "address", address, "host", clip(r.GetHostName()), "error", err)
		return nil, refusal(err)
	}
	return answer, nil
}

// Renew exchanges a certificate for a new one. A caller that is a copy of the
// machine that the certificate was made for becomes a host of its own.
func (s *Server) Renew(ctx context.Context, r *wirepb.RenewRequest) (*wirepb.EnrollResponse, error) {
	address, chain := caller(ctx)
	p, err := s.opts.Door.Identify(ctx, chain)
	split := errors.Is(err, enroll.ErrSuperseded)
	if err != nil && !split {
		s.stats.refusedCalls.Add(1)
		s.opts.Logger.Warn("renewal refused", "address", address, "error", err)
		return nil, refusal(err)
	}
	split = split || s.isCopy(p.Agent, cmp.Or(r.GetInstance(), r.GetBootId()))
	answer, err := s.opts.Door.Renew(ctx, p, r, address, split)
	if err != nil {
		s.opts.Logger.Error("renew certificate", "agent", p.Agent, "error", err)
		return nil, refusal(err)
	}
	return answer, nil
}

// caller returns where a call comes from and the certificates it showed.
func caller(ctx context.Context) (address string, chain []*x509.Certificate) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return "", nil
	}
	address = p.Addr.String()
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	if t, ok := p.AuthInfo.(credentials.TLSInfo); ok {
		chain = t.State.PeerCertificates
	}
	return address, chain
}

func clip(s string) string { return s[:min(len(s), 255)] }
