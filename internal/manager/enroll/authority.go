package enroll

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/wire"
)

// How long things are good. A root is announced to agents rootOverlap before
// the first certificate is issued under it, and is then trusted for as long
// beside the old one; agents renew much more often.
const (
	rootLife    = 10 * 365 * 24 * time.Hour
	rootOverlap = 365 * 24 * time.Hour
	issuingLife = 2 * 365 * 24 * time.Hour
	issuingLeft = 180 * 24 * time.Hour // with less left a new one is made
	agentLife   = 90 * 24 * time.Hour
	serverLife  = 90 * 24 * time.Hour
	serverLeft  = 30 * 24 * time.Hour
	backdate    = time.Hour // for clocks that are behind
)

// authority is a certificate that signs others, and its key.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// template returns what all certificates share.
func template(name string, now time.Time, life time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)), Subject: pkix.Name{CommonName: name, Organization: []string{"Vedette"}},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(life), BasicConstraintsValid: true,
	}, nil
}

// newAuthority makes an authority under parent, or a root when parent is nil.
func newAuthority(name string, now time.Time, life time.Duration, parent *authority) (*authority, error) {
	t, err := template(name, now, life)
	if err != nil {
		return nil, err
	}
	t.IsCA, t.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	t.MaxPathLen = 1
	key, err := wire.NewKey()
	if err != nil {
		return nil, err
	}
	signer := &authority{t, key}
	if parent != nil {
		signer = parent
		t.MaxPathLen, t.MaxPathLenZero = 0, true
		if t.NotAfter.After(parent.cert.NotAfter) {
			t.NotAfter = parent.cert.NotAfter
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, signer.cert, &key.PublicKey, signer.key)
	if err != nil {
		return nil, fmt.Errorf("make certificate %s: %w", name, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{cert, key}, nil
}

// sign issues a certificate from t for key.
func (a *authority) sign(t *x509.Certificate, key *ecdsa.PublicKey) ([]byte, error) {
	if t.NotAfter.After(a.cert.NotAfter) {
		t.NotAfter = a.cert.NotAfter
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key, a.key)
	if err != nil {
		return nil, fmt.Errorf("issue certificate for %s: %w", t.Subject.CommonName, err)
	}
	return der, nil
}

func (a *authority) left(now time.Time) time.Duration { return a.cert.NotAfter.Sub(now) }

// encode returns key and certificates as PEM, the key first.
func encode(key any, certs ...[]byte) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	out := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c})...)
	}
	return out, nil
}

// decode reads what encode wrote.
func decode(text []byte) (key any, certs []*x509.Certificate, err error) {
	for len(text) > 0 {
		var b *pem.Block
		if b, text = pem.Decode(text); b == nil {
			break
		}
		switch b.Type {
		case "PRIVATE KEY":
			if key, err = x509.ParsePKCS8PrivateKey(b.Bytes); err != nil {
				return nil, nil, err
			}
		case "CERTIFICATE":
			c, err := x509.ParseCertificate(b.Bytes)
			if err != nil {
				return nil, nil, err
			}
			certs = append(certs, c)
		}
	}
	if key == nil {
		return nil, nil, errors.New("no private key in it")
	}
	return key, certs, nil
}

// loadAuthorities reads all files DIR/KIND-*.pem, the oldest first.
func loadAuthorities(dir, kind string) ([]*authority, error) {
	paths, err := filepath.Glob(filepath.Join(dir, kind+"-*.pem"))
	if err != nil {
		return nil, err
	}
	var out []*authority
	for _, p := range paths {
		if err := private(p); err != nil {
			return nil, err
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		k, certs, err := decode(text)
		key, ok := k.(*ecdsa.PrivateKey)
		if err != nil || !ok || len(certs) != 1 || !certs[0].IsCA || !key.PublicKey.Equal(certs[0].PublicKey) {
			return nil, fmt.Errorf("%s: not an authority of this manager (%w): restore it from a backup", p, errors.Join(err, errDamaged))
		}
		out = append(out, &authority{certs[0], key})
	}
	slices.SortFunc(out, func(a, b *authority) int { return a.cert.NotAfter.Compare(b.cert.NotAfter) })
	return out, nil
}

var errDamaged = errors.New("damaged file")

// private refuses a key that others can read.
func private(path string) error {
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	if st.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s: mode %04o lets others read a private key: run chmod 600 on it", path, st.Mode().Perm())
	}
	return nil
}

// store writes a file with a private key so that it is whole or not there.
func store(path string, text []byte) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// save keeps a under DIR/KIND-SERIAL.pem.
func (a *authority) save(dir, kind string) error {
	text, err := encode(a.key, a.cert.Raw)
	if err != nil {
		return err
	}
	return store(filepath.Join(dir, kind+"-"+strings.ToLower(a.cert.SerialNumber.Text(16))+".pem"), text)
}

// loadSigner reads the key that signs documents, and makes it when there is none.
func loadSigner(dir string) (ed25519.PrivateKey, error) {
	path := filepath.Join(dir, "signing.pem")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		if text, err = encode(key); err != nil {
			return nil, err
		}
		return key, store(path, text)
	}
	if err != nil {
		return nil, err
	}
	if err := private(path); err != nil {
		return nil, err
	}
	k, _, err := decode(text)
	key, ok := k.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s: not a signing key (%w): restore it from a backup", path, errors.Join(err, errDamaged))
	}
	return key, nil
}
