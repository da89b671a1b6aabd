package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
)

// printTables prints what sees what: the sensors, the rows of the telemetry
// exam, what was lost, and below them in whole sentences what better sources
// lack here and what those in use do not see.
func printTables(w io.Writer, s agent.Status) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nSENSOR\tSOURCE\tSINCE\tEVENTS\tLOST\tRESTARTS\tBETTER, NOT HERE")
	for _, x := range s.Sensors {
		var better []string
		for _, b := range x.Better {
			better = append(better, b.Rung)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%d\t%s\n", x.Name, source(x), clock(x.Since), x.Events, x.Lost, x.Restarts, cmp.Or(strings.Join(better, " "), "-"))
	}
	fmt.Fprintln(t, "\nTELEMETRY\tSOURCE\tSINCE\tEVENTS\tLOST\tBETTER, NOT HERE")
	for _, r := range s.Telemetry {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%s\n", r.Row, cmp.Or(strings.Join(r.Sources, " "), instead(r, s.Sensors)), clock(r.Since), r.Events, r.Lost, cmp.Or(strings.Join(r.Better, " "), "-"))
	}
	if len(s.Losses) > 0 {
		fmt.Fprintln(t, "\nLOSS\tSENSOR\tKIND\tSTATE\tCOUNT\tREASON")
	}
	for _, l := range s.Losses {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\n", l.Stage, cmp.Or(l.Sensor, "all"), cmp.Or(l.Kind, "all"), l.State, l.Count, oneLine(l.Reason))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return printLacks(w, s.Sensors)
}

// source says what a sensor takes its events from, or why from nothing.
func source(x agent.SensorStatus) string {
	switch {
	case x.Off:
		return "off"
	case x.Rung == "" && x.Reason == "":
		return "starting"
	}
	return cmp.Or(x.Rung, "none works")
}

// instead says why nothing sees a row.
func instead(r agent.RowStatus, sensors []agent.SensorStatus) string {
	var states []string
	for _, x := range sensors {
		// A source that works and does not stand with the row has no such events.
		if x.Rung == "" && slices.Contains(r.Sensors, x.Name) && !slices.Contains(states, source(x)) {
			states = append(states, source(x))
		}
	}
	return cmp.Or(strings.Join(states, ", "), "none works")
}

// printLacks says for each sensor why the better sources are not in use and what
// the one in use does not see.
func printLacks(w io.Writer, sensors []agent.SensorStatus) error {
	var b strings.Builder
	for _, x := range sensors {
		for _, better := range x.Better {
			why := cmp.Or(strings.TrimPrefix(oneLine(better.Why), sensor.ErrNotSupported.Error()+": "), "not tried yet")
			paragraph(&b, x.Name+"."+better.Rung, "is not in use: "+why+". It needs "+oneLine(better.Needs)+".")
		}
		if x.Rung != "" && x.Unseen != "" {
			paragraph(&b, x.Name+"."+x.Rung, "does not see: "+oneLine(x.Unseen)+".")
		}
		if x.Detail != "" {
			paragraph(&b, x.Name, oneLine(x.Detail)+".")
		}
		if x.Rung == "" && len(x.Better) == 0 && x.Reason != "" && !x.Off {
			paragraph(&b, x.Name, oneLine(x.Reason)+".")
		}
	}
	if b.Len() == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nWHAT THIS HOST LACKS, AND WHAT IS NOT SEEN\n%s", b.String())
	return err
}

const (
	lineWidth  = 120
	labelWidth = 24
)

// paragraph writes a label and a text beside it, in lines.
func paragraph(b *strings.Builder, label, text string) {
	line := fmt.Sprintf("%-*s", labelWidth, label)
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > lineWidth && len(line) > labelWidth {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = strings.Repeat(" ", labelWidth)
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
