package exec_test

import (
	osexec "os/exec"
	"slices"
	"strings"
	"testing"
)

// Variables that change what is loaded are told, also at the end of an
// environment that does not fit into a record.
func TestEnvironmentOfAProgram(t *testing.T) {
	r, _ := start(t)
	for name, before := range map[string]int{"short": 10, "long": 100 << 10} {
		c := osexec.Command("/bin/sleep", "0.5") // there while it is read
		c.Env = []string{"SECRET=hunter2", "FILL=" + strings.Repeat("x", before), "LD_PRELOAD=/tmp/nothing.so", "HISTFILE=/dev/null", "HISTSIZE=5"}
		began, _ := run(t, r, c)
		if got := began.Process.Environment; !slices.Equal(got, []string{"LD_PRELOAD=/tmp/nothing.so", "HISTFILE=/dev/null"}) || began.Reason != "" {
			t.Errorf("%s environment: %q, reason %q", name, got, began.Reason)
		}
	}
}
