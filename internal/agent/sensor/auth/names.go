package auth

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"
	"unicode"

	"github.com/vedette-edr/vedette/internal/event"
)

// names are the users of the host.
type names struct {
	path    string
	now     func() time.Time
	checked time.Time
	stamp   time.Time
	size    int64
	byName  map[string]string
}

const (
	maxPasswd  = 4 << 20 // bytes of passwd that are read
	checkNames = time.Second
)

func newNames(root string, now func() time.Time) *names {
	return &names{path: filepath.Join(root, "/etc/passwd"), now: now, byName: map[string]string{}}
}

// id returns the number of a user, empty when the host's files do not know it.
func (n *names) id(name string) string {
	if now := n.now(); now.Sub(n.checked) >= checkNames {
		n.checked = now
		n.reload()
	}
	return n.byName[name]
}

func (n *names) reload() {
	st, err := os.Stat(n.path)
	if err != nil || st.ModTime().Equal(n.stamp) && st.Size() == n.size {
		return
	}
	f, err := os.Open(n.path)
	if err != nil {
		return
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPasswd))
	if err != nil {
		return
	}
	n.stamp, n.size = st.ModTime(), st.Size()
	clear(n.byName)
	for line := range bytes.Lines(text) {
		parts := bytes.SplitN(line, []byte{':'}, 4)
		if len(parts) < 4 {
			continue
		}
		if _, err := strconv.ParseUint(string(parts[2]), 10, 32); err == nil {
			n.byName[string(parts[0])] = string(parts[2])
		}
	}
}

// complete gives a sighting the number of its user, and hides a name that may
// be a password.
func (n *names) complete(s *sighting) *sighting {
	s.logon.UserID = n.id(s.logon.UserName)
	if s.kind == event.AuthFail && n.shown(s.logon.UserName) == hidden {
		s.logon.UserName = hidden
		s.reason = cmp.Or(s.reason, "unknown user") + "; the name looks like a password and is not kept"
	}
	return s
}

// hidden stands for a name that is not shown.
const hidden = "(not shown)"

// shown returns a name that was typed and that the host may not know, or
// hidden when it looks like a password: people type their password where the
// name is asked for. A name that the host knows is always shown. One that it
// does not know is shown while it has the form of names: letters, digits and
// ._-@\$+, and letters of both cases together with digits only below six
// characters.
func (n *names) shown(name string) string {
	if n.id(name) != "" || !secret(name) {
		return name
	}
	return hidden
}

// secret reports whether a text looks more like a password than like a name.
func secret(text string) bool {
	var lower, upper, digit bool
	for _, c := range text {
		switch {
		case unicode.IsLower(c):
			lower = true
		case unicode.IsUpper(c):
			upper = true
		case c >= '0' && c <= '9':
			digit = true
		case c == '.' || c == '_' || c == '-' || c == '@' || c == '\\' || c == '$' || c == '+':
		default:
			return true
		}
	}
	return len(text) >= 6 && lower && upper && digit
}
