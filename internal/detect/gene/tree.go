package gene

import (
	"maps"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/tree"
)

// Compiled is the condition of a rule and the names of its predicates.
type Compiled struct {
	Root  expr.Node // without the hosts
	Names map[*expr.Predicate]string
	Kunai bool
}

// Compile compiles the condition of the rule, for who writes it in another
// form.
func (d *Document) Compile(o detect.Options) (Compiled, *tree.Mistake) {
	c := &compiler{doc: d, options: o, names: map[*expr.Predicate]string{}}
	if m := c.logType(); m != nil {
		return Compiled{}, m
	}
	root, m := c.condition()
	return Compiled{Root: root, Names: c.names, Kunai: c.kunai}, m
}

// Options returns o with the templates and containers of the files, and the
// files that hold rules.
func Options(files []detect.File, o detect.Options) ([]detect.File, detect.Options, []detect.Problem) {
	o.Templates, o.Containers = maps.Clone(o.Templates), maps.Clone(o.Containers)
	rest, problems := prepare(files, &o)
	return rest, o, problems
}

// SystemFields lists the members of /Event/System that the rule names, which
// rules of schema 2.0 cannot.
func (d *Document) SystemFields() []string {
	var out []string
	for _, m := range d.Matches {
		t, _, wrong := m.parse()
		for _, f := range []string{t.Field, t.Other} {
			if wrong == nil && strings.HasPrefix(strings.ReplaceAll(f, ".", "/"), "/Event/System") {
				out = append(out, f)
			}
		}
	}
	return out
}

// Relative returns the match with its fields as rules of schema 2.0 write them.
func (m Match) Relative() string {
	text := m.Text
	for _, root := range []string{"/Event/EventData/", ".Event.EventData."} {
		text = strings.ReplaceAll(text, root, "")
	}
	return text
}
