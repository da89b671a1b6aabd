package condition

import (
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/index"
	"github.com/vedette-edr/vedette/internal/event"
)

// name is a line of the tables of names: how rules call a field, our field, and
// the name in records of Windows logs and in flat records of Linux.
type name struct {
	names string // the first is the one to use
	ecs   string
	raw   string // empty: such records have none; last(X): the last part of the path X
}

// target is where a rule of a type applies: our events or foreign records.
type target struct {
	kinds   []event.Kind
	sources []index.Source
	names   []name
	swap    bool      // local is the destination and remote the source
	rename  [2]string // a name of the record that differs: from, to
	require *expr.Predicate
	data    bool // any other name is a name of the record
}

func (t *target) foreign() bool { return len(t.sources) > 0 }

// types lists the types of rules.
func types() []string {
	return []string{"process", "network", "file", "registry", "attack", "event_log"}
}

func processNames() []name {
	return []name{
		{"command command_line commandline cmdline args", "process.command_line", "CommandLine"},
		{"pid process_id", "process.pid", "ProcessId"},
		{"ppid parent_pid", "process.parent.pid", "ParentProcessId"},
		{"parent parent_name", "process.parent.name", "last(ParentImage)"},
		{"parent_path", "process.parent.executable", "ParentImage"},
		{"parent_command", "process.parent.command_line", "ParentCommandLine"},
		{"user username user_name", "user.name", "User"},
		{"cwd working_directory", "process.working_directory", "CurrentDirectory"},
		{"process process_name", "process.name", "last(Image)"},
		{"process_path", "process.executable", "Image"},
	}
}

// namesOf returns the names that rules of a type may use.
func namesOf(kind string) []name {
	own := map[string][]name{
		"process": {
			{"name", "process.name", "last(Image)"}, {"path exe executable image", "process.executable", "Image"},
			{"sha256 hash", "process.hash.sha256", ""}, {"sha1", "process.hash.sha1", ""}, {"md5", "process.hash.md5", ""},
		},
		"network": {
			{"local_addr local_ip local_address", "source.ip", "SourceIp"}, {"local_port", "source.port", "SourcePort"},
			{"remote_addr remote_ip remote_address", "destination.ip", "DestinationIp"}, {"remote_port port", "destination.port", "DestinationPort"},
			{"remote_host domain", "destination.domain", "DestinationHostname"}, {"protocol", "network.transport", "Protocol"},
		},
		"file": {
			{"path file_path", "file.path", "TargetFilename"}, {"name file_name filename", "file.name", "last(TargetFilename)"},
			{"directory dir", "file.directory", ""}, {"extension", "file.extension", ""}, {"size", "file.size", ""},
			{"sha256 hash", "file.hash.sha256", ""}, {"sha1", "file.hash.sha1", ""}, {"md5", "file.hash.md5", ""},
			{"action operation op event", "event.action", ""},
		},
		"registry": {
			{"path key key_path", "", "TargetObject"}, {"name value_name", "", "last(TargetObject)"},
			{"value data details", "", "Details"}, {"action operation op event", "", "EventType"},
		},
		"event_log": {
			{"event_id eventid id", "event.code", "event.code"}, {"channel log log_name", "log.channel", "log.channel"},
			{"source provider", "log.provider", "log.provider"}, {"computer host hostname", "host.name", "host.name"},
			{"message", "message", "message"},
		},
	}
	own["attack"] = own["process"]
	if kind == "event_log" {
		return own[kind]
	}
	return append(own[kind], processNames()...)
}

const (
	sysmon   = "Microsoft-Windows-Sysmon/Operational"
	security = "Security"
)

func codes(channel string, ids ...string) []index.Source {
	var out []index.Source
	for _, id := range ids {
		out = append(out, index.Source{Channel: channel, Code: id})
	}
	return out
}

// targetsOf returns where a rule of a type applies; flat adds the records of
// Linux in the formats of data files.
func targetsOf(kind string, flat bool) []target {
	var linux []index.Source
	add := func(channel string) []index.Source {
		if flat {
			linux = []index.Source{{Channel: channel}}
		}
		return linux
	}
	n := namesOf(kind)
	switch kind {
	case "process", "attack":
		return []target{
			{kinds: []event.Kind{event.ProcessStart}, names: n},
			{sources: append(codes(sysmon, "1"), add("Linux-Process")...), names: n},
			{sources: codes(security, "4688"), names: n, rename: [2]string{"Image", "NewProcessName"}},
		}
	case "network":
		out, in := initiated("true"), initiated("false")
		return []target{
			{kinds: []event.Kind{event.NetConnect}, names: n},
			{kinds: []event.Kind{event.NetAccept}, names: n, swap: true},
			{sources: append(codes(sysmon, "3"), add("Linux-Network")...), names: n, require: out},
			{sources: append(codes(sysmon, "3"), linux...), names: n, swap: true, require: in},
		}
	case "file":
		return []target{
			{kinds: []event.Kind{event.FileCreate, event.FileWrite, event.FileRename, event.FileDelete, event.FileChmod, event.FileChown}, names: n},
			{sources: append(codes(sysmon, "2", "11", "15", "23", "26"), add("Linux-File")...), names: n},
		}
	case "registry":
		return []target{{sources: codes(sysmon, "12", "13", "14"), names: n}}
	case "event_log":
		return []target{{sources: []index.Source{{Family: "windows"}}, names: n, data: true}}
	}
	return nil
}

func initiated(value string) *expr.Predicate {
	p, err := expr.NewPredicate(expr.Predicate{Field: expr.DataField("Initiated"), Op: expr.Equal, Values: []string{value}, Text: true})
	if err != nil {
		return nil
	}
	return p
}

// lastPrefix stands before the name of a field of which only the last part of
// the path counts, until rewrite makes a test of the whole path of it.
const lastPrefix = "last("

// named returns the field of a name in the records of t.
func (t *target) named(text string, pos int) (expr.Field, *expr.Error) {
	for _, n := range t.names {
		for _, alias := range strings.Fields(n.names) {
			if !strings.EqualFold(alias, text) {
				continue
			}
			swap := t.swap && (strings.HasPrefix(n.names, "local") || strings.HasPrefix(n.names, "remote"))
			return t.field(n, swap, pos)
		}
	}
	f, err := expr.FieldNamed(text, pos)
	switch {
	case err != nil && t.data:
		return expr.DataField(text), nil
	case err != nil:
		err.Hint = "the names are " + strings.Join(t.known(), ", ") + ", and those of docs/fields.md"
		return f, err
	case t.foreign() && f.Scope == expr.Known && !header(f):
		return f, &expr.Error{Pos: pos, What: "such records have no field " + text}
	}
	return f, nil
}

func (t *target) known() []string {
	var out []string
	for _, n := range t.names {
		first, _, _ := strings.Cut(n.names, " ")
		out = append(out, first)
	}
	return out
}

// header reports whether records have f.
func header(f expr.Field) bool {
	switch f.Name {
	case "event.code", "log.channel", "log.provider", "log.source", "log.record_id", "host.name", "message", "@timestamp", "event.action":
		return true
	}
	return false
}

func (t *target) field(n name, swap bool, pos int) (expr.Field, *expr.Error) {
	to := n.ecs
	if t.foreign() {
		to = n.raw
	}
	if to == "" {
		return expr.Field{}, &expr.Error{Pos: pos, What: "such records have no " + n.names}
	}
	if swap {
		to = strings.NewReplacer("source.", "destination.", "destination.", "source.", "Source", "Destination", "Destination", "Source").Replace(to)
	}
	if f, ok := expr.KnownField(to); ok {
		return f, nil
	}
	if t.rename[0] != "" {
		to = strings.Replace(to, t.rename[0], t.rename[1], 1)
		to = strings.Replace(to, "Parent"+t.rename[1], "ParentProcessName", 1)
	}
	return expr.DataField(to), nil
}
