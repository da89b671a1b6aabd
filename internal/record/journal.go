package record

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// SyslogChannel is the channel of system log records, from files and from the
// journal.
const SyslogChannel = "Linux-Syslog"

// Facility returns the name of a facility of syslog.
func Facility(n int) string {
	names := [...]string{
		"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock",
		"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
	}
	if n < 0 || n >= len(names) {
		return ""
	}
	return names[n]
}

// Severity returns the name of a severity of syslog.
func Severity(n int) string {
	names := [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}
	if n < 0 || n >= len(names) {
		return ""
	}
	return names[n]
}

// Journal makes a record with the names of the systemd journal one of the
// system log. The names that begin with "_", which the journal itself gives,
// are about the record; the others stay.
func (r *Record) Journal() {
	get := func(names ...string) string {
		for _, name := range names {
			if i := slices.Index(r.Log.Names, name); i >= 0 {
				return r.Log.Values[i]
			}
		}
		return ""
	}
	text := r.journalMessage()
	host, program, pid := get("_HOSTNAME"), get("SYSLOG_IDENTIFIER", "_COMM"), get("SYSLOG_PID", "_PID")
	facility, severity := numbered(get("SYSLOG_FACILITY"), Facility), numbered(get("PRIORITY"), Severity)
	at := get("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP")
	r.rearrange()
	r.Log.Channel, r.Log.Provider, r.Log.Message, r.Host = SyslogChannel, program, text, host
	if us, err := strconv.ParseInt(at, 10, 64); err == nil && us > 0 && us < 1<<53 {
		r.Time = event.Time(us * 1000)
	}
	for _, p := range [...][2]string{{"Message", text}, {"hostname", host}, {"program", program}, {"pid", pid}, {"facility", facility}, {"severity", severity}} {
		if p[1] != "" {
			r.Log.Names, r.Log.Values = append(r.Log.Names, p[0]), append(r.Log.Values, p[1])
		}
	}
}

// rearrange moves the names that begin with "_" to the hidden ones.
func (r *Record) rearrange() {
	n := 0
	for i, name := range r.Log.Names {
		switch {
		case name == "MESSAGE":
		case strings.HasPrefix(name, "_"):
			r.Hidden.Names, r.Hidden.Values = append(r.Hidden.Names, name), append(r.Hidden.Values, r.Log.Values[i])
		default:
			r.Log.Names[n], r.Log.Values[n] = name, r.Log.Values[i]
			n++
		}
	}
	r.Log.Names, r.Log.Values = r.Log.Names[:n], r.Log.Values[:n]
}

// journalMessage returns the message, which JSON has as a list of bytes when it
// is no text.
func (r *Record) journalMessage() string {
	var all []string
	for i, name := range r.Log.Names {
		if name == "MESSAGE" {
			all = append(all, r.Log.Values[i])
		}
	}
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	bytes := make([]byte, 0, len(all))
	for _, text := range all {
		n, err := strconv.ParseUint(text, 10, 8)
		if err != nil {
			return strings.Join(all, "\n")
		}
		bytes = append(bytes, byte(n))
	}
	return strings.ToValidUTF8(string(bytes), "\ufffd")
}

func numbered(text string, name func(int) string) string {
	n, err := strconv.Atoi(text)
	if err != nil {
		return ""
	}
	return name(n)
}
