// Package syslog reads system logs as text: lines of RFC 3164 and RFC 5424,
// also with a time as rsyslog and systemd write it, and the export format of
// the journal. The journal's JSON is read by package record. Each record is of
// the channel Linux-Syslog; its Message is the line as it stands, because that
// is what rules for logs are about, and its parts have names of their own.
package syslog

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// Channel is the channel of the records.
const Channel = record.SyslogChannel

// Format returns the format of lines. Those of RFC 3164 have no year: theirs is
// the last one in which the line is not younger than now.
func Format(now time.Time) record.Format {
	return record.Format{Name: "syslog", Accepts: accepts, Open: func(r io.Reader) (record.Blocks, error) {
		return lines{record.NewCutter(r), now}, nil
	}}
}

// accepts reports whether the first line that is not blank is one of syslog.
func accepts(head []byte) bool {
	for line := range bytes.Lines(head) {
		if text := bytes.TrimSpace(line); len(text) > 0 {
			_, err := Parse(string(text), time.Unix(0, 0))
			return err == nil
		}
	}
	return false
}

type lines struct {
	*record.Cutter
	now time.Time
}

// Decode reads the lines of b. A line that begins with a blank goes on with the
// message of the line before.
func (l lines) Decode(b *record.Block, out *record.Batch) {
	out.Faults = append(out.Faults, b.Faults...)
	added := 0
	b.EachLine(func(n int, text []byte) {
		m, err := Parse(out.Text(text), l.now)
		if err != nil {
			if rs := out.Records(); len(rs) > 0 && (text[0] == ' ' || text[0] == '\t') {
				if added++; added <= maxLines {
					more(rs[len(rs)-1], string(text))
				}
				return
			}
			out.Fault("line "+strconv.Itoa(n), err)
			return
		}
		m.fill(out.Add(), n)
		added = 0
	})
}

// maxMessage bounds a message of several lines, bytes; maxLines how many it
// has.
const (
	maxMessage = 256 << 10
	maxLines   = 1000
)

func more(r *record.Record, text string) {
	if len(r.Log.Message)+len(text) > maxMessage {
		return
	}
	r.Log.Message += "\n" + text
	r.Log.Values[0] = r.Log.Message
}

// Message is a line and its parts; a part that it has not is empty.
type Message struct {
	Line     string
	Time     event.Time
	Host     string
	Program  string
	PID      string
	ID       string // of RFC 5424
	Priority int    // facility * 8 + severity; -1 when there is none
	Data     []string
	Text     string
}

var (
	errNone     = errors.New("not a line of syslog: no time and host at its begin")
	errPriority = errors.New("the priority is not a number from 0 to 191 in angle brackets")
)

// fill makes the message a record.
func (m *Message) fill(r *record.Record, n int) {
	r.Line, r.Time, r.Host = n, m.Time, m.Host
	m.Log(&r.Log)
}

// Log writes the message into the section of a record.
func (m *Message) Log(log *event.Log) {
	log.Source, log.Channel, log.Provider, log.Message = "syslog", Channel, m.Program, m.Line
	put := func(name, value string) {
		if value != "" {
			log.Names, log.Values = append(log.Names, name), append(log.Values, value)
		}
	}
	put("Message", m.Line)
	put("hostname", m.Host)
	put("program", m.Program)
	put("pid", m.PID)
	put("msgid", m.ID)
	if m.Priority >= 0 {
		put("facility", record.Facility(m.Priority>>3))
		put("severity", record.Severity(m.Priority&7))
	}
	for i := 0; i+1 < len(m.Data); i += 2 {
		put(m.Data[i], m.Data[i+1])
	}
}
