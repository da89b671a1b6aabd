package sigma

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/correlate"
)

// correlation reads a document with the key correlation.
func (p *reader) correlation(r *detect.Rule, v value) *mistake {
	if v.shape != isMap {
		return wrong(v.line, "correlation", "write type, rules, group-by, timespan and condition", "is a map, not %s", v.shape)
	}
	c := &detect.Correlation{Percentile: correlate.Share, Line: cmp.Or(v.line, r.Line)}
	for _, q := range v.pairs {
		if m := p.correlationKey(c, q); m != nil {
			m.field = "correlation." + cmp.Or(m.field, q.key)
			m.line = cmp.Or(m.line, q.line)
			return m
		}
	}
	if g, ok := p.doc.get("generate"); ok {
		if g.shape != isBool {
			return wrong(g.line, "generate", "write true or false", "is true or false, not %s", g.shape)
		}
		c.Generate = g.text == "true"
	}
	if m := whole(c, v); m != nil {
		return m
	}
	r.Correlation = c
	r.Source = "correlation"
	return p.own(r)
}

func (p *reader) correlationKey(c *detect.Correlation, q pair) *mistake {
	var m *mistake
	switch q.key {
	case "type":
		k, ok := correlate.ParseKind(q.val.text)
		if q.val.text == "value_median" { // what some tools call the 50th percentile
			k, ok, c.Percentile = correlate.ValuePercentile, true, 50
		}
		if !ok {
			return wrong(q.line, "", "the types are event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, value_percentile", "unknown type %q", q.val.text)
		}
		c.Kind = k
	case "rules":
		c.Rules, m = names(q.val)
		if m == nil && len(c.Rules) != len(slices.Compact(slices.Sorted(slices.Values(c.Rules)))) {
			m = wrong(q.line, "", "", "a rule is named twice")
		}
	case "group-by":
		c.GroupBy, m = names(q.val)
	case "timespan":
		c.Span, m = timespan(q.val)
	case "aliases":
		c.Aliases, m = aliases(q.val)
	case "condition":
		m = p.correlationCondition(c, q.val)
	case "generate":
		if q.val.shape != isBool {
			return wrong(q.line, "", "write true or false", "is true or false, not %s", q.val.shape)
		}
		c.Generate = q.val.text == "true"
	default:
		m = wrong(q.line, "", "the keys are type, rules, aliases, group-by, timespan, condition, generate", "unknown key %s", q.key)
	}
	return m
}

// whole reports what a correlation lacks.
func whole(c *detect.Correlation, v value) *mistake {
	for _, key := range []string{"type", "rules", "timespan"} {
		if _, ok := v.get(key); !ok {
			return wrong(v.line, "correlation", "", "the correlation has no %s", key)
		}
	}
	valued := c.Kind == correlate.ValueCount || c.Kind >= correlate.ValueSum
	switch {
	case valued && len(c.Fields) == 0:
		return wrong(v.line, "correlation.condition", "add field: NAME", "%s needs the field whose values count", c.Kind)
	case !valued && len(c.Fields) > 0:
		return wrong(v.line, "correlation.condition.field", "", "%s counts no values", c.Kind)
	case c.Kind != correlate.ValuePercentile && c.Percentile != correlate.Share:
		return wrong(v.line, "correlation.condition.percentile", "", "only value_percentile has a percentile")
	case len(c.Fields) > 1 && c.Kind != correlate.ValueCount:
		return wrong(v.line, "correlation.condition.field", "name one", "%s is of one field", c.Kind)
	}
	if err := c.Check(); err != nil {
		return wrong(v.line, "correlation", "", "%s", err)
	}
	return nil
}

// names reads a list of texts, or one.
func names(v value) ([]string, *mistake) {
	var out []string
	for _, x := range v.list() {
		if !x.scalar() || x.text == "" {
			return nil, wrong(x.line, "", "", "is a list of names, not of %s", x.shape)
		}
		out = append(out, x.text)
	}
	return out, nil
}

func aliases(v value) (map[string]map[string]string, *mistake) {
	out := map[string]map[string]string{}
	if v.shape != isMap {
		return nil, wrong(v.line, "", "write alias: {rule: field}", "is a map, not %s", v.shape)
	}
	for _, alias := range v.pairs {
		if alias.val.shape != isMap {
			return nil, wrong(alias.line, "aliases."+alias.key, "write rule: field", "is a map, not %s", alias.val.shape)
		}
		fields := map[string]string{}
		for _, f := range alias.val.pairs {
			if f.val.shape != isText || f.val.text == "" {
				return nil, wrong(f.line, "aliases."+alias.key+"."+f.key, "write the name of a field", "is a name, not %s", f.val.shape)
			}
			fields[f.key] = f.val.text
		}
		out[alias.key] = fields
	}
	return out, nil
}

// timespan reads a number and a unit.
func timespan(v value) (time.Duration, *mistake) {
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if n := len(v.text); n > 1 && v.shape == isText {
		count, err := strconv.ParseUint(v.text[:n-1], 10, 32)
		unit := units[v.text[n-1]]
		if err == nil && count > 0 && unit > 0 && time.Duration(count) <= correlate.MaxSpan/unit {
			return time.Duration(count) * unit, nil
		}
	}
	return 0, wrong(v.line, "", "write a number and s, m, h, d or w: 90m; at most 366d", "%q is not a time span", v.text)
}

// correlationCondition reads the comparisons, all of which must hold.
func (p *reader) correlationCondition(c *detect.Correlation, v value) *mistake {
	if v.shape != isMap {
		return wrong(v.line, "", "write gte: 10 for example", "is a map, not %s", v.shape)
	}
	for _, q := range v.pairs {
		switch q.key {
		case "field":
			var m *mistake
			if c.Fields, m = names(q.val); m != nil {
				return m
			}
			continue
		case "percentile":
			n, err := strconv.ParseFloat(q.val.text, 64)
			if q.val.shape != isNumber || err != nil || n < 0 || n > 100 {
				return wrong(q.line, "condition.percentile", "write a number from 0 to 100", "%q is not a percentile", q.val.text)
			}
			c.Percentile = n
			continue
		}
		op, ok := correlate.ParseOp(q.key)
		if !ok {
			return wrong(q.line, "condition."+q.key, "the comparisons are "+correlate.Ops(), "unknown comparison %s", q.key)
		}
		n, err := strconv.ParseFloat(q.val.text, 64)
		if q.val.shape != isNumber || err != nil {
			return wrong(q.line, "condition."+q.key, "write a number", "%q is not a number", q.val.text)
		}
		c.Limit = append(c.Limit, correlate.Bound{Op: op, Number: n})
	}
	return nil
}
