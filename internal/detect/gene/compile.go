package gene

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/index"
	"github.com/vedette-edr/vedette/internal/detect/tree"
)

// compiler makes one rule.
type compiler struct {
	doc     *Document
	file    detect.File
	options detect.Options
	kunai   bool
	names   map[*expr.Predicate]string // nil unless asked for
	remarks []*tree.Mistake
}

func (c *compiler) remark(line int, field, do, format string, args ...any) {
	c.remarks = append(c.remarks, tree.Wrong(line, field, do, format, args...))
}

// technique is the form of an ATT&CK technique. immutable
var technique = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)

func (c *compiler) rule() (*detect.Rule, *tree.Mistake) {
	d := c.doc
	r := &detect.Rule{
		ID: d.Name, Name: d.Name, Format: "gene", Path: c.file.Path, Line: d.Line, Source: d.source(),
		Author: strings.Join(d.Authors, ", "), Description: strings.Join(d.Comments, "\n"),
		Criticality: d.Criticality, Filter: d.Filter, Disabled: d.Disable, Tags: d.Tags,
	}
	r.Level, r.Severity = detect.LevelOf(d.Criticality)
	for _, a := range d.Attack {
		if technique.MatchString(a.ID) && !slices.Contains(r.Techniques, a.ID) {
			r.Techniques = append(r.Techniques, a.ID)
		}
		if a.Tactic != "" && !slices.Contains(r.Tactics, a.Tactic) {
			r.Tactics = append(r.Tactics, a.Tactic)
		}
		if a.Reference != "" {
			r.References = append(r.References, a.Reference)
		}
	}
	c.actions(r)
	if m := c.logType(); m != nil {
		return nil, m
	}
	root, m := c.where()
	if m != nil {
		return nil, m
	}
	if c.here() {
		r.Variants = []detect.Variant{{Sources: c.sources(), Where: &expr.Expr{Root: root}}}
	} else {
		c.remark(d.Line, "OSs", "", "records of this kind are not made on %s; the rule is loaded and never matches", strings.Join(d.OSs, ", "))
	}
	r.Cases, m = d.own.Cases()
	return r, m
}

// logType says whose records the rule is for.
func (c *compiler) logType() *tree.Mistake {
	d := c.doc
	switch d.LogType {
	case "kunai":
		c.kunai = true
	case "":
		c.kunai = len(d.Events) == 1 && d.Events[0].Channel == "kunai"
	case "winevt":
	default:
		return tree.Wrong(d.Line, "LogType", "write winevt or kunai", "there is no log type %q", d.LogType)
	}
	return nil
}

// here reports whether the systems of the rule make its records.
func (c *compiler) here() bool {
	system := "windows"
	if c.kunai {
		system = "linux"
	}
	return len(c.doc.OSs) == 0 || slices.ContainsFunc(c.doc.OSs, func(s string) bool { return strings.EqualFold(s, system) })
}

func (c *compiler) sources() []index.Source {
	var out []index.Source
	for _, e := range c.doc.Events {
		if len(e.IDs) == 0 {
			out = append(out, index.Source{Channel: e.Channel})
		}
		for _, id := range e.IDs {
			out = append(out, index.Source{Channel: e.Channel, Code: strconv.FormatInt(id, 10)})
		}
	}
	switch {
	case len(out) > 0:
	case c.kunai:
		out = append(out, index.Source{Channel: "kunai"})
	default:
		out = append(out, index.Source{Family: "windows"})
	}
	return out
}

// where makes the condition of the rule, the hosts included.
func (c *compiler) where() (expr.Node, *tree.Mistake) {
	root, m := c.condition()
	if m != nil || len(c.doc.Computers) == 0 {
		return root, m
	}
	host, _ := expr.KnownField("host.name")
	p, err := expr.NewPredicate(expr.Predicate{Field: host, Op: expr.Equal, Values: c.doc.Computers, Cased: true, Text: true})
	if err != nil {
		return nil, tree.Wrong(c.doc.Line, "Computers", "", "%s", err)
	}
	if all, ok := root.(expr.And); ok && len(all) == 0 {
		return p, nil
	}
	return expr.And{p, root}, nil
}

func (c *compiler) condition() (expr.Node, *tree.Mistake) {
	d := c.doc
	cond := &condition{line: d.Condition.Line, text: d.Condition.Text, nodes: map[string]expr.Node{}, used: map[string]bool{}}
	for _, m := range d.Matches {
		n, wrong := c.compile(m)
		if wrong != nil {
			return nil, wrong
		}
		if cond.nodes[m.Name] != nil {
			c.remark(m.Line, "Matches."+m.Name, "give each match its own name", "the match before with the name %s does not count", m.Name)
		}
		cond.nodes[m.Name] = n
		if p, ok := n.(*expr.Predicate); ok && c.names != nil {
			c.names[p] = m.Name
		}
	}
	if strings.TrimSpace(d.Condition.Text) == "" {
		if len(d.Matches) > 0 {
			return nil, tree.Wrong(d.Line, "Condition", "write one, such as "+d.Matches[0].Name, "the rule has matches and no condition over them")
		}
		return expr.And{}, nil
	}
	root, m := cond.parse()
	if m != nil {
		return nil, m
	}
	if cond.mixed {
		c.remark(cond.line, "Condition", "write parentheses", "and binds stronger than or here; older engines read from right to left")
	}
	for _, m := range d.Matches {
		if !cond.used[m.Name] {
			c.remark(m.Line, "Matches."+m.Name, "use it or remove it", "the condition does not use %s", m.Name)
		}
	}
	return root, nil
}
