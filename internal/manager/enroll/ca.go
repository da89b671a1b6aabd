package enroll

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// CA is the manager's own certificate authority. It is safe for concurrent use.
type CA struct {
	dir string
	now func() time.Time
	log *slog.Logger

	mu      sync.Mutex
	roots   []*authority // guarded by mu; the one that ends first stands first
	issuing []*authority // guarded by mu; likewise
	signer  ed25519.PrivateKey
	servers map[string]*tls.Certificate // guarded by mu, by use
}

// CAOptions configure a CA.
type CAOptions struct {
	Dir    string // keys and certificates; made with mode 0700
	Now    func() time.Time
	Logger *slog.Logger
}

// OpenCA loads the authority from its folder and makes it at the first start.
func OpenCA(o CAOptions) (*CA, error) {
	c := &CA{dir: o.Dir, now: o.Now, log: o.Logger, servers: map[string]*tls.Certificate{}}
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open certificate authority: %w", err)
	}
	var err error
	if c.roots, err = loadAuthorities(o.Dir, "root"); err != nil {
		return nil, fmt.Errorf("open certificate authority: %w", err)
	}
	if c.issuing, err = loadAuthorities(o.Dir, "issuing"); err != nil {
		return nil, fmt.Errorf("open certificate authority: %w", err)
	}
	if c.signer, err = loadSigner(o.Dir); err != nil {
		return nil, fmt.Errorf("open certificate authority: %w", err)
	}
	return c, c.Maintain()
}

// Maintain makes the next root and issuing certificate when the time has
// come, and forgets those that have ended. Issuing calls it, too.
func (c *CA) Maintain() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.maintain()
}

func (c *CA) maintain() error {
	now := c.now()
	ended := func(a *authority) bool { return a.left(now) <= 0 }
	c.roots = slices.DeleteFunc(c.roots, ended)
	c.issuing = slices.DeleteFunc(c.issuing, ended)
	if n := len(c.roots); n == 0 || c.roots[n-1].left(now) < 2*rootOverlap {
		root, err := newAuthority("Vedette root "+now.UTC().Format("2006-01-02"), now, rootLife, nil)
		if err == nil {
			err = root.save(c.dir, "root")
		}
		if err != nil {
			return fmt.Errorf("make root certificate: %w", err)
		}
		c.roots = append(c.roots, root)
		c.log.Info("made root certificate", "not_after", root.cert.NotAfter)
	}
	root := c.root(now)
	if c.issuer(now) == nil {
		issuing, err := newAuthority("Vedette issuing "+now.UTC().Format("2006-01-02"), now, issuingLife, root)
		if err == nil {
			err = issuing.save(c.dir, "issuing")
		}
		if err != nil {
			return fmt.Errorf("make issuing certificate: %w", err)
		}
		c.issuing = append(c.issuing, issuing)
		c.log.Info("made issuing certificate", "not_after", issuing.cert.NotAfter)
	}
	return nil
}

// root returns what new issuing certificates stand under: the oldest root that
// is good for long enough, so that a new one is known to all before it is used.
func (c *CA) root(now time.Time) *authority {
	for _, r := range c.roots {
		if r.left(now) > rootOverlap {
			return r
		}
	}
	return c.roots[len(c.roots)-1]
}

// issuer returns what signs certificates of agents and servers, nil when a
// new one is due.
func (c *CA) issuer(now time.Time) *authority {
	root := c.root(now)
	for _, a := range slices.Backward(c.issuing) {
		if a.left(now) > issuingLeft && !a.cert.NotBefore.After(now) && a.cert.CheckSignatureFrom(root.cert) == nil {
			return a
		}
	}
	return nil
}

// chain returns what stands above a certificate of issuer, in DER.
func (c *CA) chain(issuer *authority) [][]byte {
	out := [][]byte{issuer.cert.Raw}
	for _, r := range c.roots {
		if issuer.cert.CheckSignatureFrom(r.cert) == nil {
			out = append(out, r.cert.Raw)
		}
	}
	return out
}

// Fingerprint returns the fingerprint of the root that servers send now; it is
// what tokens carry.
func (c *CA) Fingerprint() [wire.FingerprintSize]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return wire.Fingerprint(c.root(c.now()).cert.Raw)
}

// Roots returns all root certificates that agents and browsers may trust, DER.
func (c *CA) Roots() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out [][]byte
	for _, r := range c.roots {
		out = append(out, r.cert.Raw)
	}
	return out
}

// IssueAgent returns a certificate chain, DER, that says that the holder of
// key is the agent with the id, and when it ends.
func (c *CA) IssueAgent(id string, key *ecdsa.PublicKey) ([][]byte, time.Time, error) {
	if err := wire.CheckAgentID(id); err != nil {
		return nil, time.Time{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.maintain(); err != nil {
		return nil, time.Time{}, err
	}
	now := c.now()
	t, err := template("agent "+id, now, agentLife)
	if err != nil {
		return nil, time.Time{}, err
	}
	t.URIs = []*url.URL{wire.AgentURI(id)}
	t.KeyUsage, t.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	issuer := c.issuer(now)
	der, err := issuer.sign(t, key)
	if err != nil {
		return nil, time.Time{}, err
	}
	return append([][]byte{der}, c.chain(issuer)...), t.NotAfter, nil
}

// VerifyAgent returns whose certificate chain[0] is. expired says that it was
// good but has ended; the caller decides what that is worth.
func (c *CA) VerifyAgent(chain []*x509.Certificate) (id string, expired bool, err error) {
	if len(chain) == 0 {
		return "", false, ErrNoCertificate
	}
	leaf, now := chain[0], c.now()
	if now.After(leaf.NotAfter) {
		now, expired = leaf.NotAfter.Add(-time.Second), true
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	c.mu.Lock()
	for _, r := range c.roots {
		roots.AddCert(r.cert)
	}
	for _, a := range c.issuing {
		between.AddCert(a.cert)
	}
	c.mu.Unlock()
	for _, a := range chain[1:] {
		between.AddCert(a)
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return "", expired, fmt.Errorf("%w: %w", ErrForeignCertificate, err)
	}
	id, err = wire.AgentID(leaf)
	return id, expired, err
}

// Sign signs a document for agents.
func (c *CA) Sign(d *wirepb.Signed) error {
	wire.Sign(c.signer, d)
	return nil
}

// SigningKey returns the public keys that documents are signed with, 32 bytes each.
func (c *CA) SigningKey() []byte {
	return slices.Clone([]byte(c.signer.Public().(ed25519.PublicKey)))
}

// Server returns the certificate of a server that is reached under the given
// names and addresses; use tells the ports' files apart. It is kept on disk so
// that a restart does not change it, and made anew before it ends or when the
// names change.
func (c *CA) Server(use string, names []string) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.maintain(); err != nil {
		return nil, err
	}
	now := c.now()
	issuer := c.issuer(now)
	path := filepath.Join(c.dir, "server-"+use+".pem")
	cert := c.servers[use]
	if cert == nil {
		cert, _ = loadServer(path) // one that cannot be read is made anew
	}
	if cert == nil || cert.Leaf.NotAfter.Sub(now) < serverLeft || cert.Leaf.NotBefore.After(now) || cert.Leaf.CheckSignatureFrom(issuer.cert) != nil || !sameNames(cert.Leaf, names) {
		var err error
		if cert, err = c.newServer(path, names, issuer); err != nil {
			return nil, err
		}
		c.log.Info("made server certificate", "use", use, "names", names, "not_after", cert.Leaf.NotAfter)
	}
	c.servers[use] = cert
	return cert, nil
}

func (c *CA) newServer(path string, names []string, issuer *authority) (*tls.Certificate, error) {
	t, err := template("Vedette manager", c.now(), serverLife)
	if err != nil {
		return nil, err
	}
	t.KeyUsage, t.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	t.DNSNames, t.IPAddresses = altNames(names)
	key, err := wire.NewKey()
	if err != nil {
		return nil, err
	}
	der, err := issuer.sign(t, &key.PublicKey)
	if err != nil {
		return nil, err
	}
	text, err := encode(key, append([][]byte{der}, c.chain(issuer)...)...)
	if err != nil {
		return nil, err
	}
	if err := store(path, text); err != nil {
		return nil, fmt.Errorf("keep server certificate: %w", err)
	}
	return loadServer(path)
}

func loadServer(path string) (*tls.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, certs, err := decode(text)
	if err != nil || len(certs) == 0 {
		return nil, fmt.Errorf("%s: %w", path, errors.Join(err, errDamaged))
	}
	cert := &tls.Certificate{PrivateKey: key, Leaf: certs[0]}
	for _, c := range certs {
		cert.Certificate = append(cert.Certificate, c.Raw)
	}
	return cert, nil
}

func altNames(names []string) (dns []string, ips []net.IP) {
	for _, n := range slices.Sorted(slices.Values(names)) {
		if ip := net.ParseIP(n); ip != nil {
			ips = append(ips, ip)
		} else if n != "" && !slices.Contains(dns, n) {
			dns = append(dns, n)
		}
	}
	return dns, ips
}

func sameNames(c *x509.Certificate, names []string) bool {
	dns, ips := altNames(names)
	return slices.Equal(c.DNSNames, dns) && slices.EqualFunc(c.IPAddresses, ips, net.IP.Equal)
}

// PeopleTLS returns the TLS configuration of the port for people.
func (c *CA) PeopleTLS(names []string) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return c.Server("people", names)
	}}
}

// AgentTLS returns the TLS configuration of the port for agents. Client
// certificates are asked for and not judged here: a caller that enrols has
// none, and one whose certificate has ended gets an answer that says so.
func (c *CA) AgentTLS(names []string) *tls.Config {
	names = append(slices.Clone(names), wire.ManagerName)
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ClientAuth: tls.RequestClientCert, SessionTicketsDisabled: true, NextProtos: []string{"h2"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.Server("agents", names) },
	}
}
