// Command gen writes from the list of fields in event/field.go the accessors
// of Event, the protobuf file with its conversion in wire, and docs/fields.md.
// Run it by `make generate` from the root of the repository.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

const header = "// Code generated from internal/event/field.go by internal/event/gen. DO NOT EDIT.\n\n"

func main() {
	log.SetFlags(0)
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	fs := event.Fields()
	if err := check(fs); err != nil {
		log.Fatal(err)
	}
	files := []struct {
		path string
		data []byte
		code bool
	}{
		{"internal/event/access_generated.go", accessors(fs), true},
		{"internal/event/columns_generated.go", columns(fs), true},
		{"internal/wire/eventpb/event.proto", proto(fs), false},
		{"internal/wire/convert_generated.go", conversion(fs), true},
		{"internal/wire/decode_generated.go", decoding(fs), true},
		{"docs/fields.md", document(fs), false},
	}
	for _, f := range files {
		data := f.data
		if f.code {
			formatted, err := format.Source(data)
			if err != nil {
				log.Fatalf("format %s: %v\n%s", f.path, err, data)
			}
			data = formatted
		}
		path := filepath.Join(root, f.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

func check(fs []event.Field) error {
	names, numbers := map[string]bool{}, map[int]string{}
	for _, f := range fs {
		if names[f.Name] {
			return fmt.Errorf("internal/event/field.go: field %s stands twice", f.Name)
		}
		names[f.Name] = true
		derived := strings.HasSuffix(f.Member, "()")
		if derived != (f.Number == 0) || derived != (f.Column == event.None) {
			return fmt.Errorf("internal/event/field.go: field %s: a derived field has no number and no column, any other has both", f.Name)
		}
		if f.Number != 0 && numbers[f.Number] != "" {
			return fmt.Errorf("internal/event/field.go: field %s: number %d belongs to %s", f.Name, f.Number, numbers[f.Number])
		}
		numbers[f.Number] = f.Name
	}
	return nil
}

// camel turns an ECS name into a Go name: process.entity_id -> ProcessEntityId.
func camel(name string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '_' || r == '@' }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

func snake(name string) string { return strings.NewReplacer(".", "_", "@", "").Replace(name) }

// guards returns the conditions for the sections on the way to a member.
func guards(member string) []string {
	parts := strings.Split(member, ".")
	var out []string
	if parts[0] == "Kind" {
		return nil
	}
	for i := 1; i < len(parts); i++ {
		out = append(out, "e."+strings.Join(parts[:i], "."))
	}
	return out
}

func structName(path string) string {
	last := path[strings.LastIndex(path, ".")+1:]
	return last
}

func ensure(b *bytes.Buffer, member string) {
	for _, g := range guards(member) {
		fmt.Fprintf(b, "if %s == nil { %s = &%s{} }\n", g, g, structName(g))
	}
}

func accessors(fs []event.Field) []byte {
	var b bytes.Buffer
	b.WriteString("//go:build !fieldgen\n\n" + header + "package event\n\n// Ids of the fields.\nconst (\n")
	for i, f := range fs {
		if i == 0 {
			fmt.Fprintf(&b, "Field%s FieldID = iota\n", camel(f.Name))
		} else {
			fmt.Fprintf(&b, "Field%s\n", camel(f.Name))
		}
	}
	b.WriteString(")\n\n// NumFields is the number of fields.\n")
	fmt.Fprintf(&b, "const NumFields = %d\n\n", len(fs))
	b.WriteString("// Get returns the value of a field; absent when its section is.\nfunc (e *Event) Get(id FieldID) Value {\nswitch id {\n")
	for _, f := range fs {
		fmt.Fprintf(&b, "case Field%s:\n", camel(f.Name))
		gs := guards(f.Member)
		if len(gs) > 0 {
			for i := range gs {
				gs[i] += " != nil"
			}
			fmt.Fprintf(&b, "if %s {\n", strings.Join(gs, " && "))
		}
		m := "e." + f.Member
		switch f.Type {
		case event.String:
			fmt.Fprintf(&b, "return Value{Type: String, Str: %s}\n", m)
		case event.KindName:
			fmt.Fprintf(&b, "return Value{Type: KindName, Str: %s.String(), Num: int64(%s)}\n", m, m)
		case event.Strings:
			if f.Member == "Kind.Category()" {
				fmt.Fprintf(&b, "return Value{Type: Strings, List: one(%s)}\n", m)
			} else {
				fmt.Fprintf(&b, "return Value{Type: Strings, List: %s}\n", m)
			}
		case event.Int:
			fmt.Fprintf(&b, "return Value{Type: Int, Num: %s}\n", m)
		case event.OptInt64:
			fmt.Fprintf(&b, "return optValue(%s)\n", m)
		case event.Float:
			fmt.Fprintf(&b, "return Value{Type: Float, Flt: %s}\n", m)
		case event.Bool:
			fmt.Fprintf(&b, "return boolValue(%s)\n", m)
		case event.Instant:
			fmt.Fprintf(&b, "return Value{Type: Instant, Num: int64(%s)}\n", m)
		case event.Address:
			fmt.Fprintf(&b, "return Value{Type: Address, IP: %s}\n", m)
		}
		if len(gs) > 0 {
			b.WriteString("}\n")
		}
	}
	b.WriteString("}\nif int(id) < len(fieldTypes) { return Value{Type: fieldTypes[id]} }\nreturn Value{}\n}\n\n")
	b.WriteString("// Set stores a present value of the field's type and makes its section; an\n// absent value and a derived field change nothing.\nfunc (e *Event) Set(id FieldID, v Value) {\nif !v.Present() { return }\nswitch id {\n")
	for _, f := range fs {
		if f.Number == 0 {
			continue
		}
		fmt.Fprintf(&b, "case Field%s:\n", camel(f.Name))
		ensure(&b, f.Member)
		m := "e." + f.Member
		switch f.Type {
		case event.String:
			fmt.Fprintf(&b, "%s = v.Str\n", m)
		case event.KindName:
			fmt.Fprintf(&b, "if k, ok := ParseKind(v.Str); ok { %s = k } else { %s = Kind(v.Num) }\n", m, m)
		case event.Strings:
			fmt.Fprintf(&b, "%s = v.List\n", m)
		case event.Int:
			fmt.Fprintf(&b, "%s = v.Num\n", m)
		case event.OptInt64:
			fmt.Fprintf(&b, "%s = v.Opt()\n", m)
		case event.Float:
			fmt.Fprintf(&b, "%s = v.Flt\n", m)
		case event.Bool:
			fmt.Fprintf(&b, "%s = v.Num != 0\n", m)
		case event.Instant:
			fmt.Fprintf(&b, "%s = Time(v.Num)\n", m)
		case event.Address:
			fmt.Fprintf(&b, "%s = v.IP\n", m)
		}
	}
	b.WriteString("}\n}\n\n// immutable\nvar fieldTypes = [NumFields]Type{\n")
	for _, f := range fs {
		fmt.Fprintf(&b, "%s,\n", typeName(f.Type))
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func typeName(t event.Type) string {
	return [...]string{"String", "Strings", "Int", "OptInt64", "Float", "Bool", "Instant", "Address", "KindName"}[t]
}

func proto(fs []event.Field) []byte {
	var b bytes.Buffer
	b.WriteString(header + "syntax = \"proto3\";\n\npackage vedette.event;\n\noption go_package = \"github.com/vedette-edr/vedette/internal/wire/eventpb\";\n\n// Event is event.Event; absent fields are not sent.\nmessage Event {\n")
	for _, f := range fs {
		if f.Number == 0 {
			continue
		}
		typ := map[event.Type]string{
			event.String: "string", event.Strings: "repeated string", event.Int: "int64",
			event.OptInt64: "optional sint64", event.Float: "double", event.Bool: "bool",
			event.Instant: "fixed64", event.Address: "bytes", event.KindName: "uint32",
		}[f.Type]
		fmt.Fprintf(&b, "  %s %s = %d; // %s\n", typ, snake(f.Name), f.Number, f.Name)
	}
	b.WriteString("}\n\n// Events is the content of a batch.\nmessage Events {\n  repeated Event events = 1;\n}\n")
	return b.Bytes()
}

func conversion(fs []event.Field) []byte {
	var b bytes.Buffer
	b.WriteString(header + "package wire\n\nimport (\n\"math\"\n\n\"github.com/vedette-edr/vedette/internal/event\"\n)\n\n")
	b.WriteString("// appendMessage appends e as an eventpb.Event, but for what the receiver knows\n// from elsewhere: the agent's id, the epoch and the time of arrival.\nfunc appendMessage(b []byte, e *event.Event) []byte {\n")
	section(&b, fs, func(f event.Field) {
		if f.Name == "agent.id" || f.Name == "agent.epoch" || f.Name == "event.ingested" {
			return
		}
		m := "e." + f.Member
		text := "s"
		switch f.Name {
		case "finding.event.id":
			m = "localID(" + m + ", e.Agent)"
		case "finding.event.ids":
			text = "localID(s, e.Agent)"
		}
		key := func(wire int) string { // the bytes of the field's key
			n := uint64(f.Number<<3 | wire)
			var out []string
			for ; n >= 0x80; n >>= 7 {
				out = append(out, fmt.Sprintf("%#x", n&0x7f|0x80))
			}
			return "append(b, " + strings.Join(append(out, fmt.Sprintf("%#x", n)), ", ") + ")"
		}
		switch f.Type {
		case event.String:
			fmt.Fprintf(&b, "if s := %s; s != \"\" { b = appendText(%s, s) }\n", m, key(2))
		case event.Strings:
			fmt.Fprintf(&b, "for _, s := range %s { b = appendText(%s, %s) }\n", m, key(2), text)
		case event.Int, event.KindName:
			fmt.Fprintf(&b, "if n := %s; n != 0 { b = appendVarint(%s, uint64(n)) }\n", m, key(0))
		case event.OptInt64:
			fmt.Fprintf(&b, "if n := %s; n.OK { b = appendVarint(%s, zigzag(n.N)) }\n", m, key(0))
		case event.Float:
			fmt.Fprintf(&b, "if n := %s; n != 0 { b = appendFixed(%s, math.Float64bits(n)) }\n", m, key(1))
		case event.Bool:
			fmt.Fprintf(&b, "if %s { b = append(%s, 1) }\n", m, key(0))
		case event.Instant:
			fmt.Fprintf(&b, "if n := %s; n != 0 { b = appendFixed(%s, uint64(n)) }\n", m, key(1))
		case event.Address:
			fmt.Fprintf(&b, "if ip := %s; ip.IsValid() { b = appendAddress(%s, ip) }\n", m, key(2))
		}
	})
	b.WriteString("return b\n")
	b.WriteString("}\n")
	return b.Bytes()
}

// section writes the lines of the fields with one guard around the run of
// fields that share their sections.
func section(b *bytes.Buffer, fs []event.Field, line func(event.Field)) {
	open := ""
	for _, f := range fs {
		if f.Number == 0 {
			continue
		}
		gs := guards(f.Member)
		for i := range gs {
			gs[i] += " != nil"
		}
		g := strings.Join(gs, " && ")
		if g != open {
			if open != "" {
				b.WriteString("}\n")
			}
			if g != "" {
				fmt.Fprintf(b, "if %s {\n", g)
			}
			open = g
		}
		line(f)
	}
	if open != "" {
		b.WriteString("}\n")
	}
}

func document(fs []event.Field) []byte {
	var b bytes.Buffer
	b.WriteString("<!-- Generated from internal/event/field.go by `make generate`. DO NOT EDIT. -->\n# Fields\n\nThese names stand in rules, searches, JSON and stored columns. Names follow the Elastic Common Schema (ECS); those marked *ours* are not in it.\n\n| field | type | stored | meaning |\n|---|---|---|---|\n")
	stored := [...]string{"derived", "plain", "dictionary", "dictionary, bloom filter", "delta"}
	types := [...]string{"string", "list of strings", "integer", "integer", "number", "boolean", "time", "IP address", "string"}
	for _, f := range fs {
		doc := strings.ReplaceAll(f.Doc, "|", "\\|")
		if f.Ours {
			doc += " *ours*"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, types[f.Type], stored[f.Column], doc)
	}
	b.WriteString("\n## Kinds\n\nThe values of `event.action`. When a queue is full the class says what goes first: read, write, network, other; vital is never shed.\n\n| kind | class | event.category | event.type | meaning |\n|---|---|---|---|---|\n")
	classes := [...]string{"read", "write", "network", "other", "vital"}
	for _, k := range event.Kinds() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", k, classes[k.Class()], k.Category(), strings.Join(k.Types(), ", "), k.Doc())
	}
	return b.Bytes()
}
