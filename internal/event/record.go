package event

// emptyText is the value of a text that is there and empty. immutable
var emptyText = []string{""}

// TextOf returns s as a present value: the empty text is a list of one empty
// string, so that it can be told from an absent value.
func TextOf(s string) Value {
	if s == "" {
		return Value{Type: Strings, List: emptyText}
	}
	return Value{Type: String, Str: s}
}

// Each calls yield with every present field by its ECS name, then with the
// names and values of the Log section, until yield returns false.
func (e *Event) Each(yield func(name string, v Value) bool) {
	for i := range fieldList {
		id := FieldID(i)
		if id == FieldLogNames || id == FieldLogValues {
			continue
		}
		v := e.Get(id)
		if v.Present() && !yield(fieldList[i].Name, v) {
			return
		}
	}
	if e.Log == nil {
		return
	}
	for i, name := range e.Log.Names {
		if i >= len(e.Log.Values) || !yield(name, TextOf(e.Log.Values[i])) {
			return
		}
	}
}

// Pairs returns the names and values of the Log section; all is false, because
// Each gives fields too.
func (e *Event) Pairs() (names, values []string, all bool) {
	if e.Log == nil {
		return nil, nil, false
	}
	return e.Log.Names, e.Log.Values, false
}

// Data returns the value that the Log section has under name, all of them when
// the name stands more than once; absent when there is none.
func (e *Event) Data(name string) Value {
	if e.Log == nil {
		return Value{}
	}
	return e.Log.Data(name)
}

// Data returns the value under name, all of them when it stands more than once.
func (l *Log) Data(name string) Value {
	var out Value
	found := 0
	for i, n := range l.Names {
		if n != name || i >= len(l.Values) {
			continue
		}
		found++
		switch found {
		case 1:
			out = TextOf(l.Values[i])
		case 2:
			out = Value{Type: Strings, List: []string{first(out), l.Values[i]}}
		default:
			out.List = append(out.List, l.Values[i])
		}
	}
	return out
}

func first(v Value) string {
	if len(v.List) > 0 {
		return v.List[0]
	}
	return v.Str
}
