package shell

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// immutable
var update = sensortest.Update()

func decode(r kernel.Record) (*event.Event, error) {
	d := &decoder{clock: sensortest.Clock{}, texts: kernel.NewTexts()}
	return d.decode(r)
}

func TestDecode(t *testing.T) { sensortest.Golden(t, *update, decode) }

// line is a record of a place, a program and a text.
func line(place uint32, program, text string, flags uint16) kernel.Record {
	b := make([]byte, 32) // an actor
	b = binary.LittleEndian.AppendUint32(b, place)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(text)+1))
	name := make([]byte, 16)
	copy(name, program)
	b = append(append(b, name...), text...)
	return kernel.Record{Sensor: kernel.Shell, Kind: uint8(event.ShellCommand), Flags: flags, Body: append(b, 0)}
}

func TestDecodePlaces(t *testing.T) {
	for name, c := range map[string]struct {
		r     kernel.Record
		shell string // "" is no event
	}{
		"bash":                {line(atBash, "anything", "id", 0), "bash"},
		"bash by the library": {line(atReadline, "bash", "id", 0), "bash"},
		"another program":     {line(atReadline, "psql", "\\c x", 0), ""},
		"zsh":                 {line(atZle, "zsh", "id\n", 0), "zsh"},
		"zsh, its bytes":      {line(atZle, "zsh", "\x83\x49d", 0), "zsh"}, // 'i' does not need it, and is read all the same
	} {
		e, err := decode(c.r)
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case e == nil && c.shell != "", e != nil && e.Script.Interpreter != c.shell:
			t.Errorf("%s: %+v", name, e)
		case e != nil && e.Script.Content != "id":
			t.Errorf("%s: %q", name, e.Script.Content)
		}
	}
	if _, err := decode(line(9, "bash", "id", 0)); !errors.Is(err, kernel.ErrMalformed) {
		t.Error(err)
	}
	e, err := decode(line(atBash, "bash", "x", kernel.FlagCut))
	if err != nil || !e.Script.Truncated || e.Script.Size.OK {
		t.Errorf("%+v %v", e.Script, err)
	}
	e, err = decode(line(atBash, "bash", "", kernel.FlagUnreadable))
	if err != nil || e.Reason == "" {
		t.Errorf("%+v %v", e, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(sensortest.Raw(line(atZle, "zsh", "a\xff", 0)))
	sensortest.Fuzz(f, func(r kernel.Record) (*event.Event, error) {
		e, err := decode(r)
		if e == nil && err == nil {
			return &event.Event{}, nil // a line of another program
		}
		return e, err
	})
}
