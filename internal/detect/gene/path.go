package gene

import (
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// systemFields are the members of /Event/System that records hold in fields of
// their own.
func systemFields() map[string]string {
	return map[string]string{
		"Channel": "log.channel", "EventID": "event.code", "Computer": "host.name", "Provider/Name": "log.provider", "EventRecordID": "log.record_id",
	}
}

// kunaiFields are the members of Kunai's records that records hold in fields of
// their own.
func kunaiFields() map[string]string {
	return map[string]string{
		"info/event/source": "log.channel", "info/event/id": "event.code", "info/host/hostname": "host.name",
	}
}

// field returns the field of a record that an operand names: a path from the
// root of the event, or a name in its data.
func (c *compiler) field(operand string) expr.Field {
	isSep := func(r rune) bool { return r == '/' || r == '.' && c.doc.Schema == Three }
	path := strings.FieldsFunc(operand, isSep)
	absolute := strings.HasPrefix(operand, "/") || c.doc.Schema == Three && strings.HasPrefix(operand, ".")
	if c.kunai {
		if !absolute {
			path = append([]string{"data"}, path...)
		}
		return known(kunaiFields(), strings.Join(path, "/"), strings.Join(path, "."))
	}
	if !absolute || len(path) < 3 || path[0] != "Event" {
		return expr.DataField(member(path))
	}
	if rest := path[2:]; path[1] == "System" {
		if rest[len(rest)-1] == "Value" { // Level and the like are objects with some writers
			rest = rest[:len(rest)-1]
		}
		return known(systemFields(), strings.Join(rest, "/"), strings.Join(rest, "_"))
	}
	return expr.DataField(member(path[2:]))
}

// member returns the name that a member of EventData or UserData has in a
// record: the last part, without spaces.
func member(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return strings.ReplaceAll(path[len(path)-1], " ", "")
}

func known(fields map[string]string, path, name string) expr.Field {
	if f, ok := expr.KnownField(fields[path]); ok {
		return f
	}
	return expr.DataField(name)
}
