package ship

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// EnrollOptions say who enrols where.
type EnrollOptions struct {
	Token  string
	Dir    string // where the identity is kept
	Host   Host
	Now    func() time.Time
	Dial   func(ctx context.Context, address string) (net.Conn, error) // nil is TCP
	Logger *slog.Logger
}

// enrollTime bounds one try of an enrolment or a renewal.
const enrollTime = 20 * time.Second

// Enroll makes this host an agent of the manager that made the token. The key
// is made here and never leaves; an identity that was there is replaced when,
// and only when, the manager said yes.
func Enroll(ctx context.Context, o EnrollOptions) (*Identity, error) {
	d := Options{Now: o.Now, Dial: o.Dial, Logger: o.Logger}.withDefaults()
	token, err := wire.ParseToken(o.Token)
	if err != nil {
		return nil, err
	}
	if now := d.Now(); now.After(token.Expires) {
		return nil, fmt.Errorf("the token expired at %s (it is %s here): make a new one with `vedette token create`",
			token.Expires.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	key, err := wire.NewKey()
	if err != nil {
		return nil, err
	}
	csr, err := wire.NewRequest(key)
	if err != nil {
		return nil, err
	}
	request := &wirepb.EnrollRequest{
		Token: o.Token, CertificateRequest: csr, HostName: o.Host.Name, MachineId: o.Host.MachineID, Version: wire.Version(),
	}
	var errs []error
	for _, address := range token.Addresses {
		c := newConnection(address, wire.PinnedTLS(token.Fingerprint, d.Now), d.Dial)
		answer, err := call(ctx, c, func(ctx context.Context, a wirepb.AgentsClient) (*wirepb.EnrollResponse, error) {
			return a.Enroll(ctx, request)
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("enrol at %s: %w", address, err))
			if Temporary(err) && ctx.Err() == nil {
				continue
			}
			break
		}
		id, err := newIdentity(key, token.Addresses, answer)
		if err != nil {
			return nil, err
		}
		return id, id.save(o.Dir)
	}
	return nil, errors.Join(errs...)
}

// call runs one call on a connection of its own.
func call(ctx context.Context, c *connection, do func(context.Context, wirepb.AgentsClient) (*wirepb.EnrollResponse, error)) (*wirepb.EnrollResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, enrollTime)
	defer cancel()
	if err := c.open(); err != nil {
		return nil, err
	}
	answer, err := do(ctx, c.client)
	err = c.explain(err)
	return answer, errors.Join(err, c.close())
}

// renew gets a new certificate with a new key and replaces the identity. When
// the manager takes this machine for a copy of another, the new identity has
// an id of its own.
func (s *Shipper) renew(ctx context.Context, address string) error {
	old := s.identity.Load()
	key, err := wire.NewKey()
	if err != nil {
		return err
	}
	csr, err := wire.NewRequest(key)
	if err != nil {
		return err
	}
	h := s.opts.Host
	request := &wirepb.RenewRequest{CertificateRequest: csr, MachineId: h.MachineID, BootId: h.BootID, HostName: h.Name, Instance: s.instance}
	answer, err := call(ctx, newConnection(address, old.tls(s.opts.Now), s.opts.Dial),
		func(ctx context.Context, a wirepb.AgentsClient) (*wirepb.EnrollResponse, error) {
			return a.Renew(ctx, request)
		})
	if err != nil {
		return fmt.Errorf("renew certificate: %w", err)
	}
	id, err := newIdentity(key, old.Addresses, answer)
	if err != nil {
		return err
	}
	if err := id.save(s.opts.Dir); err != nil {
		return err
	}
	s.identity.Store(id)
	if id.Agent != old.Agent {
		s.opts.Logger.Warn("this machine is a copy of another and is now a host of its own", "agent", id.Agent, "copy_of", old.Agent)
	}
	s.docs.adopt(id)
	s.opts.Logger.Info("certificate renewed", "agent", id.Agent, "not_after", id.Chain[0].NotAfter)
	return nil
}
