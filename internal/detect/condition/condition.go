// Package condition reads rules whose conditions are written in the condition
// language, with the names and types of aiedr: JSON objects with id, type and a
// list of conditions. Conditions on the same field are joined with or, those on
// different fields with and; "match": "any" or "all" joins all of them.
package condition

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/tree"
)

// Format returns the format for detect.Options.
func Format() detect.Format {
	return detect.Format{Name: "condition", Accepts: accepts, Parse: Parse}
}

func accepts(f detect.File) bool {
	return strings.HasSuffix(strings.ToLower(f.Path), ".json") && strings.Contains(f.Text, `"conditions"`)
}

// Parse compiles the rules of a file: one object, a list, or an object with a
// list under rules. Each mistake is a Problem that names line and field; a rule
// with one is refused and the others load.
func Parse(f detect.File, o detect.Options) ([]*detect.Rule, []detect.Problem) {
	docs, problems := Read(f)
	var out []*detect.Rule
	for _, d := range docs {
		r, m := d.rule(f, o)
		for _, w := range d.remarks {
			problems = append(problems, d.problem(f, w, false))
		}
		if m != nil {
			problems = append(problems, d.problem(f, m, true))
			continue
		}
		if r.Disabled {
			problems = append(problems, detect.Problem{File: f.Path, Line: d.Line, Field: "enabled", What: "the rule is disabled in its file", Rule: d.ID, Title: d.Name, Disabled: true})
			continue
		}
		out = append(out, r)
	}
	return out, problems
}

// Document is a rule as it is written.
type Document struct {
	Line        int
	ID          string
	Name        string
	Description string
	Type        string
	Severity    string
	Disabled    bool
	Match       string // any, all, or empty
	Conditions  []Text
	Actions     []string
	Techniques  []string
	Tactics     []string
	own         tree.Value
	remarks     []*tree.Mistake
}

// Text is a text and its line.
type Text struct {
	Text string
	Line int
}

func (d *Document) remark(line int, field, do, format string, args ...any) {
	d.remarks = append(d.remarks, tree.Wrong(line, field, do, format, args...))
}

func (d *Document) problem(f detect.File, m *tree.Mistake, refused bool) detect.Problem {
	p := m.Problem(f, refused)
	p.Rule, p.Title = d.ID, d.Name
	if p.Line == 0 {
		p.Line = d.Line
	}
	return p
}

// Read reads the rules of a file without compiling them.
func Read(f detect.File) ([]*Document, []detect.Problem) {
	values, mistakes := tree.JSON(f.Text)
	var problems []detect.Problem
	for _, m := range mistakes {
		problems = append(problems, m.Problem(f, true))
	}
	var out []*Document
	for _, v := range flat(values) {
		d := &Document{Line: v.Line}
		if m := d.read(v); m != nil {
			problems = append(problems, d.problem(f, m, true))
			continue
		}
		out = append(out, d)
	}
	if len(out) == 0 && len(problems) == 0 {
		problems = append(problems, detect.Problem{File: f.Path, What: "no rule in the file", Do: "see docs/formats.md", Refused: true})
	}
	return out, problems
}

// flat takes lists of rules apart.
func flat(vs []tree.Value) []tree.Value {
	var out []tree.Value
	for _, v := range vs {
		if list, ok := v.Get("rules"); ok && !v.Has("conditions") {
			v = list
		}
		if v.Shape == tree.List {
			out = append(out, v.Items...)
		} else {
			out = append(out, v)
		}
	}
	return out
}

func keys() []string {
	return []string{"id", "name", "description", "type", "severity", "enabled", "match", "conditions", "actions", "techniques", "tactics", "vedette"}
}

func (d *Document) read(v tree.Value) *tree.Mistake {
	if v.Shape != tree.Map {
		return tree.Wrong(v.Line, "", "see docs/formats.md", "a rule is an object, not %s", v.Shape)
	}
	for _, t := range []struct {
		key string
		to  *string
	}{{"id", &d.ID}, {"name", &d.Name}, {"description", &d.Description}, {"type", &d.Type}, {"severity", &d.Severity}, {"match", &d.Match}} {
		text, m := v.GetText(t.key)
		if m != nil {
			return m
		}
		*t.to = text
	}
	for _, t := range []struct {
		key string
		to  *[]string
	}{{"actions", &d.Actions}, {"techniques", &d.Techniques}, {"tactics", &d.Tactics}} {
		texts, m := v.GetTexts(t.key)
		if m != nil {
			return m
		}
		*t.to = texts
	}
	for _, p := range v.Pairs {
		if !slices.Contains(keys(), tree.Key(p.Key)) {
			d.remark(p.Line, p.Key, "the keys are "+strings.Join(keys(), ", "), "unknown key %s", p.Key)
		}
	}
	if v.Has("enabled") {
		on, m := v.GetBool("enabled")
		if m != nil {
			return m
		}
		d.Disabled = !on
	}
	d.own, _ = v.Get("vedette")
	return d.conditions(v)
}

func (d *Document) conditions(v tree.Value) *tree.Mistake {
	if n, err := strconv.Atoi(d.ID); err != nil || n < 0 {
		return tree.Wrong(d.Line, "id", "write a number of its own", "the rule has no id that is a whole number")
	}
	list, _ := v.Get("conditions")
	if list.Shape == tree.Text {
		list = tree.Value{Shape: tree.List, Line: list.Line, Items: []tree.Value{list}}
	}
	if list.Shape != tree.List || len(list.Items) == 0 {
		return tree.Wrong(list.Line, "conditions", `write ["name contains 'value'"]`, "the rule has no list of conditions")
	}
	for _, x := range list.Items {
		if x.Shape != tree.Text || strings.TrimSpace(x.Text) == "" {
			return tree.Wrong(x.Line, "conditions", `write "name contains 'value'"`, "a condition is a text that is not empty")
		}
		d.Conditions = append(d.Conditions, Text{x.Text, x.Line})
	}
	return nil
}

// actions lists the actions of aiedr and what they are here; empty when a
// finding is all there is to do.
func actions() map[string]string {
	return map[string]string{"alert": "", "log": "", "terminate_process": "kill", "quarantine_file": "quarantine", "block_connection": "block"}
}

func (d *Document) actions(r *detect.Rule) *tree.Mistake {
	for _, a := range d.Actions {
		ours, ok := actions()[strings.ToLower(a)]
		switch {
		case !ok:
			return tree.Wrong(d.Line, "actions", "the actions are alert, log, terminate_process, quarantine_file, block_connection", "there is no action %q", a)
		case ours == "":
		case slices.Contains(detect.Actions(), ours):
			r.Actions = append(r.Actions, ours)
		default:
			d.remark(d.Line, "actions", "", "the action %s is not carried out; the rule raises findings", a)
		}
	}
	return nil
}

func (d *Document) level(r *detect.Rule) *tree.Mistake {
	name := strings.ToLower(d.Severity)
	if name == "info" {
		name = "informational"
	}
	if name == "" {
		name = "medium"
		d.remark(d.Line, "severity", "add one of "+strings.Join(detect.Levels(), ", "), "the rule has no severity; medium is used")
	}
	at := slices.Index(detect.Levels(), name)
	if at < 0 {
		return tree.Wrong(d.Line, "severity", "write one of "+strings.Join(detect.Levels(), ", "), "there is no severity %q", d.Severity)
	}
	r.Level, r.Severity = name, int64(at+1)
	return nil
}

func (d *Document) rule(f detect.File, o detect.Options) (*detect.Rule, *tree.Mistake) {
	r := &detect.Rule{
		ID: d.ID, Name: d.Name, Format: "condition", Path: f.Path, Line: d.Line, Description: d.Description, Source: d.Type,
		Techniques: d.Techniques, Tactics: d.Tactics, Disabled: d.Disabled,
	}
	if r.Name == "" {
		r.Name = "rule " + d.ID
	}
	if m := d.level(r); m != nil {
		return nil, m
	}
	if m := d.actions(r); m != nil {
		return nil, m
	}
	if m := d.variants(r, o); m != nil {
		return nil, m
	}
	var m *tree.Mistake
	r.Cases, m = d.own.Cases()
	return r, m
}
