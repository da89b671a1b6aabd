package expr

import (
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Unit is a part of a time that a condition can ask for.
type Unit uint8

// The units. A week is one of ISO 8601, 1 to 53.
const (
	NoUnit Unit = iota
	Minute
	Hour
	Day
	Week
	Month
	Year
)

// unitNames is how the condition language writes the units. immutable
var unitNames = [...]string{Minute: "minute", Hour: "hour", Day: "day", Week: "week", Month: "month", Year: "year"}

// String returns u as the condition language writes it.
func (u Unit) String() string {
	if int(u) < len(unitNames) {
		return unitNames[u]
	}
	return "unknown"
}

// ParseUnit reads the name of a unit; false when there is none.
func ParseUnit(name string) (Unit, bool) {
	for u, n := range unitNames {
		if n != "" && n == strings.ToLower(name) {
			return Unit(u), true
		}
	}
	return NoUnit, false
}

// In returns the field that is a unit of the time in f; f is Known or Data.
func (f Field) In(u Unit) Field {
	switch f.Scope {
	case Known:
		f.Scope, f.Unit = KnownTime, u
	case Data:
		f.Scope, f.Unit = DataTime, u
	}
	return f
}

// Base returns the field whose time a unit is taken of; of other fields
// themselves.
func (f Field) Base() Field {
	switch f.Scope {
	case KnownTime:
		f.Scope, f.Unit = Known, NoUnit
	case DataTime:
		f.Scope, f.Unit = Data, NoUnit
	}
	return f
}

// unitOf takes a unit out of a value; it is absent when the value is no time.
func unitOf(v event.Value, u Unit) event.Value {
	var at time.Time
	switch {
	case !v.Present():
		return event.Value{}
	case v.Type == event.Instant:
		at = event.Time(v.Num).Std()
	default:
		text := v.Str
		if v.Type == event.Strings {
			text = v.List[0]
		}
		var ok bool
		if at, ok = writtenTime(text); !ok {
			return event.Value{}
		}
	}
	n := 0
	switch u {
	case Minute:
		n = at.Minute()
	case Hour:
		n = at.Hour()
	case Day:
		n = at.Day()
	case Week:
		_, n = at.ISOWeek()
	case Month:
		n = int(at.Month())
	case Year:
		n = at.Year()
	}
	return event.OptValue(event.OptInt{N: int64(n), OK: true})
}

// writtenTime reads a date, with or without time, fraction and zone. The parts
// are those that are written: a zone changes nothing.
func writtenTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if len(s) > len("2006-01-02T15:04:05.000000000+00:00") || len(s) < len(time.DateOnly) {
		return time.Time{}, false
	}
	if len(s) > len(time.DateOnly) && (s[len(time.DateOnly)] == 'T' || s[len(time.DateOnly)] == 't') {
		s = s[:len(time.DateOnly)] + " " + s[len(time.DateOnly)+1:]
	}
	for _, layout := range [...]string{time.DateTime, time.DateTime + "Z07:00", time.DateOnly, "2006-01-02 15:04", "2006/01/02 15:04:05"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// unit takes the name of a unit and the parenthesis behind it.
func (p *parser) unit() (Unit, bool) {
	t := p.peek()
	u, ok := ParseUnit(t.text)
	if !ok || t.kind != tokWord || p.toks[p.i+1].kind != tokSymbol || p.toks[p.i+1].text != "(" {
		return NoUnit, false
	}
	p.i += 2
	return u, true
}

func (p *parser) unitField(u Unit) (Field, *Error) {
	t := p.peek()
	if _, nested := p.unit(); nested {
		return Field{}, &Error{t.pos, "a unit is no field with a time", "write hour(@timestamp) for example"}
	}
	f, err := p.field()
	if err != nil {
		return f, err
	}
	if f.Scope != Known && f.Scope != Data {
		return f, &Error{t.pos, f.String() + " is no field with a time", "write hour(@timestamp) for example"}
	}
	if !f.Timed() {
		return f, &Error{t.pos, f.Name + " holds no time", "write hour(@timestamp) for example"}
	}
	if !p.symbol(")") {
		return f, &Error{t.pos, "the parenthesis is not closed", ""}
	}
	return f.In(u), nil
}

// Timed reports whether f may hold a time.
func (f Field) Timed() bool {
	if f.Scope != Known {
		return f.Scope == Data
	}
	typ := f.ID.Info().Type
	return typ == event.Instant || typ == event.String || typ == event.Strings
}
