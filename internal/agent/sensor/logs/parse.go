package logs

import (
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/auditlog"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
	"github.com/vedette-edr/vedette/internal/record/auditd"
	"github.com/vedette-edr/vedette/internal/record/syslog"
)

// parser makes an event of a line. One that is not of the format is an event
// with the line as its message: nothing that was logged is left out.
type parser func(line string) *event.Event

func parserOf(format string, actors *auditlog.Actors, now func() time.Time) parser {
	switch format {
	case "auditd":
		a := &auditLines{actors: actors, owners: map[string]int64{}}
		return a.parse
	case "json":
		return parseJSON
	default:
		return func(line string) *event.Event { return parseSyslog(line, now()) }
	}
}

// plain is the event of a line that is not of the format.
func plain(source, channel, line string) *event.Event {
	line = strings.ToValidUTF8(line, "\ufffd")
	return &event.Event{Log: &event.Log{
		Source: source, Channel: channel, Message: line, Names: []string{"Message"}, Values: []string{line},
	}}
}

func parseSyslog(line string, now time.Time) *event.Event {
	line = strings.ToValidUTF8(line, "\ufffd")
	m, err := syslog.ParseIn(line, now, now.Location())
	if err != nil {
		return plain("syslog", syslog.Channel, line)
	}
	e := &event.Event{Time: m.Time, Log: &event.Log{}}
	m.Log(e.Log)
	return e
}

func parseJSON(line string) *event.Event {
	r, err := record.ParseJSON([]byte(line))
	if err != nil {
		return plain("jsonl", "", line)
	}
	log := r.Log
	log.Source = "jsonl"
	if log.Message == "" {
		log.Message = r.Log.Data("message").Text()
	}
	return &event.Event{Time: r.Time, Log: &log}
}

// auditLines reads the lines of the audit log. All records of an event are of
// one process, which only the first of them names.
type auditLines struct {
	actors *auditlog.Actors
	owners map[string]int64 // pids by the serial number of the event
	order  []string
}

// maxOwners bounds the events whose other records are awaited.
const maxOwners = 256

func (a *auditLines) parse(line string) *event.Event {
	l, err := auditd.Parse(line)
	if err != nil {
		return plain("auditd", auditd.Channel, line)
	}
	e := &event.Event{Time: l.Time, Log: &event.Log{Provider: "auditd", Code: l.Type}}
	l.Log(e.Log)
	if l.Node != "" { // a log that is gathered from other hosts
		e.Log.Names, e.Log.Values = append(e.Log.Names, "node"), append(e.Log.Values, l.Node)
		return e
	}
	if pid := a.owner(&l); pid > 0 {
		e.Process = a.actors.Living(pid, l.Time)
	}
	return e
}

// owner returns the pid of the process of a record.
func (a *auditLines) owner(l *auditd.Line) int64 {
	pid, err := strconv.ParseInt(l.Get("pid"), 10, 64)
	if err != nil {
		return a.owners[l.Serial]
	}
	if l.Type != "SYSCALL" {
		return pid
	}
	if _, ok := a.owners[l.Serial]; !ok {
		if len(a.order) >= maxOwners {
			delete(a.owners, a.order[0])
			a.order = a.order[1:]
		}
		a.order = append(a.order, l.Serial)
	}
	a.owners[l.Serial] = pid
	return pid
}
