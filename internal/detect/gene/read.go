package gene

import (
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/tree"
)

// where reads the events, the systems and the hosts that the rule is for.
func (d *Document) where(v, meta tree.Value) *tree.Mistake {
	from, hosts := meta, "Computers"
	if d.Schema == Three {
		from, _ = v.Get("match-on")
		hosts = "Hostnames"
	}
	var m *tree.Mistake
	if d.LogType, m = from.GetText("LogType"); m != nil {
		return m
	}
	if d.OSs, m = from.GetTexts("OSs"); m != nil {
		return m
	}
	if d.Computers, m = from.GetTexts(hosts); m != nil {
		return m
	}
	if d.Schema == Before2 {
		return d.channels(meta)
	}
	events, _ := from.Get("Events")
	if events.Shape != tree.Map && events.Shape != tree.Null {
		return tree.Wrong(events.Line, "Meta.Events", `write {"channel": [event ids]}`, "is an object, not %s", events.Shape)
	}
	for _, p := range events.Pairs {
		ids, m := integers(p.Value, "Meta.Events."+p.Key)
		if m != nil {
			return m
		}
		d.Events = append(d.Events, Events{p.Key, ids})
	}
	return nil
}

// channels reads the events of a rule before 2.0: ids and channels apart.
func (d *Document) channels(meta tree.Value) *tree.Mistake {
	names, m := meta.GetTexts("Channels")
	if m != nil {
		return m
	}
	if d.Traces, m = meta.GetTexts("Traces"); m != nil {
		return m
	}
	v, _ := meta.Get("EventIDs")
	ids, m := integers(v, "Meta.EventIDs")
	if m != nil {
		return m
	}
	d.EventIDs = ids
	for _, name := range names {
		d.Events = append(d.Events, Events{name, ids})
	}
	return nil
}

func integers(v tree.Value, field string) ([]int64, *tree.Mistake) {
	if v.Shape == tree.Null {
		return nil, nil
	}
	if v.Shape != tree.List {
		return nil, tree.Wrong(v.Line, field, "write [1, 2]", "is a list of numbers, not %s", v.Shape)
	}
	var out []int64
	for _, x := range v.Items {
		n, err := strconv.ParseInt(x.Text, 10, 64)
		if x.Shape != tree.Number || err != nil {
			return nil, tree.Wrong(x.Line, field, "write [1, 2]", "is a list of whole numbers, not of %q", x.Text)
		}
		out = append(out, n)
	}
	return out, nil
}

// meta reads what the rule says about itself.
func (d *Document) meta(_, meta tree.Value) *tree.Mistake {
	for _, key := range []string{"Authors", "Author"} {
		texts, m := meta.GetTexts(key)
		if m != nil {
			return m
		}
		d.Authors = append(d.Authors, texts...)
	}
	for _, key := range []string{"Comments", "Comment", "Description"} {
		texts, m := meta.GetTexts(key)
		if m != nil {
			return m
		}
		d.Comments = append(d.Comments, texts...)
	}
	attack, _ := meta.Get("ATTACK")
	if attack.Shape != tree.List && attack.Shape != tree.Null {
		return tree.Wrong(attack.Line, "Meta.ATTACK", "", "is a list of objects, not %s", attack.Shape)
	}
	for _, x := range attack.Items {
		var a Attack
		for _, t := range []struct {
			key string
			to  *string
		}{{"ID", &a.ID}, {"Tactic", &a.Tactic}, {"Description", &a.Description}, {"Reference", &a.Reference}} {
			text, m := x.GetText(t.key)
			if m != nil {
				m.Field = "Meta.ATTACK." + t.key
				return m
			}
			*t.to = text
		}
		d.Attack = append(d.Attack, a)
	}
	return nil
}

// params reads criticality, disable and filter.
func (d *Document) params(v, meta tree.Value) *tree.Mistake {
	switches, level, key := meta, meta, "Criticality"
	if d.Schema == Three {
		switches, _ = v.Get("params")
		level, key = v, "Severity"
	}
	if d.Schema == Head && meta.Has("Severity") {
		key = "Severity"
	}
	var m *tree.Mistake
	if d.Disable, m = switches.GetBool("Disable"); m != nil {
		return m
	}
	if d.Filter, m = switches.GetBool("Filter"); m != nil {
		return m
	}
	x, ok := level.Get(key)
	if !ok {
		return nil
	}
	n, err := strconv.ParseInt(x.Text, 10, 64)
	if x.Shape != tree.Number || err != nil || n < 0 {
		return tree.Wrong(x.Line, "Meta."+key, "write a whole number from 0 to 10", "%q is no %s", x.Text, strings.ToLower(key))
	}
	if n > 10 {
		d.remarks = append(d.remarks, tree.Wrong(x.Line, "Meta."+key, "write a whole number from 0 to 10", "%d is taken as 10", n))
	}
	d.Criticality = min(n, 10)
	return nil
}

// matches reads the named tests and the condition over them.
func (d *Document) matches(v, _ tree.Value) *tree.Mistake {
	c, ok := v.Get("Condition")
	if ok && c.Shape != tree.Text {
		return tree.Wrong(c.Line, "Condition", "", "is a text, not %s", c.Shape)
	}
	d.Condition = Text{c.Text, c.Line}
	ms, _ := v.Get("Matches")
	switch ms.Shape {
	case tree.Null:
		return nil
	case tree.Map:
		for _, p := range ms.Pairs {
			if p.Value.Shape != tree.Text {
				return tree.Wrong(p.Line, "Matches."+p.Key, "", "is a text, not %s", p.Value.Shape)
			}
			d.Matches = append(d.Matches, Match{p.Key, strings.TrimSpace(p.Value.Text), p.Value.Line})
		}
		return nil
	case tree.List:
	default:
		return tree.Wrong(ms.Line, "Matches", "", "is a list of texts, not %s", ms.Shape)
	}
	for _, x := range ms.Items {
		name, rest, ok := strings.Cut(x.Text, ":")
		if x.Shape != tree.Text || !ok {
			return tree.Wrong(x.Line, "Matches", `write "$name: Field = 'value'"`, "%q is no match", x.Text)
		}
		d.Matches = append(d.Matches, Match{strings.TrimSpace(name), strings.TrimSpace(rest), x.Line})
	}
	return nil
}
