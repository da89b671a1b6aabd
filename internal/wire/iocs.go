package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// IOCs is the content of a signed document of kind "iocs": a part of a change
// of the indicators of compromise. Parts come in order and are one change.
type IOCs struct {
	Base  int64  `json:"base"`  // version that is changed; 0: all indicators follow
	Part  int    `json:"part"`  // from 1
	Parts int    `json:"parts"` // of the change
	Lines []byte `json:"-"`     // JSON lines: indicators; with "remove" set, such as go
}

// MaxIOCLines bounds the lines of one part, bytes.
const MaxIOCLines = 16 << 20

// PackedIOCs returns the content: a line of JSON, then the lines, which were
// packed by Pack.
func PackedIOCs(i IOCs, packed []byte) ([]byte, error) {
	head, err := json.Marshal(i)
	if err != nil {
		return nil, fmt.Errorf("write indicators: %w", err)
	}
	return append(append(head, '\n'), packed...), nil
}

// DecodeIOCs reads what PackedIOCs wrote.
func DecodeIOCs(content []byte) (IOCs, error) {
	var i IOCs
	head, packed, ok := bytes.Cut(content, []byte("\n"))
	if !ok {
		return i, errors.New("indicators of the manager: no head")
	}
	if err := json.Unmarshal(head, &i); err != nil {
		return i, fmt.Errorf("indicators of the manager: %w", err)
	}
	if i.Part < 1 || i.Part > i.Parts {
		return i, fmt.Errorf("indicators of the manager: part %d of %d", i.Part, i.Parts)
	}
	var err error
	if i.Lines, err = Unpack(packed, MaxIOCLines); err != nil {
		return i, fmt.Errorf("indicators of the manager: %w", err)
	}
	return i, nil
}
