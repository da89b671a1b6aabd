package attack

import (
	"regexp"
	"strings"
	"testing"
)

func TestTechniques(t *testing.T) {
	x := Read()
	for _, id := range []string{"T1059", "T1059.004", "T1059.013", "T1685", "T1685.006", "T1027.018", "T1690"} {
		if by, had := x.Replaced(id); !x.Has(id) || had {
			t.Errorf("%s: has %v, replaced by %q, %v", id, x.Has(id), by, had)
		}
	}
	for id, want := range map[string]string{"T1086": "T1059.001", "T1562": "T1685", "T1054": "T1685", "T1148": "T1690", "T1043": ""} {
		if by, had := x.Replaced(id); x.Has(id) || by != want || !had {
			t.Errorf("%s: has %v, replaced by %q, %v; want %q", id, x.Has(id), by, had, want)
		}
	}
	for _, id := range []string{"T9999", "T1059.999", "1059", "t1059", "", "#", "T1059."} {
		if _, had := x.Replaced(id); x.Has(id) || had {
			t.Errorf("%q is a technique", id)
		}
	}
}

// The lists fit each other: forms, techniques of sub-techniques, and what
// replaces is there.
func TestListsOfTechniques(t *testing.T) {
	x, form := Read(), regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)
	if len(x.known) != 697 || len(x.replaced) != 161 {
		t.Errorf("%d techniques, %d replaced", len(x.known), len(x.replaced))
	}
	for id := range x.known {
		parent, _, _ := strings.Cut(id, ".")
		if _, had := x.replaced[id]; !form.MatchString(id) || !x.known[parent] || had {
			t.Errorf("%s is no technique, has none above it, or is replaced", id)
		}
	}
	for id, by := range x.replaced {
		if !form.MatchString(id) || by != "" && !x.known[by] {
			t.Errorf("%s is replaced by %q", id, by)
		}
	}
}
