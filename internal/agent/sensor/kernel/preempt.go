package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// notPreempted returns ErrNoFunctions on a kernel that may be preempted
// everywhere: a task that is put aside within a program at a function makes the
// kernel skip that program for all others on the processor, until it goes on. A
// test with eight busy processes lost two calls of three.
func (k *Kernel) notPreempted() error {
	var text [2]string
	for i, name := range []string{"version", "cmdline"} {
		b, err := os.ReadFile(filepath.Join(k.o.Proc, name))
		if err != nil {
			return fmt.Errorf("look whether the kernel is preempted everywhere: %w", err)
		}
		text[i] = string(b)
	}
	if fullyPreemptible(text[0], text[1]) {
		return fmt.Errorf("%w: the kernel may be preempted everywhere (PREEMPT or preempt=full), and skips them then", ErrNoFunctions)
	}
	return nil
}

// fullyPreemptible reads what a kernel says of itself and was told at its start.
// One that decides at its start (PREEMPT_DYNAMIC), and was told nothing, may have
// been built to be so: that shows only in what its programs miss, which is told.
func fullyPreemptible(version, cmdline string) bool {
	words := strings.Fields(version)
	if slices.Contains(words, "PREEMPT_DYNAMIC") {
		return slices.Contains(strings.Fields(cmdline), "preempt=full")
	}
	return slices.Contains(words, "PREEMPT") || slices.Contains(words, "PREEMPT_RT")
}
