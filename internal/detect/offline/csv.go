package offline

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/record"
)

// csvForm writes a table for spreadsheets.
type csvForm struct {
	w     *csv.Writer
	begun bool
}

func newCSV(w io.Writer) *csvForm { return &csvForm{w: csv.NewWriter(w)} }

func csvHead() []string {
	return []string{"time", "level", "rule", "rule_id", "host", "channel", "event_id", "input", "line", "record", "group", "techniques", "tactics", "values"}
}

func (c *csvForm) Finding(f *Finding) error {
	c.begin()
	line := ""
	if f.Line != record.NoLine {
		line = strconv.Itoa(f.Line)
	}
	group := ""
	if f.Window != nil {
		group = strings.Join(f.Window.Group, " | ")
	}
	row := []string{
		f.when(), f.Rule.Level, f.Rule.Name, f.Rule.ID, f.Host, f.Channel, f.Code, f.Input, line, f.Record,
		group, strings.Join(f.Rule.Techniques, " "), strings.Join(f.Rule.Tactics, " "), f.values(),
	}
	for i := range row {
		row[i] = inert(row[i])
	}
	return c.w.Write(row)
}

func (c *csvForm) begin() {
	if !c.begun {
		c.begun = true
		_ = c.w.Write(csvHead()) // csv.Writer keeps the error for the next call
	}
}

func (c *csvForm) End(Stats) error {
	c.begin()
	c.w.Flush()
	return c.w.Error()
}

// inert keeps a spreadsheet from taking a text of a record for a formula: a
// cell that begins with one of its signs gets an apostrophe before it.
// Control characters other than tabs and line breaks become dots.
func inert(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 {
			return '\u00b7'
		}
		return r
	}, s)
	t := strings.TrimLeft(s, " \t\r\n\u00a0\ufeff")
	if t != "" && strings.ContainsRune("=+-@|%\uff1d\uff0b\uff0d\uff20", []rune(t)[0]) || t != s && s != "" {
		return "'" + s
	}
	return s
}
