package feed

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

// bundleType and the others tell JSON formats by what stands in their head.
var (
	bundleType = regexp.MustCompile(`"type"\s*:\s*"(bundle|indicator)"`)
	mispKey    = regexp.MustCompile(`"(Event|Attribute|response)"\s*:\s*[\[{]`)
	pairKeys   = regexp.MustCompile(`"(type|value)"\s*:`)
)

func isJSON(_ string, head []byte) bool {
	return len(head) > 0 && (head[0] == '{' || head[0] == '[') && pairKeys.Match(head)
}

func isSTIX(_ string, head []byte) bool { return isJSON("", head) && bundleType.Match(head) }

func isMISP(_ string, head []byte) bool {
	return len(head) > 0 && (head[0] == '{' || head[0] == '[') && mispKey.Match(head)
}

// object is an indicator in JSON: ours, or that of a list of objects with type
// and value.
type object struct {
	Type        string          `json:"type"`
	Value       string          `json:"value"`
	Source      string          `json:"source"`
	Level       string          `json:"level"`
	Tags        []string        `json:"tags"`
	Note        string          `json:"note"`
	Description string          `json:"description"`
	Ref         string          `json:"ref"`
	UUID        string          `json:"uuid"`
	Distance    int             `json:"distance"`
	Expires     json.RawMessage `json:"expires"`
}

// objects reads JSON objects with type and value: one after the other, or in a
// list.
func (r *reading) objects(b *bufio.Reader) error {
	dec := json.NewDecoder(whole(b))
	head, err := b.Peek(1)
	for err == nil && bytes.IndexByte([]byte(" \t\r\n"), head[0]) >= 0 {
		_, _ = b.Discard(1) // was peeked
		head, err = b.Peek(1)
	}
	if err == nil && head[0] == '[' {
		if _, err := dec.Token(); err != nil {
			return jsonError(err)
		}
	}
	for n := 0; ; n++ {
		if !dec.More() {
			_, err := dec.Token()
			if err != nil && !errors.Is(err, io.EOF) {
				return jsonError(err)
			}
			return nil
		}
		var o object
		if err := dec.Decode(&o); err != nil {
			var wrong *json.UnmarshalTypeError
			if errors.As(err, &wrong) {
				r.refuse(place{field: fmt.Sprintf("[%d].%s", n, wrong.Field)}, "not a "+wrong.Type.String())
				continue
			}
			return jsonError(err)
		}
		if err := r.object(n, o); err != nil {
			return err
		}
	}
}

func jsonError(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("no whole JSON: %w at byte %d", err, syntax.Offset)
	}
	return fmt.Errorf("no whole JSON: %w", err)
}

func (r *reading) object(n int, o object) error {
	at := func(field string) place { return place{field: fmt.Sprintf("[%d].%s", n, field)} }
	t, ok := typeNamed(o.Type)
	if !ok {
		r.refuse(at("type"), fmt.Sprintf("%.40q is no type that can be looked up", o.Type))
		return nil
	}
	i := ioc.Indicator{Type: t, Value: o.Value, Source: o.Source, Tags: o.Tags, Note: o.Note, Ref: o.Ref, Distance: o.Distance}
	if i.Note == "" {
		i.Note = o.Description
	}
	if i.Ref == "" {
		i.Ref = o.UUID
	}
	var err error
	if o.Level != "" {
		if i.Level, err = levelOf(o.Level); err != nil {
			r.refuse(at("level"), err.Error())
			return nil
		}
	}
	if text := strings.Trim(string(o.Expires), `"`); text != "" && text != "null" {
		if i.Expires, err = timeOf(text); err != nil {
			r.refuse(at("expires"), err.Error())
			return nil
		}
	}
	return r.add(at("value"), i)
}
