package accounts

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
)

// parse reads a file by its name. A line that is none of its format is an item
// of its own whose text is not told: it may hold a password.
func parse(f watched.File) []watched.Item {
	read := map[string]func([]string) ([]watched.Field, bool){
		"passwd": passwd, "shadow": shadow, "group": group, "gshadow": gshadow,
	}[path.Base(f.Path)]
	if read == nil {
		return nil
	}
	var out []watched.Item
	n := 0
	for line := range strings.Lines(string(f.Content)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		parts := strings.Split(line, ":")
		if fields, ok := read(parts); ok && parts[0] != "" {
			out = append(out, watched.Item{Key: parts[0], Fields: fields})
			continue
		}
		out = append(out, watched.Item{
			Key: malformed + strconv.Itoa(n), Fields: []watched.Field{{Name: "line", Value: "malformed", Secret: line}},
			Note: fmt.Sprintf("line %d of %s is malformed", n, f.Path),
		})
	}
	return out
}

// malformed begins the key of a line that cannot be read; no name has a blank.
const malformed = "line "

// name:password:uid:gid:gecos:home:shell
func passwd(p []string) ([]watched.Field, bool) {
	if len(p) == 7 {
		out := []watched.Field{
			{Name: "uid", Value: p[2]}, {Name: "gid", Value: p[3]}, {Name: "gecos", Value: p[4]},
			{Name: "home", Value: p[5]}, {Name: "shell", Value: p[6]},
		}
		if p[1] != "x" { // else it stands in shadow
			out = append(out, password("passwd_password", p[1]))
		}
		return out, true
	}
	return nil, false
}

// name:password:changed:min:max:warn:inactive:expires:
func shadow(p []string) ([]watched.Field, bool) {
	if len(p) != 9 {
		return nil, false
	}
	return []watched.Field{
		password("password", p[1]), {Name: "password_changed", Value: day(p[2], "at the next logon")},
		{Name: "password_min_days", Value: p[3]}, {Name: "password_max_days", Value: p[4]},
		{Name: "password_warn_days", Value: p[5]}, {Name: "password_inactive_days", Value: p[6]},
		{Name: "expires", Value: day(p[7], "1970-01-01")},
	}, true
}

// name:password:gid:members
func group(p []string) ([]watched.Field, bool) {
	if len(p) != 4 {
		return nil, false
	}
	out := []watched.Field{{Name: "gid", Value: p[2]}, {Name: "members", Value: members(p[3])}}
	if p[1] != "x" && p[1] != "" {
		out = append(out, password("password", p[1]))
	}
	return out, true
}

// name:password:administrators:members
func gshadow(p []string) ([]watched.Field, bool) {
	if len(p) != 4 {
		return nil, false
	}
	secret := password("password", p[1])
	if p[1] == "" {
		secret.Value = "none" // nobody who is not a member may join
	}
	return []watched.Field{secret, {Name: "administrators", Value: members(p[2])}, {Name: "members", Value: members(p[3])}}, true
}

// members sorts a list of names: another order is no change.
func members(list string) string {
	names := strings.Split(list, ",")
	slices.Sort(names)
	return strings.Join(slices.DeleteFunc(slices.Compact(names), func(s string) bool { return s == "" }), ",")
}

// password says what may be told of the digest of a password.
func password(name, digest string) watched.Field {
	f := watched.Field{Name: name, Secret: digest}
	bare := strings.TrimLeft(digest, "!*")
	switch {
	case digest == "":
		f.Value = "empty"
	case bare == "" || bare == "x":
		f.Value, f.Secret = "none", ""
	case bare != digest:
		f.Value = "locked (" + algorithm(bare) + ")"
	default:
		f.Value = "set (" + algorithm(bare) + ")"
	}
	return f
}

// algorithm names the algorithm of a digest by crypt(5).
func algorithm(digest string) string {
	for _, a := range []struct{ prefix, name string }{
		{"$y$", "yescrypt"}, {"$gy$", "gost-yescrypt"}, {"$7$", "scrypt"}, {"$2", "bcrypt"}, {"$6$", "sha512crypt"},
		{"$5$", "sha256crypt"}, {"$1$", "md5crypt"}, {"$sha1", "sha1crypt"}, {"$md5", "sunmd5"}, {"$3$", "nt"}, {"_", "bsdicrypt"},
	} {
		if strings.HasPrefix(digest, a.prefix) {
			return a.name
		}
	}
	if len(digest) == 13 {
		return "descrypt"
	}
	return "unknown"
}

// day writes a number of days since 1970 as a date.
func day(s, zero string) string {
	n, err := strconv.ParseInt(s, 10, 32)
	switch {
	case err != nil || n < 0 || n > 1000000:
		return s
	case n == 0:
		return zero
	}
	return time.Unix(n*86400, 0).UTC().Format(time.DateOnly)
}
