package sigma

import (
	"regexp"

	"github.com/vedette-edr/vedette/internal/detect"
)

// placeholderName is how a placeholder may be called. immutable
var placeholderName = regexp.MustCompile(`^[\pL\pN_.-]+$`)

// ParsePlaceholders reads the values of placeholders: a YAML map of names to a
// value or a list of values, each a text of a rule with its wildcards. The
// mistake names line and field.
func ParsePlaceholders(f detect.File) (map[string][]string, error) {
	docs, m := parseYAML(f.Text)
	if m != nil {
		return nil, problem(f, m, nil, true)
	}
	out := map[string][]string{}
	for _, doc := range docs {
		if doc.shape != isMap {
			return nil, problem(f, wrong(doc.line, "", "write Administrators: [root, adm_*]", "is a map of names to values, not %s", doc.shape), nil, true)
		}
		for _, q := range doc.pairs {
			values, m := names(q.val)
			switch {
			case m != nil || len(values) == 0:
				return nil, problem(f, wrong(q.line, q.key, "write Administrators: [root, adm_*]", "needs values that are texts"), nil, true)
			case !placeholderName.MatchString(q.key):
				return nil, problem(f, wrong(q.line, q.key, "use letters, digits, _ . and -", "is no name of a placeholder"), nil, true)
			}
			out[q.key] = append(out[q.key], values...)
		}
	}
	return out, nil
}
