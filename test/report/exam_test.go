package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExamTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "exam.json")
	text := `{"row":"DNS Query","weight":1,"pass":true,"latency_ms":7,"source":"dns.cgroup_skb"}
{"row":"Driver Load","weight":1,"pass":false,"not_exercised":true,"note":"not exercised: nobody did it"}
{"row":"Signal","weight":0,"pass":false,"note":"no a|b"}
{"score":1,"ceiling":1,"kernel":"6.12"}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	x, err := readExam("guest", file)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	examTable(&b, []exam{x, {name: "other", total: row{Score: 0, Ceiling: 28.3}}})
	for _, line := range []string{
		"| row | weight | guest | other |",
		"| DNS Query | 1 | dns.cgroup_skb | not there |",
		"| Driver Load | 1 | not exercised | not there |",
		`| Signal |  | **fail** no a\|b | not there |`,
		"| **points** | | **1.0 of 1.0** | **0.0 of 28.3** |",
	} {
		if !strings.Contains(b.String(), line+"\n") {
			t.Errorf("no line %q in\n%s", line, b.String())
		}
	}
	for name, bad := range map[string]string{"no last line": `{"row":"a"}`, "no JSON": "x"} {
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readExam("guest", file); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
