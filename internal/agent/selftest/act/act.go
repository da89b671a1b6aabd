// Package act does something harmless for each kind of event that the agent
// knows, and says exactly which events must come of it. It is the hand of the
// self-exam (package selftest), which reads the agent's events beside it.
//
// Everything happens in a process of its own, in private mount, pid, network
// and ipc namespaces: what is mounted is read-only there, and the folders that
// are written lie under upper layers in memory, so that nothing of the host
// changes whenever the process is killed. It acts by system calls, and through
// programs of the host only where a library has to be used (PAM).
package act

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// Fact is what a field of an event must hold. With Part the text must only be a
// part of the value, or of an element of a list; an empty text is any value.
// With Near the value is a number that may differ from that of the text so much.
type Fact struct {
	Field string  `json:"field"`
	Text  string  `json:"text"`
	Part  bool    `json:"part,omitempty"`
	Near  float64 `json:"near,omitempty"`
}

// Want is an event that must come: of one of the kinds, with all of the facts.
type Want struct {
	Kinds []string `json:"kinds"`
	Facts []Fact   `json:"facts"`
	At    int64    `json:"at"`             // nanoseconds since 1970, just before it was done
	Else  *Want    `json:"else,omitempty"` // what is as good
}

// Done says what an act did.
type Done struct {
	Act   string `json:"act"`
	Wants []Want `json:"wants,omitempty"`
	Skip  string `json:"skip,omitempty"`  // why it cannot be done on this host
	Error string `json:"error,omitempty"` // what went wrong
}

// Command are the arguments of a program that calls Main, for who starts it.
type Command []string

// maxLine bounds a line between the exam and its hand, bytes.
const maxLine = 1 << 20

// serve does what is asked for, a name a line, and answers each with a Done.
func serve(in io.Reader, out io.Writer, do func(name string) Done) error {
	lines := bufio.NewScanner(io.LimitReader(in, maxLine))
	enc := json.NewEncoder(out)
	for lines.Scan() {
		if err := enc.Encode(do(lines.Text())); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
	return lines.Err()
}
