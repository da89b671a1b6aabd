package auth_test

import (
	"fmt"
	"net"
	"os"
	osexec "os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/logs"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// authLog is where the daemon of system logs writes what is about logons.
const authLog = "/var/log/auth.log"

// collect writes what programs log into authLog, as the daemon of system logs
// does.
func collect(t *testing.T) {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "/dev/log", Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(authLog)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		b := make([]byte, 8192)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			// "<38>Nov 21 10:00:00 sshd[4711]: text"
			if _, text, ok := strings.Cut(string(b[:n]), ">"); ok && len(text) > 16 {
				fmt.Fprintf(f, "%s host %s\n", time.Now().UTC().Format("2006-01-02T15:04:05.000000+00:00"), strings.TrimSpace(text[16:]))
			}
		}
	})
	t.Cleanup(func() { c.Close(); wg.Wait(); f.Close(); os.Remove("/dev/log") })
}

// sshd is a server of its own in the sandbox.
type sshd struct {
	t    *testing.T
	dir  string
	port int
}

// serve starts sshd with PAM on the copy of the library, and gives the user
// games a password and a key.
func serve(t *testing.T, b *bench) *sshd {
	t.Helper()
	program := os.Getenv("VEDETTE_SSHD")
	if program == "" {
		program = "/usr/sbin/sshd"
	}
	if _, err := os.Stat(program); err != nil {
		t.Skipf("SKIPPED: sshd is not installed (openssh-server), nor named by VEDETTE_SSHD: %v", err)
	}
	dir, err := os.MkdirTemp("", "sshd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // games reads its keys there
		t.Fatal(err)
	}
	s := &sshd{t: t, dir: dir}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	s.must("sh", "-c", "grep -q ^sshd: /etc/passwd || echo sshd:x:998:65534::/run/sshd:/usr/sbin/nologin >> /etc/passwd; mkdir -p /run/sshd; chmod 755 /run/sshd")
	s.must("sh", "-c", "usermod -s /bin/sh -d "+s.dir+" -p \"$(openssl passwd -6 correct)\" games")
	s.must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", s.dir+"/host")
	s.must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", s.dir+"/key")
	s.must("cp", s.dir+"/key.pub", s.dir+"/keys")
	service(t, "sshd", "auth required pam_unix.so nodelay", "account required pam_unix.so", "session required pam_loginuid.so", "session required pam_unix.so")
	config := fmt.Sprintf("Port %d\nListenAddress 127.0.0.1\nHostKey %s/host\nUsePAM yes\nPasswordAuthentication yes\nKbdInteractiveAuthentication yes\nAuthorizedKeysFile %s/keys\nStrictModes no\nPidFile none\n", s.port, s.dir, s.dir)
	if err := os.WriteFile(s.dir+"/config", []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.dir+"/ask", []byte("#!/bin/sh\necho \"$PASSWORD\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := b.command(program, "-D", "-f", s.dir+"/config")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			text, _ := os.ReadFile(authLog)
			t.Logf("%s", text)
		}
	})
	for range 100 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(s.port)); err == nil {
			c.Close()
			return s
		}
		<-time.After(50 * time.Millisecond)
	}
	t.Fatal("sshd does not listen")
	return nil
}

func (s *sshd) must(name string, args ...string) {
	s.t.Helper()
	if out, err := osexec.Command(name, args...).CombinedOutput(); err != nil {
		s.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// ssh runs a command as games, with a password or with the key.
func (s *sshd) ssh(user, password, command string, more ...string) (string, error) {
	args := []string{
		"-p", strconv.Itoa(s.port), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
		"-o", "NumberOfPasswordPrompts=1", "-o", "IdentitiesOnly=yes", "-F", "none",
	}
	if password == "" {
		args = append(args, "-i", s.dir+"/key", "-o", "BatchMode=yes")
	} else {
		args = append(args, "-o", "PubkeyAuthentication=no")
	}
	args = append(append(args, more...), user+"@127.0.0.1", command)
	c := osexec.Command("ssh", args...)
	c.Env = append(os.Environ(), "SSH_ASKPASS="+s.dir+"/ask", "SSH_ASKPASS_REQUIRE=force", "DISPLAY=:0", "PASSWORD="+password)
	out, err := c.CombinedOutput()
	return string(out), err
}

// sshd with PAM, records and lines: a key, a password in both ways, a wrong
// password, a user that does not exist; each is one event.
func TestSshd(t *testing.T) {
	state, dir := prepare(t)
	collect(t)
	b := whole(t, sensortest.Kernel(t, kernel.Options{}), state, dir,
		logs.New(logs.Options{State: state, Sources: []logs.Source{{Path: authLog, Format: "syslog"}}}))
	s := serve(t, b)
	sshd := func(kind event.Kind) func(*event.Event) bool {
		return func(e *event.Event) bool { return e.Kind == kind && e.Logon.Service == "sshd" }
	}
	logons, failures := 0, 0
	for name, c := range map[string]struct {
		user, password string
		more           []string
		method, reason string
	}{
		"key":           {"games", "", nil, "publickey", ""},
		"terminal":      {"games", "", []string{"-tt"}, "publickey", ""},
		"password":      {"games", "correct", []string{"-o", "PreferredAuthentications=password"}, "password", ""},
		"interactive":   {"games", "correct", []string{"-o", "PreferredAuthentications=keyboard-interactive"}, "password", ""},
		"wrong":         {"games", "wrong", []string{"-o", "PreferredAuthentications=password"}, "password", "authentication failure"},
		"interactively": {"games", "wrong", []string{"-o", "PreferredAuthentications=keyboard-interactive"}, "password", "authentication failure"},
		"unknown":       {"eve", "wrong", []string{"-o", "PreferredAuthentications=password"}, "password", "unknown user"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := s.ssh(c.user, c.password, "cat /proc/self/sessionid", c.more...)
			kind, n := event.AuthLogin, &logons
			if c.reason != "" {
				kind, n = event.AuthFail, &failures
			} else if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			*n++
			e := b.Wait(t, name, *n, sshd(kind))[*n-1]
			if e.Logon.UserName != c.user || e.Logon.Method != c.method || e.Reason != c.reason || e.Net.SourceIP.String() != "127.0.0.1" || e.Rung != "pam" || e.Logon.Type != "remote" {
				t.Errorf("%s %+v %q", e.Rung, e.Logon, e.Reason)
			}
			if e.Process == nil || e.Process.Name != "sshd" {
				t.Errorf("in %+v", e.Process)
			}
			if kind == event.AuthFail {
				return
			}
			if id := strings.TrimSpace(out); e.Logon.SessionID != id {
				t.Errorf("session %q, want %q", e.Logon.SessionID, id)
			}
			end := b.Wait(t, "the end of "+name, *n, sshd(event.AuthLogout))[*n-1]
			if end.Logon.Start != e.Time || end.Logon.UserName != c.user || name == "terminal" && !strings.HasPrefix(end.Logon.Line, "pts/") {
				t.Errorf("%+v, begun %d", end.Logon, e.Time)
			}
		})
	}
	if t.Failed() {
		for _, e := range b.All(sensortest.Kinds(event.AuthLogin, event.AuthLogout, event.AuthFail)) {
			t.Logf("%s %s %s %+v %q in %+v", e.Time.Std().Format("05.000"), e.Kind, e.Rung, *e.Logon, e.Reason, e.Process)
		}
	}
	if got := len(b.All(sensortest.Kinds(event.AuthLogin))); got != logons {
		t.Errorf("%d logons, want %d", got, logons)
	}
	if got := len(b.All(sensortest.Kinds(event.AuthFail))); got != failures {
		t.Errorf("%d failures, want %d", got, failures)
	}
}
