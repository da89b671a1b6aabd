package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestUsageErrors: what is typed wrong ends with 2 and names the help, as in the
// whole program.
func TestUsageErrors(t *testing.T) {
	for _, c := range []struct {
		args  string
		code  int
		tells string
	}{
		{"run --cpu-limit 5", 2, "vedette-agent: unknown flag: --cpu-limit; see vedette-agent run --help"},
		{"status extra", 2, "see vedette-agent status --help"},
		{"nosuch", 2, `unknown command "nosuch" for vedette-agent; see vedette-agent --help`},
		{"enroll", 2, "give the token once"},
		{"status --state-dir " + t.TempDir(), 1, "no agent is running"},
		{"", 0, ""},
		{"run --help", 0, ""},
	} {
		root := newRoot()
		var out, errs bytes.Buffer
		root.SetOut(&out)
		root.SetErr(&errs)
		if code := execute(t.Context(), root, strings.Fields(c.args)); code != c.code || !strings.Contains(errs.String(), c.tells) {
			t.Errorf("%q: code %d, want %d and %q in %s", c.args, code, c.code, c.tells, errs.String())
		}
	}
}
