package cli

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestProgramMappings(t *testing.T) {
	const file = "/usr/bin/vedette-agent"
	tests := map[string]struct {
		maps string
		want []mapping
	}{
		"text and constants": {
			"00400000-00e76000 r-xp 00000000 00:2a 77 /usr/bin/vedette-agent\n" +
				"00e76000-019e8000 r--p 00a76000 00:2a 77 /usr/bin/vedette-agent\n",
			[]mapping{{0x400000, 0xe76000}, {0xe76000, 0x19e8000}},
		},
		"variables":       {"019e8000-01ba7000 rw-p 015e8000 00:2a 77 /usr/bin/vedette-agent\n", nil},
		"shared":          {"019e8000-01ba7000 r--s 015e8000 00:2a 77 /usr/bin/vedette-agent\n", nil},
		"another file":    {"00400000-00e76000 r-xp 00000000 00:2a 78 /usr/bin/other\n", nil},
		"no file":         {"7f2e7000-7f2e8000 r--p 00000000 00:00 0 \n", nil},
		"broken address":  {"00400000 r-xp 00000000 00:2a 77 /usr/bin/vedette-agent\n", nil},
		"reversed":        {"00e76000-00400000 r-xp 00000000 00:2a 77 /usr/bin/vedette-agent\n", nil},
		"short":           {"00400000-00e76000 r 0 0 0 /usr/bin/vedette-agent\n", nil},
		"ends in a line":  {"00400000-00e76000 r-xp 00000000 00:2a 77 /usr/bin/vedette-agent\n00e7", []mapping{{0x400000, 0xe76000}}},
		"nothing":         {"", nil},
		"a longer name":   {"00400000-00e76000 r-xp 00000000 00:2a 77 /usr/bin/vedette-agent2\n", nil},
		"number too long": {"00400000-fffffffffffffffff r-xp 00000000 00:2a 77 /usr/bin/vedette-agent\n", nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := programMappings([]byte(tc.maps), file); !slices.Equal(got, tc.want) {
				t.Errorf("got %x, want %x", got, tc.want)
			}
		})
	}
}

// What is given back is read again when it is needed: the test goes on to run.
func TestStartedGivesPagesBack(t *testing.T) {
	before := residentProgram(t)
	if err := started(); err != nil {
		t.Fatal(err)
	}
	if after := residentProgram(t); after >= before {
		t.Errorf("%d kB of the program are resident, %d kB before", after, before)
	}
}

// residentProgram is what is resident of the program's own pages that cannot be
// written, kB.
func residentProgram(t *testing.T) int {
	t.Helper()
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skipf("SKIPPED: the kernel does not tell: %v", err)
	}
	sum, ours := 0, false
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); strings.Contains(fields[0], "-") {
			ours = len(programMappings([]byte(line), exe)) == 1
		} else if ours && fields[0] == "Rss:" {
			kb, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			sum += kb
		}
	}
	if sum == 0 {
		t.Fatalf("nothing of %s is resident", exe)
	}
	return sum
}

func FuzzProgramMappings(f *testing.F) {
	f.Add([]byte("00400000-00e76000 r-xp 00000000 00:2a 77 /bin/a\n"), "/bin/a")
	f.Add([]byte("-1-00e76000 r-xp 00000000 00:2a 77 /bin/a"), "/bin/a")
	f.Fuzz(func(t *testing.T, maps []byte, file string) {
		for _, m := range programMappings(maps, file) {
			if m.start >= m.end {
				t.Errorf("mapping from %x to %x", m.start, m.end)
			}
		}
	})
}
