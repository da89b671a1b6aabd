package expr

import (
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// Scope says what a Field names.
type Scope uint8

// The scopes of a Field.
const (
	Known     Scope = iota // a field of the list of fields, by ID
	Data                   // a value by the name that a foreign record gives it
	Any                    // every value of the record
	KnownTime              // a Unit of the time in a field of the list of fields
	DataTime               // a Unit of the time in a value of a foreign record
)

// Field names what a predicate reads.
type Field struct {
	Scope Scope
	ID    event.FieldID // of a Known field
	Name  string        // ECS name, or the record's own name for Data
	Unit  Unit          // of KnownTime and DataTime
}

// dataPrefix stands before the name of a Data field in the text syntax.
const dataPrefix = "log.data."

// KnownField returns the field with the ECS name; false when there is none.
func KnownField(name string) (Field, bool) {
	f, ok := event.FieldByName(name)
	return Field{Scope: Known, ID: f.ID, Name: f.Name}, ok
}

// DataField returns the field of a foreign record with the given name.
func DataField(name string) Field { return Field{Scope: Data, Name: name} }

// AnyField returns the field that stands for every value of the record.
func AnyField() Field { return Field{Scope: Any, Name: "any"} }

// Of returns the value of f in rec; it is absent for the scope Any.
func (f Field) Of(rec Record) event.Value {
	switch f.Scope {
	case Known:
		return rec.Get(f.ID)
	case Data:
		return rec.Data(f.Name)
	case KnownTime:
		return unitOf(rec.Get(f.ID), f.Unit)
	case DataTime:
		return unitOf(rec.Data(f.Name), f.Unit)
	}
	return event.Value{}
}

// FieldNamed returns the field that the text syntax writes as name; the error
// has the position pos and suggests the nearest name.
func FieldNamed(name string, pos int) (Field, *Error) {
	if strings.EqualFold(name, "any") {
		return AnyField(), nil
	}
	if f, ok := KnownField(name); ok {
		return f, nil
	}
	if f, ok := KnownField(strings.ToLower(name)); ok {
		return f, nil
	}
	if rest, ok := strings.CutPrefix(name, dataPrefix); ok && rest != "" {
		return DataField(rest), nil
	}
	hint := "docs/fields.md lists the fields; a name of a foreign record is written " + dataPrefix + "NAME"
	if near := nearest(name); near != "" {
		hint = "did you mean " + near + "?"
	}
	return Field{}, &Error{pos, "unknown field " + quote(name), hint}
}

// String returns the field as the text syntax writes it.
func (f Field) String() string {
	switch f.Scope {
	case Any:
		return "any"
	case KnownTime, DataTime:
		return f.Unit.String() + "(" + f.Base().String() + ")"
	case Data:
		name := dataPrefix + f.Name
		if isName(name) {
			return name
		}
		return "`" + strings.ReplaceAll(name, "`", "``") + "`"
	}
	return f.Name
}

func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !nameByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// nearest returns the field name with the smallest edit distance, or the empty
// text when all are far.
func nearest(name string) string {
	best, at := "", 4
	for _, f := range event.Fields() {
		if strings.HasSuffix(f.Name, "."+name) {
			return f.Name
		}
		if d := distance(strings.ToLower(name), f.Name, at); d < at {
			best, at = f.Name, d
		}
	}
	return best
}

// distance returns the edit distance of a and b, or limit when it is not less.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit || len(a) > 100 {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost = 1 + min(diag, row[j], row[j-1])
			}
			diag, row[j] = row[j], cost
		}
	}
	return min(row[len(b)], limit)
}
