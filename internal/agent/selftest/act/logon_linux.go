package act

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// su is the program whose PAM the acts of logons go through: this one is static
// and cannot load a library.
func su() (string, error) {
	path, err := exec.LookPath("su")
	if err != nil {
		return "", skipped("this host has no su, and so no program that asks PAM")
	}
	return path, nil
}

// allow writes the PAM service of su into the overlay: root may be anybody, all
// others need a password; nothing is written to a log.
const allow = `auth sufficient pam_rootok.so
auth required pam_unix.so nodelay
account required pam_permit.so
session required pam_permit.so
`

// logOn begins and ends a session of nobody.
func logOn(s *stage) error {
	path, err := su()
	if err != nil {
		return err
	}
	if err := os.WriteFile("/etc/pam.d/su", []byte(allow), 0o644); err != nil {
		return err
	}
	s.want("auth_login", is("logon.user.name", "nobody"), is("logon.service", "su"))
	s.want("auth_logout", is("logon.user.name", "nobody"), is("logon.service", "su"))
	if out, err := exec.Command(path, "-s", "/bin/sh", "-c", ":", "nobody").CombinedOutput(); err != nil {
		return fmt.Errorf("su: %w: %s", err, out)
	}
	return nil
}

// logons is where sessions are written down, in memory here.
const logons = "/var/log/wtmp"

// writeLogons writes down two sessions that nobody has.
func writeLogons(s *stage) error {
	var text []byte
	for i := range 2 {
		text = utmp.Native().Append(text, utmp.Record{Type: utmp.UserProcess, PID: int64(i + 1), Line: "pts/9" + number(i), User: "nobody", Time: event.At(time.Now())})
	}
	s.want("auth_login", is("logon.user.name", "nobody"), is("logon.line", "pts/91"))
	return appendTo(logons, string(text), 0o664)
}

// tamperLog takes the last of the sessions out again.
func tamperLog(s *stage) error {
	info, err := os.Stat(logons)
	if err != nil {
		return err
	}
	s.wantOwn("log_tamper", is("file.path", logons))
	return os.Truncate(logons, max(info.Size()-int64(utmp.Native().Size()), 0))
}

// failToLogOn is refused: nobody gives a wrong password for root.
func failToLogOn(s *stage) error {
	path, err := su()
	if err != nil {
		return err
	}
	if err := os.WriteFile("/etc/pam.d/su", []byte(allow), 0o644); err != nil {
		return err
	}
	s.want("auth_fail", is("logon.user.name", "root"), is("logon.service", "su"))
	c := exec.Command(path, "-s", "/bin/sh", "-c", ":", "root")
	c.Stdin = strings.NewReader("a wrong password of the self-exam\n")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	if err == nil {
		return errors.New("su took a wrong password")
	}
	return fmt.Errorf("su: %w: %s", err, out)
}
