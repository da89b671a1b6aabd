package convert

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/gene"
)

// geneRule is a Gene rule of schema 2.0.
type geneRule struct {
	Name      string
	Tags      []string
	Meta      geneMeta
	Matches   []string
	Condition string
	Actions   []string
}

type geneMeta struct {
	Events      map[string][]int64
	Computers   []string
	Attack      []geneAttack `json:"ATTACK,omitempty"`
	Criticality int64
	Disable     bool
	Filter      bool
	Schema      string
	Author      string `json:",omitempty"`
	Comment     string `json:",omitempty"`
}

type geneAttack struct {
	ID          string
	Tactic      string
	Description string `json:",omitempty"`
	Reference   string
}

func (w *writer) geneFiles(files []detect.File) {
	for _, f := range files {
		if f.Aside() {
			continue
		}
		docs, problems := gene.Read(f)
		w.lost = append(w.lost, problems...)
		for _, d := range docs {
			w.geneRule(f, d)
		}
	}
}

// geneRule writes a rule of any schema as schema 2.0.
func (w *writer) geneRule(f detect.File, d *gene.Document) {
	r := geneRule{
		Name: d.Name, Tags: list(d.Tags), Condition: d.Condition.Text, Actions: list(d.Actions), Matches: []string{},
		Meta: geneMeta{
			Events: map[string][]int64{}, Computers: list(d.Computers), Criticality: d.Criticality, Disable: d.Disable, Filter: d.Filter,
			Schema: "2.0.0", Author: strings.Join(d.Authors, ", "), Comment: strings.Join(d.Comments, "\n"),
		},
	}
	for _, e := range d.Events {
		r.Meta.Events[e.Channel] = append([]int64{}, e.IDs...)
	}
	for _, a := range d.Attack {
		r.Meta.Attack = append(r.Meta.Attack, geneAttack(a))
	}
	for _, m := range d.Matches {
		r.Matches = append(r.Matches, m.Name+": "+m.Relative())
	}
	if !w.fits2(f, d) {
		return
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		w.lose(f, d.Line, d.Name, true, "%s", err)
		return
	}
	w.add(f, d.Line, d.Name, b.String())
}

// fits2 reports whether schema 2.0 can say what the rule means.
func (w *writer) fits2(f detect.File, d *gene.Document) bool {
	switch {
	case len(d.EventIDs) > 0 && len(d.Events) == 0:
		w.lose(f, d.Line, d.Name, true, "event ids without a channel, which schema 2.0 cannot say; add the channels")
		return false
	case d.LogType == "kunai" || len(d.Events) == 1 && d.Events[0].Channel == "kunai":
		w.lose(f, d.Line, d.Name, true, "records of Kunai, which schema 2.0 does not know; rules of schema 3 load as they are")
		return false
	case len(d.SystemFields()) > 0:
		w.lose(f, d.Line, d.Name, true, "the field %s, which is not in the data of the event; schema 2.0 names only those", d.SystemFields()[0])
		return false
	}
	if len(d.Traces) > 0 {
		w.lose(f, d.Line, d.Name, false, "its traces, which newer schemas do not have, are left out")
	}
	if len(d.OSs) > 0 {
		w.lose(f, d.Line, d.Name, false, "that it is for %s alone is left out", strings.Join(d.OSs, ", "))
	}
	return true
}

// list is a list that is written as one also when it is empty.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
