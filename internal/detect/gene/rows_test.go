package gene_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/gene"
	"github.com/vedette-edr/vedette/internal/record"
)

const sysmon = "Microsoft-Windows-Sysmon/Operational"

func rule(name, match string) string {
	return fmt.Sprintf(`{"Name":%q,"Meta":{"Events":{%q:[]},"Schema":"2.0.0"},"Matches":[%q],"Condition":"$a"}`, name, sysmon, "$a: "+match)
}

func parse(t *testing.T, line string) *record.Record {
	t.Helper()
	r, err := record.ParseJSON([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestGE3_Templates checks that a template means the same in all rules of a
// folder, wherever its file is, and that a missing one is a mistake.
func TestGE3_Templates(t *testing.T) {
	fsys := fstest.MapFS{
		"rules/b/one.gen":      {Data: []byte(rule("One", "Image ~= '{{shell.v1}}'"))},
		"rules/two.gene":       {Data: []byte(rule("Two", "ParentImage ~= '^x{{shell.v1}}$'"))},
		"rules/a/texts.toml":   {Data: []byte("'shell.v1' = '\\\\cmd\\.exe'\n")},
		"rules/three.gen":      {Data: []byte(rule("Three", "Image ~= '{{missing}}'"))},
		"rules/.git/four.gen":  {Data: []byte("no rule")},
		"rules/notes/read.txt": {Data: []byte("a container that no rule asks for")},
	}
	files, err := detect.ReadDir(fsys, "rules")
	if err != nil {
		t.Fatal(err)
	}
	set, problems := load(files...)
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), "rules/three.gen:1: Matches.$a: there is no template missing") {
		t.Errorf("problems are %v", problems)
	}
	rec := parse(t, `{"Channel":"`+sysmon+`","EventID":"1","Image":"C:\\cmd.exe","ParentImage":"x\\cmd.exe"}`)
	var got []string
	for _, m := range set.Match(rec, nil) {
		got = append(got, m.Rule.ID)
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"One", "Two"}) {
		t.Errorf("matches are %v", got)
	}
}

// TestTemplateMistakes checks what is said about files of templates.
func TestTemplateMistakes(t *testing.T) {
	r := detect.File{Path: "r.gen", Text: rule("R", "Image ~= '{{a}}'")}
	for text, want := range map[string]string{
		"a = 'x'\nb =": "t.toml:2: not valid TOML",
		"a = 5":        "t.toml: a: the template a is no text",
		"[a]\nb = 'x'": "the template a is no text",
		"a = 'y{{a}}'": "the templates make a text without end",
		"b = 'x'":      "there is no template a",
		"a = 'x('":     "missing closing )",
	} {
		_, problems := load(r, detect.File{Path: "t.toml", Text: text})
		if !slices.ContainsFunc(problems, func(p detect.Problem) bool { return p.Refused && strings.Contains(p.Error(), want) }) {
			t.Errorf("%q: %v, want %s", text, problems, want)
		}
	}
	many := detect.File{Path: "m.gen", Text: rule("M", "Image ~= '"+strings.Repeat("{{a}}", 1000)+"'")}
	_, problems := load(many, detect.File{Path: "t.toml", Text: "a = '" + strings.Repeat("x", 1_000_000) + "'"})
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), "with its templates the match has more than") {
		t.Errorf("a large match: %d problems", len(problems))
	}
	_, problems = load(r, detect.File{Path: "t.toml", Text: "a = 'x'"}, detect.File{Path: "u.toml", Text: "a = 'y'"})
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), "u.toml: a: there is another template a") {
		t.Errorf("two of one name: %v", problems)
	}
}

// TestGE4_Containers checks that case does not count, that values come from all
// files of a name, packed or not, and that a missing container is told for each
// rule.
func TestGE4_Containers(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("Packed.Example\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	extract := "extract('(?P<d>[\\w.]+)$', QueryName) in "
	fsys := fstest.MapFS{
		"r.gen":          {Data: []byte(rule("Known", extract+"bad-1") + rule("None", extract+"none") + rule("NoneToo", extract+"none"))},
		"bad-1.txt":      {Data: []byte("EVIL.example\r\n\r\n  \n")},
		"x/bad-1.cont":   {Data: []byte("other.example")},
		"bad-1.cont.gz":  {Data: packed.Bytes()},
		"broken.cont.gz": {Data: []byte("\x1f\x8b broken")},
		"empty.cont":     {Data: nil},
	}
	files, err := detect.ReadDir(fsys, ".")
	if err != nil {
		t.Fatal(err)
	}
	set, problems := load(files...)
	var refused []string
	for _, p := range problems {
		refused = append(refused, p.Rule+p.File[:1])
	}
	slices.Sort(refused)
	if !slices.Equal(refused, []string{"NoneToor", "Noner", "b"}) {
		t.Errorf("problems are %v", problems)
	}
	for name, want := range map[string]bool{"evil.EXAMPLE": true, "Other.example": true, "packed.example": true, "good.example": false, "": false} {
		rec := parse(t, `{"Channel":"`+sysmon+`","EventID":"22","QueryName":"`+name+`"}`)
		if got := len(set.Match(rec, nil)) == 1; got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

// TestGE4_AFileAloneBringsItsContainers checks that a rule file that is named
// itself finds what lies beside it.
func TestGE4_AFileAloneBringsItsContainers(t *testing.T) {
	fsys := fstest.MapFS{
		"d/r.gen":    {Data: []byte(rule("R", "extract('(?P<d>.+)', QueryName) in bad"))},
		"d/bad.txt":  {Data: []byte("x\n")},
		"d/c/no.txt": {Data: []byte("x\n")},
		"d/s.gen":    {Data: []byte(rule("S", "Image = 'x'"))},
	}
	files, err := detect.ReadDir(fsys, "d/r.gen")
	if err != nil {
		t.Fatal(err)
	}
	set, problems := load(files...)
	if len(files) != 2 || len(problems) != 0 || len(set.Rules()) != 1 {
		t.Errorf("%d files, %v", len(files), problems)
	}
}

// TestGE5_DefaultActions checks the actions of each band of criticality, and
// that the sum of several rules counts.
func TestGE5_DefaultActions(t *testing.T) {
	bands := map[string][]string{
		"medium": {"brief", "filedump"}, "high": {"report", "filedump"}, "critical": {"report", "filedump", "memdump"},
	}
	of := func(criticality int64) detect.Match {
		level, severity := detect.LevelOf(criticality)
		return detect.Match{Rule: &detect.Rule{Name: fmt.Sprint("r", criticality), Criticality: criticality, Level: level, Severity: severity}}
	}
	for criticality, want := range map[int64][]string{
		0: nil, 1: nil, 4: nil, 5: bands["medium"], 7: bands["medium"], 8: bands["high"], 9: bands["high"], 10: bands["critical"],
	} {
		d := detect.Sum([]detect.Match{of(criticality)}, bands)
		if !slices.Equal(d.Actions, want) || d.Criticality != criticality {
			t.Errorf("criticality %d: %+v, want %v", criticality, d, want)
		}
	}
	if d := detect.Sum([]detect.Match{of(4), of(4)}, bands); d.Criticality != 8 || d.Level != "high" || !slices.Equal(d.Actions, bands["high"]) {
		t.Errorf("4 and 4: %+v", d)
	}
	if d := detect.Sum(nil, map[string][]string{"informational": {"kill"}}); len(d.Actions) != 0 {
		t.Errorf("nothing: %+v", d)
	}
}

// TestGE1_Sum checks that criticalities add up to at most 10, that techniques
// and actions stand once, and that filter rules only set a flag.
func TestGE1_Sum(t *testing.T) {
	a := &detect.Rule{Name: "A", Criticality: 8, Techniques: []string{"T1033", "T1003"}, Actions: []string{"kill"}}
	b := &detect.Rule{Name: "B", Criticality: 8, Techniques: []string{"T1003"}, Actions: []string{"kill", "report"}}
	f := &detect.Rule{Name: "F", Criticality: 9, Filter: true, Actions: []string{"suspend"}}
	d := detect.Sum([]detect.Match{{Rule: a}, {Rule: f}, {Rule: b}}, nil)
	if d.Criticality != 10 || d.Level != "critical" || !d.Filtered || !slices.Equal(d.Signature, []string{"A", "B"}) ||
		!slices.Equal(d.Techniques, []string{"T1033", "T1003"}) || !slices.Equal(d.Actions, []string{"kill", "report"}) {
		t.Errorf("%+v", d)
	}
	if d := detect.Sum([]detect.Match{{Rule: f}}, nil); len(d.Signature) != 0 || d.Criticality != 0 || !d.Filtered || len(d.Actions) != 0 {
		t.Errorf("a filter rule alone: %+v", d)
	}
}

// TestCases runs events that a rule carries.
func TestCases(t *testing.T) {
	text := strings.TrimSuffix(rule("R", "Image ~= 'cmd'"), "}") + `,"vedette":{"match":[{"Channel":"` + sysmon + `","Image":"cmd"}],"no_match":[{"Channel":"` + sysmon + `","Image":"sh"}]}}`
	set, problems := load(detect.File{Path: "r.gen", Text: text})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if wrong := set.Test(set.Rule("R")); len(wrong) != 0 || len(set.Rule("R").Cases) != 2 {
		t.Errorf("%v", wrong)
	}
	_, problems = load(detect.File{Path: "r.gen", Text: strings.Replace(text, `"match"`, `"mtach"`, 1)})
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), "unknown key mtach; the keys are match and no_match") {
		t.Errorf("%v", problems)
	}
}

// FuzzParse checks that any text gives rules or problems, and rules that can be
// evaluated.
func FuzzParse(f *testing.F) {
	f.Add(rule("R", "Image ~= '(?i:{{a}})'") + "\n" + rule("S", "extract('(?P<x>.)', Image) in c"))
	f.Add(`{"Name":"x","Meta":{"EventIDs":[1],"Channels":["a"]},"Matches":["$a: b &= '0x1'","$c: d = @e"],"Condition":"!($a or $c) and $a"}`)
	f.Add("name: x\nmatch-on:\n  log-type: kunai\nmatches:\n  $a: .data.exe = 'x'\ncondition: $a\n")
	f.Add("{\"Name\":\"x\"\n{\"Name\":")
	rec, err := record.ParseJSON([]byte(`{"Channel":"a","EventID":"1","Image":"x","b":"3"}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, path := range []string{"r.gen", "r.yaml"} {
			file := detect.File{Path: path, Text: text}
			docs, _ := gene.Read(file)
			rules, problems := gene.Parse(file, detect.Options{Templates: map[string]string{"a": "x"}})
			if len(rules) == 0 && len(problems) == 0 {
				t.Fatal("neither a rule nor a problem")
			}
			for _, d := range docs {
				if d.Name == "" || d.Schema == 0 {
					t.Fatalf("half a document: %+v", d)
				}
			}
			for _, r := range rules {
				if r.ID == "" || r.Level == "" || r.Severity == 0 {
					t.Fatalf("half a rule: %+v", r)
				}
				r.Matches(rec)
			}
		}
	})
}

// TestKunai checks rules for records of Kunai on Linux, as the newest engine and
// schema 3 write them.
func TestKunai(t *testing.T) {
	rec := parse(t, `{"data":{"ancestors":"a|b","command_line":"cat /etc/shadow","exe":{"path":"/bin/cat"}},"info":{"host":{"hostname":"srv"},"event":{"source":"kunai","id":1,"name":"execve"},"utc_time":"2026-01-02T03:04:05Z"}}`)
	head := detect.File{Path: "a.gen", Text: `{"Name":"Head","Meta":{"LogType":"kunai","Events":{"kunai":[1]},"Computers":["srv"],"Severity":5,"Schema":"2.0.0"},"Matches":["$a: exe/path = '/bin/cat'","$b: /data/command_line ~= 'shadow'","$c: /info/event/id = '1'"],"Condition":"$a and $b and $c"}
{"Name":"OtherId","Meta":{"Events":{"kunai":[2]},"Schema":"2.0.0"},"Matches":["$b: command_line ~= 'shadow'"],"Condition":"$b"}
{"Name":"OnWindows","Meta":{"LogType":"kunai","OSs":["windows"],"Schema":"2.0.0"},"Matches":["$b: command_line ~= 'shadow'"],"Condition":"$b"}`}
	three := detect.File{Path: "b.yaml", Text: "name: Three\nmatch-on:\n  log-type: kunai\n  oss: [linux]\nmatches:\n  $a: .data.exe.path = '/bin/cat'\n  $b: ancestors ~= 'b$'\ncondition: $a and $b\n"}
	set, problems := load(head, three)
	if len(problems) != 1 || !strings.Contains(problems[0].What, "not made on windows") {
		t.Errorf("%v", problems)
	}
	var got []string
	for _, m := range set.Match(rec, nil) {
		got = append(got, m.Rule.ID)
	}
	if !slices.Equal(got, []string{"Head", "Three"}) || rec.Time == 0 {
		t.Errorf("matches are %v at %d", got, rec.Time)
	}
}
