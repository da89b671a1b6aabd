package rules_test

import (
	"os"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/history"
)

// lines returns the entries of a curated list, as a shell would have written it.
func lines(t *testing.T, name string) []history.Entry {
	t.Helper()
	text, err := os.ReadFile("testdata/lines/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []history.Entry
	for _, e := range history.Parse(history.Bash, text) {
		if !strings.HasPrefix(e.Text, "#") {
			out = append(out, e)
		}
	}
	return out
}

// TestGM23_LinesOfShells states how well the rules tell what somebody types who
// broke in from everyday work: of the findings on the two curated lists at
// least 98 of 100 are right, and at least 95 of 100 suspicious lines are found.
func TestGM23_LinesOfShells(t *testing.T) {
	set := load(t)
	found := func(text string) string {
		for _, m := range set.Match(&event.Event{
			Kind: event.ShellCommand, Process: &event.Process{Name: "bash", Executable: "/usr/bin/bash"},
			Script: &event.Script{Source: "history", Interpreter: "bash", Content: text},
		}, nil) {
			if m.Rule.Raises() {
				return m.Rule.Path
			}
		}
		return ""
	}
	suspicious, harmless := lines(t, "suspicious"), lines(t, "harmless")
	if len(suspicious) < 98 || len(harmless) < 150 {
		t.Fatalf("%d suspicious and %d harmless lines", len(suspicious), len(harmless))
	}
	right, wrong := 0, 0
	for _, e := range suspicious {
		if found(e.Text) != "" {
			right++
		} else {
			t.Logf("not found: %s", e.Text)
		}
	}
	for _, e := range harmless {
		if by := found(e.Text); by != "" {
			wrong++
			t.Logf("wrongly found by %s: %s", by, e.Text)
		}
	}
	precision, recall := float64(right)/float64(right+wrong), float64(right)/float64(len(suspicious))
	t.Logf("%d of %d suspicious lines found, %d of %d harmless ones: precision %.3f, recall %.3f", right, len(suspicious), wrong, len(harmless), precision, recall)
	if precision < 0.98 || recall < 0.95 {
		t.Errorf("precision %.3f, recall %.3f; want 0.98 and 0.95", precision, recall)
	}
}

// TestGM23_Words has the words of the rules inside others, and everywhere in a
// line but where a command stands.
func TestGM23_Words(t *testing.T) {
	set := load(t)
	for _, text := range []string{
		"consider as is", "video aside", "valid idea", "basic class", "chiseled stone", "echo hydrated", "johnny be good", "man chisel",
		"apt remove hydra", "grep hashcat notes.txt", "echo ngrokking", "cat xmrig.md", "git log -- linpeas.sh", "vi msfvenom.txt", "unshadowed", "prehistory -c", "nohistory -c",
	} {
		for _, m := range set.Match(&event.Event{
			Kind: event.ShellCommand, Process: &event.Process{Name: "bash"}, Script: &event.Script{Source: "readline", Content: text},
		}, nil) {
			t.Errorf("%q is found by %s", text, m.Rule.Path)
		}
	}
}

// TestGM23_RecordedWork takes the command lines of recorded everyday work, which
// nobody chose for these rules, for typed ones.
func TestGM23_RecordedWork(t *testing.T) {
	set := load(t)
	n, hits := 0, map[string]int{}
	recorded(t, "linux_benign_dev", func(e *event.Event) {
		if e.Kind != event.ProcessStart {
			return
		}
		n++
		line := &event.Event{Kind: event.ShellCommand, Process: e.Process, Script: &event.Script{Source: "readline", Content: e.Process.CommandLine}}
		for _, m := range set.Match(line, nil) {
			if m.Rule.Raises() {
				hits[m.Rule.Path+": "+line.Script.Content[:min(len(line.Script.Content), 120)]]++
			}
		}
	})
	total := 0
	for line, times := range hits {
		total += times
		t.Logf("%d times %s", times, line)
	}
	t.Logf("%d findings on %d lines", total, n)
	if total*1000 > n {
		t.Errorf("%d findings on %d lines: more than one in a thousand", total, n)
	}
}
