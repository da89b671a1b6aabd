// Package feed reads indicators of compromise from what others publish: plain
// lists, CSV, MISP events and attributes, STIX 2.1 bundles, OpenIOC and our own
// JSON. One indicator that cannot be used is told with its place and the reason,
// and the others are taken; a file that is not what it seems is an error.
package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

// The bounds of what is read.
const (
	MaxFile     = 1 << 30   // bytes of a list, which is read line by line
	MaxDocument = 256 << 20 // bytes of JSON and XML
	MaxLine     = 64 << 10  // bytes of a line of a list
	maxProblems = 1000      // that are told; all are counted
)

// Options say what is true of indicators whose file does not say it.
type Options struct {
	Type    ioc.Type // None: guessed from the value
	Source  string   // default: what the file says, else its name
	Level   string
	Tags    []string
	Expires time.Time
	All     bool // of MISP also attributes that are not marked for detection
}

// Result says what became of a file.
type Result struct {
	Format   string           `json:"format"`
	Taken    int              `json:"taken"`
	Refused  int              `json:"refused"`
	Skipped  int              `json:"skipped"` // no indicators: context, deleted or revoked ones
	Problems []detect.Problem `json:"problems,omitempty"`
}

// Yield takes an indicator. A *ioc.FieldError or ioc.ErrFull refuses this one,
// another error ends the reading.
type Yield func(ioc.Indicator) error

// reading is the state of reading one file.
type reading struct {
	Result
	name  string
	o     Options
	yield Yield
}

// format reads one format.
type format struct {
	name    string
	accepts func(name string, head []byte) bool
	read    func(*reading, *bufio.Reader) error
}

// formats lists the formats in the order in which a file is offered to them.
func formats() []format {
	return []format{
		{"openioc", isXML, (*reading).openIOC},
		{"stix", isSTIX, (*reading).stix},
		{"misp", isMISP, (*reading).misp},
		{"json", isJSON, (*reading).objects},
		{"csv", isCSV, (*reading).csv},
		{"list", func(string, []byte) bool { return true }, (*reading).list},
	}
}

// headSize is how much of a file says what it is.
const headSize = 64 << 10

// Read reads the indicators of a file; its name is for messages and hints.
func Read(name string, in io.Reader, o Options, yield Yield) (Result, error) {
	r := &reading{name: name, o: o, yield: yield}
	b := bufio.NewReaderSize(in, headSize)
	head, err := b.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return r.Result, fmt.Errorf("read %s: %w", name, err)
	}
	if bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")) {
		_, _ = b.Discard(3) // was peeked
		head = head[3:]
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return r.Result, fmt.Errorf("%s: this is no text: unpack it, or save it as UTF-8", name)
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	for _, f := range formats() {
		if !f.accepts(strings.ToLower(name), head) {
			continue
		}
		r.Format = f.name
		if err := f.read(r, b); err != nil {
			return r.Result, fmt.Errorf("%s: %w", name, err)
		}
		break
	}
	return r.Result, nil
}

// place is where an indicator stands.
type place struct {
	line  int // from 1; 0 is unknown
	field string
}

// add completes an indicator and hands it on.
func (r *reading) add(at place, i ioc.Indicator) error {
	if i.Source == "" || r.o.Source != "" {
		i.Source = r.source(i.Source)
	}
	if i.Level == "" {
		i.Level = r.o.Level
	}
	i.Tags = append(i.Tags, r.o.Tags...)
	if i.Expires.IsZero() {
		i.Expires = r.o.Expires
	}
	checked, err := i.Check()
	if err == nil {
		err = r.yield(checked)
	}
	var wrong *ioc.FieldError
	switch {
	case err == nil:
		r.Taken++
		return nil
	case errors.As(err, &wrong):
		field := at.field
		if field == "" {
			field = wrong.Field
		}
		r.refuse(place{at.line, field}, wrong.What)
		return nil
	case errors.Is(err, ioc.ErrFull):
		r.refuse(at, err.Error())
		return nil
	}
	return err
}

func (r *reading) source(found string) string {
	switch {
	case r.o.Source != "":
		return r.o.Source
	case found != "":
		return found
	}
	base := filepath.Base(filepath.FromSlash(r.name))
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// refuse tells why something is not taken.
func (r *reading) refuse(at place, what string) {
	r.Refused++
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, detect.Problem{File: r.name, Line: at.line, Field: at.field, What: what, Refused: true})
	}
}

// typeFor returns the type of a value: what the options or the file's name say,
// else a guess.
func (r *reading) typeFor(value string) ioc.Type {
	if r.o.Type != ioc.None {
		return r.o.Type
	}
	guess := ioc.Guess(value)
	if t, ok := ioc.ParseType(strings.TrimPrefix(filepath.Ext(r.name), ".")); ok && (t == ioc.Imphash && guess == ioc.MD5 || guess == ioc.None) {
		return t
	}
	return guess
}

// whole returns a reader of a document that may have at most MaxDocument bytes.
func whole(b *bufio.Reader) io.Reader { return &limited{b, MaxDocument} }

// limited fails when more than left bytes are read, where io.LimitReader would
// end the file.
type limited struct {
	in   io.Reader
	left int64
}

// Read reads; after the limit it is an error.
func (l *limited) Read(p []byte) (int, error) {
	n, err := l.in.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, fmt.Errorf("more than %d bytes: split the file", MaxDocument)
	}
	return n, err
}
