// Package ioc matches indicators of compromise: hashes, addresses, networks,
// domains, URLs, file names, fuzzy hashes and regular expressions that somebody
// says are bad. A Builder writes indicators to a database file, a Database
// finds them in records: in memory it has 8 bytes of fingerprint and place for
// each, all else stays on disk, and what a fingerprint finds is compared with
// the indicator itself before it is a match. Live swaps the database while
// records flow; it is a source of matches for detect.Set.
//
// A Database is immutable and safe for concurrent use until it is closed.
package ioc

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Type says what an indicator names.
type Type uint8

// The types. Their numbers stand in database files.
const (
	None Type = iota
	MD5
	SHA1
	SHA256
	Imphash
	TLSH
	Address
	Network
	Domain   // the name and all below it
	Hostname // the name alone
	URL
	FileName // the last parts of a path
	Regexp   // of paths, domains, URLs and command lines
	types
)

// names are the names of types, by number. immutable
var names = [types]string{"", "md5", "sha1", "sha256", "imphash", "tlsh", "ip", "cidr", "domain", "hostname", "url", "filename", "regex"}

// String returns the name of t, "sha256" for example.
func (t Type) String() string {
	if t < types {
		return names[t]
	}
	return fmt.Sprintf("type_%d", uint8(t))
}

// Types lists the types.
func Types() []Type {
	var out []Type
	for t := MD5; t < types; t++ {
		out = append(out, t)
	}
	return out
}

// ParseType returns the type with a name: ours, or what other systems call it.
func ParseType(name string) (Type, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	if i := slices.Index(names[:], name); i > 0 {
		return Type(i), true
	}
	switch name {
	case "sha-1":
		return SHA1, true
	case "sha-256":
		return SHA256, true
	case "ip-dst", "ip-src", "ipv4", "ipv6", "ipv4-addr", "ipv6-addr", "address", "ip_address", "ipaddress":
		return Address, true
	case "network", "subnet", "netblock":
		return Network, true
	case "domain-name", "fqdn":
		return Domain, true
	case "host":
		return Hostname, true
	case "uri":
		return URL, true
	case "file", "file-name", "file_name", "filepath", "path":
		return FileName, true
	case "regexp":
		return Regexp, true
	}
	return None, false
}

// MarshalText returns the name of t.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the name of a type.
func (t *Type) UnmarshalText(text []byte) error {
	found, ok := ParseType(string(text))
	if !ok {
		return fmt.Errorf("%.40q is none of the types %s", text, strings.Join(names[1:], ", "))
	}
	*t = found
	return nil
}

// Indicator is one indicator of one source.
type Indicator struct {
	Type     Type      `json:"type"`
	Value    string    `json:"value"`
	Source   string    `json:"source,omitempty"`
	Level    string    `json:"level,omitempty"`
	Tags     []string  `json:"tags,omitempty"`
	Note     string    `json:"note,omitempty"`
	Ref      string    `json:"ref,omitempty"`      // its id in the source
	Distance int       `json:"distance,omitempty"` // of TLSH: how far a digest may be
	Expires  time.Time `json:"expires,omitzero"`   // when it ends to be bad; zero is never
}

// DefaultLevel is the level of an indicator whose source says none.
const DefaultLevel = "high"

// DefaultDistance is the distance of a TLSH indicator that says none; MaxDistance
// is the largest.
const (
	DefaultDistance = 30
	MaxDistance     = 200
)

// The bounds of what stands in an indicator, bytes.
const (
	maxValue = 2048
	maxText  = 512 // source, note, ref
	maxTag   = 128
	maxTags  = 32
)

// ID names what the indicator names: it is the same for all its sources.
func (i Indicator) ID() string {
	sum := sha256.Sum256([]byte(i.Type.String() + "\x00" + i.Value))
	return "ioc-" + i.Type.String() + "-" + hex.EncodeToString(sum[:8])
}

// Check returns the indicator as it is kept: its value in the form in which it
// is looked up, bounded texts and a level. The error names the field.
func (i Indicator) Check() (Indicator, error) {
	if i.Type == None || i.Type >= types {
		return i, &FieldError{"type", fmt.Sprintf("none of %s", strings.Join(names[1:], ", "))}
	}
	if len(i.Value) > maxValue {
		return i, &FieldError{"value", fmt.Sprintf("%d bytes: more than %d", len(i.Value), maxValue)}
	}
	value, err := Canonical(i.Type, i.Value)
	if err != nil {
		return i, &FieldError{"value", err.Error()}
	}
	if i.Type == Address && strings.Contains(value, "/") {
		i.Type = Network
	}
	i.Value = value
	i.Level = cmp.Or(strings.ToLower(i.Level), DefaultLevel)
	if severity(i.Level) == 0 {
		return i, &FieldError{"level", fmt.Sprintf("%.40q is none of %s", i.Level, strings.Join(levels(), ", "))}
	}
	if i.Distance < 0 || i.Distance > MaxDistance || i.Distance > 0 && i.Type != TLSH {
		return i, &FieldError{"distance", fmt.Sprintf("%d: only TLSH has one, from 1 to %d", i.Distance, MaxDistance)}
	}
	if i.Type == TLSH && i.Distance == 0 {
		i.Distance = DefaultDistance
	}
	i.Source, i.Note, i.Ref = short(i.Source, maxText), short(i.Note, maxText), short(i.Ref, maxText)
	i.Tags = tidy(i.Tags)
	if !i.Expires.IsZero() {
		i.Expires = i.Expires.UTC().Truncate(time.Second)
	}
	return i, nil
}

// FieldError says which field of an indicator is wrong.
type FieldError struct{ Field, What string }

// Error returns the field and what is wrong.
func (e *FieldError) Error() string { return e.Field + ": " + e.What }

func tidy(tags []string) []string {
	var out []string
	for _, t := range tags {
		t = short(t, maxTag)
		if t != "" && len(out) < maxTags && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// short returns s as one line of at most n bytes.
func short(s string, n int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
