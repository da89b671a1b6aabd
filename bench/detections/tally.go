package main

import (
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// tally is what one set of rules found in one recording.
type tally struct {
	recording
	set    string
	events int
	marked int            // events with a finding
	hits   map[string]int // findings by level
	rules  map[string]map[string]int
	units  map[string]bool // by origin: it has a finding
}

func count(data string, r recording, name string, set *detect.Set, view func(*record.Record) expr.Record) (*tally, error) {
	t := &tally{recording: r, set: name, hits: map[string]int{}, rules: map[string]map[string]int{}, units: map[string]bool{}}
	var ms []detect.Match
	err := each(data, r.name, func(rec *record.Record) {
		t.events++
		ms = set.Match(view(rec), ms[:0])
		origin := rec.Data("_src").Text()
		t.units[origin] = t.units[origin] || len(ms) > 0
		if len(ms) > 0 {
			t.marked++
		}
		for _, m := range ms {
			level := m.Rule.Level
			t.hits[level]++
			if t.rules[level] == nil {
				t.rules[level] = map[string]int{}
			}
			t.rules[level][m.Rule.Name]++
		}
	})
	return t, err
}

// seen returns how many of the origins have a finding.
func (t *tally) seen() int {
	n := 0
	for _, hit := range t.units {
		if hit {
			n++
		}
	}
	return n
}

// typed is a record of a Linux recording as our sensors would have made it.
func typed(r *record.Record) expr.Record {
	text := func(name string) string { return r.Data(name).Text() }
	base := func(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }
	e := &event.Event{
		Kind: event.ProcessStart,
		Process: &event.Process{
			Executable: text("Image"), Name: base(text("Image")), CommandLine: text("CommandLine"), WorkingDirectory: text("CurrentDirectory"),
			Parent: &event.Parent{Executable: text("ParentImage"), Name: base(text("ParentImage")), CommandLine: text("ParentCommandLine")},
		},
		User: &event.User{Name: text("User")},
	}
	switch r.Log.Channel {
	case "Linux-File":
		e.Kind, e.File = event.FileCreate, &event.File{Path: text("TargetFilename")}
	case "Linux-Network":
		e.Kind, e.Net = event.NetConnect, &event.Net{Direction: "egress"}
	}
	return e
}
