package enrich

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

const (
	maxNames    = 16 << 20 // bytes read of passwd and of group
	maxUsers    = 4096     // user sections that are shared
	checkNames  = event.Time(2 * time.Second)
	nameColumns = 3 // name, password, id
)

// users knows the names in /etc/passwd and /etc/group below a root, and reads
// them again when they changed. Names that another service keeps (LDAP) stay
// empty: asking it would need a program or cgo. One goroutine at a time uses it.
type users struct {
	passwd, group names
	checked       event.Time
	shared        map[userKey]*event.User
}

type userKey struct{ id, group, effective, effectiveGroup string }

// names maps the ids of one file to names.
type names struct {
	path  string
	stamp stamp
	byID  map[string]string
}

type stamp struct {
	mtime time.Time
	size  int64
}

func newUsers(root string) *users {
	u := &users{
		passwd: names{path: filepath.Join(root, "etc/passwd")},
		group:  names{path: filepath.Join(root, "etc/group")},
		shared: make(map[userKey]*event.User),
	}
	u.passwd.reload()
	u.group.reload()
	return u
}

// complete fills in the names of e's user and of the owner of its file.
func (u *users) complete(e *event.Event) {
	if e.User == nil && e.File == nil {
		return
	}
	if d := e.Time - u.checked; d > checkNames || d < -checkNames {
		u.checked = e.Time
		if p, g := u.passwd.reload(), u.group.reload(); p || g {
			clear(u.shared)
		}
	}
	if e.User != nil {
		e.User = u.section(e.User)
	}
	if f := e.File; f != nil && f.UID != "" && f.Owner == "" {
		f.Owner, f.Group = u.passwd.byID[f.UID], u.group.byID[f.GID]
	}
}

// section returns the shared section for the ids of s.
func (u *users) section(s *event.User) *event.User {
	key := userKey{s.ID, s.GroupID, s.EffectiveID, s.EffectiveGroupID}
	if known := u.shared[key]; known != nil {
		return known
	}
	full := *s
	full.Name = cmp.Or(s.Name, u.passwd.byID[s.ID])
	full.GroupName = cmp.Or(s.GroupName, u.group.byID[s.GroupID])
	full.EffectiveName = cmp.Or(s.EffectiveName, u.passwd.byID[s.EffectiveID])
	if len(u.shared) >= maxUsers {
		clear(u.shared)
	}
	u.shared[key] = &full
	return &full
}

// reload reads the file when it changed; a file that cannot be read leaves the
// names as they were.
func (n *names) reload() bool {
	st, err := os.Stat(n.path)
	if err != nil || n.stamp == (stamp{st.ModTime(), st.Size()}) || st.Size() > maxNames {
		return false
	}
	text, err := os.ReadFile(n.path)
	if err != nil {
		return false
	}
	n.stamp = stamp{st.ModTime(), st.Size()}
	n.byID = parseNames(text)
	return true
}

// parseNames reads the lines of passwd or group: name:password:id:... The
// first name of an id counts, as it does for the C library; lines that are
// not so are skipped.
func parseNames(text []byte) map[string]string {
	out := make(map[string]string)
	for line := range bytes.Lines(text) {
		f := bytes.SplitN(bytes.TrimRight(line, "\r\n"), []byte(":"), nameColumns+1)
		if len(f) < nameColumns || len(f[0]) == 0 || f[0][0] == '#' || f[0][0] == '+' || f[0][0] == '-' {
			continue
		}
		id, err := strconv.ParseUint(string(f[2]), 10, 32)
		if err != nil {
			continue
		}
		key := strconv.FormatUint(id, 10)
		if _, ok := out[key]; !ok {
			out[key] = string(f[0])
		}
	}
	return out
}
