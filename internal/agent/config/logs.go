package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Log is one log whose records are events.
type Log struct {
	Path    string `yaml:"path,omitempty" json:"path,omitempty" doc:"The log file, an absolute path; of a journal its folder, empty for the host's own."`
	Journal bool   `yaml:"journal,omitempty" json:"journal,omitempty" doc:"Read the journal of systemd, through journalctl."`
	Format  string `yaml:"format,omitempty" json:"format,omitempty" enum:"auditd,syslog,json" doc:"How the lines of the file are written; empty is auditd for audit.log and syslog for others."`
	From    string `yaml:"from,omitempty" json:"from,omitempty" enum:"end,start" doc:"Where a log begins that was never read; empty is end."`
}

// LineFormat returns the format of the log's lines.
func (l Log) LineFormat() string {
	switch {
	case l.Format != "" || l.Journal:
		return l.Format
	case filepath.Base(l.Path) == "audit.log":
		return "auditd"
	}
	return "syslog"
}

// maxLogs bounds the logs that are read.
const maxLogs = 64

func checkLogs(logs []Log) error {
	if len(logs) > maxLogs {
		return fmt.Errorf("logs: more than %d", maxLogs)
	}
	seen := map[Log]bool{}
	for i, l := range logs {
		same := Log{Path: filepath.Clean(l.Path), Journal: l.Journal}
		switch {
		case l.Path == "" && !l.Journal:
			return fmt.Errorf("logs[%d].path: name a file, or set journal: true", i)
		case l.Path != "" && !filepath.IsAbs(l.Path):
			return fmt.Errorf("logs[%d].path: %q is not an absolute path", i, l.Path)
		case l.Journal && l.Format != "":
			return fmt.Errorf("logs[%d].format: a journal has none", i)
		case l.Format != "" && !slices.Contains(logFormats(), l.Format):
			return fmt.Errorf("logs[%d].format: %q is none of %s", i, l.Format, strings.Join(logFormats(), ", "))
		case l.From != "" && l.From != "end" && l.From != "start":
			return fmt.Errorf("logs[%d].from: %q is neither end nor start", i, l.From)
		case seen[same]:
			return fmt.Errorf("logs[%d].path: the log is named twice", i)
		}
		seen[same] = true
	}
	return nil
}

func logFormats() []string { return []string{"auditd", "syslog", "json"} }
