//go:build fieldgen

package event

// NumFields, Get and Set stand in for the generated accessors while the
// generator itself is built, so that a renamed member cannot lock it out.
const NumFields = 0

// Ids that hand-written code names.
const (
	FieldLogNames FieldID = iota
	FieldLogValues
)

func (e *Event) Get(FieldID) Value { return Value{} }

func (e *Event) Set(FieldID, Value) {}
