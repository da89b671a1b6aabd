package sigma

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
)

// known lists the keys of a rule. immutable
var known = []string{"title", "id", "name", "related", "taxonomy", "status", "description", "license", "author", "references",
	"date", "modified", "logsource", "detection", "fields", "falsepositives", "level", "tags", "scope", "vedette",
	"regression_tests_path", "simulation", "correlation", "generate", "filter"}

// maxTitle bounds the title, characters.
const maxTitle = 512

func (p *reader) header(r *detect.Rule) *mistake {
	for _, q := range p.doc.pairs {
		if !slices.Contains(known, q.key) {
			p.remark(q.line, q.key, "the keys are those of the Sigma specification and vedette", "unknown key "+q.key)
		}
	}
	taxonomy := ""
	texts := []struct {
		key string
		to  *string
	}{{"id", &r.ID}, {"name", &r.Handle}, {"taxonomy", &taxonomy}, {"title", &r.Name}, {"status", &r.Status}, {"description", &r.Description}, {"author", &r.Author}, {"level", &r.Level}}
	for _, t := range texts {
		v, ok := p.doc.get(t.key)
		if !ok || v.shape == isNull {
			continue
		}
		if !v.scalar() {
			return wrong(v.line, t.key, "", "is a text, not %s", v.shape)
		}
		*t.to = strings.TrimSpace(v.text)
		p.id, p.title = r.ID, r.Name
	}
	if taxonomy != "" && taxonomy != "sigma" && taxonomy != "ecs" {
		return wrong(p.doc.line, "taxonomy", "the field names are those of sigma or ecs", "the field names of the taxonomy %q are not known", taxonomy)
	}
	if r.Name == "" || len([]rune(r.Name)) > maxTitle {
		return wrong(p.doc.line, "title", fmt.Sprintf("write a title of at most %d characters", maxTitle), "the rule has no title or too long a one")
	}
	if r.ID == "" {
		r.ID, p.id = r.Name, r.Name
		p.remark(r.Line, "id", "add a UUID so that policies can name the rule", "the rule has no id; its title is used")
	}
	if m := p.level(r); m != nil {
		return m
	}
	r.Disabled = !p.options.Deprecated && slices.Contains([]string{"deprecated", "unsupported"}, strings.ToLower(r.Status))
	var m *mistake
	if r.References, m = p.texts("references"); m != nil {
		return m
	}
	if r.FalsePositives, m = p.texts("falsepositives"); m != nil {
		return m
	}
	if m := p.related(r); m != nil {
		return m
	}
	return p.tags(r)
}

// related reads which other rules the rule has to do with.
func (p *reader) related(r *detect.Rule) *mistake {
	v, ok := p.doc.get("related")
	if !ok || v.shape == isNull {
		return nil
	}
	types := []string{"derived", "obsolete", "merged", "renamed", "similar", "correlation"}
	for _, x := range v.list() {
		id, _ := x.get("id")
		typ, _ := x.get("type")
		if x.shape != isMap || !id.scalar() || !typ.scalar() {
			return wrong(x.line, "related", "write id: and type:", "is a list of ids with types")
		}
		if !slices.Contains(types, typ.text) {
			p.remark(typ.line, "related.type", "the types are "+strings.Join(types, ", "), "unknown type "+typ.text)
		}
		r.Related = append(r.Related, detect.Related{ID: id.text, Type: typ.text})
	}
	return nil
}

func (p *reader) level(r *detect.Rule) *mistake {
	v, _ := p.doc.get("level")
	if _, filter := p.doc.get("filter"); filter && r.Level == "" {
		r.Level = detect.Levels()[0] // it raises nothing
	}
	if r.Level == "" {
		r.Level = "medium"
		p.remark(r.Line, "level", "add one of "+strings.Join(detect.Levels(), ", "), "the rule has no level; medium is used")
	}
	at := slices.Index(detect.Levels(), strings.ToLower(r.Level))
	if at < 0 {
		return wrong(v.line, "level", "write one of "+strings.Join(detect.Levels(), ", "), "unknown level %q", r.Level)
	}
	r.Level, r.Severity = detect.Levels()[at], int64(at+1)
	return nil
}

// texts returns a list of texts, or one text as a list.
func (p *reader) texts(key string) ([]string, *mistake) {
	v, ok := p.doc.get(key)
	if !ok {
		return nil, nil
	}
	var out []string
	for _, x := range v.list() {
		if x.shape == isNull {
			continue
		}
		if !x.scalar() {
			return nil, wrong(x.line, key, "", "is a list of texts, not of %s", x.shape)
		}
		out = append(out, x.text)
	}
	return out, nil
}

// technique is the form of a tag for an ATT&CK technique. immutable
var technique = regexp.MustCompile(`^t[0-9]{4}(\.[0-9]{3})?$`)

// tags takes the ATT&CK techniques and tactics out of the tags.
func (p *reader) tags(r *detect.Rule) *mistake {
	tags, m := p.texts("tags")
	r.Tags = tags
	for _, t := range tags {
		rest, ok := strings.CutPrefix(strings.ToLower(t), "attack.")
		switch {
		case !ok:
		case technique.MatchString(rest):
			r.Techniques = append(r.Techniques, strings.ToUpper(rest))
		case len(rest) > 4 && (rest[0] == 'g' || rest[0] == 's') && rest[1] >= '0' && rest[1] <= '9': // a group or a software
		default:
			r.Tactics = append(r.Tactics, rest)
		}
	}
	return m
}

// own reads the section vedette: actions, match, no_match.
func (p *reader) own(r *detect.Rule) *mistake {
	v, ok := p.doc.get("vedette")
	if !ok {
		return nil
	}
	if v.shape != isMap {
		return wrong(v.line, "vedette", "the keys are actions, match, no_match", "is a map, not %s", v.shape)
	}
	for _, q := range v.pairs {
		var m *mistake
		switch q.key {
		case "actions":
			m = actions(r, q.val)
		case "match", "no_match":
			m = cases(r, q.val, q.key == "match")
		default:
			m = wrong(q.line, "", "the keys are actions, match, no_match", "unknown key %s", q.key)
		}
		if m != nil {
			m.field = "vedette." + q.key
			return m
		}
	}
	return nil
}

func actions(r *detect.Rule, v value) *mistake {
	for _, x := range v.list() {
		if !slices.Contains(detect.Actions(), x.text) {
			return wrong(x.line, "", "the actions are "+strings.Join(detect.Actions(), ", "), "unknown action %q", x.text)
		}
		r.Actions = append(r.Actions, x.text)
	}
	return nil
}

// cases reads the events that the rule must or must not match; for a
// correlation each case is a list of events, in the order in which they come.
func cases(r *detect.Rule, v value, match bool) *mistake {
	if v.shape != isList {
		return wrong(v.line, "", "begin each event with a dash", "is a list of events, not %s", v.shape)
	}
	for _, x := range v.items {
		events := []value{x}
		if r.Correlation != nil {
			events = x.list()
		}
		c := detect.Case{Line: x.line, Match: match}
		for _, e := range events {
			one, m := oneCase(e, match)
			if m != nil {
				return m
			}
			if r.Correlation != nil {
				c.Sequence = append(c.Sequence, one.Rec)
			} else {
				c.Rec = one.Rec
			}
		}
		r.Cases = append(r.Cases, c)
	}
	return nil
}

func oneCase(x value, match bool) (detect.Case, *mistake) {
	if x.shape != isMap {
		return detect.Case{}, wrong(x.line, "", "write the fields of the event as nested maps", "an event is a map, not %s", x.shape)
	}
	text, err := json.Marshal(x.plain())
	if err != nil {
		return detect.Case{}, wrong(x.line, "", "", "%s", err)
	}
	c, err := detect.NewCase(x.line, match, text)
	if err != nil {
		return c, wrong(x.line, "", "docs/fields.md lists the fields", "%s", err)
	}
	return c, nil
}

// plain returns v as encoding/json takes it.
func (v *value) plain() any {
	switch v.shape {
	case isMap:
		m := map[string]any{}
		for _, q := range v.pairs {
			m[q.key] = q.val.plain()
		}
		return m
	case isList:
		l := []any{}
		for _, x := range v.items {
			l = append(l, x.plain())
		}
		return l
	case isNumber:
		return json.Number(v.text)
	case isBool:
		return v.text == "true"
	case isText:
		return v.text
	}
	return nil
}
