package selftest

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/selftest/act"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestRows(t *testing.T) {
	sum, number := 0.0, 0
	names := map[string]bool{}
	for _, r := range Rows() {
		if names[r.Name] {
			t.Errorf("%s stands twice", r.Name)
		}
		names[r.Name] = true
		sum += r.Weight
		if r.Number > 0 {
			if number++; r.Number != number {
				t.Errorf("%s has number %d, want %d", r.Name, r.Number, number)
			}
		}
		for _, k := range r.Kinds {
			if _, ok := event.ParseKind(k); !ok {
				t.Errorf("%s: no kind %q", r.Name, k)
			}
		}
		for _, a := range append(before(r), r.acts...) {
			if !slices.Contains(act.Names(), a) {
				t.Errorf("%s: no act %q", r.Name, a)
			}
		}
		if own := strings.HasPrefix(r.Name, "Agent "); own == (len(r.acts) > 0 || r.await) {
			t.Errorf("%s: nothing is done for it, or too much", r.Name)
		}
	}
	if math.Abs(sum-28.3) > 1e-9 || number != 34 {
		t.Errorf("%d rows of the table with %g points, want 34 with 28.3", number, sum)
	}
	for _, a := range act.Names() {
		if !slices.ContainsFunc(Rows(), func(r Row) bool { return slices.Contains(append(before(r), r.acts...), a) }) {
			t.Errorf("no row wants the act %s", a)
		}
	}
}

// TestRowsAreDocumented: docs/telemetry.md names each row with its weight and
// its kinds.
func TestRowsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../../docs/telemetry.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range table() {
		line := regexp.MustCompile(fmt.Sprintf(`(?m)^\| %d \| %s \| %g \|.*$`, r.Number, regexp.QuoteMeta(r.Name), r.Weight)).FindString(string(text))
		if line == "" {
			t.Errorf("%s is not in the table", r.Name)
		}
		if r.Number >= 29 {
			continue // fields of events, not kinds
		}
		for _, k := range r.Kinds {
			if !strings.Contains(line, "`"+k+"`") {
				t.Errorf("%s: %s is not in its line", r.Name, k)
			}
		}
		for _, s := range r.Sensor {
			if !strings.Contains(line, s) {
				t.Errorf("%s: sensor %s is not in its line", r.Name, s)
			}
		}
	}
}
