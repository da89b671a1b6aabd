package offline

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// Form writes findings.
type Form interface {
	Finding(*Finding) error
	// End writes what is known only when all findings are there.
	End(Stats) error
}

// Forms lists the names of the forms.
func Forms() []string { return []string{"table", "json", "csv", "timeline", "navigator", "ranking"} }

// NewForm returns the form with the name, writing to w.
func NewForm(name string, w io.Writer) (Form, error) {
	switch name {
	case "table":
		return newTable(w), nil
	case "json":
		return newJSON(w), nil
	case "csv":
		return newCSV(w), nil
	case "timeline":
		return newTimeline(w), nil
	case "navigator":
		return newNavigator(w), nil
	case "ranking":
		return newRanking(w), nil
	}
	return nil, fmt.Errorf("no form %q; the forms are %s", name, strings.Join(Forms(), ", "))
}

// place says where a record stands, for people.
func (p Place) place() string {
	switch {
	case p.Line != record.NoLine:
		return p.Input + ":" + strconv.Itoa(p.Line)
	case p.Record != "":
		return p.Input + " record " + p.Record
	}
	return p.Input
}

// when is the time of a finding, for people and programs.
func (f *Finding) when() string { return stampOf(f.Time) }

func stampOf(t event.Time) string {
	if t == 0 {
		return ""
	}
	return t.Std().Format("2006-01-02T15:04:05.000Z")
}

// values lists what made the rule true, for people.
func (f *Finding) values() string {
	var parts []string
	for _, v := range f.Fields {
		parts = append(parts, v.Name+"="+v.Value)
	}
	return strings.Join(parts, "  ")
}

// plain keeps a text of a record from steering the terminal and from filling
// the screen.
func plain(s string, most int) string {
	n := 0
	out := strings.Map(func(r rune) rune {
		n++
		switch {
		case n > most:
			return -1
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x202e || r == 0x2028 || r == 0x2029:
			return '\u00b7'
		}
		return r
	}, s)
	if n > most {
		return out + "…"
	}
	return out
}
