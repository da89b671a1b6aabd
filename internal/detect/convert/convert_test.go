package convert_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/convert"
	"github.com/vedette-edr/vedette/internal/record"
)

func load(t *testing.T, files ...detect.File) *detect.Set {
	t.Helper()
	set, problems := detect.Load(detect.Options{Formats: all.Formats(), Records: true}, files)
	for _, p := range problems {
		if p.Refused {
			t.Errorf("%v\n%s", p, files[0].Text)
		}
	}
	return set
}

func run(t *testing.T, from, to string, files ...detect.File) convert.Result {
	t.Helper()
	out, err := convert.Files(from, to, files)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func lost(r convert.Result, whole bool) []string {
	var out []string
	for _, p := range r.Lost {
		if p.Refused == whole {
			out = append(out, p.What)
		}
	}
	return out
}

// corpus reads the corpus of Gene rules and its events.
func corpus(t *testing.T) ([]detect.File, []*record.Record) {
	t.Helper()
	files, err := detect.ReadDir(os.DirFS("../gene/testdata"), "corpus")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../gene/testdata/corpus/events.jsonl")
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
	return files, recs
}

func hits(set *detect.Set, rec *record.Record) []string {
	var out []string
	for _, m := range set.Match(rec, nil) {
		out = append(out, m.Rule.Name)
	}
	slices.Sort(out)
	return out
}

// TestGE7_GeneToGene writes the corpus as schema 2.0: what is converted means
// the same.
func TestGE7_GeneToGene(t *testing.T) {
	files, recs := corpus(t)
	out := run(t, "gene", "gene", files...)
	if whole := lost(out, true); len(whole) != 1 || !strings.Contains(whole[0], "AbsolutePath: the field /Event/System/Computer") {
		t.Errorf("left out are %q", whole)
	}
	aside := slices.DeleteFunc(slices.Clone(files), func(f detect.File) bool { return !f.Aside() })
	before := load(t, files...)
	after := load(t, append(aside, detect.File{Path: "out.gen", Text: out.Text})...)
	for i, rec := range recs {
		want := slices.DeleteFunc(hits(before, rec), func(s string) bool { return s == "AbsolutePath" })
		got := slices.DeleteFunc(hits(after, rec), func(s string) bool { return s == "OtherSystem" }) // 2.0 has no systems
		if !slices.Equal(got, want) {
			t.Errorf("record %d: %v, want %v", i, got, want)
		}
	}
	for _, r := range before.Rules() {
		c := after.Rule(r.ID)
		if c == nil {
			continue
		}
		if c.Criticality != r.Criticality || c.Disabled != r.Disabled || c.Filter != r.Filter || !slices.Equal(c.Techniques, r.Techniques) || !slices.Equal(c.Actions, r.Actions) || c.Author != r.Author {
			t.Errorf("%s has become %+v", r.ID, c)
		}
	}
}

// TestGE7_OldAndNewSchemas imports a rule of each schema and compares what it
// matches.
func TestGE7_OldAndNewSchemas(t *testing.T) {
	match, err := record.ParseJSON([]byte(`{"Channel":"Security","EventID":"4688","Computer":"pc","NewProcessName":"C:\\x\\evil.exe"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]detect.File{
		"1.x":       {Path: "r.gen", Text: `{"Name":"R","Tags":[],"Meta":{"EventIDs":[4688,1],"Channels":["Security","System"],"Computers":["pc"],"Traces":[],"Criticality":7,"Disable":false},"Matches":["$a: NewProcessName ~= 'evil'"],"Condition":"$a"}`},
		"2.0":       {Path: "r.gen", Text: `{"Name":"R","Meta":{"Events":{"Security":[4688]},"Computers":["pc"],"Criticality":7,"Schema":"2.0.0"},"Matches":["$a: NewProcessName ~= 'evil'"],"Condition":"$a"}`},
		"head":      {Path: "r.gen", Text: `{"Name":"R","Meta":{"LogType":"winevt","Events":{"Security":[4688]},"OSs":[],"Computers":["pc"],"Severity":7,"Schema":"2.0.0","Authors":["a"]},"Matches":["$a: /Event/EventData/NewProcessName ~= 'evil'"],"Condition":"$a"}`},
		"3":         {Path: "r.yaml", Text: "name: R\nparams:\n  filter: false\nmatch-on:\n  events:\n    Security: [4688]\n  hostnames: [pc]\nmatches:\n  $a: .Event.EventData.NewProcessName ~= 'evil'\ncondition: $a\nseverity: 7\n"},
		"3 as JSON": {Path: "r.gen", Text: `{"Name":"R","MatchOn":{"Events":{"Security":[4688]},"Hostnames":["pc"]},"Matches":{"$a":"NewProcessName ~= 'evil'"},"Condition":"$a","Severity":7}`},
	} {
		for _, to := range []string{"gene", "sigma"} {
			out := run(t, "gene", to, f)
			if len(out.Lost) > 0 || len(out.Rules) != 1 {
				t.Errorf("%s to %s: lost %v", name, to, out.Lost)
				continue
			}
			path := map[string]string{"gene": "out.gen", "sigma": "out.yml"}[to]
			set := load(t, detect.File{Path: path, Text: out.Text})
			if len(hits(set, match)) != 1 {
				t.Errorf("%s to %s does not match:\n%s", name, to, out.Text)
			}
			if r := set.Rules()[0]; r.Level != "medium" {
				t.Errorf("%s to %s: level %s", name, to, r.Level)
			}
			for _, other := range []string{`"EventID":"4689"`, `"Computer":"PC"`, `"NewProcessName":"good"`} {
				key, _, _ := strings.Cut(other, ":")
				line := `{"Channel":"Security","EventID":"4688","Computer":"pc","NewProcessName":"evil"}`
				at := strings.Index(line, key)
				end := at + strings.IndexAny(line[at+len(key)+2:], ",}") + len(key) + 2
				rec, err := record.ParseJSON([]byte(line[:at] + other + line[end:]))
				if err != nil {
					t.Fatal(err)
				}
				if len(hits(set, rec)) != 0 {
					t.Errorf("%s to %s matches %s", name, to, other)
				}
			}
		}
	}
}

// TestGE7_WhatCannotBeSaid checks that the rule and the reason are named.
func TestGE7_WhatCannotBeSaid(t *testing.T) {
	gene := func(meta, match string) detect.File {
		return detect.File{Path: "r.gen", Text: `{"Name":"R","Meta":{"Schema":"2.0.0"` + meta + `},"Matches":["$a: ` + match + `"],"Condition":"$a"}`}
	}
	box := detect.File{Path: "box.cont", Text: "a\n"}
	for _, c := range []struct {
		to    string
		f     detect.File
		want  string
		whole bool
	}{
		{"gene", gene(`,"EventIDs":[1]`, "Image = 'x'"), "R: event ids without a channel", true},
		{"gene", gene(`,"Channels":["a"],"Traces":["*::x = y"]`, "Image = 'x'"), "R: its traces", false},
		{"gene", gene(`,"LogType":"kunai"`, "exe = 'x'"), "R: records of Kunai", true},
		{"gene", gene(`,"OSs":["windows"]`, "Image = 'x'"), "R: that it is for windows alone", false},
		{"sigma", gene("", "Image &= '0x1'"), "R: Sigma cannot say $a: the operator mask", true},
		{"sigma", gene("", "extract('(?P<x>.)', Image) in box"), "R: Sigma cannot say $a: the operator extract", true},
		{"sigma", gene("", "Port < '0x10'"), "R: Sigma cannot say $a: a comparison with 0x10", true},
		{"sigma", gene("", "Port < '10'"), "R: $a: Sigma compares decimal numbers only", false},
		{"sigma", gene(`,"Filter":true`, "Image = 'x'"), "R: a filter rule", true},
		{"sigma", gene(`,"Disable":true`, "Image = 'x'"), "R: Sigma has no rules that are switched off", false},
		{"sigma", gene(`,"LogType":"kunai"`, "exe = 'x'"), "R: records of Kunai", true},
		{"sigma", gene("", "Image ~= '('"), "missing closing", true},
	} {
		out := run(t, "gene", c.to, c.f, box)
		if got := lost(out, c.whole); len(got) == 0 || !strings.Contains(strings.Join(got, "\n"), c.want) {
			t.Errorf("%s to %s: %q, want %q", c.f.Text, c.to, got, c.want)
		}
		if (len(out.Rules) == 0) != c.whole {
			t.Errorf("%s to %s: %d rules", c.f.Text, c.to, len(out.Rules))
		}
	}
	if _, err := convert.Files("sigma", "gene", nil); err == nil || !strings.Contains(err.Error(), "possible are gene to gene") {
		t.Errorf("from sigma: %v", err)
	}
}

// TestGeneToSigma writes the corpus as Sigma: what is converted means the same.
func TestGeneToSigma(t *testing.T) {
	files, recs := corpus(t)
	out := run(t, "gene", "sigma", files...)
	before := load(t, files...)
	after := load(t, detect.File{Path: "out.yml", Text: out.Text})
	converted := map[string]bool{}
	for _, r := range after.Rules() {
		converted[r.Name] = true
	}
	if len(converted) < 24 {
		t.Errorf("only %d rules are converted, lost are %q", len(converted), lost(out, true))
	}
	// A rule that is switched off is on in Sigma, one for another system is on too,
	// and numbers in hexadecimal do not compare.
	differ := []string{"Disabled", "OtherSystem", "GreaterEqual"}
	for i, rec := range recs {
		keep := func(s string) bool { return !converted[s] || slices.Contains(differ, s) }
		want := slices.DeleteFunc(hits(before, rec), keep)
		if got := slices.DeleteFunc(hits(after, rec), keep); !slices.Equal(got, want) {
			t.Errorf("record %d: %v, want %v", i, got, want)
		}
	}
}

// TestConditionToSigma writes the default rules of aiedr as Sigma.
func TestConditionToSigma(t *testing.T) {
	text, err := os.ReadFile("../condition/testdata/default.json")
	if err != nil {
		t.Fatal(err)
	}
	out := run(t, "aiedr", "sigma", detect.File{Path: "r.json", Text: string(text)})
	set := load(t, detect.File{Path: "out.yml", Text: out.Text})
	if len(out.Lost) > 0 || len(set.Rules()) != 4 {
		t.Errorf("%d rules, lost %v", len(set.Rules()), out.Lost)
	}
	before := load(t, detect.File{Path: "r.json", Text: string(text)})
	for _, r := range before.Rules() {
		for _, c := range r.Cases {
			rec, ok := c.Rec.(*record.Record)
			if !ok {
				continue
			}
			if got := len(hits(set, rec)) > 0; got != c.Match {
				t.Errorf("%s, line %d: %v in Sigma", r.Name, c.Line, got)
			}
		}
	}
	for _, want := range []string{"network", "file", "registry", "event_log"} {
		one := `{"id":5,"name":"n","type":"` + want + `","severity":"low","conditions":["any contains 'x'"]}`
		out := run(t, "condition", "sigma", detect.File{Path: "r.json", Text: one})
		if len(out.Rules) == 0 {
			t.Errorf("%s: %v", want, out.Lost)
		}
	}
}

// TestGoTrustToSigma writes a rules.ini as Sigma.
func TestGoTrustToSigma(t *testing.T) {
	text, err := os.ReadFile("../gotrust/testdata/rules.ini")
	if err != nil {
		t.Fatal(err)
	}
	out := run(t, "gotrust", "sigma", detect.File{Path: "rules.ini", Text: string(text)})
	set := load(t, detect.File{Path: "out.yml", Text: out.Text})
	if len(set.Rules()) != 8 || len(lost(out, false)) < 4 {
		t.Errorf("%d rules, lost %v", len(set.Rules()), out.Lost)
	}
	rec, err := record.ParseJSON([]byte(`{"Channel":"Linux-Process","CommandLine":"nc -l 1","Image":"/usr/bin/nc"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := hits(set, rec); !slices.Equal(got, []string{"nc is used (linux)"}) {
		t.Errorf("hits are %v", got)
	}
	for _, r := range set.Rules() {
		if kill := slices.Contains(r.Actions, "kill"); kill != strings.HasPrefix(r.Name, "nc ") {
			t.Errorf("%s asks for %v", r.Name, r.Actions)
		}
	}
}
