//go:build !race

package segment

import (
	"slices"
	"testing"
)

// TestSeveralGroups writes and reads enough rows for more than one group, on one
// goroutine; test/test.sh runs it without the race detector.
func TestSeveralGroups(t *testing.T) {
	es := someEvents(2*GroupRows + 5000)
	s := mustWrite(t, t.TempDir(), "a", es)
	if len(s.Groups()) != 2 || s.Groups()[1].Rows() != GroupRows+2500 {
		t.Fatalf("%d groups", len(s.Groups()))
	}
	got, want := texts(readAll(t, s)), texts(es)
	if !slices.Equal(got, want) {
		t.Fatal("rows differ")
	}
}
