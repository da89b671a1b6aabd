package kernel

import "testing"

func TestFullyPreemptible(t *testing.T) {
	for _, c := range []struct {
		version, cmdline string
		want             bool
	}{
		{"Linux version 6.12 #1 SMP PREEMPT_DYNAMIC Debian 6.12", "quiet", false},
		{"Linux version 6.12 #1 SMP PREEMPT_DYNAMIC Debian 6.12", "quiet preempt=full\n", true},
		{"Linux version 6.12 #1 SMP PREEMPT_DYNAMIC Debian 6.12", "preempt=voluntary", false},
		{"Linux version 5.15 #1 SMP PREEMPT Mon", "", true},
		{"Linux version 6.12 #1 SMP PREEMPT_RT Mon", "", true},
		{"Linux version 5.15 #1 SMP Mon", "preempt=full", false},
	} {
		if got := fullyPreemptible(c.version, c.cmdline); got != c.want {
			t.Errorf("%q with %q: %v", c.version, c.cmdline, got)
		}
	}
}
