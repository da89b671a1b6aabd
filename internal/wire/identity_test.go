package wire

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestAgentURI(t *testing.T) {
	uri := func(s string) *url.URL {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	id, err := AgentID(&x509.Certificate{URIs: []*url.URL{uri(AgentURI(agent).String())}})
	if err != nil || id != agent {
		t.Fatalf("got %q, %v", id, err)
	}
	for name, c := range map[string]*x509.Certificate{
		"none":         {},
		"other scheme": {URIs: []*url.URL{uri("https:agent:" + agent)}},
		"two":          {URIs: []*url.URL{AgentURI(agent), AgentURI("bbbbbbbbbbbbbbbb")}},
		"authority":    {URIs: []*url.URL{AgentURI(agent)}, IsCA: true},
		"bad id":       {URIs: []*url.URL{AgentURI("../../etc")}},
		"upper case":   {URIs: []*url.URL{AgentURI("AAAAAAAAAAAA")}},
		"by name only": {Subject: pkix.Name{CommonName: agent}},
	} {
		if id, err := AgentID(c); err == nil {
			t.Errorf("%s: got %q", name, id)
		}
	}
}

func TestRequest(t *testing.T) {
	k, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	der, err := NewRequest(k)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseRequest(der)
	if err != nil || !got.Equal(&k.PublicKey) {
		t.Fatal(err)
	}
	broken := append([]byte(nil), der...)
	broken[len(broken)-1] ^= 1 // the signature
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ed, err := NewRequest(edKey)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	big384, err := NewRequest(p384)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"nothing": nil, "not signed": broken, "ed25519": ed, "P-384": big384, "large": make([]byte, maxRequest+1)} {
		if _, err := ParseRequest(b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// chain makes a root and a server certificate under it.
func chain(t *testing.T, change func(leaf *x509.Certificate)) (leaf, root *x509.Certificate) {
	t.Helper()
	k, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	rt := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	lt := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), DNSNames: []string{ManagerName}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	change(lt)
	for _, c := range []struct {
		t   *x509.Certificate
		out **x509.Certificate
	}{{rt, &root}, {lt, &leaf}} {
		der, err := x509.CreateCertificate(rand.Reader, c.t, rt, &k.PublicKey, k)
		if err != nil {
			t.Fatal(err)
		}
		if *c.out, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
	}
	return leaf, root
}

func TestPinnedManager(t *testing.T) {
	leaf, root := chain(t, func(*x509.Certificate) {})
	if err := verifyPinned([]*x509.Certificate{leaf, root}, Fingerprint(root.Raw), time.Now()); err != nil {
		t.Fatal(err)
	}
	_, other := chain(t, func(*x509.Certificate) {})
	agentCert, agentRoot := chain(t, func(c *x509.Certificate) {
		c.DNSNames, c.ExtKeyUsage = nil, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	})
	for name, c := range map[string]struct {
		chain []*x509.Certificate
		pin   [FingerprintSize]byte
		now   time.Time
	}{
		"another root":            {[]*x509.Certificate{leaf, other}, Fingerprint(other.Raw), time.Now()},
		"root not sent":           {[]*x509.Certificate{leaf}, Fingerprint(root.Raw), time.Now()},
		"nothing sent":            {nil, Fingerprint(root.Raw), time.Now()},
		"pin of the leaf":         {[]*x509.Certificate{leaf, root}, Fingerprint(leaf.Raw), time.Now()},
		"ended":                   {[]*x509.Certificate{leaf, root}, Fingerprint(root.Raw), time.Now().Add(2 * time.Hour)},
		"an agent as the manager": {[]*x509.Certificate{agentCert, agentRoot}, Fingerprint(agentRoot.Raw), time.Now()},
	} {
		t.Run(name, func(t *testing.T) {
			if err := verifyPinned(c.chain, c.pin, c.now); !errors.Is(err, ErrWrongManager) || !strings.Contains(err.Error(), "token") {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func FuzzRequest(f *testing.F) {
	k, err := NewKey()
	if err != nil {
		f.Fatal(err)
	}
	der, err := NewRequest(k)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, der []byte) {
		if k, err := ParseRequest(der); (k == nil) == (err == nil) {
			t.Fatalf("key %v, error %v", k, err)
		}
	})
}
