package wire

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sizes of a token.
const (
	SecretSize      = 20
	FingerprintSize = 32
	maxToken        = 4096
	maxAddresses    = 16
)

// ErrToken is returned for a text that is no token.
var ErrToken = errors.New("not an enrolment token: copy it whole, or make a new one with `vedette token create`")

// tokenPrefix makes tokens easy to find by people and by scanners of secrets.
const tokenPrefix = "vedette-enroll-"

// Token is what a new agent needs to find the manager, to be sure that it is
// the right one, and to be let in.
type Token struct {
	Addresses   []string // host:port of the agents' port, tried in order
	Fingerprint [FingerprintSize]byte
	Secret      [SecretSize]byte
	Expires     time.Time // to the second; the manager decides, this is for a clear message
}

// String returns the token as text for people to copy.
func (t Token) String() string {
	b := []byte{1}
	b = binary.BigEndian.AppendUint64(b, uint64(t.Expires.Unix()))
	b = append(b, t.Fingerprint[:]...)
	b = append(b, t.Secret[:]...)
	b = append(b, byte(len(t.Addresses)))
	for _, a := range t.Addresses {
		b = append(b, byte(len(a)))
		b = append(b, a...)
	}
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b)
}

// ParseToken reads what String wrote. It does not check the expiry.
func ParseToken(text string) (Token, error) {
	var t Token
	code, ok := strings.CutPrefix(strings.TrimSpace(text), tokenPrefix)
	if !ok || len(code) > maxToken {
		return t, ErrToken
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(code)
	const fixed = 1 + 8 + FingerprintSize + SecretSize + 1
	if err != nil || len(b) < fixed+4 {
		return t, ErrToken
	}
	body, sum := b[:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return t, fmt.Errorf("%w (a character is wrong or missing)", ErrToken)
	}
	if body[0] != 1 {
		return t, fmt.Errorf("enrolment token of format %d: this agent reads 1: update it", body[0])
	}
	t.Expires = time.Unix(int64(binary.BigEndian.Uint64(body[1:])), 0).UTC()
	at := 9 + copy(t.Fingerprint[:], body[9:])
	at += copy(t.Secret[:], body[at:])
	count := int(body[at])
	for at++; at < len(body); {
		n := int(body[at])
		if at+1+n > len(body) {
			return t, ErrToken
		}
		t.Addresses = append(t.Addresses, string(body[at+1:at+1+n]))
		at += 1 + n
	}
	if len(t.Addresses) != count {
		return t, ErrToken
	}
	return t, CheckAddresses(t.Addresses)
}

// CheckAddresses returns what is wrong with addresses of a manager, each host:port.
func CheckAddresses(addresses []string) error {
	if len(addresses) == 0 || len(addresses) > maxAddresses {
		return fmt.Errorf("%d addresses of the manager: want 1 to %d", len(addresses), maxAddresses)
	}
	for _, a := range addresses {
		host, port, err := net.SplitHostPort(a)
		n, perr := strconv.ParseUint(port, 10, 16)
		if err != nil || perr != nil || host == "" || n == 0 || len(a) > 255 || slices.ContainsFunc([]byte(a), unprintable) {
			return fmt.Errorf("manager address %.64q: want host:port", a)
		}
	}
	return nil
}

func unprintable(c byte) bool { return c <= ' ' || c >= 0x7f }
