package wire

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// ManagerName is the name that the certificate of the agents' port carries
// beside those of its machine. Agents ask for this one, so that a manager may
// move to another address or name.
const ManagerName = "manager.vedette.internal"

// agentScheme and agentPrefix make the URI of an agent: vedette:agent:ID.
const (
	agentScheme = "vedette"
	agentPrefix = "agent:"
)

// maxRequest is the largest certificate request that is parsed, bytes.
const maxRequest = 8 << 10

// ErrNoAgent is returned for a certificate that names no agent.
var ErrNoAgent = errors.New("certificate names no agent")

// CheckAgentID returns what is wrong with id as the id of an agent.
func CheckAgentID(id string) error {
	if len(id) < 8 || len(id) > 40 || strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
		return fmt.Errorf("agent id %.64q: want 8 to 40 lower-case letters and digits", id)
	}
	return nil
}

// AgentURI returns the subject alternative name of an agent's certificate.
func AgentURI(id string) *url.URL { return &url.URL{Scheme: agentScheme, Opaque: agentPrefix + id} }

// AgentID returns the id of the agent that c was issued to.
func AgentID(c *x509.Certificate) (string, error) {
	if len(c.URIs) != 1 || c.URIs[0].Scheme != agentScheme {
		return "", ErrNoAgent
	}
	id, ok := strings.CutPrefix(c.URIs[0].Opaque, agentPrefix)
	if !ok || c.IsCA {
		return "", ErrNoAgent
	}
	return id, CheckAgentID(id)
}

// Fingerprint returns the SHA-256 of a certificate or key in DER.
func Fingerprint(der []byte) [FingerprintSize]byte { return sha256.Sum256(der) }

// KeyFingerprint returns the fingerprint of a public key as hexadecimal text.
func KeyFingerprint(key crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("fingerprint key: %w", err)
	}
	sum := Fingerprint(der)
	return hex.EncodeToString(sum[:]), nil
}

// NewKey makes a private key for TLS.
func NewKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// NewRequest returns a certificate request for key in DER. It names nobody:
// the manager decides who the holder of the key is.
func NewRequest(key crypto.Signer) ([]byte, error) {
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "vedette agent"}}, key)
	if err != nil {
		return nil, fmt.Errorf("make certificate request: %w", err)
	}
	return der, nil
}

// ParseRequest returns the key that a certificate request proves to hold.
func ParseRequest(der []byte) (*ecdsa.PublicKey, error) {
	if len(der) > maxRequest {
		return nil, fmt.Errorf("certificate request of %d bytes: more than %d", len(der), maxRequest)
	}
	r, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("parse certificate request: %w", err)
	}
	if err := r.CheckSignature(); err != nil {
		return nil, fmt.Errorf("check certificate request: %w", err)
	}
	key, ok := r.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("certificate request with a key of type %s: want ECDSA P-256", r.PublicKeyAlgorithm)
	}
	return key, nil
}

// ClientTLS returns the configuration of an agent that has a certificate.
// certificate is asked at each connection, so that it can be renewed.
func ClientTLS(roots *x509.CertPool, certificate func() (*tls.Certificate, error), now func() time.Time) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: ManagerName, RootCAs: roots, Time: now,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate() },
	}
}

// PinnedTLS returns the configuration of an agent that knows of the manager
// only the fingerprint of its root certificate, which the manager must send.
func PinnedTLS(fingerprint [FingerprintSize]byte, now func() time.Time) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: ManagerName, Time: now,
		InsecureSkipVerify: true, // VerifyConnection verifies, from the pinned root
		VerifyConnection: func(c tls.ConnectionState) error {
			return verifyPinned(c.PeerCertificates, fingerprint, now())
		},
	}
}

// ErrWrongManager is returned when the other side is not the manager that an
// agent knows.
var ErrWrongManager = errors.New("the server is not the manager of the token: check the address, or make a new token on that manager")

func verifyPinned(chain []*x509.Certificate, fingerprint [FingerprintSize]byte, now time.Time) error {
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	found := false
	for _, c := range chain {
		if Fingerprint(c.Raw) == fingerprint && c.IsCA {
			roots.AddCert(c)
			found = true
			continue
		}
		between.AddCert(c)
	}
	if !found || len(chain) == 0 {
		return ErrWrongManager
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, DNSName: ManagerName, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWrongManager, err)
	}
	return nil
}
