package sigma

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/index"
)

// logsource is the part of a rule that says where it applies.
type logsource struct {
	product, category, service string
	line                       int
}

func (l logsource) String() string {
	return strings.Join(slices.DeleteFunc([]string{l.product, l.category, l.service}, func(s string) bool { return s == "" }), " ")
}

// holds reports whether a rule for the source, as String writes it, is one for l:
// what l leaves open may be anything.
func (l logsource) holds(source string) bool {
	words := strings.Fields(source)
	for _, w := range []string{l.product, l.category, l.service} {
		if w != "" && !slices.Contains(words, w) {
			return false
		}
	}
	return true
}

// sourcesOf returns the lines of the table for a log source; one that we have no
// events of gives none.
func sourcesOf(l logsource) []source {
	var out, rest []source
	for _, s := range sources() {
		switch {
		case s.product != l.product || s.category != l.category:
		case s.service == l.service:
			out = append(out, s)
		case s.service == anyService:
			rest = append(rest, s)
		}
	}
	if len(out) == 0 {
		return rest
	}
	return out
}

// ecs resolves names on our events; ECS names of our fields stand for themselves.
func (s source) ecs(name string) (expr.Field, func(string) string, string) {
	if f, ok := expr.KnownField(name); ok {
		return f, nil, ""
	}
	for _, m := range fields() {
		if !strings.EqualFold(m.sigma, name) || m.of != 0 && m.of&s.has == 0 {
			continue
		}
		f, ok := expr.KnownField(m.field)
		if !ok {
			return f, nil, fmt.Sprintf("the field table names %s, which docs/fields.md does not have", m.field)
		}
		if m.values == nil {
			return f, nil, ""
		}
		return f, func(v string) string {
			if to, ok := m.values[strings.ToLower(v)]; ok {
				return to
			}
			return v
		}, ""
	}
	return expr.Field{}, nil, fmt.Sprintf("our events of %s%s have no field %s", s.category, s.service, name)
}

// raw resolves names on foreign records, which have no spaces in names.
func (s source) raw(name string) (expr.Field, func(string) string, string) {
	name = strings.ReplaceAll(name, " ", "")
	if len(s.kinds) > 0 && strings.Contains(name, ".") {
		return expr.Field{}, nil, fmt.Sprintf("records of %s%s have no field %s", s.category, s.service, name)
	}
	if to, ok := s.rename[name]; ok {
		name = to
	}
	return expr.DataField(name), nil, ""
}

// other resolves the field that fieldref names on foreign records: the renaming
// of a log source is for the keys of a selection only, as in Sigma's own tools.
func (s source) other(name string) (expr.Field, func(string) string, string) {
	return source{}.raw(name)
}

// records returns the foreign records of s; a product without channels means
// all of its channels.
func (s source) records() []index.Source {
	if len(s.channels) == 0 && len(s.kinds) == 0 {
		return []index.Source{{Family: s.product}}
	}
	var out []index.Source
	for _, ch := range s.channels {
		if len(s.codes) == 0 {
			out = append(out, index.Source{Channel: ch})
		}
		for _, code := range s.codes {
			out = append(out, index.Source{Channel: ch, Code: code})
		}
	}
	return out
}
