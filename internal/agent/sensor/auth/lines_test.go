package auth

import (
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

func TestLines(t *testing.T) {
	for _, c := range []struct {
		program, text string
		kind          event.Kind
		logon         event.Logon
		reason        string
	}{
		{"sshd", "Accepted publickey for alice from 192.0.2.7 port 50122 ssh2: ED25519 SHA256:abc", event.AuthLogin,
			event.Logon{UserName: "alice", Service: "sshd", Method: "publickey", Type: "remote", Address: "192.0.2.7"}, ""},
		{"sshd-session", "Accepted password for root from 2001:db8::1 port 22 ssh2", event.AuthLogin,
			event.Logon{UserName: "root", Service: "sshd", Method: "password", Type: "remote", Address: "2001:db8::1"}, ""},
		{"sshd", "Failed password for root from 192.0.2.7 port 4711 ssh2", event.AuthFail,
			event.Logon{UserName: "root", Service: "sshd", Method: "password", Type: "remote", Address: "192.0.2.7"}, "authentication failure"},
		{"sshd", "Failed password for invalid user eve from 192.0.2.7 port 4711 ssh2", event.AuthFail,
			event.Logon{UserName: "eve", Service: "sshd", Method: "password", Type: "remote", Address: "192.0.2.7"}, "unknown user"},
		{"sshd", "Failed keyboard-interactive/pam for bob from 192.0.2.7 port 4711 ssh2", event.AuthFail,
			event.Logon{UserName: "bob", Service: "sshd", Method: "keyboard-interactive/pam", Type: "remote", Address: "192.0.2.7"}, "authentication failure"},
		{"sshd", "Invalid user eve from 192.0.2.7 port 4711", event.AuthFail,
			event.Logon{UserName: "eve", Service: "sshd", Type: "remote", Address: "192.0.2.7"}, "unknown user"},
		// A name that tries to look like another origin.
		{"sshd", "Failed password for invalid user x from 203.0.113.1 port 1 ssh2 from 192.0.2.7 port 4711 ssh2", event.AuthFail,
			event.Logon{UserName: "x from 203.0.113.1 port 1 ssh2", Service: "sshd", Method: "password", Type: "remote", Address: "192.0.2.7"}, "unknown user"},
		{"su", "(to root) alice on pts/0", event.AuthLogin, event.Logon{UserName: "root", Service: "su", Type: "su", Line: "pts/0"}, ""},
		{"su", "FAILED SU (to root) alice on pts/0", event.AuthFail, event.Logon{UserName: "root", Service: "su", Type: "su", Line: "pts/0"}, "authentication failure"},
		{"login", "FAILED LOGIN (1) on '/dev/tty1' FOR 'alice', Authentication failure", event.AuthFail,
			event.Logon{UserName: "alice", Service: "login", Type: "local", Line: "tty1"}, "authentication failure"},
		{"login", "FAILED LOGIN (2) on '/dev/tty1' FOR 'UNKNOWN', User not known to the underlying authentication module", event.AuthFail,
			event.Logon{Service: "login", Type: "local", Line: "tty1"}, "unknown user"},
		{"login", "ROOT LOGIN ON tty1", event.AuthLogin, event.Logon{UserName: "root", Service: "login", Type: "local", Line: "tty1"}, ""},
		{"login", "LOGIN ON pts/1 BY alice FROM 192.0.2.7", event.AuthLogin,
			event.Logon{UserName: "alice", Service: "login", Type: "remote", Line: "pts/1", Address: "192.0.2.7"}, ""},
		{"sshd", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=root", event.AuthFail,
			event.Logon{UserName: "root", Service: "sshd", Type: "remote", Address: "192.0.2.7"}, "authentication failure"},
		{"su", "pam_unix(su:auth): authentication failure; logname=alice uid=1000 euid=0 tty=/dev/pts/0 ruser=alice rhost=  user=root", event.AuthFail,
			event.Logon{UserName: "root", Service: "su", Type: "su", Line: "pts/0"}, "authentication failure"},
		{"CRON", "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)", event.AuthLogin,
			event.Logon{UserName: "root", Service: "cron", Type: "cron"}, ""},
		{"sudo", "pam_unix(sudo:session): session closed for user root", event.AuthLogout, event.Logon{UserName: "root", Service: "sudo", Type: "su"}, ""},
		{"systemd-logind", "New session 5 of user alice.", event.AuthLogin, event.Logon{UserName: "alice", SessionID: "5"}, ""},
		{"systemd-logind", "New session 'c2' of user 'alice' with class 'user' and type 'tty'.", event.AuthLogin, event.Logon{UserName: "alice", SessionID: "c2"}, ""},
		{"systemd-logind", "Removed session 5.", event.AuthLogout, event.Logon{SessionID: "5"}, ""},
		{"dropbear", "Password auth succeeded for 'root' from 192.0.2.7:50000", event.AuthLogin,
			event.Logon{UserName: "root", Service: "dropbear", Method: "password", Type: "remote", Address: "192.0.2.7"}, ""},
		{"dropbear", "Bad password attempt for 'root' from 192.0.2.7:50000", event.AuthFail,
			event.Logon{UserName: "root", Service: "dropbear", Method: "password", Type: "remote", Address: "192.0.2.7"}, "authentication failure"},
	} {
		s := parseLine(c.program, c.text)
		if s == nil {
			t.Errorf("%s: %s: nothing", c.program, c.text)
			continue
		}
		if s.kind != c.kind || s.logon != c.logon || s.reason != c.reason {
			t.Errorf("%s: %s: %s %+v %q", c.program, c.text, s.kind, s.logon, s.reason)
		}
	}
}

func TestNoLogons(t *testing.T) {
	for program, texts := range map[string][]string{
		"sshd": {
			"Server listening on 0.0.0.0 port 22.", "Connection closed by 192.0.2.7 port 1 [preauth]", "Failed none for eve from 192.0.2.7 port 1 ssh2",
			"Accepted publickey for", "Failed password for root", "Accepted a b for root from 192.0.2.7 port 1", "", " for  from  port ",
			"Disconnected from user alice 192.0.2.7 port 1", "pam_unix(sshd:auth): check pass; user unknown", "pam_unix(",
		},
		"su":             {"(to root", "alice", "pam_unix(su:session"},
		"systemd-logind": {"Session 5 logged out. Waiting for processes to exit.", "New seat seat0.", "New session 5"},
		"kernel":         {"Accepted password for root from 192.0.2.7 port 1 ssh2"},
	} {
		for _, text := range texts {
			if s := parseLine(program, text); s != nil {
				t.Errorf("%s: %q: %+v", program, text, s)
			}
		}
	}
}

// A record of a log becomes a sighting with its pid and time; what another than
// root wrote into the journal is not believed.
func TestRecordsOfLogs(t *testing.T) {
	line := "Nov 21 10:00:00 host sshd[4711]: Accepted password for alice from 192.0.2.7 port 22 ssh2"
	e := &event.Event{Time: began, Kind: event.LogRecord, Log: &event.Log{
		Source: "syslog", Provider: "sshd", Message: line, Names: []string{"Message", "program", "pid"}, Values: []string{line, "sshd", "4711"},
	}}
	s := lineSighting(e)
	if s == nil || s.pid != 4711 || s.at != began || s.logon.UserName != "alice" {
		t.Fatalf("%+v", s)
	}
	journal := &event.Event{Time: began, Kind: event.LogRecord, Log: &event.Log{
		Source: "journald", Provider: "sshd", Message: "Accepted password for root from 192.0.2.7 port 22 ssh2",
		Names: []string{"_UID", "_PID"}, Values: []string{"0", "5"},
	}}
	if s := lineSighting(journal); s == nil || s.pid != 5 {
		t.Fatalf("%+v", s)
	}
	journal.Log.Values[0] = "1000"
	if s := lineSighting(journal); s != nil {
		t.Errorf("believed: %+v", s)
	}
}

// Whatever a line says, it is read to its end, and what comes of it stands in it.
func FuzzLine(f *testing.F) {
	for _, text := range []string{
		"Failed password for invalid user x from 1.2.3.4 port 1 ssh2", "FAILED LOGIN (1) on '/dev/tty1' FOR 'a', b", "(to root) a on b",
		"pam_unix(su:auth): authentication failure; user=root", "New session '1' of user 'a'.", "Bad password attempt for 'a' from [::1]:5",
	} {
		for _, program := range []string{"sshd", "login", "su", "systemd-logind", "dropbear"} {
			f.Add(program, text)
		}
	}
	f.Fuzz(func(t *testing.T, program, text string) {
		s := parseLine(program, text)
		if s == nil {
			return
		}
		if s.kind != event.AuthLogin && s.kind != event.AuthLogout && s.kind != event.AuthFail || len(s.logon.UserName) > len(text) {
			t.Fatalf("%+v", s)
		}
		if _, err := s.event().MarshalJSON(); err != nil {
			t.Fatal(err)
		}
	})
}
