package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// typed runs a command line and returns what it says and its exit code.
func typed(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	root := newRoot()
	var out, side bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&side)
	root.SetIn(strings.NewReader(stdin))
	code = execute(context.Background(), root, args)
	return out.String(), side.String(), code
}

// TestIOCFile imports, adds, lists, tests and removes indicators of a file, and
// uses it for detection.
func TestIOCFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "iocs.jsonl")
	run := func(want int, args ...string) (string, string) {
		t.Helper()
		out, side, code := typed(t, "# list\nevil.example.org;loader\nnothing at all\n", append([]string{"ioc", "--file", file}, args...)...)
		if code != want {
			t.Fatalf("ioc %s: exit code %d, want %d: %s%s", strings.Join(args, " "), code, want, out, side)
		}
		return out, side
	}
	if _, side := run(1, "import", "--source", "feed", "-"); !strings.Contains(side, "stdin:3: ") {
		t.Errorf("what was refused is not told: %q", side)
	}
	run(0, "add", "--level", "critical", "--expires", "90d", "--tag", "c2,x", "203.0.113.7", "198.51.100.0/24")
	if out, _ := run(0, "add", "--source", "feed", "--note", "again", "Evil[.]example.org"); !strings.Contains(out, "replaced  1") {
		t.Errorf("the same value of the same source is not replaced: %s", out)
	}
	out, _ := run(0, "list", "--json")
	if n := strings.Count(out, "\n"); n != 3 || !strings.Contains(out, `"note":"again"`) || !strings.Contains(out, `"tags":["c2","x"]`) {
		t.Errorf("%d lines: %s", n, out)
	}
	if out, _ = run(0, "list", "--json", "--type", "cidr"); strings.Count(out, "\n") != 1 {
		t.Errorf("by type: %s", out)
	}
	if out, _ = run(1, "test", "--json", "a.b.evil.example.org", "198.51.100.9", "good.example.org"); strings.Count(out, "\n") != 2 || !strings.Contains(out, `"indicator":"198.51.100.0/24"`) {
		t.Errorf("test: %s", out)
	}
	events := filepath.Join(t.TempDir(), "events.jsonl")
	if err := os.WriteFile(events, []byte(`{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":"22","QueryName":"www.evil.example.org"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	found, side, code := typed(t, "", "detect", "--json", "--fail-on-findings", "--iocs", file, events)
	if code != 1 || !strings.Contains(found, `"format":"ioc"`) || !strings.Contains(found, `"value":"www.evil.example.org"`) {
		t.Errorf("detect --iocs: exit code %d: %s%s", code, found, side)
	}
	run(0, "remove", "evil.example.org")
	run(1, "remove", "evil.example.org")
	run(2, "remove")
	run(2, "add", "--type", "md5", "zzz")
	run(2, "add", "--expires", "soon", "203.0.113.7")
	if err := os.WriteFile(file, []byte(`{"type":"md5","value":"zzz"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, side := run(2, "add", "203.0.113.7"); !strings.Contains(side, "[0].value") {
		t.Errorf("a damaged file: %s", side)
	}
	if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), "zzz") {
		t.Errorf("a damaged file was replaced: %s, %v", text, err)
	}
}
