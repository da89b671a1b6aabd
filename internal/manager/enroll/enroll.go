// Package enroll decides who is an agent: the manager's certificate authority,
// enrolment tokens, certificates for agents and their renewal, and which
// agents may connect.
//
// Identity is the certificate and nothing else; addresses and host names may
// repeat and change. The rules:
//
//   - A token lets a host in once (or as often as it says) until it expires.
//     Each enrolment gives a new id. A machine that enrols again is a new host
//     beside its old one, and both show that they are twins by machine id, so
//     that nobody takes over the place of another in silence.
//   - A certificate is renewed, with a new key, by the holder of the old one.
//     The old key works until the new one was used; then it is refused. A copy
//     of a machine therefore stops working at the latest when the original
//     renews, and is told to enrol.
//   - A certificate that has ended can still be renewed, but opens no stream;
//     a host that was off for a year comes back without a hand.
//   - A host that was deleted is refused until it enrols again.
//
// A Service is safe for concurrent use and starts no goroutine.
package enroll

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// Why an agent is not let in. The texts go to the agent, so they say what to
// do there, and nothing about other hosts.
var (
	ErrNoCertificate      = errors.New("no client certificate: enrol this host with `vedette agent enroll --token TOKEN`")
	ErrForeignCertificate = errors.New("certificate is not of this manager: enrol this host with a token of this manager")
	ErrExpired            = errors.New("certificate has ended: renew it")
	ErrRevoked            = errors.New("host was deleted on the manager: enrol it again with a new token")
	ErrSuperseded         = errors.New("certificate was renewed by another machine, so this one is a copy: enrol this host with a new token")
	ErrBadToken           = errors.New("token is wrong, used up, expired or revoked: make a new one with `vedette token create`")
	ErrBadRequest         = errors.New("enrolment request is wrong")
)

// Hosts knows the hosts and their groups.
type Hosts interface {
	// Enrolled is told of each new host before it gets its certificate.
	Enrolled(ctx context.Context, id, name, group string) error
	Groups(ctx context.Context) ([]api.Group, error)
}

// Options configure a Service.
type Options struct {
	DB        *state.DB
	CA        *CA
	Hosts     Hosts           // nil while only tokens are made
	Addresses func() []string // host:port where agents find the manager, for tokens
	Now       func() time.Time
	Logger    *slog.Logger
}

// Service enrols agents and knows who may connect.
type Service struct {
	Options
}

// New returns a service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{o}
}

// clip bounds a text of an agent.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	return strings.ToValidUTF8(s[:min(len(s), 255)], "")
}

// newID returns an id that no one can guess or meet again.
func newID() (string, error) {
	b := make([]byte, 10)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(b)), nil
}

// Enroll lets a host in that shows a token.
func (s *Service) Enroll(ctx context.Context, r *wirepb.EnrollRequest, address string) (*wirepb.EnrollResponse, error) {
	key, err := wire.ParseRequest(r.GetCertificateRequest())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadRequest, err)
	}
	t, err := s.useToken(ctx, r.GetToken())
	if err != nil {
		return nil, err
	}
	a := agent{Machine: clip(r.GetMachineId()), Name: clip(r.GetHostName()), Group: t.Group, Token: t.ID, Address: address}
	answer, err := s.admit(ctx, &a, key)
	if err != nil {
		return nil, err
	}
	s.Logger.Info("host enrolled", "agent", a.ID, "host", a.Name, "address", address, "token", t.ID, "twin_of", a.Twin)
	return answer, nil
}

// admit makes a new agent and its certificate.
func (s *Service) admit(ctx context.Context, a *agent, key *ecdsa.PublicKey) (*wirepb.EnrollResponse, error) {
	var err error
	if a.ID, err = newID(); err != nil {
		return nil, err
	}
	if a.Key, err = wire.KeyFingerprint(key); err != nil {
		return nil, err
	}
	chain, expires, err := s.CA.IssueAgent(a.ID, key)
	if err != nil {
		return nil, err
	}
	a.Issued, a.Expires = s.Now(), expires
	if err := s.Hosts.Enrolled(ctx, a.ID, a.Name, a.Group); err != nil {
		return nil, fmt.Errorf("enrol %s: %w", a.Name, err)
	}
	if err := s.DB.Write(ctx, func(tx *sql.Tx) error {
		if a.Twin == "" && a.Machine != "" {
			if a.Twin, err = newestOf(ctx, tx, a.Machine); err != nil {
				return err
			}
		}
		return a.insert(ctx, tx)
	}); err != nil {
		return nil, fmt.Errorf("enrol %s: %w", a.Name, err)
	}
	return s.answer(a.ID, chain), nil
}

func (s *Service) answer(id string, chain [][]byte) *wirepb.EnrollResponse {
	return &wirepb.EnrollResponse{AgentId: id, Certificates: chain, Authorities: s.CA.Roots(), SigningKey: s.CA.SigningKey()}
}

// Peer is an agent that proved who it is.
type Peer struct {
	Agent   string
	Expired bool // the certificate has ended: it is good for a renewal only
	key     string
	issued  time.Time
}

// Identify returns whose the certificates of a connection are, and whether
// that agent may connect. The caller refuses an expired one what it must not
// do. The peer of an ErrSuperseded is known and may be split.
func (s *Service) Identify(ctx context.Context, chain []*x509.Certificate) (Peer, error) {
	id, expired, err := s.CA.VerifyAgent(chain)
	if err != nil {
		return Peer{}, err
	}
	key, err := wire.KeyFingerprint(chain[0].PublicKey)
	if err != nil {
		return Peer{}, err
	}
	p := Peer{Agent: id, Expired: expired, key: key, issued: chain[0].NotBefore.Add(backdate)}
	var a agent
	err = s.DB.Read(ctx, func(tx *sql.Tx) error { return a.load(ctx, tx, id) })
	switch {
	case errors.Is(err, state.ErrNotFound):
		// Enrolled after the backup that this database was restored from.
		return p, nil
	case err != nil:
		return Peer{}, err
	case a.Revoked:
		return Peer{}, ErrRevoked
	case key != a.Key && key != a.KeyBefore && !p.issued.After(a.Issued.Add(time.Second)):
		return p, ErrSuperseded
	}
	return p, nil
}

// Opened notes that an agent uses its certificate for a stream: from now on
// the one before it is refused.
func (s *Service) Opened(ctx context.Context, p Peer) error {
	return s.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE enroll_agents SET key_before = '' WHERE id = $1 AND key_now = $2 AND key_before <> ''`, p.Agent, p.key)
		return err
	})
}

// Renew gives an agent a new certificate. With split the caller is a copy of
// the machine that the certificate was made for, and gets an id of its own.
func (s *Service) Renew(ctx context.Context, p Peer, r *wirepb.RenewRequest, address string, split bool) (*wirepb.EnrollResponse, error) {
	key, err := wire.ParseRequest(r.GetCertificateRequest())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadRequest, err)
	}
	var old agent
	err = s.DB.Read(ctx, func(tx *sql.Tx) error { return old.load(ctx, tx, p.Agent) })
	known := err == nil
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return nil, err
	}
	if split {
		a := agent{Machine: clip(r.GetMachineId()), Name: clip(r.GetHostName()), Group: old.Group, Twin: p.Agent, Address: address}
		answer, err := s.admit(ctx, &a, key)
		if err == nil {
			s.Logger.Warn("copy of a host became a host of its own", "agent", a.ID, "copy_of", p.Agent, "address", address)
		}
		return answer, err
	}
	chain, expires, err := s.CA.IssueAgent(p.Agent, key)
	if err != nil {
		return nil, err
	}
	print, err := wire.KeyFingerprint(key)
	if err != nil {
		return nil, err
	}
	a := old
	a.ID, a.Key, a.KeyBefore, a.Issued, a.Expires = p.Agent, print, p.key, s.Now(), expires
	if !known {
		a.Machine, a.Name, a.Address = clip(r.GetMachineId()), clip(r.GetHostName()), address
	}
	if err := s.DB.Write(ctx, func(tx *sql.Tx) error { return a.insert(ctx, tx) }); err != nil {
		return nil, fmt.Errorf("renew certificate of %s: %w", p.Agent, err)
	}
	s.Logger.Info("certificate renewed", "agent", p.Agent, "not_after", expires, "was_expired", p.Expired)
	return s.answer(p.Agent, chain), nil
}

// Revoke refuses an agent from now on; its open stream is the caller's to end.
func (s *Service) Revoke(ctx context.Context, id string) error {
	return s.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE enroll_agents SET revoked = 1 WHERE id = $1`, id)
		if err != nil {
			return fmt.Errorf("revoke %s: %w", id, err)
		}
		return nil
	})
}
