package wire

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// Why Verify refuses a document. A document of another agent is ErrForeign.
var (
	ErrSignature = errors.New("signature is not of the manager")
	ErrReplayed  = errors.New("version is not newer than the one in force")
	ErrExpired   = errors.New("document has expired")
	ErrKind      = errors.New("kind of document is not known")
)

// MaxDocument is the largest content of a signed document, bytes.
const MaxDocument = 4 << 20

// Sign sets the signature of d. It covers every other field.
func Sign(key ed25519.PrivateKey, d *wirepb.Signed) {
	d.Signature = ed25519.Sign(key, signedBytes(d))
}

// signedBytes is what is signed: a text that says what it is, then each field
// with its length, so that no two documents give the same bytes.
func signedBytes(d *wirepb.Signed) []byte {
	b := []byte("vedette signed document 1\n")
	for _, field := range [][]byte{[]byte(d.GetKind()), []byte(d.GetAgentId()), d.GetContent()} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(field)))
		b = append(b, field...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(d.GetVersion()))
	return binary.BigEndian.AppendUint64(b, uint64(d.GetExpires()))
}

// Verifier decides whether an agent takes a signed document.
type Verifier struct {
	Keys    []ed25519.PublicKey // of the manager; more than one while they change
	Agent   string
	Now     time.Time
	Applied map[string]int64 // newest version taken, by kind
}

// Verify returns why d must not be taken, nil when it may.
func (v Verifier) Verify(d *wirepb.Signed) error {
	if len(d.GetContent()) > MaxDocument {
		return fmt.Errorf("verify %.32q: content of %d bytes: more than %d", d.GetKind(), len(d.GetContent()), MaxDocument)
	}
	text := signedBytes(d)
	genuine := slices.ContainsFunc(v.Keys, func(k ed25519.PublicKey) bool {
		return len(k) == ed25519.PublicKeySize && ed25519.Verify(k, text, d.GetSignature())
	})
	if !genuine {
		return fmt.Errorf("verify %.32q: %w", d.GetKind(), ErrSignature)
	}
	fail := func(why error) error {
		return fmt.Errorf("verify %s, version %d: %w", d.GetKind(), d.GetVersion(), why)
	}
	switch {
	case !slices.Contains([]string{DocumentPolicy, DocumentRules, DocumentTask, DocumentIOCs}, d.GetKind()):
		return fail(ErrKind)
	case d.GetAgentId() != "" && d.GetAgentId() != v.Agent:
		return fail(ErrForeign)
	case d.GetKind() == DocumentTask && d.GetAgentId() == "":
		return fail(fmt.Errorf("a task names its agent: %w", ErrForeign))
	case d.GetExpires() != 0 && v.Now.UnixNano() >= d.GetExpires():
		return fail(fmt.Errorf("%w at %s", ErrExpired, time.Unix(0, d.GetExpires()).UTC().Format(time.RFC3339)))
	case d.GetVersion() <= v.Applied[d.GetKind()]:
		return fail(fmt.Errorf("%w (%d)", ErrReplayed, v.Applied[d.GetKind()]))
	}
	return nil
}
