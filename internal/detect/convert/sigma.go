package convert

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// sigmaRule is a Sigma rule that is being written.
type sigmaRule struct {
	title, description, author, level string
	references, tags                  []string
	disabled                          bool
	source                            yaml.MapSlice
	actions                           []string
	root                              expr.Node
	names                             map[*expr.Predicate]string // names for selections
	extra                             []selection                // that must hold besides
}

// selection is a named part of a detection.
type selection struct {
	name string
	body any
}

// detection collects selections while a condition is written.
type detection struct {
	names map[*expr.Predicate]string
	have  []selection
	done  map[*expr.Predicate]string
}

// text writes the rule; the error says what Sigma cannot say.
func (r *sigmaRule) text() (string, error) {
	d := &detection{names: r.names, done: map[*expr.Predicate]string{}}
	var parts []string
	for _, s := range r.extra {
		d.have = append(d.have, s)
		parts = append(parts, s.name)
	}
	if a, ok := r.root.(expr.And); !ok || len(a) > 0 {
		bind := 1
		if len(parts) > 0 {
			bind = 2
		}
		c, err := d.condition(r.root, bind)
		if err != nil {
			return "", err
		}
		parts = append(parts, c)
	}
	if len(parts) == 0 {
		return "", errors.New("a rule that is true of every event")
	}
	body := yaml.MapSlice{}
	for _, s := range d.have {
		body = append(body, yaml.MapItem{Key: s.name, Value: s.body})
	}
	body = append(body, yaml.MapItem{Key: "condition", Value: strings.Join(parts, " and ")})
	out := yaml.MapSlice{{Key: "title", Value: r.title}, {Key: "id", Value: uuid(r.title, fmt.Sprint(r.source))}, {Key: "status", Value: "experimental"}}
	for _, t := range []struct{ key, value string }{{"description", r.description}, {"author", r.author}} {
		if t.value != "" {
			out = append(out, yaml.MapItem{Key: t.key, Value: t.value})
		}
	}
	for _, l := range []struct {
		key    string
		values []string
	}{{"references", r.references}, {"tags", r.tags}} {
		if len(l.values) > 0 {
			out = append(out, yaml.MapItem{Key: l.key, Value: l.values})
		}
	}
	out = append(out, yaml.MapItem{Key: "logsource", Value: r.source}, yaml.MapItem{Key: "detection", Value: body}, yaml.MapItem{Key: "level", Value: r.level})
	if len(r.actions) > 0 {
		out = append(out, yaml.MapItem{Key: "vedette", Value: yaml.MapSlice{{Key: "actions", Value: r.actions}}})
	}
	text, err := yaml.MarshalWithOptions(out, yaml.IndentSequence(true))
	return string(text), err
}

// condition writes a tree; bind is how strongly what stands around binds.
func (d *detection) condition(n expr.Node, bind int) (string, error) {
	switch n := n.(type) {
	case expr.And:
		return d.join(n, " and ", 2, bind)
	case expr.Or:
		return d.join(n, " or ", 1, bind)
	case expr.Not:
		c, err := d.condition(n.Term, 3)
		return "not " + c, err
	case *expr.Predicate:
		return d.selection(n)
	}
	return "", errors.New("a test without a form in Sigma")
}

func (d *detection) join(terms []expr.Node, word string, own, bind int) (string, error) {
	var parts []string
	for _, t := range terms {
		c, err := d.condition(t, max(own, 2))
		if err != nil {
			return "", err
		}
		parts = append(parts, c)
	}
	switch {
	case len(parts) == 0:
		return "", errors.New("a test that is always or never true")
	case len(parts) == 1:
		return parts[0], nil
	case own < bind:
		return "(" + strings.Join(parts, word) + ")", nil
	}
	return strings.Join(parts, word), nil
}

// selection makes a selection of a predicate and returns its name.
func (d *detection) selection(p *expr.Predicate) (string, error) {
	if name := d.done[p]; name != "" {
		return name, nil
	}
	body, err := bodyOf(p)
	if err != nil {
		if n := d.names[p]; n != "" {
			return "", fmt.Errorf("%s: %w", n, err)
		}
		return "", err
	}
	name := d.name(p)
	d.have, d.done[p] = append(d.have, selection{name, body}), name
	return name, nil
}

func (d *detection) name(p *expr.Predicate) string {
	name := strings.TrimPrefix(d.names[p], "$")
	reserved := []string{"condition", "timeframe", "and", "or", "not", "of", "all", "them", ""}
	if slices.Contains(reserved, strings.ToLower(name)) || name[0] >= '0' && name[0] <= '9' {
		name = "selection"
	}
	first := name
	for i := 2; slices.ContainsFunc(d.have, func(s selection) bool { return s.name == name }); i++ {
		name = first + "_" + strconv.Itoa(i)
	}
	return name
}

// uuid makes an id that stays the same for the same rule.
func uuid(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// tagsOf writes techniques and tactics as tags.
func tagsOf(tactics, techniques []string) []string {
	var out []string
	for _, t := range slices.Concat(tactics, techniques) {
		if t = "attack." + strings.ToLower(strings.ReplaceAll(t, " ", "-")); !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// finish writes the rule and adds it, or tells why it cannot be said.
func (w *writer) finish(f detect.File, line int, name string, r *sigmaRule) {
	text, err := r.text()
	if err != nil {
		w.lose(f, line, name, true, "Sigma cannot say %s", err)
		return
	}
	if r.disabled {
		w.lose(f, line, name, false, "Sigma has no rules that are switched off; the rule is on")
	}
	w.add(f, line, name, text)
}
