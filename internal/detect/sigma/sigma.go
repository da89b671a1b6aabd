// Package sigma reads Sigma rules. A rule is compiled once for our events, by
// the field table in taxonomy.go, and once for each foreign log that its log
// source means. What cannot be resolved is refused with the reason; nothing is
// loaded by half.
//
// A rule of our own may have a section vedette with the actions that it asks
// for and with events that it must and must not match.
package sigma

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// Format returns the format for detect.Options.
func Format() detect.Format {
	return detect.Format{Name: "sigma", Accepts: accepts, Parse: Parse}
}

func accepts(f detect.File) bool {
	p := strings.ToLower(f.Path)
	return strings.HasSuffix(p, ".yml") || strings.HasSuffix(p, ".yaml")
}

// Parse reads the rules of a file. Each mistake is a Problem that names line
// and field; a rule with one is refused.
func Parse(f detect.File, o detect.Options) ([]*detect.Rule, []detect.Problem) {
	docs, m := parseYAML(f.Text)
	if m == nil {
		docs, m = collection(docs)
	}
	if m != nil {
		return nil, []detect.Problem{problem(f, m, nil, true)}
	}
	if len(docs) == 0 {
		return nil, []detect.Problem{{File: f.Path, What: "no rule in the file", Do: "see docs/new-rule.md", Refused: true}}
	}
	var rules []*detect.Rule
	var problems []detect.Problem
	for i := range docs {
		p := &reader{file: f, options: o, doc: &docs[i]}
		r, m := p.rule()
		for _, w := range p.remarks {
			problems = append(problems, problem(f, w, p, false))
		}
		if m != nil {
			problems = append(problems, problem(f, m, p, true))
			continue
		}
		if r.Disabled {
			problems = append(problems, p.outOfUse(r))
			continue
		}
		rules = append(rules, r)
	}
	return rules, problems
}

// outOfUse says why a rule is right and does not run.
func (p *reader) outOfUse(r *detect.Rule) detect.Problem {
	what := "the status is " + r.Status
	for _, x := range r.Related {
		what += "; " + x.Type + " " + x.ID
	}
	out := problem(p.file, &mistake{line: r.Line, field: "status", what: what, do: "vedette rules --deprecated loads it"}, p, false)
	out.Disabled = true
	return out
}

func problem(f detect.File, m *mistake, p *reader, refused bool) detect.Problem {
	out := detect.Problem{File: f.Path, Line: m.line, Field: m.field, What: m.what, Do: m.do, Refused: refused, Unset: refused && m.unset}
	if p != nil {
		out.Rule, out.Title = p.id, p.title
	}
	return out
}

// reader reads one document.
type reader struct {
	file    detect.File
	options detect.Options
	doc     *value
	id      string
	title   string
	remarks []*mistake
}

func (p *reader) remark(line int, field, do, what string) {
	p.remarks = append(p.remarks, &mistake{line: line, field: field, do: do, what: what})
}

func (p *reader) rule() (*detect.Rule, *mistake) {
	if p.doc.shape != isMap {
		return nil, wrong(p.doc.line, "", "see docs/new-rule.md", "a rule is a map, not %s", p.doc.shape)
	}
	r := &detect.Rule{Format: "sigma", Path: p.file.Path, Line: p.doc.line}
	if len(p.doc.pairs) > 0 {
		r.Line = p.doc.pairs[0].line
	}
	if m := p.header(r); m != nil {
		return nil, m
	}
	if v, ok := p.doc.get("correlation"); ok && !r.Disabled {
		return r, p.correlation(r, v)
	}
	if v, ok := p.doc.get("filter"); ok && !r.Disabled {
		return r, p.filter(r, v)
	}
	src, m := p.logsource()
	if m != nil {
		return nil, m
	}
	r.Source = src.String()
	if r.Disabled {
		return r, nil
	}
	if m := p.detection(r, src); m != nil {
		return nil, m
	}
	return r, p.own(r)
}

func (p *reader) logsource() (logsource, *mistake) {
	v, ok := p.doc.get("logsource")
	if !ok || v.shape != isMap {
		return logsource{}, wrong(v.line, "logsource", "write product and category or service", "the rule has no logsource")
	}
	l := logsource{line: v.line}
	for _, q := range v.pairs {
		if !q.val.scalar() && q.key != "definition" {
			return l, wrong(q.line, "logsource."+q.key, "", "is a text, not %s", q.val.shape)
		}
		s := strings.ToLower(q.val.text)
		switch q.key {
		case "product":
			l.product = s
		case "category":
			l.category = s
		case "service":
			l.service = s
		case "definition":
		default:
			p.remark(q.line, "logsource."+q.key, "the keys are product, category, service, definition", "unknown key "+q.key)
		}
	}
	if l.product == "" && l.category == "" && l.service == "" {
		return l, wrong(v.line, "logsource", "write product and category or service", "the logsource is empty")
	}
	return l, nil
}

// detection compiles the selections and the condition for every target.
func (p *reader) detection(r *detect.Rule, src logsource) *mistake {
	d, ok := p.doc.get("detection")
	if !ok || d.shape != isMap {
		return wrong(cmp.Or(d.line, p.doc.line), "detection", "write selections and a condition", "the rule has no detection")
	}
	lines := sourcesOf(src)
	if len(lines) == 0 { // the rule is right, but nothing here makes such events
		t := source{category: src.category, service: src.service}
		if _, m := p.compile(d, t.raw, t.other); m != nil {
			return m
		}
		p.remark(src.line, "logsource", "", "no events of "+src.String()+" are made or read here; the rule is loaded and never matches")
		return nil
	}
	for _, t := range lines {
		if m := p.variants(r, t, d); m != nil {
			return m
		}
	}
	return nil
}

// variants compiles the rule for our events and for the records of one line of
// the table. For a line with both, one of them is enough.
func (p *reader) variants(r *detect.Rule, t source, d value) *mistake {
	var refused *mistake
	if len(t.kinds) > 0 {
		x, m := p.compile(d, t.ecs, t.ecs)
		if m == nil {
			r.Variants = append(r.Variants, detect.Variant{Kinds: t.kinds, Where: x, Names: detect.Names{Field: t.ecs, Other: t.ecs}})
		}
		if len(t.channels) == 0 || !p.options.Records {
			return m
		}
		refused = m
	}
	x, m := p.compile(d, t.raw, t.other)
	switch {
	case m == nil:
		r.Variants = append(r.Variants, p.foreign(t, x))
		if refused != nil {
			p.remarks = append(p.remarks, refused)
		}
	case len(t.kinds) == 0:
		return m
	default:
		return refused
	}
	return nil
}

func (p *reader) foreign(t source, x *expr.Expr) detect.Variant {
	v := detect.Variant{Sources: t.records(), Where: x, Names: detect.Names{Field: t.raw, Other: t.other}}
	if t.require[0] != "" {
		must, m := made(expr.Predicate{Field: expr.DataField(t.require[0]), Op: expr.Equal, Values: []string{t.require[1]}, Text: true}, 0, false)
		if m == nil {
			v.Where = &expr.Expr{Root: expr.And{must, x.Root}}
		}
	}
	return v
}

// compile compiles the condition with the field names of one target.
func (p *reader) compile(d value, f, other detect.Resolve) (*expr.Expr, *mistake) {
	c := &compiler{field: f, other: other, placeholders: p.options.Placeholders}
	cond := &condition{nodes: map[string]expr.Node{}, used: map[string]bool{}}
	var conditions []value
	for _, q := range d.pairs {
		switch q.key {
		case "condition":
			conditions, cond.line = q.val.list(), q.line
		case "timeframe":
			return nil, wrong(q.line, "detection.timeframe", "write a correlation rule", "timeframe is no longer part of Sigma")
		default:
			n, m := c.selection(q.key, q.val)
			if m != nil {
				if !strings.HasPrefix(m.field, "detection.") {
					m.field = "detection." + cmp.Or(m.field, q.key)
				}
				return nil, m
			}
			cond.names, cond.nodes[q.key] = append(cond.names, q.key), n
		}
	}
	if len(conditions) == 0 {
		return nil, wrong(d.line, "detection.condition", "name the selections that must match", "the detection has no condition")
	}
	var or expr.Or
	for _, v := range conditions {
		n, m := cond.parse(v.text)
		if m != nil {
			return nil, m
		}
		or = append(or, n)
	}
	p.unused(d, cond)
	if len(or) == 1 {
		return &expr.Expr{Root: or[0]}, nil
	}
	return &expr.Expr{Root: or}, nil
}

func (p *reader) unused(d value, cond *condition) {
	for _, q := range d.pairs {
		if q.key == "condition" || cond.used[q.key] {
			continue
		}
		field := "detection." + q.key
		if !slices.ContainsFunc(p.remarks, func(m *mistake) bool { return m.field == field }) {
			p.remark(q.line, field, "use it in the condition or remove it", "the condition does not use the selection "+q.key)
		}
	}
}
