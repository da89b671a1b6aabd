package detect_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/event"
)

const good = `title: Good
id: good
level: high
tags: [attack.execution, attack.t1059.004]
logsource: {product: linux, category: process_creation}
detection:
  s: {process.name: [nc, ncat], process.command_line|contains: ' -e '}
  f: {user.name: root}
  condition: s and not f
vedette:
  actions: [kill]
`

func options(whole bool) detect.Options {
	return detect.Options{Formats: all.Formats(), Whole: whole}
}

func start(name, line string) *event.Event {
	return &event.Event{Kind: event.ProcessStart, Process: &event.Process{Name: name, Executable: "/usr/bin/" + name, CommandLine: line}}
}

func TestABadRuleIsRefusedAndTheOthersLoad(t *testing.T) {
	files := []detect.File{
		{Path: "a.yml", Text: good},
		{Path: "b.yml", Text: strings.Replace(strings.Replace(good, "id: good", "id: bad", 1), "s and not f", "s and not g", 1)},
		{Path: "c.yml", Text: good},
		{Path: "d.json", Text: "x"},
	}
	set, problems := detect.Load(options(false), files)
	if n := len(set.Rules()); n != 1 {
		t.Fatalf("%d rules loaded, want 1", n)
	}
	want := []string{
		"b.yml:9: detection.condition: there is no selection g; the selections are s, f",
		"c.yml:1: id: good is the id of the rule in a.yml; give the rule an id of its own",
	}
	var got []string
	for _, p := range problems {
		if p.Refused {
			got = append(got, p.Error())
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !slices.ContainsFunc(problems, func(p detect.Problem) bool { return p.File == "d.json" }) {
		t.Error("nothing is said of a file that is no rule")
	}
	if set, _ := detect.Load(options(true), files); set != nil {
		t.Error("a set is taken as a whole or not at all")
	}
}

func TestMatchSaysWhy(t *testing.T) {
	set, _ := detect.Load(options(true), []detect.File{{Path: "a.yml", Text: good}})
	ms := set.Match(start("NC", "nc -e /bin/sh"), nil)
	if len(ms) != 1 {
		t.Fatalf("%d matches, want 1", len(ms))
	}
	r := ms[0].Rule
	want := []detect.Field{{Name: "process.name", Value: "NC"}, {Name: "process.command_line", Value: "nc -e /bin/sh"}}
	if !slices.Equal(ms[0].Fields, want) {
		t.Errorf("fields %v, want %v", ms[0].Fields, want)
	}
	if r.Severity != 4 || r.Level != "high" || !slices.Equal(r.Techniques, []string{"T1059.004"}) || !slices.Equal(r.Tactics, []string{"execution"}) {
		t.Errorf("the rule is %+v", r)
	}
	if len(set.Match(start("nc", "nc -l"), nil)) != 0 {
		t.Error("a miss is a match")
	}
}

func TestExplainShowsWhatFailed(t *testing.T) {
	set, _ := detect.Load(options(true), []detect.File{{Path: "a.yml", Text: good}})
	r := set.Rule("good")
	e := start("nc", "nc -e /bin/sh")
	e.User = &event.User{Name: "root"}
	x := r.Explain(e)
	if x.Match || !x.Applies || x.Step.Op != "and" || len(x.Step.Steps) != 2 {
		t.Fatalf("explanation %+v", x)
	}
	not := x.Step.Steps[1]
	if not.True || !not.Steps[0].True || not.Steps[0].Value != "root" || not.Steps[0].Text != "user.name = text 'root'" {
		t.Errorf("the filter is not shown as the reason: %+v", not)
	}
	other := r.Explain(&event.Event{Kind: event.NetConnect})
	if other.Applies || !strings.Contains(other.Why, "process_start") || !strings.Contains(other.Why, "net_connect") {
		t.Errorf("a record of another kind: %+v", other)
	}
}

// count returns how many rules of the set in use match.
func count(live *detect.Live, e *event.Event) int {
	if set := live.Set(); set != nil {
		return len(set.Match(e, nil))
	}
	return 0
}

func TestLiveSwapsWhileEventsFlow(t *testing.T) {
	set, _ := detect.Load(options(true), []detect.File{{Path: "a.yml", Text: good}})
	none, _ := detect.Load(options(true), nil)
	var live detect.Live
	e := start("nc", "nc -e /bin/sh")
	if count(&live, e) != 0 {
		t.Error("a Live without a set matches")
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2000 {
				if n := count(&live, e); n > 1 {
					t.Errorf("%d matches", n)
					return
				}
			}
		})
	}
	for range 500 {
		live.Swap(set)
		live.Swap(none)
	}
	live.Swap(set)
	wg.Wait()
	if count(&live, e) != 1 {
		t.Error("the last set is not in use")
	}
}

func TestUrgent(t *testing.T) {
	rule := func(id, selection, condition string) detect.File {
		return detect.File{Path: id + ".yml", Text: "title: " + id + "\nid: " + id + "\nlevel: low\nlogsource: {product: linux, category: process_creation}\n" +
			"detection:\n" + selection + "  condition: " + condition + "\nvedette: {actions: [kill]}\n"}
	}
	set, problems := detect.Load(options(false), []detect.File{
		rule("names", "  s: {process.executable|endswith: [/XMRig, /minerd], process.command_line|contains: pool}\n", "s"),
		rule("memory", "  s: {process.memory_backed: true}\n", "s"),
		rule("hash", "  s: {sha256: ABCD}\n", "s"),
		rule("either", "  a: {process.name: nc}\n  b: {process.name: NCat}\n", "1 of *"),
		rule("users", "  s: {process.name|exists: true}\n  f: {user.id|fieldref: user.effective.id}\n", "s and not f"),
		rule("text", "  s: {process.command_line|contains: evil}\n", "s"),
		{Path: "quiet.yml", Text: strings.Replace(good, "vedette:\n  actions: [kill]\n", "", 1)},
	})
	for _, p := range problems {
		t.Error(p)
	}
	got := set.Urgent(nil)
	if !slices.Equal(got.Names, []string{"minerd", "nc", "ncat", "xmrig"}) || !slices.Equal(got.Hashes, []string{"abcd"}) ||
		!got.MemoryBacked || !got.UserChange || !slices.Equal(got.Batched, []string{"text"}) {
		t.Errorf("urgent is %+v", got)
	}
	only := set.Urgent(func(r *detect.Rule) bool { return r.ID == "hash" })
	if len(only.Names) > 0 || len(only.Hashes) != 1 || only.MemoryBacked {
		t.Errorf("urgent of one rule is %+v", only)
	}
}

func TestReadDirReadsRuleFilesBelow(t *testing.T) {
	fsys := fstest.MapFS{
		"r/a.yml": {Data: []byte("a")}, "r/sub/b.yaml": {Data: []byte("b")}, "r/README.md": {Data: []byte("c")},
		"r/.git/x.yml": {Data: []byte("d")}, "other/e.yml": {Data: []byte("e")}, "single.yml": {Data: []byte("f")},
	}
	files, err := detect.ReadDir(fsys, "r", "single.yml")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Path+"="+f.Text)
	}
	if want := []string{"r/a.yml=a", "r/sub/b.yaml=b", "single.yml=f"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := detect.ReadDir(fsys, "none"); err == nil {
		t.Error("a folder that is not there is no error")
	}
}

func TestAFileThatIsTooLargeIsRefused(t *testing.T) {
	_, problems := detect.Load(options(false), []detect.File{{Path: "a.yml", Text: strings.Repeat("#", detect.MaxFile+1)}})
	if len(problems) != 1 || !problems[0].Refused || !strings.Contains(problems[0].What, "bytes") {
		t.Errorf("problems %v", problems)
	}
}

// TestTextsOfRules: a byte order mark, which editors of Windows write, is no
// part of a rule; a text that is no UTF-8 is told and not loaded, since it would
// never match what it seems to say.
func TestTextsOfRules(t *testing.T) {
	const mark = "\ufeff"
	ini := "[Rules]\r\n1\tNO\tcurl\t*\r\n"
	gen := `{"Name":"Listed","Meta":{"Events":{"Security":[]},"Schema":"2.0.0"},"Matches":["$a: extract('(?P<x>.*)', Hash) in bad"],"Condition":"$a"}`
	files := []detect.File{
		{Path: "a.yml", Text: mark + good},
		{Path: "b.ini", Text: mark + ini},
		{Path: "c.gen", Text: mark + gen},
		{Path: "bad.cont", Text: mark + "first\nsecond\n"},
		{Path: "latin.yml", Text: strings.NewReplacer("id: good", "id: latin", "-e", "caf\xe9").Replace(good)},
		{Path: "wide.yml", Text: "\xff\xfet\x00i\x00"},
		{Path: "latin.ini", Text: strings.Replace(ini, "curl", "caf\xe9", 1)},
		{Path: "picture.json", Text: "\x89PNG"},
	}
	set, problems := detect.Load(options(false), files)
	if n := len(set.Rules()); n != 3 {
		t.Errorf("%d rules, want those of a.yml, b.ini and c.gen", n)
	}
	if ms := set.Match(&event.Event{Kind: event.LogRecord, Log: &event.Log{Channel: "Security", Code: "1", Names: []string{"Hash"}, Values: []string{"first"}}}, nil); len(ms) != 1 {
		t.Errorf("%d matches of the first text of a container", len(ms))
	}
	refused := map[string]bool{}
	for _, p := range problems {
		refused[p.File] = p.Refused
		if strings.Contains(p.File, "latin") && p.What != "the text is not UTF-8" {
			t.Error(p)
		}
	}
	for name, want := range map[string]bool{"latin.yml": true, "wide.yml": true, "latin.ini": true, "picture.json": false} {
		if got, told := refused[name]; !told || got != want {
			t.Errorf("%s: told is %v, refused is %v", name, told, got)
		}
	}
}

// Of the rules that a wanted correlation joins no findings come, unless they
// are wanted too.
func TestOnlySomeRules(t *testing.T) {
	files := []detect.File{{Path: "base.yml", Text: good}, {Path: "many.yml", Text: `title: Many
id: many
level: high
correlation:
    type: event_count
    rules: [good]
    group-by: [process.name]
    timespan: 1m
    condition: {gte: 2}
`}}
	for _, c := range []struct {
		only string
		want map[string]bool // rules, and whether their matches are findings
	}{
		{"Many", map[string]bool{"Many": true, "Good": false}},
		{"Good", map[string]bool{"Good": true}},
		{"none", map[string]bool{}},
	} {
		o := options(true)
		o.Only = func(r *detect.Rule) bool { return r.Name == c.only }
		set, problems := detect.Load(o, files)
		got := map[string]bool{}
		for _, r := range set.Rules() {
			got[r.Name] = r.Raises()
		}
		if !maps.Equal(got, c.want) || len(problems) > 0 {
			t.Errorf("only %s: %v, want %v; %v", c.only, got, c.want, problems)
		}
	}
}
