package logs

import (
	"os"
	"path/filepath"
	"time"
)

// alive is how long ago a log file may have been written to be one that a
// syslog daemon still writes.
const alive = 48 * time.Hour

// Default returns the logs of a host: the audit log, and the system's log files
// where a daemon writes them, else the journal. What is where is looked at
// once, when the sensor starts.
func Default(root string, now time.Time) []Source {
	at := func(name string) string { return filepath.Join(root, "var/log", name) }
	out := []Source{{Path: at("audit/audit.log"), Format: "auditd"}}
	written := false
	var files []Source
	for _, name := range []string{"auth.log", "secure", "syslog", "messages", "kern.log"} {
		if info, err := os.Stat(at(name)); err == nil && info.Mode().IsRegular() {
			written = written || now.Sub(info.ModTime()) < alive
			files = append(files, Source{Path: at(name), Format: "syslog"})
		}
	}
	if journalOf(root) && !written {
		return append(out, Source{Journal: true})
	}
	if len(files) == 0 {
		files = []Source{{Path: at("auth.log"), Format: "syslog"}, {Path: at("syslog"), Format: "syslog"}}
	}
	return append(out, single(files, at)...)
}

// single leaves out a file whose lines another one has: where there is a file
// syslog, daemons write the kernel's lines to it and to kern.log.
func single(files []Source, at func(string) string) []Source {
	has := map[string]bool{}
	for _, f := range files {
		has[f.Path] = true
	}
	out := files[:0]
	for _, f := range files {
		if f.Path == at("kern.log") && (has[at("syslog")] || has[at("messages")]) {
			continue
		}
		out = append(out, f)
	}
	return out
}

// journalOf reports whether the host has a journal.
func journalOf(root string) bool {
	for _, dir := range []string{"run/log/journal", "var/log/journal"} {
		found, err := filepath.Glob(filepath.Join(root, dir, "*", "*.journal"))
		if err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}
