package gotrust_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/gotrust"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

func options(whole bool) detect.Options {
	return detect.Options{Formats: []detect.Format{gotrust.Format()}, Records: true, Whole: whole}
}

func load(t *testing.T, text string) *detect.Set {
	t.Helper()
	set, problems := detect.Load(options(false), []detect.File{{Path: "rules.ini", Text: text}})
	for _, p := range problems {
		if p.Refused {
			t.Error(p)
		}
	}
	return set
}

func sample(t testing.TB) string {
	text, err := os.ReadFile("testdata/rules.ini")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func start(host, name, line string) *event.Event {
	return &event.Event{Kind: event.ProcessStart, HostName: host, Process: &event.Process{Name: name, Executable: "/usr/bin/" + name, CommandLine: line}}
}

func opened(kind event.Kind, path, line string) *event.Event {
	name := path[strings.LastIndexByte(path, '/')+1:]
	return &event.Event{Kind: kind, Process: &event.Process{Name: "x", PID: 7, CommandLine: line}, File: &event.File{Path: path, Name: name}}
}

func titles(ms []detect.Match) string {
	var out []string
	for _, m := range ms {
		out = append(out, m.Rule.Name)
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// TestGT5_ObjectsByNameAndPath checks that an object is a program or a file by
// its name anywhere, or by its path, also when it did not exist before, and on
// both systems.
func TestGT5_ObjectsByNameAndPath(t *testing.T) {
	set := load(t, "[Rules]\n1\tNO\tcurl\t*\n1\tNO\t/opt/new tool\t*\n[Triggers]\n0x1\n")
	windows, err := record.ParseJSON([]byte(`{"Channel":"Security","EventID":"4688","NewProcessName":"C:\\Windows\\System32\\curl.exe","CommandLine":"C:\\Windows\\System32\\curl.exe x"}`))
	if err != nil {
		t.Fatal(err)
	}
	byPath := start("", "tool", "t")
	byPath.Process.Executable = "/opt/new tool"
	script := start("", "bash", "bash x")
	script.Process.Script = "/opt/new tool"
	for _, c := range []struct {
		rec  expr.Record
		want string
	}{
		{start("", "curl", "renamed-argv"), "curl is used"},
		{start("", "sh", "sh -c 'curl x'"), "curl is used"},
		{start("", "wget", "wget x"), ""},
		{byPath, "/opt/new tool is used"},
		{script, "/opt/new tool is used"},
		{opened(event.FileOpen, "/home/u/curl", "x"), "curl is used"},
		{opened(event.FileOpen, "/opt/new tool", "x"), "/opt/new tool is used"},
		{opened(event.FileOpen, "/opt/other", "x"), ""},
		{windows, "curl is used"},
	} {
		if got := titles(set.Match(c.rec, nil)); got != c.want {
			t.Errorf("%+v: %q, want %q", c.rec, got, c.want)
		}
	}
}

// TestGT6_Triggers checks that bits of triggers choose the events, read as hex
// and bit by bit, and that the process is the one that touched the file.
func TestGT6_Triggers(t *testing.T) {
	for _, c := range []struct {
		trigger string
		kind    event.Kind
		want    bool
	}{
		{"0x1", event.FileOpen, true}, {"0x1", event.FileWrite, false}, {"0x2", event.FileWrite, true}, {"2", event.FileWrite, true},
		{"0x2", event.FileOpen, false}, {"0x4", event.FileChmod, true}, {"0x100", event.FileCreate, true}, {"0x40000001", event.FileOpen, true},
		{"0x40000001", event.FileCreate, false}, {"0x200", event.FileDelete, true}, {"0xC0", event.FileRename, true}, {"0x303", event.FileDelete, true},
	} {
		set := load(t, "[Rules]\n1\tNO\t/etc/shadow\tcat\n[Triggers]\n"+c.trigger+"\n")
		e := opened(c.kind, "/etc/shadow", "cat /etc/shadow")
		ms := set.Match(e, nil)
		if (len(ms) == 1) != c.want {
			t.Errorf("trigger %s, %s: %d matches", c.trigger, c.kind, len(ms))
		}
		if len(ms) == 1 && e.Process.PID != 7 {
			t.Error("the process is another one")
		}
	}
	set := load(t, "[Rules]\n1\tNO\t/etc/shadow\tcat\n[Triggers]\n0x1\n")
	if ms := set.Match(opened(event.FileOpen, "/etc/shadow", "innocent"), nil); len(ms) != 0 {
		t.Error("a process without the word matches")
	}
}

// taken returns how many points the matches on one event take from the trust of
// its host: those of the first rule of the file, as in goTrust.
func taken(ms []detect.Match) int64 {
	var first *detect.Rule
	for _, m := range ms {
		if m.Rule.Format == "gotrust" && (first == nil || m.Rule.Path == first.Path && m.Rule.Line < first.Line) {
			first = m.Rule
		}
	}
	if first == nil {
		return 0
	}
	return first.Score
}

// TestGT7_WordsAndScores checks words, the first rule of several, and that
// points are taken from the host that did it and from no other.
func TestGT7_WordsAndScores(t *testing.T) {
	set := load(t, sample(t))
	trust := map[string]int64{"a": 120, "b": 120}
	take := func(e *event.Event) {
		trust[e.HostName] = max(trust[e.HostName]-taken(set.Match(e, nil)), 0)
	}
	for _, c := range []struct {
		e    *event.Event
		a, b int64
	}{
		{start("b", "curl", "curl http://evil.example"), 120, 70}, // the first rule of the file, not the last
		{start("a", "curl", "curl http://10.0.0.9"), 70, 70},
		{start("a", "curl", "curl http://good.example"), 65, 70},
		{start("a", "CURL", "CURL http://evil.example"), 65, 70}, // case counts
		{start("b", "wget", "wget http://evil.example"), 65, 70},
		{start("a", "nc", "nc -l 1"), 0, 70}, // not below zero
	} {
		if take(c.e); trust["a"] != c.a || trust["b"] != c.b {
			t.Errorf("after %s on %s: a has %d, b has %d; want %d and %d", c.e.Process.CommandLine, c.e.HostName, trust["a"], trust["b"], c.a, c.b)
		}
	}
	if n := taken(nil); n != 0 {
		t.Errorf("no match takes %d points", n)
	}
}

// TestGT8_Kill checks that only rules with KILL ask for it.
func TestGT8_Kill(t *testing.T) {
	set := load(t, sample(t))
	for _, r := range set.Rules() {
		if kill := slices.Contains(r.Actions, "kill"); kill != (r.Name == "nc is used") {
			t.Errorf("%s: kill is %v", r.Name, kill)
		}
	}
	ms := set.Match(start("", "nc", "nc -l 1"), nil)
	if len(ms) != 1 || ms[0].Rule.Level != "high" {
		t.Errorf("matches are %+v", ms)
	}
}

// TestReload replaces rules while they are in use; a file with a mistake leaves
// the rules before in force.
func TestReload(t *testing.T) {
	var live detect.Live
	set, _ := detect.Load(options(true), []detect.File{{Path: "rules.ini", Text: sample(t)}})
	live.Swap(set)
	e := start("", "ncat", "ncat -l 1")
	before := len(live.Set().Match(e, nil))
	bad := strings.Replace(sample(t), "KILL\tnc", "MAYBE\tnc", 1)
	set, problems := detect.Load(options(true), []detect.File{{Path: "rules.ini", Text: bad}})
	if set != nil || !slices.ContainsFunc(problems, func(p detect.Problem) bool { return p.Refused && p.Line == 8 }) {
		t.Errorf("a mistake in line 8 gives %v", problems)
	}
	set, _ = detect.Load(options(true), []detect.File{{Path: "rules.ini", Text: sample(t) + "[Rules]\n7\tNO\tncat\t-l\n"}})
	live.Swap(set)
	if after := len(live.Set().Match(e, nil)); after != before+1 {
		t.Errorf("%d matches before, %d after", before, after)
	}
}

func TestSample(t *testing.T) {
	set := load(t, sample(t))
	if len(set.Rules()) != 4 {
		t.Fatalf("%d rules", len(set.Rules()))
	}
	cases := 0
	for _, r := range set.Rules() {
		cases += len(r.Cases)
		for _, wrong := range set.Test(r) {
			t.Error(wrong)
		}
	}
	c, problems := gotrust.Read(detect.File{Path: "rules.ini", Text: sample(t)})
	if cases != 3 || len(c.Trusts) != 2 || c.Trusts[0].Points != 500 || len(c.Data) != 1 || c.Decrement.Seconds != 60 || len(c.Hooks) != 1 || len(c.Allow) != 1 || c.LogDir == "" {
		t.Errorf("read %+v with %d events", c, cases)
	}
	if len(problems) != 6 { // the sections that are no rules
		t.Errorf("remarks are %v", problems)
	}
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"1\tNO\tcurl\t*":                                   "rules.ini:1: a line before the first section",
		"[Rules]\n1\tNO\tcurl":                             "rules.ini:2: Rules: 3 fields, or an empty one; write score, KILL or NO, object, word, ..., with one tab",
		"[Rules]\n1 NO curl *":                             "1 fields, or an empty one",
		"[Rules]\n1\tNO\tcurl\t\tx":                        "or an empty one",
		"[Rules]\nx\tNO\tcurl\t*":                          "\"x\" is no number",
		"[Rules]\n-1\tNO\tcurl\t*":                         "\"-1\" is no number",
		"[Rules]\n1\tkill\tcurl\t*":                        "\"kill\" is no action; write KILL or NO",
		"[Rules]\n1\tNO\ta\t*\n2\tNO\ta\t*":                "rules.ini:3: Rules: the rule in line 2 has the same object and words",
		"[Rules]\n[Triggers]\nread":                        "\"read\" is no trigger",
		"[Rules]\n[Trusts]\n(\t1":                          "missing closing )",
		"[Rules]\n[TimeDecrement]\n1":                      "write seconds, points",
		"[Rules]\n[Rule]":                                  "there is no section [Rule]; the sections are",
		"[Rules]\n[vedette]\nmatch\t1\t{}":                 "the line is no test of a rule",
		"[Rules]\n1\tNO\ta\t" + strings.Repeat("x", 20000): "line of 20007 bytes",
	} {
		_, problems := detect.Load(options(false), []detect.File{{Path: "rules.ini", Text: text + "\n[Rules]\n"}})
		if !slices.ContainsFunc(problems, func(p detect.Problem) bool { return p.Refused && strings.Contains(p.Error(), want) }) {
			t.Errorf("%.60q\n got %v\nwant %s", text, problems, want)
		}
	}
}

// FuzzParse checks that any text is read, and that rules can be evaluated.
func FuzzParse(f *testing.F) {
	f.Add(sample(f))
	f.Add("[Rules]\n1\tNO\tcurl\t*\n[vedette]\nmatch\t1\t{\"event\":{\"action\":\"file_open\"}}")
	f.Add("[Triggers]\n0xffffffff\n[Rules]\n9\tKILL\t\\x\\y\ta\tb")
	e := start("", "curl", "curl x")
	f.Fuzz(func(t *testing.T, text string) {
		rules, _ := gotrust.Parse(detect.File{Path: "rules.ini", Text: text}, detect.Options{Records: true})
		for _, r := range rules {
			if r.ID == "" || r.Name == "" || len(r.Variants) == 0 {
				t.Fatalf("half a rule: %+v", r)
			}
			r.Matches(e)
		}
	})
}
