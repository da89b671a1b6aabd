package enroll

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/wire"
)

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func openCA(t testing.TB, dir string, c *clock) *CA {
	t.Helper()
	ca, err := OpenCA(CAOptions{Dir: dir, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func newClock() *clock { return &clock{time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)} }

func issue(t testing.TB, ca *CA, id string) (chain []*x509.Certificate, key *ecdsa.PrivateKey) {
	t.Helper()
	key, err := wire.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	ders, _, err := ca.IssueAgent(id, &key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, ders), key
}

func parse(t testing.TB, ders [][]byte) (out []*x509.Certificate) {
	t.Helper()
	for _, der := range ders {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

func TestFirstStartMakesPrivateKeys(t *testing.T) {
	c, dir := newClock(), filepath.Join(t.TempDir(), "ca")
	ca := openCA(t, dir, c)
	if _, err := ca.Server("people", []string{"localhost"}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4 { // root, issuing, signing, server
		t.Fatalf("%v, %v", entries, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v (%v)", e.Name(), info.Mode(), err)
		}
	}
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("folder has mode %v (%v)", st.Mode(), err)
	}
}

func TestRestartKeepsEverything(t *testing.T) {
	c, dir := newClock(), t.TempDir()
	ca := openCA(t, dir, c)
	chain, _ := issue(t, ca, "aaaaaaaaaaaa")
	server, err := ca.Server("people", []string{"localhost", "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	again := openCA(t, dir, c)
	if again.Fingerprint() != ca.Fingerprint() || string(again.SigningKey()) != string(ca.SigningKey()) {
		t.Fatal("another authority after a restart")
	}
	if id, expired, err := again.VerifyAgent(chain); id != "aaaaaaaaaaaa" || expired || err != nil {
		t.Fatal(id, expired, err)
	}
	same, err := again.Server("people", []string{"127.0.0.1", "localhost"})
	if err != nil || !same.Leaf.Equal(server.Leaf) {
		t.Fatal("another server certificate after a restart", err)
	}
	other, err := again.Server("people", []string{"localhost", "edr.example.org"})
	if err != nil || other.Leaf.Equal(server.Leaf) || other.Leaf.VerifyHostname("edr.example.org") != nil {
		t.Fatal("names changed and the certificate did not", err)
	}
}

func TestDamagedOrOpenKeysSayWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(path string) error
		says string
	}{
		"damaged": {func(p string) error { return os.WriteFile(p, []byte("rubbish"), 0o600) }, "restore it from a backup"},
		"empty":   {func(p string) error { return os.WriteFile(p, nil, 0o600) }, "restore it from a backup"},
		"open":    {func(p string) error { return os.Chmod(p, 0o644) }, "chmod 600"},
	} {
		for _, kind := range []string{"root-*", "issuing-*", "signing"} {
			t.Run(name+" "+kind, func(t *testing.T) {
				dir := t.TempDir()
				openCA(t, dir, newClock())
				paths, err := filepath.Glob(filepath.Join(dir, kind+".pem"))
				if err != nil || len(paths) != 1 {
					t.Fatal(paths, err)
				}
				if err := c.do(paths[0]); err != nil {
					t.Fatal(err)
				}
				_, err = OpenCA(CAOptions{Dir: dir})
				if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), paths[0]) {
					t.Fatalf("got %v", err)
				}
			})
		}
	}
}

// pool is what an agent trusts.
func pool(ders [][]byte) *x509.CertPool {
	p := x509.NewCertPool()
	for _, der := range ders {
		if c, err := x509.ParseCertificate(der); err == nil {
			p.AddCert(c)
		}
	}
	return p
}

// Over 25 years no agent that renews in time, or even only once a year, is
// ever locked out, and nor is a manager: roots overlap.
func TestRolloverLocksNobodyOut(t *testing.T) {
	c, dir := newClock(), t.TempDir()
	ca := openCA(t, dir, c)
	trusted := ca.Roots()
	chain, _ := issue(t, ca, "aaaaaaaaaaaa")
	firstPin, pins := ca.Fingerprint(), map[[32]byte]bool{}
	for month := range 25 * 12 {
		c.at = c.at.Add(30 * 24 * time.Hour)
		if month%7 == 0 {
			ca = openCA(t, dir, c)
		}
		if err := ca.Maintain(); err != nil {
			t.Fatal(err)
		}
		pins[ca.Fingerprint()] = true
		server, err := ca.Server("agents", []string{wire.ManagerName})
		if err != nil {
			t.Fatal(err)
		}
		between := x509.NewCertPool()
		for _, x := range parse(t, server.Certificate)[1:] {
			between.AddCert(x)
		}
		if _, err := server.Leaf.Verify(x509.VerifyOptions{Roots: pool(trusted), Intermediates: between, CurrentTime: c.at, DNSName: wire.ManagerName}); err != nil {
			t.Fatalf("month %d: the agent refuses the manager: %v", month, err)
		}
		if id, _, err := ca.VerifyAgent(chain); err != nil || id != "aaaaaaaaaaaa" {
			t.Fatalf("month %d: the manager refuses the agent: %v", month, err)
		}
		if month%11 == 0 { // renewed, and told of new roots, less than once a year
			trusted = ca.Roots()
			chain, _ = issue(t, ca, "aaaaaaaaaaaa")
		}
	}
	if len(pins) < 3 || pins[firstPin] != true {
		t.Fatalf("%d roots were in use over 25 years", len(pins))
	}
}

func TestVerifyAgent(t *testing.T) {
	c := newClock()
	ca := openCA(t, t.TempDir(), c)
	chain, _ := issue(t, ca, "aaaaaaaaaaaa")
	if _, _, err := ca.VerifyAgent(nil); !errors.Is(err, ErrNoCertificate) {
		t.Fatal(err)
	}
	foreign, _ := issue(t, openCA(t, t.TempDir(), c), "aaaaaaaaaaaa")
	if _, _, err := ca.VerifyAgent(foreign); !errors.Is(err, ErrForeignCertificate) {
		t.Fatal(err)
	}
	server, err := ca.Server("agents", []string{wire.ManagerName})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ca.VerifyAgent(parse(t, server.Certificate)); err == nil {
		t.Fatal("a server's certificate is an agent's")
	}
	if _, _, err := ca.VerifyAgent(chain[1:]); err == nil {
		t.Fatal("an authority's certificate is an agent's")
	}
	c.at = chain[0].NotAfter.Add(time.Hour)
	if id, expired, err := ca.VerifyAgent(chain); id != "aaaaaaaaaaaa" || !expired || err != nil {
		t.Fatal(id, expired, err)
	}
	if _, _, err := ca.IssueAgent("../x", nil); err == nil {
		t.Fatal("issued to a wrong id")
	}
}

// A browser or an agent that trusts the root reaches both ports by name and by
// address; TLS below 1.3 is refused to agents.
func TestServersOverTLS(t *testing.T) {
	ca, err := OpenCA(CAOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		server *tls.Config
		name   string
		most   uint16
		works  bool
	}{
		"people by name":    {ca.PeopleTLS([]string{"localhost", "127.0.0.1"}), "localhost", 0, true},
		"people by address": {ca.PeopleTLS([]string{"localhost", "127.0.0.1"}), "127.0.0.1", 0, true},
		"people, other":     {ca.PeopleTLS([]string{"localhost"}), "example.org", 0, false},
		"agents":            {ca.AgentTLS([]string{"127.0.0.1"}), wire.ManagerName, 0, true},
		"agents, TLS 1.2":   {ca.AgentTLS([]string{"127.0.0.1"}), wire.ManagerName, tls.VersionTLS12, false},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := net.Pipe()
			server := tls.Server(a, c.server)
			served := make(chan error, 1)
			go func() { served <- server.HandshakeContext(t.Context()); _ = a.Close() }()
			client := tls.Client(b, &tls.Config{RootCAs: pool(ca.Roots()), ServerName: c.name, MaxVersion: c.most, NextProtos: []string{"h2"}})
			err := client.HandshakeContext(t.Context())
			_ = b.Close()
			if <-served; (err == nil) != c.works {
				t.Fatalf("got %v", err)
			}
		})
	}
}
