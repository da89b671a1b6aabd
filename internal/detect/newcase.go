package detect

import (
	"encoding/json"
	"fmt"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// NewCase reads an event that a rule must or must not match, written as a JSON
// object: nested ECS, or a foreign record when it has a Channel.
func NewCase(line int, match bool, object []byte) (Case, error) {
	c := Case{Line: line, Match: match}
	var head map[string]json.RawMessage
	if err := json.Unmarshal(object, &head); err != nil {
		return c, fmt.Errorf("an event is a JSON object: %w", err)
	}
	if _, foreign := head["Channel"]; foreign {
		rec, err := record.ParseJSON(object)
		c.Rec = rec
		return c, err
	}
	e := &event.Event{}
	if err := json.Unmarshal(object, e); err != nil {
		return c, err
	}
	if e.Kind == event.KindNone {
		return c, fmt.Errorf("the event has no kind; add event: {action: process_start}, or another kind, or a Channel")
	}
	c.Rec = e
	return c, nil
}
