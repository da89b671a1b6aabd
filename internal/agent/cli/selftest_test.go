package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/control"
	"github.com/vedette-edr/vedette/internal/agent/selftest"
)

func TestPrintExam(t *testing.T) {
	a := agent.ExamAnswer{Report: selftest.Report{
		Rows: []selftest.Result{
			{Row: "DNS Query", Weight: 1, Pass: true, Latency: 12.34, Source: "dns.cgroup_skb"},
			{Row: "Image Load", Weight: 1, Note: "no library_load"},
			{Row: "Driver Load", Weight: 1, NotExercised: true, Note: "not exercised"},
			{Row: "Signal", Pass: true, Source: "calls.tp_btf"},
		},
		Summary: selftest.Summary{Score: 1, Ceiling: 2, Kernel: "6.12", PolicyHash: "abcdefabcdefabcdef", Failed: []string{"Image Load"}},
	}, Worse: []string{"Image Load"}}
	var b bytes.Buffer
	if err := printExam(&b, a, true); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[0], `{"row":"DNS Query","weight":1,"pass":true,"latency_ms":12.34,"source":"dns.cgroup_skb"`) {
		t.Errorf("%s", b.String())
	}
	var last map[string]any
	if err := json.Unmarshal([]byte(lines[4]), &last); err != nil || last["score"] != 1.0 || last["ceiling"] != 2.0 || last["kernel"] != "6.12" || last["policy_hash"] == nil || last["worse"] == nil {
		t.Errorf("%s, %v", lines[4], err)
	}
	b.Reset()
	if err := printExam(&b, a, false); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"DNS Query    1.0     pass    12", "Image Load   1.0     fail", "Driver Load  1.0     -", "Signal       -       pass", "1.0 of 2.0, kernel 6.12"} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("no %q in\n%s", part, b.String())
		}
	}
}

// TestSelftestWithoutAgent: there is nobody to examine, and the text says what
// to do.
func TestSelftestWithoutAgent(t *testing.T) {
	_, err := run(t, "", "selftest", "--row", "nothing", "--state-dir", t.TempDir())
	var coded interface{ ExitCode() int }
	if !errors.As(err, &coded) || coded.ExitCode() != 2 || !strings.Contains(err.Error(), "DNS Query") {
		t.Errorf("a row that is none: %v", err)
	}
	out, err := run(t, "", "selftest", "--state-dir", t.TempDir())
	if err == nil || !strings.Contains(err.Error(), control.ErrNotRunning.Error()) || out != "" {
		t.Errorf("%q, %v", out, err)
	}
}
