package wire

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func key(t testing.TB) (ed25519.PublicKey, ed25519.PrivateKey) {
	t.Helper()
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pub, priv
}

func TestAE10_SignedDocuments(t *testing.T) {
	pub, priv := key(t)
	_, other := key(t)
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	v := Verifier{Keys: []ed25519.PublicKey{pub}, Agent: agent, Now: now, Applied: map[string]int64{DocumentPolicy: 4}}
	good := func() *wirepb.Signed {
		d := &wirepb.Signed{Kind: DocumentPolicy, Version: 5, AgentId: agent, Expires: now.Add(time.Hour).UnixNano(), Content: []byte("respond: off\n")}
		Sign(priv, d)
		return d
	}
	if err := v.Verify(good()); err != nil {
		t.Fatal(err)
	}
	signed := func(change func(d *wirepb.Signed)) *wirepb.Signed {
		d := good()
		change(d)
		Sign(priv, d)
		return d
	}
	tampered := func(change func(d *wirepb.Signed)) *wirepb.Signed {
		d := good()
		change(d)
		return d
	}
	for name, c := range map[string]struct {
		d    *wirepb.Signed
		want error
	}{
		"content changed":     {tampered(func(d *wirepb.Signed) { d.Content = []byte("respond: on\n") }), ErrSignature},
		"kind changed":        {tampered(func(d *wirepb.Signed) { d.Kind = DocumentRules }), ErrSignature},
		"version changed":     {tampered(func(d *wirepb.Signed) { d.Version++ }), ErrSignature},
		"agent changed":       {tampered(func(d *wirepb.Signed) { d.AgentId = "" }), ErrSignature},
		"expiry changed":      {tampered(func(d *wirepb.Signed) { d.Expires = 0 }), ErrSignature},
		"signature changed":   {tampered(func(d *wirepb.Signed) { d.Signature[0] ^= 1 }), ErrSignature},
		"no signature":        {tampered(func(d *wirepb.Signed) { d.Signature = nil }), ErrSignature},
		"of another manager":  {func() *wirepb.Signed { d := good(); Sign(other, d); return d }(), ErrSignature},
		"bytes moved between": {tampered(func(d *wirepb.Signed) { d.AgentId, d.Content = agent+"r", d.Content[1:] }), ErrSignature},
		"replayed":            {signed(func(d *wirepb.Signed) { d.Version = 4 }), ErrReplayed},
		"older":               {signed(func(d *wirepb.Signed) { d.Version = 3 }), ErrReplayed},
		"of another agent":    {signed(func(d *wirepb.Signed) { d.AgentId = "bbbbbbbbbbbbbbbb" }), ErrForeign},
		"expired":             {signed(func(d *wirepb.Signed) { d.Expires = now.UnixNano() }), ErrExpired},
		"unknown kind":        {signed(func(d *wirepb.Signed) { d.Kind = "program" }), ErrKind},
		"task for anybody":    {signed(func(d *wirepb.Signed) { d.Kind, d.AgentId = DocumentTask, "" }), ErrForeign},
	} {
		t.Run(name, func(t *testing.T) {
			if err := v.Verify(c.d); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
	for name, d := range map[string]*wirepb.Signed{
		"rules for all": signed(func(d *wirepb.Signed) { d.Kind, d.AgentId, d.Version = DocumentRules, "", 1 }),
		"no expiry":     signed(func(d *wirepb.Signed) { d.Expires = 0 }),
		"task for it":   signed(func(d *wirepb.Signed) { d.Kind = DocumentTask }),
	} {
		if err := v.Verify(d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	huge := signed(func(d *wirepb.Signed) { d.Content = make([]byte, MaxDocument+1) })
	if err := v.Verify(huge); err == nil {
		t.Error("a huge document was taken")
	}
}

// Documents of the old and the new key are taken while the keys change.
func TestSigningKeysOverlap(t *testing.T) {
	first, firstKey := key(t)
	second, secondKey := key(t)
	v := Verifier{Keys: []ed25519.PublicKey{second, first, nil}, Agent: agent, Now: time.Now()}
	for _, k := range []ed25519.PrivateKey{firstKey, secondKey} {
		d := &wirepb.Signed{Kind: DocumentRules, Version: 1}
		Sign(k, d)
		if err := v.Verify(d); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzSigned(f *testing.F) {
	pub, priv := key(f)
	d := &wirepb.Signed{Kind: DocumentRules, Version: 1, Content: []byte("{}")}
	Sign(priv, d)
	b, err := d.MarshalVT()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{})
	v := Verifier{Keys: []ed25519.PublicKey{pub}, Agent: agent, Now: time.Unix(1, 0)}
	f.Fuzz(func(t *testing.T, b []byte) {
		var got wirepb.Signed
		if got.UnmarshalVT(b) != nil || v.Verify(&got) != nil {
			return
		}
		if got.Kind != d.Kind || got.Version != d.Version || got.AgentId != "" || got.Expires != 0 || string(got.Content) != string(d.Content) {
			t.Fatalf("a document that nobody signed was taken: %v", &got)
		}
	})
}
