package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

// change returns the texts of the events of a change of a file.
func change(t *testing.T, name, path, before, after string) []string {
	t.Helper()
	all := subjects([]string{"/root", "/home/*"})
	i := slices.IndexFunc(all, func(s watched.Subject) bool { return s.Name == name })
	s := &all[i]
	read := func(text string) []watched.Item {
		if text == "" {
			return nil
		}
		return s.Parse(watched.File{Path: path, Content: []byte(text)})
	}
	d := &watched.Difference{Subject: s, Path: path, New: before == "", Gone: after == "", Changes: watched.Compare(read(before), read(after))}
	var out []string
	for _, e := range s.Tell([]*watched.Difference{d}) {
		if e.Kind != event.SettingChange {
			t.Errorf("kind %s", e.Kind)
		}
		text := e.Change.Object + " " + e.Change.Name + " " + e.Change.UserName
		for i, f := range e.Change.Fields {
			text += fmt.Sprintf(" | %s: %s > %s", f, e.Change.Before[i], e.Change.After[i])
		}
		out = append(out, text)
	}
	return out
}

const ed25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"

func TestChanges(t *testing.T) {
	for _, c := range []struct {
		subject, path, before, after string
		want                         []string
	}{
		{"loader", "/etc/ld.so.preload", "", "/tmp/x.so\n", []string{"setting /etc/ld.so.preload  | file:  > created | line:  > /tmp/x.so"}},
		{"loader", "/etc/ld.so.preload", "/tmp/x.so\n", "", []string{"setting /etc/ld.so.preload  | file: removed >  | line: /tmp/x.so > "}},
		{"start", "/home/bob/.bashrc", "# a\nalias x=y\n", "# b\nalias x=y\n\nnohup /tmp/x &\n", []string{"setting /home/bob/.bashrc bob | line:  > nohup /tmp/x &"}},
		{"start", "/root/.profile", "export API_KEY=one\n", "export API_KEY=two\n", []string{"setting /root/.profile root | line: export API_KEY= (not told) > changed"}},
		{"sysctl", "/etc/sysctl.d/x.conf", "", "# c\n; c = d\n-net.ipv4.ip_forward = 1\nkernel.core_pattern=|/tmp/x %p\n", []string{
			"setting /etc/sysctl.d/x.conf  | file:  > created | net.ipv4.ip_forward:  > 1 | kernel.core_pattern:  > |/tmp/x %p"}},
		{"sysctl", "/etc/sysctl.conf", "a.b=1\nrubbish\n", "a.b = 2\nrubbish\n", []string{"setting /etc/sysctl.conf  | a.b: 1 > 2"}},
		{"logon", "/etc/pam.d/su", "auth a\nauth b\n", "auth b\nauth a\n", []string{"setting /etc/pam.d/su  | order:  > changed"}},
		{"logon", "/etc/sudoers", "root ALL=(ALL) ALL\n", "root ALL=(ALL) ALL\nbob ALL=(ALL) \\\n NOPASSWD:ALL\n", []string{"setting /etc/sudoers  | line:  > bob ALL=(ALL)   NOPASSWD:ALL"}},
		{"logon", "/etc/sudoers", "Defaults passwd_tries=3\n", "Defaults passwd_tries=4\n", []string{"setting /etc/sudoers  | line:  > Defaults passwd_tries=4 | line: Defaults passwd_tries=3 > "}},
		{"keys", "/root/.ssh/authorized_keys", "", "# c\nssh-ed25519 " + ed25519 + " octo cat\n", []string{
			"key SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU root | key_type:  > ssh-ed25519 | fingerprint:  > SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU | comment:  > octo cat | options:  > "}},
		{"keys", "/home/bob/.ssh/authorized_keys", "ssh-ed25519 " + ed25519 + "\n", `command="echo \"a b\"",no-pty ssh-ed25519 ` + ed25519 + "\n", []string{
			`key SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU bob | options:  > command="echo \"a b\"",no-pty`}},
		{"keys", "/home/bob/.ssh/authorized_keys", "", "ssh-ed25519 rubbish\n", []string{"key line 1 bob | line:  > malformed"}},
		{"trust", "/usr/local/share/ca-certificates/x.crt", "a", "b", []string{
			"setting /usr/local/share/ca-certificates/x.crt  | sha256: ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb > 3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"}},
	} {
		if got := change(t, c.subject, c.path, c.before, c.after); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q\nwant\n%q", c.path, got, c.want)
		}
	}
}

func TestManyLinesAreBounded(t *testing.T) {
	got := change(t, "start", "/etc/profile", "a\n", strings.Repeat("x", 5000)+"\n"+strings.Repeat("b\n", 500))
	if n := strings.Count(got[0], " | "); n != maxLines || len(got[0]) > 3000 {
		t.Errorf("%d lines in %d bytes are told", n, len(got[0]))
	}
}

func TestHomes(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	text := "root:x:0:0::/root:/bin/bash\nbob:x:1:1::/home/bob:/bin/bash\npg:x:2:2::/var/lib/pg:/bin/bash\nweb:x:3:3::/var/www:/usr/sbin/nologin\n" +
		"bin:x:4:4::/bin:/bin/sh\nodd:x:5:5::/srv/*:/bin/sh\nall:x:6:6::/:/bin/sh\nshort:x\n"
	if err := os.WriteFile(filepath.Join(root, "etc/passwd"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := homes(root); !slices.Equal(got, []string{"/root", "/home/*", "/var/lib/pg"}) {
		t.Errorf("homes %v", got)
	}
}

func FuzzLines(f *testing.F) {
	f.Add("a\\\nb\n# c\nexport PASSWORD=hunter2hunter2\n\xff")
	f.Fuzz(func(t *testing.T, text string) {
		f := watched.File{Path: "/etc/profile", Content: []byte(text)}
		for _, i := range append(lines(f), pairs(f)...) {
			if i.Key == "" || len(i.Fields) != 1 || len(i.Fields[0].Value) > 3*maxLine+20 {
				t.Fatalf("item %+v", i)
			}
		}
	})
}

// A key is never told, whatever the line is.
func FuzzKeys(f *testing.F) {
	f.Add("ssh-ed25519 " + ed25519 + " c\n")
	f.Add(`from="a b",command="\"" ssh-rsa AAAA` + "\n\n#\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, i := range keys(watched.File{Path: "/root/.ssh/authorized_keys", Content: []byte(text)}) {
			if i.Key == "" {
				t.Fatalf("item %+v", i)
			}
			if print := i.Get("fingerprint"); print != "" && len(print) != len("SHA256:")+43 {
				t.Fatalf("fingerprint %q", print)
			}
		}
	})
}
