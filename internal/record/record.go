// Package record holds records that other programs wrote, where names are
// data: a line of JSON, an event of a Windows log, an audit or system log
// record. A Record is read by rules like an event; it belongs to one goroutine
// until it is complete and is read-only afterwards.
//
// A Format reads one kind of input in two steps: Blocks cuts the input, one
// piece after the other, and decodes the pieces, on as many cores as there
// are. The formats are listed in the package all below this one.
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
	Line   int // of its input, from 0; NoLine where there are none
	Log    event.Log
	Hidden event.Log // names that start with "_": about the record, not part of it

	// Typed is the event, when the record is one of ours or in ECS: its fields
	// are asked first.
	Typed *event.Event

	// Derived says that the record was made from others of the input that are
	// records themselves: the execution that several audit records tell.
	Derived bool
}

// NoLine is the Line of a record of an input without lines.
const NoLine = -1

// Reset makes r empty and keeps its room.
func (r *Record) Reset() {
	names, values := r.Log.Names[:0], r.Log.Values[:0]
	hiddenNames, hiddenValues := r.Hidden.Names[:0], r.Hidden.Values[:0]
	*r = Record{Line: NoLine}
	r.Log.Names, r.Log.Values = names, values
	r.Hidden.Names, r.Hidden.Values = hiddenNames, hiddenValues
}

// Get returns the fields of the list of fields that a record has.
func (r *Record) Get(id event.FieldID) event.Value {
	if r.Typed != nil {
		return r.Typed.Get(id)
	}
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
	if r.Typed != nil {
		r.Typed.Each(yield)
		return
	}
	for i, name := range r.Log.Names {
		if !yield(name, event.TextOf(r.Log.Values[i])) {
			return
		}
	}
}

// Event returns the record as an event of kind log_record, or the event that
// it is.
func (r *Record) Event() *event.Event {
	if r.Typed != nil {
		return r.Typed
	}
	log := r.Log
	return &event.Event{Kind: event.LogRecord, Time: r.Time, HostName: r.Host, Log: &log}
}
