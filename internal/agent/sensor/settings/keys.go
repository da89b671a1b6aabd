package settings

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

// keys reads the lines of an authorized_keys file: options, type, key, comment.
// The key is told by its fingerprint.
func keys(f watched.File) []watched.Item {
	var out []watched.Item
	n := 0
	for line := range strings.Lines(string(f.Content)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if i, ok := authorizedKey(line); ok {
			out = append(out, i)
			continue
		}
		out = append(out, watched.Item{
			Key:    "line " + strconv.Itoa(n),
			Fields: []watched.Field{{Name: "line", Value: "malformed", Secret: line}}, Note: "the line is none of a key",
		})
	}
	return out
}

// authorizedKey reads one line.
func authorizedKey(line string) (watched.Item, bool) {
	options, rest := "", line
	kind, key, comment, ok := publicKey(rest)
	if !ok {
		options, rest = cutOptions(line)
		if kind, key, comment, ok = publicKey(rest); !ok {
			return watched.Item{}, false
		}
	}
	sum := sha256.Sum256(key)
	print := "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
	return watched.Item{Key: print, Fields: []watched.Field{
		{Name: "key_type", Value: kind}, {Name: "fingerprint", Value: print},
		{Name: "comment", Value: clean(comment)}, {Name: "options", Value: clean(options)},
	}}, true
}

// publicKey reads type, key and comment. The type stands in the key again.
func publicKey(s string) (kind string, key []byte, comment string, ok bool) {
	kind, s, _ = strings.Cut(s, " ")
	text, comment, _ := strings.Cut(strings.TrimLeft(s, " \t"), " ")
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) < 4 {
		return "", nil, "", false
	}
	n := binary.BigEndian.Uint32(key)
	if uint64(n) > uint64(len(key)-4) || string(key[4:4+n]) != kind || kind == "" {
		return "", nil, "", false
	}
	return kind, key, strings.TrimSpace(comment), true
}

// cutOptions takes the options off the front of a line; they may be quoted.
func cutOptions(line string) (options, rest string) {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case ' ', '\t':
			if !quoted {
				return line[:i], strings.TrimLeft(line[i:], " \t")
			}
		}
	}
	return line, ""
}

// keyEvent names the user whose key came or went.
func keyEvent(e *event.Event, d *watched.Difference, c watched.Change) *event.Event {
	e.Change.UserName = owner(d.Path)
	return e
}
