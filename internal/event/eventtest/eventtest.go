// Package eventtest makes events for tests: every field of the list filled
// with a value of its type.
package eventtest

import (
	"fmt"
	"net/netip"

	"github.com/vedette-edr/vedette/internal/event"
)

// Value returns a value for a field that depends on the field and on n.
func Value(f event.Field, n int64) event.Value {
	v := event.Value{Type: f.Type}
	salt := n + int64(f.Number)
	switch f.Type {
	case event.String:
		v.Str = fmt.Sprintf("%s \"%d\"\t\u00e9", f.Name, n)
	case event.KindName:
		kinds := event.Kinds()
		k := kinds[int(n)%len(kinds)]
		v.Str, v.Num = k.String(), int64(k)
	case event.Strings:
		v.List = []string{f.Name, "", fmt.Sprint(n)}
	case event.OptInt64:
		return event.OptValue(event.Some(salt % 3))
	case event.Float:
		v.Flt = float64(salt) + 0.25
	case event.Bool:
		v.Num = 1
	case event.Instant:
		v.Num = 1_790_000_000_000_000_000 + salt
	case event.Address:
		if salt%2 == 0 {
			v.IP = netip.AddrFrom4([4]byte{10, byte(salt >> 8), byte(salt), 1})
		} else {
			v.IP = netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", salt))
		}
	default:
		v.Num = 1000 + salt
	}
	return v
}

// Full returns an event with every field that is not derived.
func Full(n int64) *event.Event {
	e := &event.Event{}
	for _, f := range event.Fields() {
		if f.Number != 0 {
			e.Set(f.ID, Value(f, n))
		}
	}
	return e
}
