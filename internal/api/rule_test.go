package api

import (
	"errors"
	"strings"
	"testing"
)

// TestWM10_RulesByName lists rules by a regular expression of their name, and
// filters only.
func TestWM10_RulesByName(t *testing.T) {
	rules := []Rule{{ID: "a", Name: "Curl runs", Source: "shipped", Level: "low"}, {ID: "curl-2", Name: "Other", Source: "stored", Level: "high"}, {ID: "c", Name: "Keeps DNS", Source: "stored", Level: "low", Filter: true}}
	for _, c := range []struct {
		q    RuleQuery
		want string
	}{
		{RuleQuery{}, "a curl-2 c"}, {RuleQuery{Name: "^CURL"}, "a curl-2"}, {RuleQuery{Filters: true}, "c"}, {RuleQuery{Source: "stored", Level: "high"}, "curl-2"}, {RuleQuery{Name: "nothing"}, ""},
	} {
		got, err := c.q.Pick(rules)
		var ids []string
		for _, r := range got {
			ids = append(ids, r.ID)
		}
		if err != nil || strings.Join(ids, " ") != c.want {
			t.Errorf("%+v: %q, %v; want %q", c.q, ids, err, c.want)
		}
	}
	var field *FieldError
	if _, err := (RuleQuery{Name: "("}).Pick(rules); !errors.As(err, &field) || field.Field != "query.name" {
		t.Errorf("a wrong expression: %v", err)
	}
}
