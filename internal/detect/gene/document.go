package gene

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/tree"
)

// Schema says how a rule is written.
type Schema uint8

// The schemas.
const (
	Before2 Schema = iota + 1 // Meta.EventIDs and Meta.Channels
	Two                       // Meta.Events and Meta.Criticality
	Head                      // of the newest engine: Meta.Severity, LogType, OSs
	Three                     // match-on, params, matches by name
)

// Document is a rule as it is written, whatever its schema.
type Document struct {
	Line        int
	Schema      Schema
	Name        string
	Tags        []string
	Events      []Events // none: every event
	EventIDs    []int64  // before 2.0, with several channels
	Traces      []string // before 2.0
	LogType     string
	OSs         []string
	Computers   []string
	Attack      []Attack
	Authors     []string
	Comments    []string
	Criticality int64
	Disable     bool
	Filter      bool
	Matches     []Match
	Condition   Text
	Actions     []string
	own         tree.Value // the section vedette
	remarks     []*tree.Mistake
}

// Events are the records of a channel; without ids all of them.
type Events struct {
	Channel string
	IDs     []int64
}

// Attack is a technique of ATT&CK.
type Attack struct{ ID, Tactic, Description, Reference string }

// Text is a text and its line.
type Text struct {
	Text string
	Line int
}

// Match is a named test, as it is written after the name.
type Match struct {
	Name string // with the $
	Text string
	Line int
}

// Read reads the rules of a file without compiling them.
func Read(f detect.File) ([]*Document, []detect.Problem) {
	var values []tree.Value
	var mistakes []*tree.Mistake
	if name := strings.ToLower(f.Path); strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml") {
		vs, m := tree.YAML(f.Text)
		values = vs
		if m != nil {
			mistakes = append(mistakes, m)
		}
	} else {
		values, mistakes = tree.JSON(f.Text)
	}
	var problems []detect.Problem
	for _, m := range mistakes {
		problems = append(problems, m.Problem(f, true))
	}
	var out []*Document
	for _, v := range flat(values) {
		d := &Document{Line: v.Line}
		m := d.read(v)
		for _, w := range d.remarks {
			problems = append(problems, d.problem(f, w, false))
		}
		if m != nil {
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
		if v.Shape == tree.List {
			out = append(out, v.Items...)
		} else {
			out = append(out, v)
		}
	}
	return out
}

func (d *Document) read(v tree.Value) *tree.Mistake {
	if v.Shape != tree.Map {
		return tree.Wrong(v.Line, "", "see docs/formats.md", "a rule is an object, not %s", v.Shape)
	}
	var m *tree.Mistake
	if d.Name, m = v.GetText("Name"); m != nil {
		return m
	}
	if d.Name == "" {
		return tree.Wrong(v.Line, "Name", "give the rule a name of its own", "the rule has no name")
	}
	meta, ok := v.Get("Meta")
	if ok && meta.Shape != tree.Map {
		return tree.Wrong(meta.Line, "Meta", "", "is an object, not %s", meta.Shape)
	}
	d.Schema = schemaOf(v, meta)
	d.unknown(v, topKeys(), "")
	d.unknown(meta, metaKeys(), "Meta.")
	if d.Tags, m = v.GetTexts("Tags"); m != nil {
		return m
	}
	d.Tags = slices.DeleteFunc(d.Tags, func(t string) bool { return strings.TrimSpace(t) == "" })
	if d.Actions, m = v.GetTexts("Actions"); m != nil {
		return m
	}
	for _, step := range []func(v, meta tree.Value) *tree.Mistake{d.where, d.meta, d.params, d.matches} {
		if m := step(v, meta); m != nil {
			return m
		}
	}
	d.own, _ = v.Get("vedette")
	return nil
}

func schemaOf(v, meta tree.Value) Schema {
	matches, _ := v.Get("Matches")
	version, _ := meta.GetText("Schema")
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	switch {
	case v.Has("match-on", "params", "severity") || matches.Shape == tree.Map:
		return Three
	case meta.Has("EventIDs", "Channels", "Traces") || version != "" && err == nil && n < 2:
		return Before2
	case meta.Has("Severity", "LogType", "OSs", "Authors"):
		return Head
	}
	return Two
}

func topKeys() []string {
	return []string{"name", "tags", "meta", "matches", "condition", "actions", "params", "matchon", "severity", "vedette"}
}

// metaKeys lists the keys of Meta of all schemas, and those that published
// rules have besides.
func metaKeys() []string {
	return []string{"events", "computers", "attack", "criticality", "disable", "filter", "schema", "eventids", "channels", "traces",
		"severity", "logtype", "oss", "authors", "comments", "author", "comment", "link", "links:", "links", "requirements", "minsysmonversion",
		"documentation", "references", "disclaimer", "sigmasource", "description"}
}

func (d *Document) unknown(v tree.Value, known []string, prefix string) {
	for _, p := range v.Pairs {
		if !slices.Contains(known, tree.Key(p.Key)) {
			d.remarks = append(d.remarks, tree.Wrong(p.Line, prefix+p.Key, "", "unknown key %s", p.Key))
		}
	}
}
