// Package gotrust reads the rules.ini of goTrust: sections whose lines are
// fields between tabs. Its rules become rules of detect that take points from
// the trust of a host and may ask for kill; the other sections are checked and
// kept in Config, because they are settings of a server and not rules.
package gotrust

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/index"
	"github.com/vedette-edr/vedette/internal/event"
)

// Format returns the format for detect.Options.
func Format() detect.Format {
	return detect.Format{Name: "gotrust", Accepts: accepts, Parse: Parse}
}

func accepts(f detect.File) bool {
	if !strings.HasSuffix(strings.ToLower(f.Path), ".ini") {
		return false
	}
	for l := range strings.Lines(f.Text) {
		if strings.TrimSpace(l) == "[Rules]" {
			return true
		}
	}
	return false
}

// Parse compiles the rules of a file. Each mistake is a Problem that names the
// line and what to do; a rule with one is refused and the others load.
func Parse(f detect.File, o detect.Options) ([]*detect.Rule, []detect.Problem) {
	c, problems := Read(f)
	var out []*detect.Rule
	for i := range c.Rules {
		r, err := c.compile(&c.Rules[i], f, o)
		if err != nil {
			problems = append(problems, detect.Problem{File: f.Path, Line: c.Rules[i].Line, Field: "Rules", What: err.Error(), Refused: true})
			continue
		}
		out = append(out, r)
	}
	return out, problems
}

// ID returns the id of the rule: it stays the same when the rule moves or gets
// another score.
func (r *Rule) ID() string {
	sum := sha256.Sum256([]byte(r.Object + "\x00" + strings.Join(r.Words, "\x00")))
	return fmt.Sprintf("gotrust-%x", sum[:6])
}

// Any reports whether every command line will do.
func (r *Rule) Any() bool {
	for _, w := range r.Words {
		if w == "*" {
			return true
		}
	}
	return false
}

func (r *Rule) title() string {
	if r.Any() {
		return r.Object + " is used"
	}
	return r.Object + " is used with " + strings.Join(r.Words, " or ")
}

func (c *Config) compile(r *Rule, f detect.File, o detect.Options) (*detect.Rule, error) {
	out := &detect.Rule{
		ID: r.ID(), Name: r.title(), Format: "gotrust", Path: f.Path, Line: r.Line, Score: r.Score, Source: "use of " + r.Object,
		Cases: c.cases[r.ID()],
	}
	level := 1
	switch {
	case r.Kill:
		level, out.Actions = 3, []string{"kill"}
	case r.Score >= 50:
		level = 2
	case r.Score == 0:
		level = 0
	}
	out.Level, out.Severity = detect.Levels()[level], int64(level+1)
	for _, v := range c.targets(o.Records) {
		where, err := r.where(v)
		if err != nil {
			return nil, err
		}
		out.Variants = append(out.Variants, detect.Variant{Kinds: v.kinds, Sources: v.sources, Where: where})
	}
	return out, nil
}

// target is where rules apply and which fields say what was used there.
type target struct {
	kinds   []event.Kind
	sources []index.Source
	line    string   // field of the command line
	paths   []string // fields that may be the object itself
	names   []string // fields that may be the name of the object
	text    bool     // the object may also stand in the command line
}

func (c *Config) targets(flat bool) []target {
	var out []target
	if c.reads() {
		sources := []index.Source{{Channel: "Microsoft-Windows-Sysmon/Operational", Code: "1"}, {Channel: "Security", Code: "4688"}}
		if flat {
			sources = append(sources, index.Source{Channel: "Linux-Process"})
		}
		out = append(out,
			target{
				kinds: []event.Kind{event.ProcessStart}, line: "process.command_line", text: true,
				paths: []string{"process.executable", "process.script"}, names: []string{"process.name"},
			},
			target{sources: sources, line: "log.data.CommandLine", text: true},
		)
	}
	if kinds := c.kinds(); len(kinds) > 0 {
		out = append(out, target{kinds: kinds, line: "process.command_line", paths: []string{"file.path", "file.original_path"}, names: []string{"file.name"}})
	}
	return out
}

// where makes the condition: the object is used, and the command line has one
// of the words. Case counts, as in goTrust.
func (r *Rule) where(t target) (*expr.Expr, error) {
	var used expr.Or
	add := func(op expr.Op, fields ...string) error {
		for _, name := range fields {
			n, err := predicate(name, op, r.Object)
			if err != nil {
				return err
			}
			used = append(used, n)
		}
		return nil
	}
	if t.text {
		if err := add(expr.Contains, t.line); err != nil {
			return nil, err
		}
	}
	fields := t.names
	if strings.ContainsAny(r.Object, `/\`) {
		fields = t.paths
	}
	if err := add(expr.Equal, fields...); err != nil {
		return nil, err
	}
	if r.Any() {
		return &expr.Expr{Root: used}, nil
	}
	words, err := predicate(t.line, expr.Contains, r.Words...)
	if err != nil {
		return nil, err
	}
	return &expr.Expr{Root: expr.And{used, words}}, nil
}

func predicate(name string, op expr.Op, values ...string) (expr.Node, error) {
	f, wrong := expr.FieldNamed(name, 0)
	if wrong != nil {
		return nil, wrong
	}
	p, err := expr.NewPredicate(expr.Predicate{Field: f, Op: op, Values: values, Cased: true, Text: true})
	if err != nil {
		return nil, err
	}
	return p, nil
}
