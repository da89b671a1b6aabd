package accounts

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ path, line, want string }{
		{"/etc/passwd", "bob:x:1000:100:Bob,,,:/home/bob:/bin/bash", "bob uid=1000 gid=100 gecos=Bob,,, home=/home/bob shell=/bin/bash"},
		{"/etc/passwd", "eve::0:0::/root:/bin/sh", "eve uid=0 gid=0 gecos= home=/root shell=/bin/sh passwd_password=empty"},
		{"/etc/passwd", "eve:$1$a$b:0:0::/root:", "eve uid=0 gid=0 gecos= home=/root shell= passwd_password=set (md5crypt)"},
		{"/etc/passwd", "+::::::", "+ uid= gid= gecos= home= shell= passwd_password=empty"},
		{"/etc/passwd", "broken:x:1", "line 1 line=malformed; line 1 of /etc/passwd is malformed"},
		{"/etc/passwd", ":x:0:0:::", "line 1 line=malformed; line 1 of /etc/passwd is malformed"},
		{"/etc/shadow", "bob:$y$j9T$x$y:20000:0:99999:7::20089:", "bob password=set (yescrypt) password_changed=2024-10-04 password_min_days=0 password_max_days=99999 password_warn_days=7 password_inactive_days= expires=2025-01-01"},
		{"/etc/shadow", "bob:!$6$x$y:0:::::0:", "bob password=locked (sha512crypt) password_changed=at the next logon password_min_days= password_max_days= password_warn_days= password_inactive_days= expires=1970-01-01"},
		{"/etc/shadow", "bob:!!::::::x:", "bob password=none password_changed= password_min_days= password_max_days= password_warn_days= password_inactive_days= expires=x"},
		{"/etc/shadow", "bob:::::::9999999999:", "bob password=empty password_changed= password_min_days= password_max_days= password_warn_days= password_inactive_days= expires=9999999999"},
		{"/etc/group", "sudo:x:27:eve,bob,bob", "sudo gid=27 members=bob,eve"},
		{"/etc/group", "sudo:abcdefghijklm:27:", "sudo gid=27 members= password=set (descrypt)"},
		{"/etc/gshadow", "sudo:*:eve:bob", "sudo password=none administrators=eve members=bob"},
		{"/etc/gshadow", "sudo::eve:bob", "sudo password=none administrators=eve members=bob"},
	} {
		items := parse(watched.File{Path: c.path, Content: []byte(c.line + "\n\n")})
		if len(items) != 1 {
			t.Errorf("%s: %d items", c.line, len(items))
			continue
		}
		if got := show(items[0]); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.line, got, c.want)
		}
	}
}

func show(i watched.Item) string {
	out := i.Key
	for _, f := range i.Fields {
		out += fmt.Sprintf(" %s=%s", f.Name, f.Value)
	}
	if i.Note != "" {
		out += "; " + i.Note
	}
	return out
}

// What is told of a line never has the digest of a password in it.
func FuzzParse(f *testing.F) {
	f.Add("passwd", "bob:x:1000:100:Bob:/home/bob:/bin/bash\n")
	f.Add("shadow", "bob:$y$j9T$salt$SECRETSECRET:20000:0:99999:7:::\nbob\n")
	f.Add("group", "sudo:x:27:bob,eve\n::::\n")
	f.Add("gshadow", "sudo:!$6$SECRETSECRET::bob\n")
	f.Fuzz(func(t *testing.T, name, text string) {
		for _, i := range parse(watched.File{Path: "/etc/" + name, Content: []byte(text)}) {
			if i.Key == "" {
				t.Fatal("an item has no key")
			}
			for _, field := range i.Fields {
				if s := field.Secret; s != "" && len(s) > 20 && strings.Contains(field.Value, s) {
					t.Fatalf("field %s tells a secret", field.Name)
				}
			}
		}
	})
}
