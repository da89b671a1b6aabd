package notify

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"

	"github.com/vedette-edr/vedette/internal/event"
)

// journal sends records over the native socket of the systemd journal. A host
// without one is told once in the log and is no error; the socket is tried
// again with each alert.
type journal struct {
	path string
	log  *slog.Logger

	mu     sync.Mutex
	conn   *net.UnixConn // guarded by mu
	absent bool          // guarded by mu: told that there is none
	sent   int64         // guarded by mu
	err    error         // guarded by mu: of the last record
}

func (j *journal) send(e *event.Event, line []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.err = j.try(e, line)
	switch {
	case j.err == nil:
		j.sent++
		if j.absent {
			j.log.Info("journal is there again", "path", j.path)
		}
		j.absent = false
	case !j.absent:
		j.absent = true
		j.log.Warn("journal takes no alerts; the alert file has them all", "path", j.path, "error", j.err)
	}
}

func (j *journal) try(e *event.Event, line []byte) error {
	if j.conn == nil {
		conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: j.path, Net: "unixgram"})
		if err != nil {
			return err
		}
		j.conn = conn
	}
	_, err := j.conn.Write(journalRecord(e, line))
	if errors.Is(err, syscall.EMSGSIZE) {
		_, err = j.conn.Write(journalRecord(e, nil))
	}
	if err != nil {
		j.conn.Close()
		j.conn = nil
	}
	return err
}

func (j *journal) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.conn != nil {
		j.conn.Close()
		j.conn = nil
	}
}

func (j *journal) status() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return j.err.Error()
	}
	return fmt.Sprintf("%d sent", j.sent)
}

// journalRecord encodes an alert in the journal's native protocol. A record
// without line carries the text for people and the ids only.
func journalRecord(e *event.Event, line []byte) []byte {
	var b bytes.Buffer
	field := func(name, value string) {
		if value == "" {
			return
		}
		if !strings.Contains(value, "\n") {
			fmt.Fprintf(&b, "%s=%s\n", name, value)
			return
		}
		b.WriteString(name + "\n")
		b.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(value))))
		b.WriteString(value + "\n")
	}
	field("MESSAGE", Text(e))
	field("PRIORITY", priority(e))
	field("SYSLOG_IDENTIFIER", "vedette")
	field("VEDETTE_EVENT_ID", e.ID())
	field("VEDETTE_KIND", e.Kind.String())
	if e.Finding != nil {
		field("VEDETTE_RULE_ID", e.Finding.RuleID)
		field("VEDETTE_LEVEL", e.Finding.Level)
	}
	if e.Process != nil {
		field("OBJECT_PID", fmt.Sprint(e.Process.PID))
	}
	field("VEDETTE_EVENT", string(line))
	return b.Bytes()
}

// priority returns the syslog priority of an alert.
func priority(e *event.Event) string {
	if e.Finding == nil {
		return "5"
	}
	switch e.Finding.Level {
	case "critical":
		return "2"
	case "high":
		return "3"
	case "medium":
		return "4"
	case "low":
		return "5"
	}
	return "6"
}
