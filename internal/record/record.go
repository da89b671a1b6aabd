// Package record holds records that other programs wrote, where names are
// data: a line of JSON, and later event logs, audit and system logs. A Record
// is read by rules like an event; it belongs to one goroutine until it is
// complete and is read-only afterwards.
package record

import (
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// Record is one foreign record. Values stand under the names that the program
// gave them; a name may stand more than once.
type Record struct {
	Time   event.Time
	Host   string
	Log    event.Log
	Hidden event.Log // names that start with "_": about the record, not part of it
}

// Get returns the fields of the list of fields that a record has.
func (r *Record) Get(id event.FieldID) event.Value {
	switch id {
	case event.FieldEventAction:
		return event.Value{Type: event.KindName, Str: event.LogRecord.String(), Num: int64(event.LogRecord)}
	case event.FieldTimestamp:
		return event.Value{Type: event.Instant, Num: int64(r.Time)}
	case event.FieldHostName:
		return event.Value{Str: r.Host}
	case event.FieldLogSource:
		return event.Value{Str: r.Log.Source}
	case event.FieldLogChannel:
		return event.Value{Str: r.Log.Channel}
	case event.FieldLogProvider:
		return event.Value{Str: r.Log.Provider}
	case event.FieldEventCode:
		return event.Value{Str: r.Log.Code}
	case event.FieldLogRecordId:
		return event.Value{Str: r.Log.RecordID}
	case event.FieldMessage:
		return event.Value{Str: r.Log.Message}
	}
	return event.Value{}
}

// Data returns the value under name, all of them when it stands more than once.
func (r *Record) Data(name string) event.Value {
	if strings.HasPrefix(name, "_") {
		return r.Hidden.Data(name)
	}
	return r.Log.Data(name)
}

// Each calls yield with every name and value until it returns false.
func (r *Record) Each(yield func(name string, v event.Value) bool) {
	for i, name := range r.Log.Names {
		if !yield(name, event.TextOf(r.Log.Values[i])) {
			return
		}
	}
}

// Event returns the record as an event of kind log_record.
func (r *Record) Event() *event.Event {
	log := r.Log
	return &event.Event{Kind: event.LogRecord, Time: r.Time, HostName: r.Host, Log: &log}
}
