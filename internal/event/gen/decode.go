package main

import (
	"bytes"
	"fmt"
	"log"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// Wire types of protobuf.
const (
	wireVarint = 0
	wireFixed  = 1
	wireBytes  = 2
)

// wireOf returns how values of a type stand on the wire.
func wireOf(t event.Type) int {
	switch t {
	case event.Instant, event.Float:
		return wireFixed
	case event.String, event.Strings, event.Address:
		return wireBytes
	}
	return wireVarint
}

// decoding writes what turns an encoded eventpb.Event into an event.Event,
// without the message in between.
func decoding(fs []event.Field) []byte {
	var b bytes.Buffer
	b.WriteString(header + "package wire\n\nimport (\n\"math\"\n\n\"github.com/vedette-edr/vedette/internal/event\"\n)\n\n")
	paths := sectionPaths(fs)
	b.WriteString("// lots are the sections of the events of one batch, made many at a time.\ntype lots struct {\nevents lot[event.Event]\n")
	for _, p := range paths {
		fmt.Fprintf(&b, "%s lot[event.%s]\n", lotName(p), structName(p))
	}
	b.WriteString("}\n\n")
	for _, p := range paths {
		parent, made := "", "e."+p
		if i := strings.LastIndexByte(p, '.'); i >= 0 {
			parent = fmt.Sprintf("p := r.%s(e)\n", getterName(p[:i]))
			made = "p." + p[i+1:]
		}
		fmt.Fprintf(&b, "func (r *Reader) %s(e *event.Event) *event.%s {\n%sif %s == nil { %s = r.lots.%s.take(r.left) }\nreturn %s\n}\n\n", getterName(p), structName(p), parent, made, made, lotName(p), made)
	}
	b.WriteString("// Numbers of the fields of sections that events share.\nconst (\n")
	for _, name := range []string{"Process", "User"} {
		low, high := span(fs, name)
		fmt.Fprintf(&b, "low%s, high%s = %d, %d\n", name, name, low, high)
	}
	b.WriteString(")\n\n// read decodes an eventpb.Event into e, which must be empty. A field that is\n// not known is passed over; one that stands twice counts once, a list goes on.\nfunc (r *Reader) read(e *event.Event, b []byte) error {\nvar (\ntext string\nn uint64\nok bool\n)\nfor len(b) > 0 {\nvar key uint64\nat := b\nif key, b, ok = cutVarint(b); !ok { return errCut }\nif number := key >> 3; number-r.open.low >= r.open.width {\nrest, err := r.cross(e, number, at)\nif err != nil { return err }\nif len(rest) < len(at) { // a whole section\nb = rest\ncontinue\n}\n}\nswitch key {\n")
	for _, f := range fs {
		if f.Number == 0 {
			continue
		}
		fmt.Fprintf(&b, "case %d: // %s is %d\n%s", f.Number<<3|wireOf(f.Type), f.Name, f.Number, decodeField(f))
	}
	b.WriteString("default:\nvar err error\nif b, err = pass(key, b); err != nil { return err }\n}\n}\nreturn nil\n}\n\n")
	b.WriteString("// isField reports whether a number is that of a field.\nfunc isField(number uint64) bool {\nswitch number {\ncase ")
	var numbers []string
	for _, f := range fs {
		if f.Number != 0 {
			numbers = append(numbers, fmt.Sprint(f.Number))
		}
	}
	b.WriteString(strings.Join(numbers, ", ") + ":\nreturn true\n}\nreturn false\n}\n")
	return b.Bytes()
}

// span returns the least and the greatest number of the fields of a section,
// between which no other stands.
func span(fs []event.Field, name string) (low, high int) {
	inside := func(f event.Field) bool { return strings.HasPrefix(f.Member, name+".") }
	for _, f := range fs {
		if inside(f) && (low == 0 || f.Number < low) {
			low = f.Number
		}
		if inside(f) {
			high = max(high, f.Number)
		}
	}
	for _, f := range fs {
		if f.Number >= low && f.Number <= high && !inside(f) {
			log.Fatalf("internal/event/field.go: field %s: its number %d stands among those of %s", f.Name, f.Number, name)
		}
	}
	return low, high
}

// sectionPaths lists the sections of an event, outer ones first.
func sectionPaths(fs []event.Field) []string {
	var out []string
	seen := map[string]bool{}
	for _, f := range fs {
		for _, g := range guards(f.Member) {
			if p := strings.TrimPrefix(g, "e."); f.Number != 0 && !seen[p] {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	return out
}

// lotName and getterName name what belongs to a section: Process.Hash is
// processHash and processHashOf.
func lotName(path string) string {
	joined := strings.ReplaceAll(path, ".", "")
	return strings.ToLower(joined[:1]) + joined[1:]
}

func getterName(path string) string { return lotName(path) + "Of" }

// decodeField writes what takes a value from b.
func decodeField(f event.Field) string {
	member := "e." + f.Member
	if i := strings.LastIndexByte(f.Member, '.'); i >= 0 {
		member = "r." + getterName(f.Member[:i]) + "(e)." + f.Member[i+1:]
	}
	take := map[int]string{
		wireVarint: "if n, b, ok = cutVarint(b); !ok { return errCut }\n",
		wireFixed:  "if n, b, ok = cutFixed(b); !ok { return errCut }\n",
		wireBytes:  "if text, b, ok = cutText(b); !ok { return errCut }\n",
	}[wireOf(f.Type)]
	set := func(condition, value string) string {
		return fmt.Sprintf("%sif %s { %s = %s }\n", take, condition, member, value)
	}
	switch f.Type {
	case event.String:
		return set(`text != ""`, "text")
	case event.Strings:
		return fmt.Sprintf("l := &%s\nif *l, b, ok = r.list(*l, key, b); !ok { return errCut }\n", member)
	case event.Int:
		return set("n != 0", "int64(n)")
	case event.OptInt64:
		return fmt.Sprintf("%s%s = event.Some(unzigzag(n))\n", take, member)
	case event.Float:
		return set("n != 0", "math.Float64frombits(n)")
	case event.Bool:
		return set("n != 0", "true")
	case event.Instant:
		return set("n != 0", "event.Time(n)")
	case event.Address:
		return fmt.Sprintf("%sif text != \"\" {\nif %s, ok = address(text); !ok { return errAddress }\n}\n", take, member)
	}
	return fmt.Sprintf("%sif n > math.MaxUint16 { return errKind }\n%s = event.Kind(n)\n", take, member)
}
