package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/schema"
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
		return schema.Wrong("logs", "more than %d", maxLogs)
	}
	seen := map[Log]bool{}
	for i, l := range logs {
		at := fmt.Sprintf("logs[%d]", i)
		same := Log{Path: filepath.Clean(l.Path), Journal: l.Journal}
		switch {
		case l.Path == "" && !l.Journal:
			return schema.Wrong(at+".path", "name a file, or set journal: true")
		case l.Path != "" && !filepath.IsAbs(l.Path):
			return schema.Wrong(at+".path", "%q is not an absolute path", l.Path)
		case l.Journal && l.Format != "":
			return schema.Wrong(at+".format", "a journal has none")
		case l.Format != "" && !slices.Contains(logFormats(), l.Format):
			return schema.Wrong(at+".format", "%q is none of %s", l.Format, strings.Join(logFormats(), ", "))
		case l.From != "" && l.From != "end" && l.From != "start":
			return schema.Wrong(at+".from", "%q is neither end nor start", l.From)
		case seen[same]:
			return schema.Wrong(at+".path", "the log is named twice")
		}
		seen[same] = true
	}
	return nil
}

func logFormats() []string { return []string{"auditd", "syslog", "json"} }
