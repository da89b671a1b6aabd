package shell

import (
	"fmt"
	"strings"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/history"
)

// clock converts the kernel's times; *kernel.Kernel is one.
type clock interface {
	Wall(boot uint64) event.Time
	Process(a kernel.Actor) *event.Process
}

// decoder turns records of shell.bpf.c into events.
type decoder struct {
	clock clock
	texts *kernel.Texts
}

// decode returns nil without an error for a line of another program than a
// shell, which uses the same library.
func (d *decoder) decode(r kernel.Record) (*event.Event, error) {
	c := kernel.NewCursor(r.Body)
	a := c.Actor()
	place, size := c.U32(), c.U32()
	command := d.texts.Name(c.Name(16))
	text := c.Name(size)
	if err := c.Err(); err != nil {
		return nil, err
	}
	if event.Kind(r.Kind) != event.ShellCommand {
		return nil, fmt.Errorf("%w: kind %d", kernel.ErrMalformed, r.Kind)
	}
	shell := "bash"
	switch place {
	case atBash:
	case atReadline:
		if !isShell(command) && command != "sh" {
			return nil, nil
		}
	case atZle:
		shell, text = "zsh", history.Unmeta(text)
	default:
		return nil, fmt.Errorf("%w: place %d", kernel.ErrMalformed, place)
	}
	line := strings.ToValidUTF8(strings.TrimRight(string(text), "\r\n"), "\ufffd")
	e := &event.Event{
		Time: d.clock.Wall(r.Time), Kind: event.ShellCommand, Provider: name, Rung: "uretprobe", SensorSequence: int64(r.Number),
		Process: d.clock.Process(a), User: a.User(d.texts),
		Script: &event.Script{Interpreter: shell, Source: "readline", Content: line, Size: event.Some(int64(len(line)))},
	}
	if r.Flags&kernel.FlagUnreadable != 0 {
		e.Reason, e.Script.Size = "the line could not be read", event.OptInt{}
	}
	if r.Flags&kernel.FlagCut != 0 {
		e.Script.Truncated, e.Script.Size = true, event.OptInt{}
	}
	return e, nil
}
