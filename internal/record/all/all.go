// Package all lists the formats of foreign records. A new format is its
// directory and one entry here.
package all

import (
	"time"

	"github.com/vedette-edr/vedette/internal/record"
	"github.com/vedette-edr/vedette/internal/record/auditd"
	"github.com/vedette-edr/vedette/internal/record/evtx"
	"github.com/vedette-edr/vedette/internal/record/syslog"
)

// Formats returns the formats in the order in which an input is offered to
// them.
func Formats() []record.Format {
	return []record.Format{
		evtx.Format(),
		record.JSONLines(),
		record.JSONDocuments(),
		auditd.Format(),
		syslog.Export(),
		syslog.Format(time.Now()),
	}
}
