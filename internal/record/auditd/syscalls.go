package auditd

import (
	_ "embed" // for the lists of system calls
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed syscalls_amd64.txt
var syscallsAMD64 string

//go:embed syscalls_386.txt
var syscalls386 string

//go:embed syscalls_arm64.txt
var syscallsARM64 string

// tables are the system calls by architecture, as audit writes it, and number.
// immutable once it was made
var tables = sync.OnceValue(func() map[string]map[string]string {
	return map[string]map[string]string{
		"c000003e": syscallTable(syscallsAMD64),
		"40000003": syscallTable(syscalls386),
		"c00000b7": syscallTable(syscallsARM64),
	}
})

func syscallTable(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		if n, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			out[n] = name
		}
	}
	return out
}

// syscallName returns the name of a system call; enriched logs have it in place
// of the number.
func syscallName(arch, number string) string {
	if _, err := strconv.Atoi(number); err != nil {
		return number
	}
	return tables()[strings.ToLower(arch)][number]
}

// Numbers returns, by architecture as audit writes it, the numbers of the
// system calls with the names.
func Numbers(names ...string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for arch, table := range tables() {
		out[arch] = map[string]string{}
		for number, name := range table {
			if slices.Contains(names, name) {
				out[arch][number] = name
			}
		}
	}
	return out
}
