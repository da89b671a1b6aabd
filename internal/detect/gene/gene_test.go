package gene_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/gene"
	"github.com/vedette-edr/vedette/internal/record"
)

func load(files ...detect.File) (*detect.Set, []detect.Problem) {
	return detect.Load(detect.Options{Formats: []detect.Format{gene.Format()}}, files)
}

// records reads a file of JSON lines.
func records(t testing.TB, path string) []*record.Record {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var recs []*record.Record
	for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		r, err := record.ParseJSON(line)
		if err != nil {
			t.Fatal(err)
		}
		recs = append(recs, r)
	}
	return recs
}

// folderOf loads the rules of a folder of testdata.
func folderOf(t testing.TB, name string) (*detect.Set, []detect.Problem) {
	t.Helper()
	files, err := detect.ReadDir(os.DirFS("testdata"), name)
	if err != nil {
		t.Fatal(err)
	}
	return load(files...)
}

// compare compares what rules match with a file of expected hits.
func compare(t *testing.T, set *detect.Set, recs []*record.Record, path string) int {
	t.Helper()
	want, got := hits(path), map[string]bool{}
	for i, r := range recs {
		for _, m := range set.Match(r, nil) {
			got[fmt.Sprintf("%d\t%s", i, m.Rule.ID)] = true
		}
		for _, rule := range set.Rules() {
			if h := fmt.Sprintf("%d\t%s", i, rule.ID); rule.Matches(r) != got[h] {
				t.Errorf("%s: the rule alone says %v", h, rule.Matches(r))
			}
		}
	}
	for _, h := range slices.Sorted(maps.Keys(want)) {
		if !got[h] {
			t.Error("missing", h)
		}
	}
	for _, h := range slices.Sorted(maps.Keys(got)) {
		if !want[h] {
			t.Error("extra", h)
		}
	}
	return len(want)
}

// TestGE1_Corpus compares what the rules of our own corpus match with the
// expected hits that were written by hand.
func TestGE1_Corpus(t *testing.T) {
	set, problems := folderOf(t, "corpus")
	for _, p := range problems {
		if p.Refused {
			t.Error(p)
		}
	}
	recs := records(t, "testdata/corpus/events.jsonl")
	if n := compare(t, set, recs, filepath.Join("testdata", "corpus", "expected.tsv")); n < 50 {
		t.Errorf("only %d expected hits", n)
	}
}

// TestGE1_OriginalEngine compares what random rules of our own match in random
// events with what version 2.3.0 of the original engine answered.
func TestGE1_OriginalEngine(t *testing.T) {
	set, problems := folderOf(t, "engine")
	for _, p := range problems {
		if p.Refused {
			t.Error(p)
		}
	}
	if n := compare(t, set, records(t, "testdata/engine/events.jsonl"), "testdata/engine/hits.tsv"); n < 2000 {
		t.Errorf("only %d expected hits", n)
	}
}

// TestRemarks checks what is said about rules of the corpus that are right.
func TestRemarks(t *testing.T) {
	_, problems := folderOf(t, "corpus")
	for _, want := range []string{
		"Condition: and binds stronger than or here",
		"OSs: records of this kind are not made on linux",
	} {
		if !slices.ContainsFunc(problems, func(p detect.Problem) bool { return strings.Contains(p.Error(), want) }) {
			t.Errorf("no remark %q in %v", want, problems)
		}
	}
}

// TestMistakes checks that a mistake is told with its line and field, and what
// to do about it.
func TestMistakes(t *testing.T) {
	rule := func(matches, condition string) string {
		return "{\"Name\":\"x\",\n\"Meta\":{\"Schema\":\"2.0.0\"},\n\"Matches\":[" + matches + "],\n\"Condition\":\"" + condition + "\"}"
	}
	for text, want := range map[string]string{
		rule(`"$a: Image ~= 'x'"`, ""):                                 "r.gen:1: Condition: the rule has matches and no condition over them; write one, such as $a",
		rule(`"$a: Image ~= 'x'"`, "$b"):                               "r.gen:4: Condition: there is no match $b",
		rule(`"$a: Image ~= 'x'"`, "$a $a"):                            "r.gen:4: Condition: $a stands beside another match without and or or",
		rule(`"$a: Image ~= 'x'"`, "($a $a)"):                          "r.gen:4: Condition: $a stands beside another match",
		rule(`"$a: Image ~= 'x'"`, "($a"):                              "r.gen:4: Condition: a parenthesis is not closed",
		rule(`"$a: Image ~= 'x'"`, "$a)"):                              "r.gen:4: Condition: a parenthesis is closed that was not opened",
		rule(`"$a: Image ~= 'x'"`, "$a and"):                           "r.gen:4: Condition: its end stands where a match is due",
		rule(`"$a: Image ~= 'x'"`, strings.Repeat("!", 200)+"$a"):      "nested deeper than",
		rule(`"$a: Image ~= '('"`, "$a"):                               "r.gen:3: Matches.$a: regular expression: missing closing )",
		rule(`"$a: Image ~='x'"`, "$a"):                                "r.gen:3: Matches.$a: \"Image ~='x'\" is no match; write Field = 'value'",
		rule(`"$a: Image ? 'x'"`, "$a"):                                "is no match",
		rule(`"a: Image = 'x'"`, "$a"):                                 "r.gen:3: Matches: \"a\" is no name of a match",
		rule(`"$a Image"`, "$a"):                                       "is no match",
		rule(`"$a: Image &= 'x'"`, "$a"):                               "is not a whole number of 64 bits",
		rule(`"$a: Image < 'x'"`, "$a"):                                "is not a number",
		rule(`"$a: extract('(?P<x>.)', Image) in none"`, "$a"):         "there is no container none; put its texts, one a line, into a file none.cont",
		rule(`"$a: extract('(.)', Image) in none"`, "$a"):              "there is no container none",
		rule(`"$a: Image ~= '{{none}}'"`, "$a"):                        "there is no template none; define it in a .toml file",
		`{"Meta":{}}`:                                                  "r.gen:1: Name: the rule has no name",
		`{"Name":"x","Meta":{"EventIDs":[1],"Channels":["Security"]}}`: "r.gen:1: Meta: the rule is of a schema before 2.0.0; vedette rules convert",
		`{"Name":"x","Meta":{"Schema":"1.0.0"}}`:                       "schema before 2.0.0",
		`{"Name":"x","Meta":{"Criticality":-1}}`:                       "r.gen:1: Meta.Criticality: \"-1\" is no criticality; write a whole number from 0 to 10",
		`{"Name":"x","Meta":{"Events":[1]}}`:                           "r.gen:1: Meta.Events: is an object, not a list",
		`{"Name":"x","Meta":{"Events":{"System":["a"]}}}`:              "is a list of whole numbers, not of \"a\"",
		`{"Name":"x","Meta":{"LogType":"syslog"}}`:                     "there is no log type \"syslog\"",
		"{\"Name\":\"x\",\n\"Condition\":\n\"\\S\"}":                   "r.gen:3: not valid JSON",
		`[1]`: "a rule is an object, not a number",
		``:    "no rule in the file",
	} {
		_, problems := load(detect.File{Path: "r.gen", Text: text})
		if len(problems) == 0 || !problems[len(problems)-1].Refused || !strings.Contains(problems[len(problems)-1].Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", text, problems, want)
		}
	}
}

// TestABadRuleHidesNoOther loads what is right in a file with mistakes.
func TestABadRuleHidesNoOther(t *testing.T) {
	set, problems := load(detect.File{Path: "r.gen", Text: "{\"Name\":\"a\"}\n{\"Name\": oops}\n{\"Name\":\"b\",\"Condition\":\"$x\"}\n{\"Name\":\"c\"}\n{\"Name\":\"c\"}"})
	if set.Rule("a") == nil || set.Rule("c") == nil || len(set.Rules()) != 2 {
		t.Errorf("%d rules load", len(set.Rules()))
	}
	var lines []int
	for _, p := range problems {
		if p.Refused {
			lines = append(lines, p.Line)
		}
	}
	if !slices.Equal(lines, []int{2, 3, 5}) {
		t.Errorf("mistakes in lines %v, not 2, 3 and 5: %v", lines, problems)
	}
}
