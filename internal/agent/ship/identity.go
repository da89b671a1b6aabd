package ship

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// ErrNotEnrolled is returned where the agent has no identity yet.
var ErrNotEnrolled = errors.New("this host is not enrolled: run `vedette agent enroll --token TOKEN` with a token of the manager")

// identityName is the one file of an identity, so that a renewal replaces key
// and certificate in one step.
const identityName = "identity.json"

// Identity is who an agent is and whom it trusts.
type Identity struct {
	Agent       string
	Addresses   []string // of the manager, host:port
	Key         *ecdsa.PrivateKey
	Chain       []*x509.Certificate // the agent's first
	Authorities []*x509.Certificate
	SigningKeys []ed25519.PublicKey
}

// identityFile is the content of the file.
type identityFile struct {
	Agent       string   `json:"agent"`
	Addresses   []string `json:"addresses"`
	Key         string   `json:"key"`          // PEM
	Chain       string   `json:"certificates"` // PEM
	Authorities string   `json:"authorities"`  // PEM
	SigningKeys []byte   `json:"signing_keys"`
}

// LoadIdentity reads the identity in a folder.
func LoadIdentity(dir string) (*Identity, error) {
	path := filepath.Join(dir, identityName)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNotEnrolled
	}
	if err != nil {
		return nil, fmt.Errorf("read identity: %w", err)
	}
	id, err := parseIdentity(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: enrol this host again", path, err)
	}
	return id, nil
}

func parseIdentity(text []byte) (*Identity, error) {
	var f identityFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	id := &Identity{Agent: f.Agent, Addresses: f.Addresses}
	if err := errors.Join(wire.CheckAgentID(f.Agent), wire.CheckAddresses(f.Addresses)); err != nil {
		return nil, err
	}
	b, _ := pem.Decode([]byte(f.Key))
	if b == nil {
		return nil, errors.New("no key in it")
	}
	key, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	var ok bool
	if id.Key, ok = key.(*ecdsa.PrivateKey); !ok {
		return nil, fmt.Errorf("key is a %T", key)
	}
	if id.Chain, err = parseCertificates(f.Chain); err != nil {
		return nil, err
	}
	if id.Authorities, err = parseCertificates(f.Authorities); err != nil {
		return nil, err
	}
	if id.SigningKeys, err = signingKeys(f.SigningKeys); err != nil {
		return nil, err
	}
	return id, id.check()
}

// check returns what does not fit together.
func (id *Identity) check() error {
	if len(id.Chain) == 0 || len(id.Authorities) == 0 || len(id.SigningKeys) == 0 {
		return errors.New("certificates or keys are missing in it")
	}
	if !id.Key.PublicKey.Equal(id.Chain[0].PublicKey) {
		return errors.New("certificate is not for the key")
	}
	name, err := wire.AgentID(id.Chain[0])
	if err != nil {
		return err
	}
	if name != id.Agent {
		return fmt.Errorf("certificate is of agent %s, not %s", name, id.Agent)
	}
	return nil
}

func parseCertificates(text string) (out []*x509.Certificate, err error) {
	for rest := []byte(text); ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			return out, nil
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		out = append(out, c)
	}
}

func signingKeys(b []byte) (out []ed25519.PublicKey, err error) {
	if len(b) == 0 || len(b)%ed25519.PublicKeySize != 0 {
		return nil, fmt.Errorf("signing keys of %d bytes", len(b))
	}
	for ; len(b) > 0; b = b[ed25519.PublicKeySize:] {
		out = append(out, ed25519.PublicKey(b[:ed25519.PublicKeySize:ed25519.PublicKeySize]))
	}
	return out, nil
}

// newIdentity checks what the manager answered to a request for key.
func newIdentity(key *ecdsa.PrivateKey, addresses []string, r *wirepb.EnrollResponse) (*Identity, error) {
	id := &Identity{Agent: r.GetAgentId(), Addresses: addresses, Key: key}
	var err error
	if id.Chain, err = parseDER(r.GetCertificates()); err == nil {
		id.Authorities, err = parseDER(r.GetAuthorities())
	}
	if err == nil {
		id.SigningKeys, err = signingKeys(r.GetSigningKey())
	}
	if err == nil {
		err = id.check()
	}
	if err != nil {
		return nil, fmt.Errorf("the manager's answer is wrong: %w", err)
	}
	return id, nil
}

func parseDER(list [][]byte) (out []*x509.Certificate, err error) {
	for _, der := range list {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// save replaces the identity in a folder; only its owner can read it.
func (id *Identity) save(dir string) error {
	der, err := x509.MarshalPKCS8PrivateKey(id.Key)
	if err != nil {
		return fmt.Errorf("keep identity: %w", err)
	}
	f := identityFile{
		Agent: id.Agent, Addresses: id.Addresses, Chain: encodeCertificates(id.Chain), Authorities: encodeCertificates(id.Authorities),
		Key: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	}
	for _, k := range id.SigningKeys {
		f.SigningKeys = append(f.SigningKeys, k...)
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("keep identity: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep identity: %w", err)
	}
	return replaceFile(filepath.Join(dir, identityName), text)
}

func encodeCertificates(list []*x509.Certificate) string {
	var out []byte
	for _, c := range list {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return string(out)
}

// replaceFile writes a private file so that it is whole or as before.
func replaceFile(path string, text []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// tls returns the configuration of a connection to the manager.
func (id *Identity) tls(now func() time.Time) *tls.Config {
	roots := x509.NewCertPool()
	for _, c := range id.Authorities {
		roots.AddCert(c)
	}
	cert := &tls.Certificate{PrivateKey: id.Key, Leaf: id.Chain[0]}
	for _, c := range id.Chain {
		cert.Certificate = append(cert.Certificate, c.Raw)
	}
	return wire.ClientTLS(roots, func() (*tls.Certificate, error) { return cert, nil }, now)
}

// renewAt returns when a certificate is due for renewal: after two thirds of
// its life, a little earlier or later for each agent.
func (id *Identity) renewAt() time.Time {
	c := id.Chain[0]
	life := c.NotAfter.Sub(c.NotBefore)
	spread := time.Duration(int64(c.SerialNumber.Bits()[0]%1000)) * (life / 20000) // up to 5 %
	return c.NotBefore.Add(life*2/3 - spread)
}
