package trace

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// The sizes of trace.bpf.c.
const (
	calls    = 512 // numbers of system calls
	textSize = 256
)

// Word is an argument, whose JSON is a text: it may not fit into a number of
// JavaScript.
type Word uint64

// MarshalText returns the number in hexadecimal.
func (w Word) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%#x", uint64(w)), nil }

// UnmarshalText reads what MarshalText wrote.
func (w *Word) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 0, 64)
	*w = Word(n)
	return err
}

// Text is what an argument points to.
type Text struct {
	Argument   int    `json:"argument"` // from 1
	Text       string `json:"text"`     // escaped as in Go: it can be shown on a terminal
	Cut        bool   `json:"cut,omitempty"`
	Unreadable bool   `json:"unreadable,omitempty"`
}

// Call is a system call that ended.
type Call struct {
	Time   time.Time `json:"time"` // of its end
	Thread int64     `json:"thread"`
	Name   string    `json:"call"`
	Number int       `json:"number"`
	Args   [6]Word   `json:"args"`
	Result int64     `json:"result"`
	Error  string    `json:"error,omitempty"`
	Texts  []Text    `json:"texts,omitempty"`
}

// maxErrno is the greatest number of an error that a call returns.
const maxErrno = 4095

// decode reads a struct call of trace.bpf.c.
func decode(r kernel.Record, wall func(uint64) event.Time) (Call, error) {
	c := kernel.NewCursor(r.Body)
	out := Call{Time: time.Unix(0, int64(wall(r.Time))).UTC()}
	for i := range out.Args {
		out.Args[i] = Word(c.U64())
	}
	out.Result = int64(c.U64())
	out.Thread, out.Number = int64(c.U32()), int(c.U32())
	sizes := [2]int32{int32(c.U32()), int32(c.U32())}
	if err := c.Err(); err != nil {
		return Call{}, err
	}
	if out.Number >= calls {
		return Call{}, fmt.Errorf("%w: system call %d", kernel.ErrMalformed, out.Number)
	}
	out.Name = callName(out.Number)
	if out.Result < 0 && out.Result >= -maxErrno {
		if out.Error = unix.ErrnoName(syscall.Errno(-out.Result)); out.Error == "" {
			out.Error = strconv.FormatInt(-out.Result, 10)
		}
	}
	form := forms[out.Name]
	for i, argument := range textArguments(form) {
		if sizes[i] == 0 || argument < 0 {
			continue
		}
		t := Text{Argument: argument + 1, Unreadable: sizes[i] < 0}
		if !t.Unreadable {
			if sizes[i] > textSize {
				return Call{}, fmt.Errorf("%w: a text of %d bytes", kernel.ErrMalformed, sizes[i])
			}
			b := c.Bytes(textSize)
			if c.Err() != nil {
				return Call{}, c.Err()
			}
			b, t.Cut = b[:sizes[i]], int64(sizes[i]) < out.Result
			if form[argument] == asPath {
				t.Cut = len(b) == textSize
				b = b[:max(len(b)-1, 0)] // the zero byte
			}
			q := strconv.Quote(string(b))
			t.Text = q[1 : len(q)-1]
		} else {
			c.Bytes(textSize)
		}
		out.Texts = append(out.Texts, t)
	}
	return out, nil
}

// callName returns the name of a call, and its number when it has none.
func callName(n int) string {
	if n < len(callNames) && callNames[n] != "" {
		return callNames[n]
	}
	return fmt.Sprintf("call_%d", n)
}

// String returns the call as a line for people:
//
//	15:04:05.123456 4711 write(1, "hello\n", 6) = 6
func (c Call) String() string {
	form, known := forms[c.Name]
	if !known {
		form = "xxxxxx"
	}
	args := make([]string, len(form))
	for i := range args {
		args[i] = number(form[i], uint64(c.Args[i]))
	}
	for _, t := range c.Texts {
		if i := t.Argument - 1; i >= 0 && i < len(args) && !t.Unreadable {
			args[i] = `"` + t.Text + `"`
			if t.Cut {
				args[i] += "..."
			}
		}
	}
	result := c.Error
	if result == "" {
		result = strconv.FormatInt(c.Result, 10)
		if c.Result > 1<<31 || c.Result < 0 {
			result = fmt.Sprintf("%#x", uint64(c.Result))
		}
	}
	return fmt.Sprintf("%s %d %s(%s) = %s", c.Time.Local().Format("15:04:05.000000"), c.Thread, c.Name, strings.Join(args, ", "), result)
}

// number writes an argument in its form.
func number(form byte, n uint64) string {
	switch form {
	case asFolder:
		if int32(n) == unix.AT_FDCWD {
			return "AT_FDCWD"
		}
		return strconv.FormatInt(int64(int32(n)), 10)
	case asInt:
		return strconv.FormatInt(int64(int32(n)), 10)
	case asLong:
		return strconv.FormatInt(int64(n), 10)
	case asMode:
		return fmt.Sprintf("%#o", uint32(n))
	}
	return fmt.Sprintf("%#x", n)
}
