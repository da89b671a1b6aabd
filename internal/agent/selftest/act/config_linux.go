package act

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// What is written into the overlays of this place.
const (
	crontab  = "/var/spool/cron/crontabs/root"
	unitFile = "/etc/systemd/system/vedette-selftest.service"
	wanted   = "/etc/systemd/system/multi-user.target.wants/vedette-selftest.service"
	account  = "vedette-selftest"
	sysctl   = "/etc/sysctl.d/99-vedette-selftest.conf"
	status   = "/var/lib/dpkg/status"
)

// appendTo adds text to a file that may not be there.
func appendTo(path, text string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// edit changes a file as programs of the host do: a new file takes its place.
func edit(path string, change func(text string) string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	next := path + "+"
	if err := os.WriteFile(next, []byte(change(string(text))), info.Mode().Perm()); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// without removes the lines that begin with prefix.
func without(text, prefix string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, prefix) {
			b.WriteString(line)
		}
	}
	return b.String()
}

func createTask(s *stage) error {
	command := "/bin/true " + s.token
	s.wantOwn("task_create", is("task.command", command), is("task.schedule", "5 4 * * *"), is("task.type", "cron"))
	return appendTo(crontab, "5 4 * * * "+command+"\n", 0o600)
}

func modifyTask(s *stage) error {
	command := "/bin/true " + s.token
	s.wantOwn("task_modify", is("task.command", command), is("task.schedule", "6 4 * * *"))
	return edit(crontab, func(text string) string {
		return strings.Replace(text, "5 4 * * * "+command, "6 4 * * * "+command, 1)
	})
}

func deleteTask(s *stage) error {
	command := "/bin/true " + s.token
	s.wantOwn("task_delete", is("task.command", command))
	return edit(crontab, func(text string) string { return without(text, "6 4 * * * "+command) })
}

func createAccount(s *stage) error {
	s.wantOwn("account_create", is("user.target.name", account), is("user.target.id", "64321"))
	return errors.Join(
		edit("/etc/group", func(text string) string { return text + account + ":x:64321:\n" }),
		edit("/etc/passwd", func(text string) string { return text + account + ":x:64321:64321::/nonexistent:/usr/sbin/nologin\n" }),
		edit("/etc/shadow", func(text string) string { return text + account + ":!:20000:0:99999:7:::\n" }))
}

func modifyAccount(s *stage) error {
	s.wantOwn("account_modify", is("user.target.name", account), some("change.field"))
	return edit("/etc/passwd", func(text string) string {
		return strings.Replace(text, account+":x:64321:64321::/nonexistent:", account+":x:64321:64321:changed:/nonexistent:", 1)
	})
}

func deleteAccount(s *stage) error {
	s.wantOwn("account_delete", is("user.target.name", account))
	var errs []error
	for _, file := range []string{"/etc/passwd", "/etc/shadow", "/etc/group"} {
		errs = append(errs, edit(file, func(text string) string { return without(text, account+":") }))
	}
	return errors.Join(errs...)
}

const unit = `[Unit]
Description=A service of the self-exam that is never started
[Service]
ExecStart=/bin/true %s
[Install]
WantedBy=multi-user.target
`

func createService(s *stage) error {
	s.wantOwn("service_create", is("change.name", filepath.Base(unitFile)), has("service.command", s.token))
	return appendTo(unitFile, fmt.Sprintf(unit, s.token), 0o644)
}

// modifyService changes the unit, and lets it start with the host.
func modifyService(s *stage) error {
	s.wantOwn("service_modify", is("change.name", filepath.Base(unitFile)), has("service.command", s.token+" changed"))
	return edit(unitFile, func(text string) string { return strings.Replace(text, s.token, s.token+" changed", 1) })
}

func deleteService(s *stage) error {
	s.wantOwn("service_delete", is("change.name", filepath.Base(unitFile)))
	return os.Remove(unitFile)
}

func enableService(s *stage) error {
	s.wantOwn("service_modify", is("change.name", filepath.Base(unitFile)), is("service.state", "enabled"))
	if err := os.MkdirAll(filepath.Dir(wanted), 0o755); err != nil {
		return err
	}
	return os.Symlink(unitFile, wanted)
}

func disableService(s *stage) error {
	s.wantOwn("service_modify", is("change.name", filepath.Base(unitFile)), is("service.state", "disabled"))
	return os.Remove(wanted)
}

const stanza = `
Package: %s
Status: install ok installed
Priority: optional
Section: admin
Installed-Size: 1
Maintainer: nobody <nobody@example.com>
Architecture: all
Version: 1.2-3
Description: a package of the self-exam
`

// pack is the name of the package that the acts install.
func pack(s *stage) string { return s.token }

func installPackage(s *stage) error {
	if _, err := os.Stat(status); err != nil {
		return skipped("this host has no dpkg")
	}
	s.wantOwn("package_install", is("change.name", pack(s)), is("package.version", "1.2-3"))
	return edit(status, func(text string) string {
		return strings.TrimRight(text, "\n") + "\n" + fmt.Sprintf(stanza, pack(s)) + "\n"
	})
}

func removePackage(s *stage) error {
	if _, err := os.Stat(status); err != nil {
		return skipped("this host has no dpkg")
	}
	s.wantOwn("package_remove", is("change.name", pack(s)))
	return edit(status, func(text string) string {
		return strings.Replace(text, fmt.Sprintf(stanza, pack(s)), "", 1)
	})
}

// changeKernel changes a setting that each network has of its own.
func changeKernel(s *stage) error {
	s.wantOwn("sysctl_change", is("change.name", "net.ipv4.conf.lo.log_martians"), is("change.before", "0"), is("change.after", "1"))
	return os.WriteFile("/proc/sys/net/ipv4/conf/lo/log_martians", []byte("1\n"), 0)
}

func changeSetting(s *stage) error {
	s.wantOwn("setting_change", is("change.name", sysctl), is("change.field", "net.ipv4.ip_forward"))
	return appendTo(sysctl, "net.ipv4.ip_forward = 0\n", 0o644)
}
