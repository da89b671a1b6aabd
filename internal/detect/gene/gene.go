// Package gene reads Gene rules: JSON objects one after the other in files that
// end in .gen or .gene, of schema 2.0 and of the schemas after it, and YAML of
// schema 3. Rules are for Windows event records, and for records of Kunai.
//
// Templates come from .toml files and containers from .cont, .cont.gz and .txt
// files that lie with the rules; a container has the name of its file. Rules of
// schemas before 2.0 are refused; Convert brings them up to date.
package gene

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/tree"
)

// Format returns the format for detect.Options.
func Format() detect.Format {
	return detect.Format{Name: "gene", Accepts: accepts, Parse: Parse, Prepare: prepare}
}

func accepts(f detect.File) bool {
	name := strings.ToLower(f.Path)
	switch {
	case strings.HasSuffix(name, ".gen") || strings.HasSuffix(name, ".gene"):
		return true
	case strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml"):
		return looksLikeYAML(f.Text)
	case strings.HasSuffix(name, ".json"):
		return strings.Contains(f.Text, `"Matches"`) && strings.Contains(f.Text, `"Condition"`)
	}
	return false
}

// looksLikeYAML reports whether a text has keys at the start of lines that only
// Gene rules have.
func looksLikeYAML(text string) bool {
	if strings.Contains(text, "\nlogsource:") || strings.Contains(text, "\ndetection:") {
		return false
	}
	for _, key := range []string{"matches:", "match-on:"} {
		if strings.HasPrefix(text, key) || strings.Contains(text, "\n"+key) {
			return true
		}
	}
	return false
}

// Parse compiles the rules of a file. Each mistake is a Problem that names line
// and field; a rule with one is refused and the others load.
func Parse(f detect.File, o detect.Options) ([]*detect.Rule, []detect.Problem) {
	docs, problems := Read(f)
	var out []*detect.Rule
	for _, d := range docs {
		if d.Schema == Before2 {
			problems = append(problems, detect.Problem{File: f.Path, Line: d.Line, Field: "Meta", Rule: d.Name, Title: d.Name, Refused: true,
				What: "the rule is of a schema before 2.0.0", Do: "vedette rules convert --from gene --to gene " + f.Path})
			continue
		}
		c := &compiler{doc: d, file: f, options: o}
		r, m := c.rule()
		for _, w := range c.remarks {
			problems = append(problems, d.problem(f, w, false))
		}
		if m != nil {
			problems = append(problems, d.problem(f, m, true))
			continue
		}
		if r.Disabled {
			problems = append(problems, detect.Problem{File: f.Path, Line: d.Line, Field: "Meta.Disable", What: "the rule is disabled in its file", Rule: d.Name, Title: d.Name, Disabled: true})
			continue
		}
		out = append(out, r)
	}
	return out, problems
}

func (d *Document) problem(f detect.File, m *tree.Mistake, refused bool) detect.Problem {
	p := m.Problem(f, refused)
	p.Rule, p.Title, p.Line = d.Name, d.Name, cmp.Or(p.Line, d.Line)
	return p
}

// actions lists the actions of Gene rules that Vedette carries out, by their
// names there.
func actions() map[string]string { return map[string]string{"kill": "kill"} }

// knownActions lists what Gene rules may ask for.
func knownActions() []string {
	return []string{"kill", "blacklist", "memdump", "filedump", "regdump", "report", "brief"}
}

func (c *compiler) actions(r *detect.Rule) {
	for _, a := range c.doc.Actions {
		ours, ok := actions()[strings.ToLower(a)]
		switch {
		case ok:
			r.Actions = append(r.Actions, ours)
		case slices.Contains(knownActions(), strings.ToLower(a)):
			c.remark(c.doc.Line, "Actions", "", "the action %s is not carried out; the rule raises findings", a)
		default:
			c.remark(c.doc.Line, "Actions", "the actions are "+strings.Join(knownActions(), ", "), "there is no action %q", a)
		}
	}
}

// source says for people where the rule applies.
func (d *Document) source() string {
	if len(d.Events) == 0 {
		return "windows"
	}
	var parts []string
	for _, e := range d.Events {
		s := e.Channel
		for i, id := range e.IDs {
			s += fmt.Sprintf("%c%d", " ,"[min(i, 1)], id)
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}
