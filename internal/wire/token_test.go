package wire

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func token() Token {
	t := Token{Addresses: []string{"127.0.0.1:8444", "[2001:db8::1]:8444", "manager.example.org:8444"}, Expires: time.Unix(1_800_000_000, 0).UTC()}
	for i := range t.Fingerprint {
		t.Fingerprint[i] = byte(i)
	}
	for i := range t.Secret {
		t.Secret[i] = byte(200 + i)
	}
	return t
}

func TestTokenRoundTrip(t *testing.T) {
	want := token()
	got, err := ParseToken(" " + want.String() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

// Any single wrong or missing character is noticed before the manager is asked.
func TestTokenTypos(t *testing.T) {
	text := token().String()
	for i := range text {
		wrong := []byte(text)
		wrong[i] = 'x'
		if text[i] == 'x' {
			wrong[i] = 'y'
		}
		if got, err := ParseToken(string(wrong)); err == nil {
			t.Fatalf("character %d changed: read %v", i, got)
		}
		if _, err := ParseToken(text[:i] + text[i+1:]); err == nil {
			t.Fatalf("character %d missing: read", i)
		}
	}
	for _, wrong := range []string{"", "x", tokenPrefix, tokenPrefix + "AAAA", strings.Repeat("A", 5000), tokenPrefix + strings.Repeat("A", 5000)} {
		if _, err := ParseToken(wrong); !errors.Is(err, ErrToken) || !strings.Contains(err.Error(), "token create") {
			t.Fatalf("%.20q: %v", wrong, err)
		}
	}
}

func TestCheckAddresses(t *testing.T) {
	for _, bad := range [][]string{nil, {"host"}, {"host:0"}, {"host:99999"}, {":1"}, {"a b:1"}, {"h\x00:1"}, slices.Repeat([]string{"h:1"}, 17)} {
		if CheckAddresses(bad) == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func FuzzToken(f *testing.F) {
	f.Add(token().String())
	f.Add(tokenPrefix)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseToken(text)
		if err != nil {
			return
		}
		again, err := ParseToken(got.String())
		if err != nil || !cmp.Equal(got, again) {
			t.Fatalf("%v is read again as %v, %v", got, again, err)
		}
	})
}
