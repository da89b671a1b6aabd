package auth

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// maxLine bounds the text of a line that is read.
const maxLine = 2048

// program returns the program of a record of a log without its path and what
// newer versions add to its name.
func program(l *event.Log) string {
	name := l.Provider
	if name == "" {
		name = value(l, "program", "SYSLOG_IDENTIFIER")
	}
	return name[strings.LastIndexByte(name, '/')+1:]
}

// wanted reports whether a record of a log may tell of a logon.
func wanted(l *event.Log) bool {
	switch program(l) {
	case "sshd", "sshd-session", "sshd-auth", "login", "su", "sudo", "cron", "CRON", "crond", "systemd-logind",
		"gdm-password]", "gdm-session-worker", "lightdm", "sddm-helper", "systemd", "vsftpd", "dropbear":
		return true
	}
	return false
}

func value(l *event.Log, names ...string) string {
	for _, name := range names {
		for i, n := range l.Names {
			if strings.EqualFold(n, name) && i < len(l.Values) {
				return l.Values[i]
			}
		}
	}
	return ""
}

// lineSighting returns what a record of a log tells; nil when it is no logon.
// A record of the journal whose writer is not root is not believed: anybody can
// write as sshd.
func lineSighting(e *event.Event) *sighting {
	l := e.Log
	if uid := value(l, "_UID"); uid != "" && uid != "0" {
		return nil
	}
	text := l.Message
	if m := value(l, "MESSAGE"); m != "" && l.Source != "syslog" {
		text = m
	}
	name := program(l)
	// The message of a line is the whole line.
	if i := strings.Index(text, name+"["); i >= 0 {
		if _, rest, ok := strings.Cut(text[i:], "]: "); ok {
			text = rest
		}
	} else if i := strings.Index(text, name+": "); i >= 0 {
		text = text[i+len(name)+2:]
	}
	s := parseLine(name, text[:min(len(text), maxLine)])
	if s == nil {
		return nil
	}
	s.at, s.process, s.user = e.Time, e.Process, e.User
	s.pid, _ = strconv.ParseInt(cmp.Or(value(l, "pid", "_PID"), value(l, "SYSLOG_PID")), 10, 64)
	return s
}

// parseLine reads a line of a program that lets users in.
func parseLine(program, text string) *sighting {
	if strings.HasPrefix(text, "pam_unix(") || strings.HasPrefix(text, "pam_sss(") {
		return moduleLine(text)
	}
	var s *sighting
	switch program {
	case "sshd", "sshd-session", "sshd-auth":
		s = sshdLine(text)
		program = "sshd"
	case "su":
		s = suLine(text)
	case "login":
		s = loginLine(text)
	case "systemd-logind":
		return managerLine(text)
	case "dropbear":
		s = dropbearLine(text)
	}
	if s == nil {
		return nil
	}
	s.source = orSource(s.source, fromService)
	s.logon.Service = program
	s.logon.Type = typeOf(program, s.logon.Address, s.logon.Line)
	return s
}

func orSource(a, b source) source {
	if a != 0 {
		return a
	}
	return b
}

func seenLogin(user string) *sighting {
	return &sighting{kind: event.AuthLogin, logon: event.Logon{UserName: user}}
}

func seenFailure(user, reason string) *sighting {
	return &sighting{kind: event.AuthFail, reason: reason, logon: event.Logon{UserName: user}}
}

// sshdLine reads "Accepted METHOD for USER from ADDRESS port N ssh2", "Failed
// METHOD for [invalid user ]USER from ADDRESS port N ssh2" and "Invalid user
// USER from ADDRESS port N". A user may be any text: the last "from" counts.
func sshdLine(text string) *sighting {
	words, what, ok := strings.Cut(text, " for ")
	method, failed := strings.CutPrefix(words, "Failed ")
	if accepted, is := strings.CutPrefix(words, "Accepted "); ok && is && !strings.Contains(accepted, " ") {
		user, address, ok := origin(what)
		if !ok {
			return nil
		}
		s := seenLogin(user)
		s.logon.Method, s.logon.Address = accepted, address
		return s
	}
	if ok && failed && !strings.Contains(method, " ") {
		if method == "none" { // how a client asks what there is
			return nil
		}
		user, address, ok := origin(what)
		if !ok {
			return nil
		}
		s := seenFailure(user, "authentication failure")
		if name, invalid := strings.CutPrefix(user, "invalid user "); invalid {
			s.logon.UserName, s.reason = name, "unknown user"
		}
		s.logon.Method, s.logon.Address = method, address
		return s
	}
	if what, ok := strings.CutPrefix(text, "Invalid user "); ok {
		user, address, ok := origin(what)
		if !ok {
			return nil
		}
		s := seenFailure(user, "unknown user")
		s.source, s.logon.Address = fromNotice, address
		return s
	}
	return nil
}

// origin reads "USER from ADDRESS port N ...".
func origin(text string) (user, address string, ok bool) {
	i := strings.LastIndex(text, " from ")
	if i < 0 {
		return "", "", false
	}
	user, rest := text[:i], text[i+len(" from "):]
	address, _, ok = strings.Cut(rest, " port ")
	if !ok || address == "" || strings.Contains(address, " ") {
		return "", "", false
	}
	return user, address, true
}

// suLine reads "(to USER) BY on TTY" and "FAILED SU (to USER) BY on TTY".
func suLine(text string) *sighting {
	rest, failed := strings.CutPrefix(text, "FAILED SU ")
	rest, ok := strings.CutPrefix(rest, "(to ")
	user, rest, ok2 := strings.Cut(rest, ") ")
	if !ok || !ok2 {
		return nil
	}
	s := seenLogin(user)
	if failed {
		s = seenFailure(user, "authentication failure")
	}
	if i := strings.LastIndex(rest, " on "); i >= 0 {
		s.logon.Line = lineOf(rest[i+4:])
	}
	return s
}

// loginLine reads what login writes: "FAILED LOGIN (1) on '/dev/tty1' FOR
// 'USER', REASON", "LOGIN ON tty1 BY USER [FROM HOST]" and "ROOT LOGIN ON tty1
// [FROM HOST]".
func loginLine(text string) *sighting {
	if rest, ok := strings.CutPrefix(text, "FAILED LOGIN "); ok {
		_, rest, _ = strings.Cut(rest, "on '")
		line, rest, _ := strings.Cut(rest, "'")
		_, rest, _ = strings.Cut(rest, "FOR '")
		i := strings.LastIndex(rest, "', ")
		if i < 0 {
			return nil
		}
		s := seenFailure(rest[:i], strings.ToLower(rest[i+3:]))
		if unknown(s.logon.UserName) {
			s.logon.UserName, s.reason = "", "unknown user"
		}
		s.logon.Line = lineOf(line)
		return s
	}
	user := "root"
	rest, ok := strings.CutPrefix(text, "ROOT LOGIN ON ")
	if !ok {
		if rest, ok = strings.CutPrefix(text, "LOGIN ON "); !ok {
			return nil
		}
	}
	words := strings.Fields(rest)
	if len(words) == 0 {
		return nil
	}
	s := seenLogin("")
	s.logon.Line = lineOf(words[0])
	for i := 1; i+1 < len(words); i += 2 {
		switch words[i] {
		case "BY":
			user = words[i+1]
		case "FROM":
			s.logon.Address = words[i+1]
		}
	}
	s.logon.UserName = user
	return s
}

// dropbearLine reads "Password auth succeeded for 'USER' from ADDRESS:PORT",
// "Pubkey auth succeeded for 'USER' with key ... from ADDRESS:PORT" and "Bad
// password attempt for 'USER' from ADDRESS:PORT".
func dropbearLine(text string) *sighting {
	what, rest, ok := strings.Cut(text, " for '")
	i := strings.LastIndex(rest, " from ")
	if !ok || i < 0 {
		return nil
	}
	user, _, ok := strings.Cut(rest[:i], "'")
	address := rest[i+6:]
	if j := strings.LastIndexByte(address, ':'); j >= 0 {
		address = strings.Trim(address[:j], "[]")
	}
	if !ok || strings.Contains(address, " ") {
		return nil
	}
	var s *sighting
	switch {
	case what == "Password auth succeeded":
		s = seenLogin(user)
		s.logon.Method = "password"
	case what == "Pubkey auth succeeded":
		s = seenLogin(user)
		s.logon.Method = "publickey"
	case what == "Bad password attempt" || what == "Bad PAM password attempt":
		s = seenFailure(user, "authentication failure")
		s.logon.Method = "password"
	default:
		return nil
	}
	s.logon.Address = address
	return s
}

// moduleLine reads the lines of PAM's module for passwords: "pam_unix(sshd:auth):
// authentication failure; ... tty=ssh ruser= rhost=ADDRESS  user=USER" and
// "pam_unix(sshd:session): session opened for user USER(uid=0) by ...".
func moduleLine(text string) *sighting {
	_, rest, _ := strings.Cut(text, "(")
	service, rest, ok := strings.Cut(rest, ":")
	_, rest, ok2 := strings.Cut(rest, "): ")
	if !ok || !ok2 || !plain(service) {
		return nil
	}
	var s *sighting
	if what, ok := strings.CutPrefix(rest, "authentication failure; "); ok {
		s = seenFailure("", "authentication failure")
		s.logon.Line, s.logon.Address = lineOf(item(what, "tty=")), item(what, "rhost=")
		if s.logon.UserName = item(what, "user="); s.logon.UserName == "" {
			s.reason = "unknown user"
		}
	} else if what, ok := strings.CutPrefix(rest, "session opened for user "); ok {
		s = seenLogin(userOf(what))
	} else if what, ok := strings.CutPrefix(rest, "session closed for user "); ok {
		s = &sighting{kind: event.AuthLogout, logon: event.Logon{UserName: userOf(what)}}
	} else {
		return nil
	}
	s.source, s.logon.Service = fromModule, service
	s.logon.Type = typeOf(service, s.logon.Address, s.logon.Line)
	return s
}

// userOf returns the user at the begin of a text, without the number behind it.
func userOf(text string) string {
	text, _, _ = strings.Cut(text, " ")
	text, _, _ = strings.Cut(text, "(")
	return text
}

// item returns the value of an item of a line, which ends at a blank.
func item(text, name string) string {
	for word := range strings.FieldsSeq(text) {
		if v, ok := strings.CutPrefix(word, name); ok {
			return v
		}
	}
	return ""
}

// managerLine reads "New session 5 of user alice." and "Removed session 5."; newer
// versions write quotation marks.
func managerLine(text string) *sighting {
	text = strings.ReplaceAll(strings.TrimSuffix(text, "."), "'", "")
	words := strings.Fields(text)
	switch {
	case len(words) >= 6 && strings.HasPrefix(text, "New session ") && words[3] == "of" && words[4] == "user":
		s := seenLogin(words[5])
		s.source, s.logind, s.logon.SessionID = fromManager, words[2], words[2]
		return s
	case len(words) == 3 && strings.HasPrefix(text, "Removed session "):
		return &sighting{source: fromManager, kind: event.AuthLogout, logind: words[2], logon: event.Logon{SessionID: words[2]}}
	}
	return nil
}
