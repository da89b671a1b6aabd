package feed

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

type mispTag struct {
	Name string `json:"name"`
}

type mispAttribute struct {
	UUID    string          `json:"uuid"`
	Type    string          `json:"type"`
	Value   string          `json:"value"`
	ToIDs   json.RawMessage `json:"to_ids"` // true, "1" or 1 by the version
	Deleted json.RawMessage `json:"deleted"`
	Comment string          `json:"comment"`
	Tag     []mispTag       `json:"Tag"`
	Event   *mispEvent      `json:"Event"` // of the search for attributes
}

type mispObject struct {
	Name      string          `json:"name"`
	Attribute []mispAttribute `json:"Attribute"`
}

type mispEvent struct {
	Info   string          `json:"info"`
	Threat json.RawMessage `json:"threat_level_id"`
	Orgc   struct {
		Name string `json:"name"`
	} `json:"Orgc"`
	Tag       []mispTag       `json:"Tag"`
	Attribute []mispAttribute `json:"Attribute"`
	Object    []mispObject    `json:"Object"`
}

// maxDepth bounds how deep events may stand in an export.
const maxDepth = 16

// misp reads events or attributes, one event at a time: {"Event": ...},
// {"response": [{"Event": ...}]}, {"response": {"Attribute": [...]}} and lists
// of them.
func (r *reading) misp(b *bufio.Reader) error {
	dec := json.NewDecoder(whole(b))
	err := r.mispValue(dec, "", 0)
	if err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("no whole JSON: something follows the export")
	}
	return nil
}

func (r *reading) mispValue(dec *json.Decoder, path string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%s: nested deeper than %d", path, maxDepth)
	}
	t, err := dec.Token()
	if err != nil {
		return jsonError(err)
	}
	switch t {
	case json.Delim('['):
		for n := 0; dec.More(); n++ {
			if err := r.mispValue(dec, fmt.Sprintf("%s[%d]", path, n), depth+1); err != nil {
				return err
			}
		}
	case json.Delim('{'):
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return jsonError(err)
			}
			if err := r.mispMember(dec, fmt.Sprint(key), path, depth); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	if _, err := dec.Token(); err != nil {
		return jsonError(err)
	}
	return nil
}

func (r *reading) mispMember(dec *json.Decoder, key, path string, depth int) error {
	path = strings.TrimPrefix(path+"."+key, ".")
	switch key {
	case "Event":
		var e mispEvent
		if err := dec.Decode(&e); err != nil {
			return r.mispError(path, err)
		}
		return r.event(path, &e)
	case "Attribute":
		var as []mispAttribute
		if err := dec.Decode(&as); err != nil {
			return r.mispError(path, err)
		}
		return r.attributes(path, &mispEvent{}, "", as)
	}
	return r.mispValue(dec, path, depth+1)
}

// mispError refuses a value that has another type than it should; what is no
// JSON ends the reading.
func (r *reading) mispError(path string, err error) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return jsonError(err)
	}
	r.refuse(place{field: path + "." + wrong.Field}, "not a "+wrong.Type.String())
	return nil
}

func (r *reading) event(path string, e *mispEvent) error {
	if err := r.attributes(path+".Attribute", e, "", e.Attribute); err != nil {
		return err
	}
	for n, o := range e.Object {
		if err := r.attributes(fmt.Sprintf("%s.Object[%d].Attribute", path, n), e, o.Name, o.Attribute); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) attributes(path string, e *mispEvent, object string, as []mispAttribute) error {
	for n, a := range as {
		if truth(a.Deleted) || !truth(a.ToIDs) && !r.o.All {
			r.Skipped++
			continue
		}
		if a.Event != nil {
			e = a.Event
		}
		at := place{field: fmt.Sprintf("%s[%d]", path, n)}
		is := ofAttribute(a.Type, a.Value)
		if len(is) == 0 {
			r.refuse(place{field: at.field + ".type"}, fmt.Sprintf("%.60q cannot be looked up", a.Type))
			continue
		}
		for _, i := range is {
			i.Ref, i.Source, i.Level = a.UUID, e.Orgc.Name, threatLevel(e.Threat)
			i.Note = strings.Join(compact(a.Comment, object, e.Info, i.Note), "; ")
			for _, tag := range append(append([]mispTag{}, a.Tag...), e.Tag...) {
				i.Tags = append(i.Tags, tag.Name)
			}
			if err := r.add(place{field: at.field + ".value"}, i); err != nil {
				return err
			}
		}
	}
	return nil
}

func compact(texts ...string) []string {
	var out []string
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// truth reads a truth value as the versions write it.
func truth(raw json.RawMessage) bool {
	switch strings.Trim(string(raw), `"`) {
	case "true", "1":
		return true
	}
	return false
}

// threatLevel is the level of an event: 1 is high, 4 is undefined.
func threatLevel(raw json.RawMessage) string {
	switch strings.Trim(string(raw), `"`) {
	case "1":
		return "high"
	case "2":
		return "medium"
	case "3":
		return "low"
	}
	return ""
}

// ofAttribute returns the indicators of an attribute, which may hold two values.
func ofAttribute(kind, value string) []ioc.Indicator {
	first, second, paired := strings.Cut(kind, "|")
	a, b, _ := strings.Cut(value, "|")
	switch {
	case !paired:
		if t, ok := mispType(kind); ok {
			return []ioc.Indicator{{Type: t, Value: value}}
		}
	case first == "filename": // the hash says which file; its name is a note
		if t, ok := mispType(second); ok {
			return []ioc.Indicator{{Type: t, Value: b, Note: a}}
		}
	case kind == "domain|ip":
		return []ioc.Indicator{{Type: ioc.Domain, Value: a}, {Type: ioc.Address, Value: b}}
	case second == "port":
		if t, ok := mispType(first); ok {
			return []ioc.Indicator{{Type: t, Value: a, Note: "port " + b}}
		}
	}
	return nil
}

// mispType returns the type of an attribute that holds one value.
func mispType(kind string) (ioc.Type, bool) {
	switch kind {
	case "md5", "sha1", "sha256", "imphash", "tlsh", "ip-src", "ip-dst", "domain", "hostname", "url", "uri", "filename":
		return ioc.ParseType(kind)
	}
	return ioc.None, false
}
