package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIOCManager imports, lists, tests and removes indicators of a manager.
func TestIOCManager(t *testing.T) {
	l := newCommandLine(t)
	run := func(want int, stdin string, args ...string) string {
		t.Helper()
		code, out, side := l.run(stdin, append([]string{"ioc"}, args...)...)
		if code != want {
			t.Fatalf("ioc %s: exit code %d, want %d: %s%s", strings.Join(args, " "), code, want, out, side)
		}
		return out + side
	}
	if out := run(1, "evil.example.org;loader\nnothing at all\n203.0.113.7\n", "import", "--json", "--source", "feed", "-"); !strings.Contains(out, `"added":2`) || !strings.Contains(out, "stdin:2: ") {
		t.Errorf("import: %s", out)
	}
	if out := run(0, "", "add", "--json", "--source", "feed", "--level", "critical", "evil.example.org"); !strings.Contains(out, `"replaced":1`) {
		t.Errorf("add: %s", out)
	}
	if out := run(0, "", "list", "--json", "--type", "domain"); strings.Count(out, "\n") != 1 || !strings.Contains(out, `"level":"critical"`) {
		t.Errorf("list: %s", out)
	}
	if out := run(0, "", "list", "--limit", "1"); !strings.Contains(out, "1 more") {
		t.Errorf("list with a limit: %s", out)
	}
	if out := run(1, "", "test", "--json", "a.evil.example.org", "198.51.100.1"); strings.Count(out, "\n") != 1 || !strings.Contains(out, `"indicator":"evil.example.org"`) {
		t.Errorf("test: %s", out)
	}
	if out := run(0, "", "remove", "--json", "--source", "feed"); !strings.Contains(out, `"removed":2`) {
		t.Errorf("remove: %s", out)
	}
	run(1, "", "remove", "evil.example.org")
	run(2, "", "remove")
}

// TestRulesOfTheManager pushes a folder of rules, is refused with file and line
// when one is wrong, pulls what is stored and goes back.
func TestRulesOfTheManager(t *testing.T) {
	l := newCommandLine(t)
	dir := t.TempDir()
	write := func(name, id, condition string) {
		t.Helper()
		text := "title: " + name + "\nid: " + id + "\nlogsource: {category: process_creation, product: linux}\ndetection:\n  selection:\n    Image|endswith: /" + name + "\n  condition: " + condition + "\nlevel: low\n"
		if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "sub", name+".yml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(want int, args ...string) string {
		t.Helper()
		code, out, side := l.run("", append([]string{"rules"}, args...)...)
		if code != want {
			t.Fatalf("rules %s: exit code %d, want %d: %s%s", strings.Join(args, " "), code, want, out, side)
		}
		return out + side
	}
	write("one", "55555555-5555-5555-5555-555555555551", "selection")
	if out := run(0, "push", "--preview", dir); !strings.Contains(out, "sub/one.yml") {
		t.Errorf("preview: %s", out)
	}
	if out := run(0, "history"); strings.Count(out, "\n") != 2 {
		t.Errorf("a preview made a version: %s", out)
	}
	run(0, "push", "--comment", "the first", dir)
	write("two", "55555555-5555-5555-5555-555555555552", "nothing")
	if out := run(2, "push", dir); !strings.Contains(out, "stored/sub/two.yml:7") || !strings.Contains(out, "condition") {
		t.Errorf("a wrong rule: %s", out)
	}
	write("two", "55555555-5555-5555-5555-555555555552", "caf\xe9")
	if out := run(2, "push", dir); !strings.Contains(out, filepath.Join(dir, "sub", "two.yml")+": the text is not UTF-8") {
		t.Errorf("a rule that is no UTF-8: %s", out)
	}
	write("two", "55555555-5555-5555-5555-555555555552", "selection")
	run(0, "push", dir)
	to := filepath.Join(t.TempDir(), "pulled")
	run(0, "pull", to)
	for _, name := range []string{"one.yml", "two.yml"} {
		a, err := os.ReadFile(filepath.Join(dir, "sub", name))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(filepath.Join(to, "sub", name)); err != nil || string(a) != string(b) {
			t.Errorf("%s: %v, differs", name, err)
		}
	}
	run(0, "pull", to) // the same again
	if err := os.WriteFile(filepath.Join(to, "sub", "one.yml"), []byte("# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := run(1, "pull", to); !strings.Contains(out, "differs") {
		t.Errorf("a file that differs: %s", out)
	}
	if out := run(0, "rollback", "2"); !strings.Contains(out, "sub/two.yml") {
		t.Errorf("rollback: %s", out)
	}
	if out := run(0, "history", "--json"); strings.Count(out, "\n") != 4 || !strings.Contains(out, "back to version 2") || !strings.Contains(out, "the first") {
		t.Errorf("history: %s", out)
	}
	run(1, "rollback", "77")
	run(2, "rollback", "x")
	run(2, "push", t.TempDir())
}
