package offline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/offline"
	formats "github.com/vedette-edr/vedette/internal/record/all"
)

const logRules = `title: Account added
id: account
level: medium
logsource: {product: linux, service: auditd}
detection:
  s: {type: ADD_USER}
  condition: s
---
title: Failed password for root
id: root
level: low
logsource: {product: linux, service: sshd}
detection:
  keywords: ['Failed password for root']
  condition: keywords
`

// logs are lines of an audit log, a system log and a journal, labelled with the rule
// that must fire.
var logs = []struct{ file, line, rule string }{
	{"audit.log", `type=ADD_USER msg=audit(1700000000.123:100): pid=1 uid=0 auid=0 ses=1 msg='op=add-user acct="eve" exe="/usr/sbin/useradd" hostname=h addr=? terminal=? res=success'`, "account"},
	{"audit.log", `type=USER_LOGIN msg=audit(1700000001.123:101): pid=1 uid=0 auid=0 ses=1 msg='op=login acct="eve" exe="/usr/sbin/sshd" hostname=h addr=? terminal=? res=success'`, ""},
	{"audit.log", `type=ADD_USER msg=audit(1700000002.123:102): pid=1 uid=0 auid=0 ses=1 msg='op=add-user acct="eve2" exe="/usr/sbin/useradd" hostname=h addr=? terminal=? res=success'`, "account"},
	{"syslog", `Nov 21 10:00:00 host sshd[77]: Failed password for root from 192.0.2.1 port 4242 ssh2`, "root"},
	{"syslog", `Nov 21 10:00:01 host sshd[77]: Accepted password for eve from 192.0.2.1 port 4242 ssh2`, ""},
	{"syslog", `Nov 21 10:00:02 host cron[78]: (root) CMD (true)`, ""},
	{"journal", `{"__REALTIME_TIMESTAMP":"1700000000000000","_HOSTNAME":"h","SYSLOG_IDENTIFIER":"sshd","_COMM":"sshd","MESSAGE":"Failed password for root from 192.0.2.7 port 1 ssh2"}`, "root"},
	{"journal", `{"__REALTIME_TIMESTAMP":"1700000001000000","_HOSTNAME":"h","SYSLOG_IDENTIFIER":"sshd","_COMM":"sshd","MESSAGE":"session opened for user eve"}`, ""},
}

// scan runs the rules over the folder with marks and returns file, line and rule
// of each finding.
func scan(t *testing.T, s *detect.Set, dir, marks string) []string {
	t.Helper()
	m, err := offline.OpenMarks(marks)
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := offline.Inputs([]string{dir}, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	if inputs, err = m.Resume(inputs); err != nil {
		t.Fatal(err)
	}
	var out []string
	_, err = offline.Run(t.Context(), offline.Options{
		Set: s, Formats: formats.Formats(), Inputs: inputs, Jobs: 2,
		Fault: func(f offline.Fault) { t.Error(f) },
		Finding: func(f *offline.Finding) error {
			m.Place(f)
			out = append(out, fmt.Sprintf("%s:%d %s", filepath.Base(f.Input), f.Line, f.Rule.ID))
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Save(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestGM22_LogsAreScannedOnce replays labelled logs: the expected rules fire,
// a second run finds nothing new, and growth, rotation, emptying and lines that
// are not whole yet are told once.
func TestGM22_LogsAreScannedOnce(t *testing.T) {
	s := set(t, logRules)
	dir, marks := t.TempDir(), filepath.Join(t.TempDir(), "marks.json")
	var want []string
	lines := map[string]int{}
	for _, l := range logs {
		if l.rule != "" {
			want = append(want, fmt.Sprintf("%s:%d %s", l.file, lines[l.file], l.rule))
		}
		lines[l.file]++
		appendTo(t, filepath.Join(dir, l.file), l.line+"\n")
	}
	slices.Sort(want)
	expect := func(what string, want ...string) {
		t.Helper()
		if got := scan(t, s, dir, marks); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	expect("the first run", want...)
	expect("the second run")

	audit := filepath.Join(dir, "audit.log")
	appendTo(t, audit, strings.Replace(logs[0].line, ":100", ":103", 1)+"\n")
	expect("one more line", "audit.log:3 account")

	appendTo(t, audit, strings.Replace(logs[0].line, ":100", ":104", 1))
	expect("a line without its end")
	appendTo(t, audit, "\n")
	expect("its end", "audit.log:4 account")

	if err := os.Rename(audit, audit+".1"); err != nil {
		t.Fatal(err)
	}
	appendTo(t, audit, strings.Replace(logs[2].line, ":102", ":105", 1)+"\n")
	expect("after rotation", "audit.log:0 account")

	if err := os.Truncate(filepath.Join(dir, "syslog"), 0); err != nil {
		t.Fatal(err)
	}
	expect("emptied")
	appendTo(t, filepath.Join(dir, "syslog"), "Nov 21 11:00:00 host sshd[99]: Failed password for root from 192.0.2.9 port 1 ssh2\n")
	expect("after it was emptied", "syslog:0 root")
	expect("the last run")
}

// TestMarksThatAreNone checks that damaged marks are told.
func TestMarksThatAreNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "marks.json")
	for _, text := range []string{"{", `{"a":{"offset":-1}}`, `{"a":null}`, `[]`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := offline.OpenMarks(path); err == nil || !strings.Contains(err.Error(), "remove the file to begin anew") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
