package enroll

import (
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// hosts is a fleet in memory.
type hosts struct {
	mu    sync.Mutex
	group map[string]string
	fail  error
}

func (h *hosts) Enrolled(_ context.Context, id, _, group string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail == nil {
		h.group[id] = group
	}
	return h.fail
}

func (h *hosts) Groups(context.Context) ([]api.Group, error) {
	return []api.Group{{Name: "default"}, {Name: "servers"}}, nil
}

type fixture struct {
	*Service
	*clock
	hosts *hosts
	db    *state.DB
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	f := &fixture{clock: newClock(), hosts: &hosts{group: map[string]string{}}, db: db}
	f.Service = New(Options{
		DB: db, CA: openCA(t, t.TempDir(), f.clock), Hosts: f.hosts, Now: f.now, Addresses: func() []string { return []string{"127.0.0.1:8444"} },
	})
	return f
}

func (f *fixture) token(t *testing.T, in api.NewToken) api.CreatedToken {
	t.Helper()
	c, err := f.CreateToken(t.Context(), in, "anna")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func csr(t *testing.T) []byte {
	t.Helper()
	k, err := wire.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	b, err := wire.NewRequest(k)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (f *fixture) enroll(t *testing.T, token, machine string) (string, []*x509.Certificate, error) {
	t.Helper()
	a, err := f.Enroll(t.Context(), &wirepb.EnrollRequest{Token: token, CertificateRequest: csr(t), HostName: "web-1", MachineId: machine}, "10.0.0.1")
	return a.GetAgentId(), parse(t, a.GetCertificates()), err
}

func (f *fixture) must(t *testing.T, machine string) (string, []*x509.Certificate) {
	t.Helper()
	id, chain, err := f.enroll(t, f.token(t, api.NewToken{}).Secret, machine)
	if err != nil {
		t.Fatal(err)
	}
	return id, chain
}

func TestTokens(t *testing.T) {
	f := newFixture(t)
	once := f.token(t, api.NewToken{Group: "servers"})
	if once.Token.MaxUses != 1 || once.Token.Expires.Sub(f.at) != time.Hour || !strings.Contains(once.Command, once.Secret) {
		t.Fatalf("made %+v", once)
	}
	id, chain, err := f.enroll(t, once.Secret, "m1")
	if err != nil || f.hosts.group[id] != "servers" {
		t.Fatal(err, f.hosts.group)
	}
	if p, err := f.Identify(t.Context(), chain); err != nil || p.Agent != id {
		t.Fatal(p, err)
	}
	refused := func(what, secret string) {
		t.Helper()
		if _, _, err := f.enroll(t, secret, "m2"); !errors.Is(err, ErrBadToken) || !strings.Contains(err.Error(), "token create") {
			t.Fatalf("%s: %v", what, err)
		}
	}
	refused("used up", once.Secret)
	three := f.token(t, api.NewToken{MaxUses: 3, Expire: "30m"})
	for range 3 {
		if _, _, err := f.enroll(t, three.Secret, ""); err != nil {
			t.Fatal(err)
		}
	}
	refused("used three times", three.Secret)
	revoked := f.token(t, api.NewToken{})
	if err := f.RevokeToken(t.Context(), revoked.Token.ID); err != nil {
		t.Fatal(err)
	}
	refused("revoked", revoked.Secret)
	if err := f.RevokeToken(t.Context(), "nope"); !errors.Is(err, state.ErrNotFound) {
		t.Fatal(err)
	}
	late := f.token(t, api.NewToken{})
	f.at = f.at.Add(time.Hour)
	refused("expired", late.Secret)
	guess := wire.Token{Addresses: []string{"a:1"}}
	refused("guessed", guess.String())

	list, err := f.Tokens(t.Context())
	if err != nil || len(list) != 4 || list[0].By != "anna" {
		t.Fatal(list, err)
	}
	var secrets int
	if err := f.db.Read(t.Context(), func(tx *sql.Tx) error {
		p, err := wire.ParseToken(late.Secret)
		if err != nil {
			return err
		}
		return tx.QueryRow(`SELECT COUNT(*) FROM enroll_tokens WHERE secret LIKE '%' || $1 || '%'`, string(p.Secret[:])).Scan(&secrets)
	}); err != nil || secrets != 0 {
		t.Fatalf("%d secrets in the database, %v", secrets, err)
	}
	for _, bad := range []string{"x", "1s", "-1h", "9999h"} {
		var field *api.FieldError
		if _, err := f.CreateToken(t.Context(), api.NewToken{Expire: bad}, "a"); !errors.As(err, &field) || field.Field != "body.expire" {
			t.Errorf("expire %q: %v", bad, err)
		}
	}
}

// A token that is good once lets one of many in, whatever they do at once.
func TestTokenRace(t *testing.T) {
	f := newFixture(t)
	secret := f.token(t, api.NewToken{}).Secret
	requests := make([][]byte, 8)
	for i := range requests {
		requests[i] = csr(t)
	}
	got := make(chan error, len(requests))
	for _, r := range requests {
		go func() {
			_, err := f.Enroll(t.Context(), &wirepb.EnrollRequest{Token: secret, CertificateRequest: r}, "")
			got <- err
		}()
	}
	in := 0
	for range requests {
		if err := <-got; err == nil {
			in++
		} else if !errors.Is(err, ErrBadToken) {
			t.Error(err)
		}
	}
	if in != 1 {
		t.Fatalf("%d came in", in)
	}
}

func TestBadRequestUsesNoToken(t *testing.T) {
	f := newFixture(t)
	secret := f.token(t, api.NewToken{}).Secret
	if _, err := f.Enroll(t.Context(), &wirepb.EnrollRequest{Token: secret, CertificateRequest: []byte("x")}, ""); !errors.Is(err, ErrBadRequest) {
		t.Fatal(err)
	}
	if _, _, err := f.enroll(t, secret, ""); err != nil {
		t.Fatal(err)
	}
}

// The same machine id with another key is a separate host, shown as a twin.
func TestGT3_ReEnrolmentIsANewHost(t *testing.T) {
	f := newFixture(t)
	first, chain := f.must(t, "machine")
	second, _ := f.must(t, "machine")
	third, _ := f.must(t, "another")
	if first == second || len(f.hosts.group) != 3 {
		t.Fatalf("hosts %v", f.hosts.group)
	}
	for id, twin := range map[string]string{first: "", second: first, third: ""} {
		if e, err := f.Enrolment(t.Context(), id); err != nil || e.Twin != twin {
			t.Errorf("%s is twin of %q, want %q (%v)", id, e.Twin, twin, err)
		}
	}
	if _, err := f.Identify(t.Context(), chain); err != nil {
		t.Fatalf("the first host was thrown out: %v", err)
	}
}

func (f *fixture) renew(t *testing.T, chain []*x509.Certificate) (string, []*x509.Certificate) {
	t.Helper()
	p, err := f.Identify(t.Context(), chain)
	split := errors.Is(err, ErrSuperseded)
	if err != nil && !split {
		t.Fatal(err)
	}
	a, err := f.Renew(t.Context(), p, &wirepb.RenewRequest{CertificateRequest: csr(t), HostName: "web-1", MachineId: "m"}, "10.0.0.2", split)
	if err != nil {
		t.Fatal(err)
	}
	return a.GetAgentId(), parse(t, a.GetCertificates())
}

func TestRenewal(t *testing.T) {
	f := newFixture(t)
	id, old := f.must(t, "m")
	f.at = f.at.Add(60 * 24 * time.Hour)
	_, fresh := f.renew(t, old)
	// the answer may have been lost: the old certificate still works
	if p, err := f.Identify(t.Context(), old); err != nil || p.Agent != id {
		t.Fatal(err)
	}
	p, err := f.Identify(t.Context(), fresh)
	if err != nil || p.Agent != id {
		t.Fatal(p, err)
	}
	if err := f.Opened(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	// now the old one is a copy
	if _, err := f.Identify(t.Context(), old); !errors.Is(err, ErrSuperseded) {
		t.Fatal(err)
	}
	// and becomes a host of its own, in the same group, at once
	copied, its := f.renew(t, old)
	if copied == id {
		t.Fatal("a copy took the place of the original")
	}
	if e, err := f.Enrolment(t.Context(), copied); err != nil || e.Twin != id {
		t.Fatal(e, err)
	}
	if p, err := f.Identify(t.Context(), its); err != nil || p.Agent != copied {
		t.Fatal(p, err)
	}
	if p, err := f.Identify(t.Context(), fresh); err != nil || p.Agent != id {
		t.Fatal("the original was thrown out", err)
	}
}

// A host that was off for a year comes back by itself.
func TestExpiredCertificateCanBeRenewed(t *testing.T) {
	f := newFixture(t)
	id, old := f.must(t, "m")
	f.at = f.at.Add(400 * 24 * time.Hour)
	p, err := f.Identify(t.Context(), old)
	if err != nil || !p.Expired {
		t.Fatal(p, err)
	}
	same, fresh := f.renew(t, old)
	if p, err := f.Identify(t.Context(), fresh); same != id || err != nil || p.Expired {
		t.Fatal(same, p, err)
	}
}

func TestDeletedHostIsRefused(t *testing.T) {
	f := newFixture(t)
	id, chain := f.must(t, "m")
	if err := f.Revoke(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Identify(t.Context(), chain); !errors.Is(err, ErrRevoked) || !strings.Contains(err.Error(), "new token") {
		t.Fatal(err)
	}
	if again, chain := f.must(t, "m"); again == id {
		t.Fatal("the old id came back")
	} else if _, err := f.Identify(t.Context(), chain); err != nil {
		t.Fatal(err)
	}
}

// After the database was restored from a backup, what came in since still
// works: a newer certificate of a known host, and a host that it never saw.
func TestRestoredDatabase(t *testing.T) {
	f := newFixture(t)
	id, old := f.must(t, "m")
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := f.db.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	f.at = f.at.Add(60 * 24 * time.Hour)
	_, fresh := f.renew(t, old)
	later, its := f.must(t, "n")
	db, err := state.Open(t.Context(), backup)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	o := f.Options
	o.DB = db
	restored := &fixture{Service: New(o), clock: f.clock, hosts: f.hosts, db: db}
	for want, chain := range map[string][]*x509.Certificate{id: fresh, later: its} {
		if p, err := restored.Identify(t.Context(), chain); err != nil || p.Agent != want {
			t.Fatalf("%s: %v, %v", want, p, err)
		}
		if got, _ := restored.renew(t, chain); got != want {
			t.Fatalf("renewal of %s gave %s", want, got)
		}
	}
}

func TestUnknownGroupGivesNoCertificate(t *testing.T) {
	f := newFixture(t)
	var field *api.FieldError
	if _, err := f.CreateToken(t.Context(), api.NewToken{Group: "x"}, "a"); !errors.As(err, &field) || field.Field != "body.group" {
		t.Fatalf("a token for no group: %v", err)
	}
	secret := f.token(t, api.NewToken{Group: "servers"}).Secret
	f.hosts.fail = errors.New("group servers does not exist") // deleted since
	if _, _, err := f.enroll(t, secret, "m"); err == nil {
		t.Fatal("enrolled")
	}
}
