package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
)

// printer writes answers as tables or as JSON lines.
type printer struct {
	out, side io.Writer
	json      bool
}

// object writes one JSON line.
func (p *printer) object(v any) error { return json.NewEncoder(p.out).Encode(v) }

// list writes rows as a table, or their values as JSON lines.
func list[T any](p *printer, values []T, head []string, row func(T) []string) error {
	if p.json {
		for _, v := range values {
			if err := p.object(v); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, strings.ToUpper(strings.Join(head, "\t"))); err != nil {
		return err
	}
	for _, v := range values {
		cells := row(v)
		for i, c := range cells {
			cells[i] = plain(c)
		}
		if _, err := fmt.Fprintln(w, strings.Join(cells, "\t")); err != nil {
			return err
		}
	}
	return w.Flush()
}

// facts writes one thing as lines of name and value, or as JSON.
func facts(p *printer, v any, pairs ...string) error {
	if p.json {
		return p.object(v)
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s\t%s\n", pairs[i], plain(pairs[i+1])); err != nil {
			return err
		}
	}
	return w.Flush()
}

// say writes a sentence for people; nothing with --json.
func (p *printer) say(format string, args ...any) error {
	if p.json {
		return nil
	}
	_, err := fmt.Fprintf(p.out, format+"\n", args...)
	return err
}

// plain keeps a text of a host from steering the terminal.
func plain(s string) string {
	return strings.Map(plainRune, s)
}

func plainRune(r rune) rune {
	if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
		return '\u00b7'
	}
	return r
}

func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

func short(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// whole says how complete the telemetry behind an answer is, on the side.
func (p *printer) whole(c api.Completeness) error {
	if p.json {
		return nil
	}
	text := fmt.Sprintf("telemetry whole for %d of %d hosts", c.Whole, c.Hosts)
	if c.State != api.Complete {
		text += fmt.Sprintf("; %s: %d gaps", c.State, int64(len(c.Gaps))+c.More)
		if c.Lost > 0 {
			text += fmt.Sprintf(", at least %d events lost", c.Lost)
		}
	}
	_, err := fmt.Fprintln(p.side, text)
	return err
}
