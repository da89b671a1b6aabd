package sigma

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/index"
	"github.com/vedette-edr/vedette/internal/event"
)

// logsource is the part of a rule that says where it applies.
type logsource struct {
	product, category, service string
	line                       int
}

func (l logsource) String() string {
	return strings.Join(slices.DeleteFunc([]string{l.product, l.category, l.service}, func(s string) bool { return s == "" }), " ")
}

// holds reports whether a rule for the source, as String writes it, is one for l:
// what l leaves open may be anything.
func (l logsource) holds(source string) bool {
	words := strings.Fields(source)
	for _, w := range []string{l.product, l.category, l.service} {
		if w != "" && !slices.Contains(words, w) {
			return false
		}
	}
	return true
}

// target is a line of the tables below: which of our events and which foreign
// records a log source means.
type target struct {
	category string
	service  string
	kinds    []event.Kind
	fields   []mapping // of our events, by section
	channels []string
	codes    []string
	rename   map[string]string // names of the rule to names of the record
	require  [2]string         // a name of the record and the value it must have
}

// mapping is a line of the field table: the name in Sigma's taxonomy, our
// field, and how values differ.
type mapping struct {
	sigma  string
	field  string
	values map[string]string // by the folded value of the rule
}

// processFields are the fields of the process that every event carries.
func processFields() []mapping {
	return []mapping{
		{sigma: "Image", field: "process.executable"},
		{sigma: "CommandLine", field: "process.command_line"},
		{sigma: "ProcessId", field: "process.pid"},
		{sigma: "ProcessGuid", field: "process.entity_id"},
		{sigma: "CurrentDirectory", field: "process.working_directory"},
		{sigma: "User", field: "user.name"},
		{sigma: "LogonId", field: "user.id"},
		{sigma: "TerminalSessionId", field: "process.audit_session.id"},
		{sigma: "ParentImage", field: "process.parent.executable"},
		{sigma: "ParentCommandLine", field: "process.parent.command_line"},
		{sigma: "ParentProcessId", field: "process.parent.pid"},
		{sigma: "ParentProcessGuid", field: "process.parent.entity_id"},
		{sigma: "GrandParentImage", field: "process.ancestors.executable"},
		{sigma: "md5", field: "process.hash.md5"},
		{sigma: "sha1", field: "process.hash.sha1"},
		{sigma: "sha256", field: "process.hash.sha256"},
		{sigma: "Computer", field: "host.name"},
		{sigma: "ComputerName", field: "host.name"},
		{sigma: "Hostname", field: "host.name"},
		{sigma: "UtcTime", field: "@timestamp"},
	}
}

// fileFields are the fields of the file in a file event.
func fileFields() []mapping {
	return append(processFields(),
		mapping{sigma: "TargetFilename", field: "file.path"},
		mapping{sigma: "SourceFilename", field: "file.original_path"},
	)
}

// netFields are the fields of a connection.
func netFields() []mapping {
	return append(processFields(),
		mapping{sigma: "DestinationIp", field: "destination.ip"},
		mapping{sigma: "DestinationPort", field: "destination.port"},
		mapping{sigma: "DestinationHostname", field: "destination.domain"},
		mapping{sigma: "SourceIp", field: "source.ip"},
		mapping{sigma: "SourcePort", field: "source.port"},
		mapping{sigma: "Protocol", field: "network.transport"},
		mapping{sigma: "Initiated", field: "network.direction", values: map[string]string{"true": "egress", "false": "ingress"}},
	)
}

// linux lists the log sources of the product linux.
func linux() []target {
	return append([]target{
		{category: "process_creation", kinds: []event.Kind{event.ProcessStart}, fields: processFields(), channels: []string{"Linux-Process"}},
		{category: "process_termination", kinds: []event.Kind{event.ProcessEnd}, fields: processFields()},
		{category: "file_event", kinds: []event.Kind{event.FileCreate, event.FileWrite, event.FileRename}, fields: fileFields(), channels: []string{"Linux-File"}},
		{category: "file_access", kinds: []event.Kind{event.FileOpen}, fields: fileFields()},
		{category: "file_change", kinds: []event.Kind{event.FileChmod, event.FileChown, event.FileXattr}, fields: fileFields()},
		{category: "file_delete", kinds: []event.Kind{event.FileDelete}, fields: fileFields()},
		{category: "file_rename", kinds: []event.Kind{event.FileRename}, fields: fileFields()},
		{category: "network_connection", kinds: []event.Kind{event.NetConnect, event.NetAccept}, fields: netFields(), channels: []string{"Linux-Network"}},
		{service: "auditd", channels: []string{"Linux-Auditd"}},
	}, kindTargets()...)
}

// kindTargets lets a rule name one of our kinds as its category.
func kindTargets() []target {
	var out []target
	for _, k := range event.Kinds() {
		out = append(out, target{category: k.String(), kinds: []event.Kind{k}, fields: netFieldsAndFile()})
	}
	return out
}

func netFieldsAndFile() []mapping {
	return append(netFields(), fileFields()[len(processFields()):]...)
}

// linuxRest is the channel of every other service of Linux and of rules with
// the product alone.
const linuxRest = "Linux-Syslog"

// targetsOf returns the lines for a log source; a log source that we have no
// events of gives none.
func targetsOf(l logsource) []target {
	switch l.product {
	case "linux":
		return linuxTargets(l)
	case "windows":
		return windowsTargets(l)
	case "":
		return anyTargets(l)
	}
	return nil
}

func linuxTargets(l logsource) []target {
	if l.category == "" && l.service != "auditd" {
		return []target{{channels: []string{linuxRest}}}
	}
	var out []target
	for _, t := range linux() {
		if t.category == l.category && t.service == l.service {
			out = append(out, t)
		}
	}
	return out
}

// ecs resolves names on our events; ECS names of our fields stand for themselves.
func (t target) ecs(name string) (expr.Field, func(string) string, string) {
	if f, ok := expr.KnownField(name); ok {
		return f, nil, ""
	}
	for _, m := range t.fields {
		if !strings.EqualFold(m.sigma, name) {
			continue
		}
		f, ok := expr.KnownField(m.field)
		if !ok {
			return f, nil, fmt.Sprintf("the field table names %s, which docs/fields.md does not have", m.field)
		}
		if m.values == nil {
			return f, nil, ""
		}
		return f, func(v string) string {
			if to, ok := m.values[strings.ToLower(v)]; ok {
				return to
			}
			return v
		}, ""
	}
	return expr.Field{}, nil, fmt.Sprintf("our events of %s%s have no field %s", t.category, t.service, name)
}

// raw resolves names on foreign records, which have no spaces in names.
func (t target) raw(name string) (expr.Field, func(string) string, string) {
	name = strings.ReplaceAll(name, " ", "")
	if len(t.kinds) > 0 && strings.Contains(name, ".") {
		return expr.Field{}, nil, fmt.Sprintf("records of %s%s have no field %s", t.category, t.service, name)
	}
	if to, ok := t.rename[name]; ok {
		name = to
	}
	return expr.DataField(name), nil, ""
}

// other resolves the field that fieldref names on foreign records: the renaming
// of a log source is for the keys of a selection only, as in Sigma's own tools.
func (t target) other(name string) (expr.Field, func(string) string, string) {
	return target{}.raw(name)
}

// sources returns the records of t.
func (t target) sources() []index.Source {
	var out []index.Source
	for _, ch := range t.channels {
		if len(t.codes) == 0 {
			out = append(out, index.Source{Channel: ch})
		}
		for _, code := range t.codes {
			out = append(out, index.Source{Channel: ch, Code: code})
		}
	}
	return out
}
