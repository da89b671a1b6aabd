package event

import "strings"

// Clone returns a copy that shares nothing with e, for who keeps an event of a
// batch: its texts are parts of the whole batch.
func (e *Event) Clone() *Event {
	out := &Event{}
	for i := range fieldList {
		if fieldList[i].Number == 0 {
			continue
		}
		v := e.Get(FieldID(i))
		if !v.Present() {
			continue
		}
		v.Str = strings.Clone(v.Str)
		if len(v.List) > 0 {
			list := make([]string, len(v.List))
			for k, text := range v.List {
				list[k] = strings.Clone(text)
			}
			v.List = list
		}
		out.Set(FieldID(i), v)
	}
	return out
}
