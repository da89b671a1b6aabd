package condition

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/tree"
	"github.com/vedette-edr/vedette/internal/event"
)

// variants compiles the rule for all records that its type means. What our
// events do not have is a mistake; of foreign records those count that have all
// that the rule asks for.
func (d *Document) variants(r *detect.Rule, o detect.Options) *tree.Mistake {
	if !slices.Contains(types(), d.Type) {
		return tree.Wrong(d.Line, "type", "write one of "+strings.Join(types(), ", "), "there is no type %q", d.Type)
	}
	if d.Match != "" && d.Match != "any" && d.Match != "all" {
		return tree.Wrong(d.Line, "match", "write any or all", "%q does not say how conditions are joined", d.Match)
	}
	targets := targetsOf(d.Type, o.Records)
	own := slices.ContainsFunc(targets, func(t target) bool { return !t.foreign() })
	for i := range targets {
		t := &targets[i]
		root, m := d.where(t, i == 0)
		if m != nil {
			if own && t.foreign() {
				continue
			}
			return m
		}
		if t.require != nil {
			root = expr.And{t.require, root}
		}
		r.Variants = append(r.Variants, detect.Variant{Kinds: t.kinds, Sources: t.sources, Where: &expr.Expr{Root: root}})
	}
	return nil
}

// group is the conditions on one field.
type group struct {
	field string
	terms expr.Or
}

// where joins the conditions: those on one field with or, the groups with and.
func (d *Document) where(t *target, tell bool) (expr.Node, *tree.Mistake) {
	var all []expr.Node
	var groups []*group
	for i, c := range d.Conditions {
		n, m := t.compile(c)
		if m != nil {
			return nil, m
		}
		all = append(all, n)
		field := fieldOf(n, i)
		at := slices.IndexFunc(groups, func(g *group) bool { return g.field == field })
		if at < 0 {
			at = len(groups)
			groups = append(groups, &group{field: field})
		}
		groups[at].terms = append(groups[at].terms, n)
		if tell && d.Match == "" && len(groups[at].terms) > 1 && narrows(n) {
			d.remark(c.Line, "conditions", `write "match": "all", or both tests in one condition with and`, "conditions on the same field are joined with or, and %s is true of most", c.Text)
		}
	}
	switch d.Match {
	case "any":
		return one(expr.Or(all)), nil
	case "all":
		return one(expr.And(all)), nil
	}
	var out expr.And
	for _, g := range groups {
		out = append(out, one(g.terms))
	}
	return one(out), nil
}

func one(n expr.Node) expr.Node {
	switch l := n.(type) {
	case expr.And:
		if len(l) == 1 {
			return l[0]
		}
	case expr.Or:
		if len(l) == 1 {
			return l[0]
		}
	}
	return n
}

// fieldOf returns the one field of a condition; a condition on several fields
// is a group of its own.
func fieldOf(n expr.Node, i int) string {
	field := ""
	for _, p := range (&expr.Expr{Root: n}).Predicates() {
		if field != "" && field != p.Field.String() {
			return fmt.Sprint("condition ", i)
		}
		field = p.Field.String()
	}
	return field
}

// narrows reports whether a test takes something out, so that it makes no sense
// beside an or.
func narrows(n expr.Node) bool {
	if _, ok := n.(expr.Not); ok {
		return true
	}
	p, ok := n.(*expr.Predicate)
	return ok && (p.Op == expr.Less || p.Op == expr.LessEqual || p.Op == expr.Greater || p.Op == expr.GreaterEqual)
}

func (t *target) compile(c Text) (expr.Node, *tree.Mistake) {
	x, err := expr.ParseNames(c.Text, t.named)
	var root expr.Node
	if err == nil {
		root, err = rewrite(x.Root)
	}
	if err == nil {
		return root, nil
	}
	m := tree.Wrong(c.Line, "conditions", "", "%s", err)
	var at *expr.Error
	if errors.As(err, &at) {
		m.What, m.Do = fmt.Sprintf("%s: at character %d: %s", c.Text, at.Pos+1, at.What), at.Hint
	}
	return nil, m
}

// rewrite gives the predicates of a tree their final form.
func rewrite(n expr.Node) (expr.Node, error) {
	switch n := n.(type) {
	case expr.And:
		terms, err := rewriteAll(n)
		return expr.And(terms), err
	case expr.Or:
		terms, err := rewriteAll(n)
		return expr.Or(terms), err
	case expr.Not:
		term, err := rewrite(n.Term)
		return expr.Not{Term: term}, err
	case *expr.Predicate:
		return final(n)
	}
	return n, nil
}

func rewriteAll(terms []expr.Node) ([]expr.Node, error) {
	var out []expr.Node
	for _, t := range terms {
		n, err := rewrite(t)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func final(p *expr.Predicate) (expr.Node, error) {
	if p.Field.Scope == expr.Known && p.Field.ID == event.FieldEventAction && p.Op == expr.Equal {
		q := *p
		q.Values = nil
		for _, v := range p.Values {
			q.Values = append(q.Values, kindOf(v))
		}
		return expr.NewPredicate(q)
	}
	if path, ok := strings.CutPrefix(p.Field.Name, lastPrefix); ok && p.Field.Scope == expr.Data {
		return lastPart(p, strings.TrimSuffix(path, ")"))
	}
	return p, nil
}

// kindOf returns the kind that a rule calls create, modify and so on.
func kindOf(v string) string {
	kinds := map[string]string{
		"create": "file_create", "modify": "file_write", "write": "file_write", "delete": "file_delete", "remove": "file_delete",
		"rename": "file_rename", "chmod": "file_chmod", "chown": "file_chown",
	}
	if k, ok := kinds[strings.ToLower(v)]; ok {
		return k
	}
	return v
}

// lastPart makes a test of the last part of a path into one of the whole path.
func lastPart(p *expr.Predicate, path string) (expr.Node, error) {
	before, behind := "", ""
	switch {
	case p.Ref != nil || p.Cased:
		return nil, errors.New("the last part of a path is compared with texts only")
	case p.Op == expr.Exists:
		return expr.NewPredicate(expr.Predicate{Field: expr.DataField(path), Op: expr.Exists})
	case p.Op == expr.Equal:
		before, behind = `(?:^|[\\/])`, `$`
	case p.Op == expr.StartsWith:
		before, behind = `(?:^|[\\/])`, `[^\\/]*$`
	case p.Op == expr.Contains:
		behind = `[^\\/]*$`
	case p.Op == expr.EndsWith:
		behind = `$`
	default:
		return nil, fmt.Errorf("%s is not for the last part of a path", p.Op)
	}
	q := expr.Predicate{Field: expr.DataField(path), Op: expr.Matches}
	for _, v := range p.Values {
		if strings.ContainsAny(v, `/\`) {
			return nil, errors.New("the last part of a path has no slash")
		}
		q.Values = append(q.Values, before+regexp.QuoteMeta(v)+behind)
	}
	return expr.NewPredicate(q)
}
