package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// getter is a function that reads one field of many events.
type getter struct {
	name, doc, element, zero string
	value                    map[event.Type]string // how a member is read, by the type of the field
}

func getters() []getter {
	return []getter{
		{"Texts", "a text or a kind", "string", `""`, map[event.Type]string{event.String: "%s", event.KindName: "%s.String()"}},
		{"Numbers", "a number, a time, a truth as 1 or a float as its bits", "int64", "0", map[event.Type]string{
			event.Int: "%s", event.Instant: "int64(%s)", event.Bool: "boolValue(%s).Num", event.Float: "int64(math.Float64bits(%s))"}},
		{"OptInts", "a number whose zero is a value", "OptInt", "OptInt{}", map[event.Type]string{event.OptInt64: "%s"}},
		{"Lists", "a list", "[]string", "nil", map[event.Type]string{event.Strings: "%s"}},
		{"Addresses", "an address", "netip.Addr", "netip.Addr{}", map[event.Type]string{event.Address: "%s"}},
	}
}

// columns writes the functions that read one field of many events: a loop for
// each field, so that nothing is decided for each event.
func columns(fs []event.Field) []byte {
	var b bytes.Buffer
	b.WriteString("//go:build !fieldgen\n\n" + header + "package event\n\nimport (\n\"math\"\n\"net/netip\"\n)\n\n")
	for _, g := range getters() {
		fmt.Fprintf(&b, "// %s sets dst[i] to a stored field of events[i] that is %s;\n// absent is the zero value.\nfunc %s(id FieldID, events []*Event, dst []%s) {\nswitch id {\n", g.name, g.doc, g.name, g.element)
		for _, f := range fs {
			if form, ok := g.value[f.Type]; ok && f.Number != 0 {
				fmt.Fprintf(&b, "case Field%s:\nfor i, e := range events {\n%s}\n", camel(f.Name), assign(f, form, g.zero))
			}
		}
		b.WriteString("}\n}\n\n")
	}
	return b.Bytes()
}

// assign writes the statement that sets dst[i] to a field of e.
func assign(f event.Field, form, zero string) string {
	gs := guards(f.Member)
	value := fmt.Sprintf(form, "e."+f.Member)
	if len(gs) == 0 {
		return "dst[i] = " + value + "\n"
	}
	conditions := slices.Clone(gs)
	for i := range conditions {
		conditions[i] += " != nil"
	}
	return fmt.Sprintf("if %s {\ndst[i] = %s\n} else {\ndst[i] = %s\n}\n", strings.Join(conditions, " && "), value, zero)
}
