package record

import (
	"slices"
	"strings"
)

// shape gives a record of another form the names of the flat form, and fills
// the fields that these stand for.
func (r *Record) shape(b *Batch) {
	switch form(r.Log.Names) {
	case winlogbeat:
		r.rename(b, winlogName)
	case eventXML:
		r.pairs()
		r.rename(b, xmlName)
		r.freeNames(b)
		r.joinData()
	case ecs:
		if r.typed() {
			return
		}
	case exported:
		r.alias()
	case journal:
		r.Journal()
		return
	}
	r.header()
}

type formKind uint8

const (
	flat       formKind = iota // data/events, Sysmon and others with plain names
	winlogbeat                 // winlog.channel, winlog.event_data.X
	eventXML                   // Event.System.X, Event.EventData.X: the XML as JSON
	ecs                        // event.action or event.category
	journal                    // of systemd
	exported                   // flat, with the names of NXLog and old winlogbeat
)

// form says how a record with these names is written.
func form(names []string) formKind {
	out := flat
	for _, n := range names {
		switch {
		case n == "Channel":
			if out != exported {
				out = flat
			}
		case strings.HasPrefix(n, "winlog.") || strings.HasPrefix(n, "event_data."):
			return winlogbeat
		case strings.HasPrefix(n, "Event.System.") || strings.HasPrefix(n, "System."):
			return eventXML
		case n == "__REALTIME_TIMESTAMP":
			return journal
		case n == "event.action" || n == "event.category":
			out = ecs
		case n == "SourceName" || n == "Hostname" || n == "log_name":
			out = exported
		}
	}
	return out
}

// rename gives every value another name; the empty name drops it.
func (r *Record) rename(b *Batch, to func(string) string) {
	n := 0
	for i, name := range r.Log.Names {
		if b.renamed == nil || len(b.renamed) >= maxInterned {
			b.renamed = map[string]string{}
		}
		other, ok := b.renamed[name]
		if !ok {
			other = to(name)
			b.renamed[name] = other
		}
		if other == "" {
			continue
		}
		r.Log.Names[n], r.Log.Values[n] = other, r.Log.Values[i]
		n++
	}
	r.Log.Names, r.Log.Values = r.Log.Names[:n], r.Log.Values[:n]
}

// winlogNames are the names of winlogbeat, without the prefix winlog.
func winlogNames() map[string]string {
	return map[string]string{
		"channel": "Channel", "log_name": "Channel", "event_id": "EventID", "provider_name": "Provider_Name",
		"source_name": "Provider_Name", "provider_guid": "Provider_Guid", "computer_name": "Computer",
		"computerObject.name": "", "record_id": "EventRecordID", "record_number": "EventRecordID",
		"process.pid": "Execution_ProcessID", "process_id": "Execution_ProcessID",
		"process.thread.id": "Execution_ThreadID", "thread_id": "Execution_ThreadID",
		"user.identifier": "Security_UserID", "version": "Version", "opcode": "Opcode", "task": "Task",
		"keywords": "Keywords", "level": "Level", "activity_id": "Correlation_ActivityID",
		"related_activity_id": "Correlation_RelatedActivityID", "message": "Message",
	}
}

func winlogName(name string) string {
	short := strings.TrimPrefix(name, "winlog.")
	for _, prefix := range [...]string{"event_data.", "user_data."} {
		if data, ok := strings.CutPrefix(short, prefix); ok {
			return data
		}
	}
	if to, ok := winlogNames()[short]; ok && (short != name || !strings.Contains(name, ".")) {
		return to
	}
	return name
}

// alias adds the flat names that are missing for names of NXLog and others,
// which stay: SourceName is also a value of some Windows events.
func (r *Record) alias() {
	for i, name := range slices.Clone(r.Log.Names) {
		if to := exportName(name); to != "" && !slices.Contains(r.Log.Names, to) {
			r.Log.Names, r.Log.Values = append(r.Log.Names, to), append(r.Log.Values, r.Log.Values[i])
		}
	}
}

// exportName is the flat name for a name of NXLog; empty when there is none.
func exportName(name string) string {
	switch name {
	case "SourceName", "source_name":
		return "Provider_Name"
	case "ProviderGuid":
		return "Provider_Guid"
	case "Hostname", "computer_name":
		return "Computer"
	case "log_name":
		return "Channel"
	case "event_id":
		return "EventID"
	case "RecordNumber", "record_number":
		return "EventRecordID"
	}
	return ""
}

// xmlName is the flat name for a name of the XML of a Windows event as JSON,
// whatever the tool calls attributes and text.
func xmlName(name string) string {
	name = strings.TrimPrefix(name, "Event.")
	name = attributes(name)
	switch {
	case strings.HasSuffix(name, "xmlns"):
		return ""
	case strings.HasPrefix(name, "System."):
		name = strings.TrimPrefix(name, "System.")
		for _, text := range [...]string{".Value", ".#text", ".$t", ".text"} {
			name = strings.TrimSuffix(name, text)
		}
		return strings.ReplaceAll(name, ".", "_")
	case strings.HasPrefix(name, "EventData."):
		return strings.TrimSuffix(strings.TrimPrefix(name, "EventData."), ".#text")
	case strings.HasPrefix(name, "UserData."):
		data := strings.TrimPrefix(name, "UserData.")
		if _, rest, ok := strings.Cut(data, "."); ok {
			data = rest
		}
		return userData + strings.TrimSuffix(data, ".#text")
	}
	return name
}

// userData stands before the names of UserData until it is known whether they
// are free.
const userData = "UserData."

// freeNames takes what stands before the names of UserData away, or leaves it
// where the record has the name already: UserData_Channel.
func (r *Record) freeNames(b *Batch) {
	var taken map[string]bool
	for i, name := range r.Log.Names {
		short, ok := strings.CutPrefix(name, userData)
		if ok && taken == nil {
			taken = map[string]bool{}
			for _, n := range r.Log.Names {
				taken[n] = true
			}
		}
		switch {
		case !ok:
		case taken[short]:
			r.Log.Names[i] = b.Intern([]byte("UserData_" + short))
		default:
			r.Log.Names[i] = short
		}
	}
}

// attributes takes out what marks attributes.
func attributes(name string) string {
	name = strings.ReplaceAll(name, "#attributes.", "")
	name = strings.ReplaceAll(name, "_attributes.", ".")
	return strings.ReplaceAll(name, ".@", ".")
}

// pairs turns lists of Data objects with a Name and a text into values under
// their names.
func (r *Record) pairs() {
	pending, n := "", 0
	put := func(name, value string) {
		r.Log.Names[n], r.Log.Values[n] = name, value
		n++
	}
	for i, full := range r.Log.Names {
		value := r.Log.Values[i]
		part, ok := strings.CutPrefix(attributes(strings.TrimPrefix(full, "Event.")), "EventData.Data.")
		switch {
		case ok && part == "Name":
			if pending != "" {
				put(pending, "")
			}
			pending = "EventData." + strings.ReplaceAll(value, " ", "")
		case ok && pending != "" && (part == "#text" || part == "Value" || part == "text" || part == "$t"):
			put(pending, value)
			pending = ""
		default:
			put(full, value)
		}
	}
	if pending != "" && n < len(r.Log.Names) {
		put(pending, "")
	}
	r.Log.Names, r.Log.Values = r.Log.Names[:n], r.Log.Values[:n]
}

// joinData makes one value, with line breaks, of the Data members without a
// name.
func (r *Record) joinData() {
	first, n := -1, 0
	var lines []string
	for i, name := range r.Log.Names {
		value := r.Log.Values[i]
		if name == "Data" {
			lines = append(lines, value)
			if len(lines) > 1 {
				continue
			}
			first = n
		}
		r.Log.Names[n], r.Log.Values[n] = name, value
		n++
	}
	if len(lines) > 1 {
		r.Log.Values[first] = strings.Join(lines, "\n")
	}
	r.Log.Names, r.Log.Values = r.Log.Names[:n], r.Log.Values[:n]
}
