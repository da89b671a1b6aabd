package logs

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/auditlog"
	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/event"
)

// matched returns the ids of the rules that match an event of the sensor.
func matched(set *detect.Set, e *event.Event) []string {
	var out []string
	for _, m := range set.Match(e, nil) {
		out = append(out, m.Rule.ID)
	}
	slices.Sort(out)
	return out
}

// parserFor returns the parser of a format for records of processes that are
// gone.
func parserFor(t testing.TB, format string) parser {
	t.Helper()
	a, err := auditlog.NewActors("", "")
	if err != nil {
		t.Fatal(err)
	}
	p := parserOf(format, a, nowFor)
	return func(line string) *event.Event {
		e := p(line)
		e.Kind, e.Provider = event.LogRecord, "logs"
		return e
	}
}

// TestRulesOfLogSources: rules for services of Linux match the events of the
// sensor, with the options that an agent loads rules with.
func TestRulesOfLogSources(t *testing.T) {
	rule := func(id, service, detection string) detect.File {
		source := "  product: linux\n"
		if service != "" {
			source += "  service: " + service + "\n"
		}
		return detect.File{Path: id + ".yml", Text: "title: " + id + "\nid: " + id + "\nstatus: test\nlogsource:\n" + source + "detection:\n" + detection + "  condition: sel\nlevel: low\n"}
	}
	files := []detect.File{
		rule("audit", "auditd", "  sel:\n    type: SYSCALL\n    SYSCALL: execve\n    exe|endswith: /nc\n    key: susp\n"),
		rule("path", "auditd", "  sel:\n    type: PATH\n    name: /etc/shadow\n"),
		rule("arguments", "auditd", "  sel:\n    type: EXECVE\n    a0|contains: nmap\n"),
		rule("login", "auth", "  sel:\n    - 'Failed password'\n"),
		rule("cron", "cron", "  sel:\n    Message|contains: 'REPLACE'\n"),
		rule("plain", "", "  sel:\n    program: sudo\n    severity: err\n"),
	}
	set, problems := detect.Load(detect.Options{Formats: all.Formats(), Whole: true}, files)
	if set == nil {
		t.Fatal(problems)
	}
	for _, c := range []struct{ format, line, want string }{
		{"auditd", `type=SYSCALL msg=audit(1.5:1): arch=c000003e syscall=59 success=yes pid=5 exe="/usr/bin/nc" key=73757370016F74686572`, "audit"},
		{"auditd", `type=SYSCALL msg=audit(1.5:1): arch=c000003e syscall=59 success=yes pid=5 exe="/usr/bin/nc" key="other"`, ""},
		{"auditd", `type=PATH msg=audit(1.5:1): item=0 name=2F6574632F736861646F77 nametype=NORMAL`, "path"},
		{"auditd", `type=EXECVE msg=audit(1.5:1): argc=1 a0="/usr/bin/nmap"`, "arguments"},
		{"syslog", `Nov 21 10:00:00 h sshd[7]: Failed password for root`, "login"},
		{"syslog", `Nov 21 10:00:00 h crontab[7]: (root) REPLACE (root)`, "cron"},
		{"syslog", `<11>Nov 21 10:00:00 h sudo: no`, "plain"},
		{"syslog", `what is no line of syslog: Failed password`, "login"},
	} {
		if got := strings.Join(matched(set, parserFor(t, c.format)(c.line)), " "); got != c.want {
			t.Errorf("%s\nmatched %q, want %q", c.line, got, c.want)
		}
	}
}

// TestPublicRulesLive compares what the public rules find in live events of
// the public audit records with the expected hits.
func TestPublicRulesLive(t *testing.T) {
	dir := os.Getenv("VEDETTE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "data")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "linux", "auditd_raw.log"))
	if err != nil {
		t.Skipf("SKIPPED: no public records in %s; set VEDETTE_DATA", dir)
	}
	files, err := detect.ReadDir(os.DirFS(filepath.Join(dir, "sigma", "rules", "linux", "auditd")), ".")
	if err != nil {
		t.Fatal(err)
	}
	set, _ := detect.Load(detect.Options{Formats: all.Formats()}, files)
	if set == nil || len(set.Rules()) < 40 {
		t.Fatal("the public rules do not load")
	}
	want := expected(t, dir, set)
	got := map[string]int{}
	parse := parserFor(t, "auditd")
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		e := parse(strings.TrimRight(line, "\n"))
		for _, id := range matched(set, e) {
			got[e.Log.RecordID+" "+e.Log.Code+" "+id]++
		}
	}
	for k := range want {
		if got[k] == 0 {
			t.Errorf("not found live: %s", k)
		}
	}
	for k := range got {
		if want[k] == 0 {
			t.Errorf("found live only: %s", k)
		}
	}
	t.Logf("%d hits of %d rules", len(got), len(set.Rules()))
}

// expected returns the expected hits of the rules of a set by number and type
// of the record.
func expected(t *testing.T, dir string, set *detect.Set) map[string]int {
	t.Helper()
	known := map[string]bool{}
	for _, r := range set.Rules() {
		known[r.ID] = true
	}
	packed, err := os.Open(filepath.Join(dir, "events", "linux_auditd_records.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for sc := bufio.NewScanner(z); sc.Scan(); {
		var r struct {
			Serial string `json:"_serial"`
			Type   string `json:"type"`
		}
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		names = append(names, r.Serial+" "+r.Type)
	}
	hits, err := os.ReadFile(filepath.Join(dir, "oracle", "sigma", "linux_auditd_records.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for line := range bytes.Lines(hits) {
		number, id, _ := strings.Cut(strings.TrimSpace(string(line)), "\t")
		n, err := strconv.Atoi(number)
		if err != nil || n >= len(names) {
			t.Fatalf("hit %q", line)
		}
		if known[id] {
			out[fmt.Sprintf("%s %s", names[n], id)]++
		}
	}
	return out
}
