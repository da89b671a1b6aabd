package sigma

import (
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

const head = "title: t\nid: a\nlevel: low\nlogsource: {product: linux, category: process_creation}\n"

func parse(text string, records bool) ([]*detect.Rule, []detect.Problem) {
	return Parse(detect.File{Path: "r.yml", Text: text}, detect.Options{Records: records})
}

// TestMistakes checks that every mistake names the line, the field and what to do.
func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"not yaml":           {"a: [", "r.yml:1: not valid YAML"},
		"no rule":            {"", "r.yml: no rule in the file"},
		"list":               {"- a", "r.yml:1: a rule is a map, not a list"},
		"key twice":          {"title: a\ntitle: b\n", `r.yml:2: not valid YAML: mapping key "title" already defined`},
		"anchor":             {"title: &x a\n", "r.yml:1: anchors are not allowed"},
		"no title":           {"id: a\n", "title: the rule has no title"},
		"level":              {"title: a\nlevel: huge\n", `r.yml:2: level: unknown level "huge"; write one of informational, low`},
		"title is a list":    {"title: [a]\n", "r.yml:1: title: is a text, not a list"},
		"no logsource":       {"title: a\nlevel: low\n", "logsource: the rule has no logsource"},
		"empty logsource":    {"title: a\nlevel: low\nlogsource: {definition: x}\n", "logsource: the logsource is empty"},
		"no detection":       {head, "detection: the rule has no detection"},
		"no condition":       {head + "detection:\n  a: {Image: x}\n", "detection.condition: the detection has no condition"},
		"empty condition":    {head + "detection:\n  a: {Image: x}\n  condition: ''\n", "r.yml:7: detection.condition: the condition is empty"},
		"unknown selection":  {head + "detection:\n  a: {Image: x}\n  condition: b\n", "r.yml:7: detection.condition: there is no selection b; the selections are a"},
		"pattern":            {head + "detection:\n  a: {Image: x}\n  condition: 1 of b*\n", "detection.condition: no selection fits b*"},
		"parenthesis":        {head + "detection:\n  a: {Image: x}\n  condition: (a\n", "a parenthesis is not closed"},
		"two selections":     {head + "detection:\n  a: {Image: x}\n  condition: a a\n", "unexpected a; join selections with and or or"},
		"aggregation":        {head + "detection:\n  a: {Image: x}\n  condition: a | count() > 5\n", "aggregations after | are no longer part of Sigma"},
		"timeframe":          {head + "detection:\n  a: {Image: x}\n  timeframe: 5m\n  condition: a\n", "r.yml:7: detection.timeframe"},
		"unknown modifier":   {head + "detection:\n  a: {Image|startwith: x}\n  condition: a\n", `r.yml:6: detection.a.Image|startwith: unknown modifier "startwith"; the modifiers are all, base64`},
		"flag without re":    {head + "detection:\n  a: {Image|i: x}\n  condition: a\n", `unknown modifier "i"`},
		"regex":              {head + "detection:\n  a:\n    Image|re: '(?!x)'\n  condition: a\n", "r.yml:7: detection.a.Image|re: regular expression"},
		"network":            {head + "detection:\n  a: {Image|cidr: x}\n  condition: a\n", `detection.a.Image|cidr: "x" is not a network`},
		"number":             {head + "detection:\n  a: {ProcessId|gt: x}\n  condition: a\n", `detection.a.ProcessId|gt: "x" is not a number`},
		"exists":             {head + "detection:\n  a: {Image|exists: 5}\n  condition: a\n", "exists takes true or false"},
		"field":              {head + "detection:\n  a: {OriginalFileName: x}\n  condition: a\n", "r.yml:6: detection.a.OriginalFileName: our events of process_creation have no field OriginalFileName"},
		"placeholder":        {head + "detection:\n  a: {Image|expand: '%x%'}\n  condition: a\n", "the placeholder %x% has no value"},
		"encoded wildcard":   {head + "detection:\n  a: {Image|base64: 'a*'}\n  condition: a\n", "base64: an encoded value cannot have wildcards"},
		"too short":          {head + "detection:\n  a: {Image|base64offset|contains: ''}\n  condition: a\n", "nothing of \"\" stays the same when it is encoded"},
		"clash":              {head + "detection:\n  a: {ProcessId|contains|gt: 5}\n  condition: a\n", "contains, startswith and endswith go with texts and fieldref only"},
		"clash of a time":    {head + "detection:\n  a: {UtcTime|hour|contains: 5}\n  condition: a\n", "hour goes with numbers only"},
		"no time":            {head + "detection:\n  a: {ProcessId|hour: 5}\n  condition: a\n", "process.pid holds no time"},
		"keyword exists":     {head + "detection:\n  a: {'|exists': true}\n  condition: a\n", "a keyword has no field"},
		"encoded regex":      {head + "detection:\n  a: {Image|re|base64: a}\n  condition: a\n", "what changes a text does not go with the other modifiers"},
		"too many of":        {head + "detection:\n  a: {Image: x}\n  condition: 2 of them\n", "2 of them: only 1 selections fit"},
		"map value":          {head + "detection:\n  a: {Image: {b: c}}\n  condition: a\n", "the value of a field is a text, a number or a list, not a map"},
		"empty list":         {head + "detection:\n  a: {Image: []}\n  condition: a\n", "the list of values is empty"},
		"empty selection":    {head + "detection:\n  a: {}\n  condition: a\n", "detection.a: the selection is empty"},
		"nested list":        {head + "detection:\n  a: [[x]]\n  condition: a\n", "an element of a selection is a map or a keyword, not a list"},
		"unknown own key":    {head + "detection:\n  a: {Image: x}\n  condition: a\nvedette: {action: kill}\n", "vedette.action: unknown key action; the keys are actions, match, no_match"},
		"unknown action":     {head + "detection:\n  a: {Image: x}\n  condition: a\nvedette: {actions: [explode]}\n", `vedette.actions: unknown action "explode"; the actions are kill, suspend`},
		"event without kind": {head + "detection:\n  a: {Image: x}\n  condition: a\nvedette:\n  match:\n    - {process: {name: x}}\n", "r.yml:10: vedette.match: the event has no kind"},
		"event field":        {head + "detection:\n  a: {Image: x}\n  condition: a\nvedette:\n  match:\n    - {event: {action: process_start}, proces: {name: x}}\n", "r.yml:10: vedette.match: unknown field proces.name"},
	} {
		t.Run(name, func(t *testing.T) {
			rules, problems := parse(c.text, false)
			if len(rules) > 0 {
				t.Fatal("the rule is loaded")
			}
			for _, p := range problems {
				if p.Refused && strings.Contains(p.Error(), c.want) {
					return
				}
			}
			t.Errorf("got %v, want %q", problems, c.want)
		})
	}
}

func TestRemarks(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unused":      {head + "detection:\n  a: {Image: x}\n  b: {Image: y}\n  condition: a\n", "r.yml:7: detection.b: the condition does not use the selection b"},
		"unknown key": {head + "levle: high\ndetection:\n  a: {Image: x}\n  condition: a\n", "r.yml:5: levle: unknown key levle"},
		"no level":    {strings.Replace(head, "level: low\n", "", 1) + "detection:\n  a: {Image: x}\n  condition: a\n", "level: the rule has no level; medium is used"},
		"no id":       {strings.Replace(head, "id: a\n", "", 1) + "detection:\n  a: {Image: x}\n  condition: a\n", "id: the rule has no id"},
		"not ours":    {strings.Replace(head, "linux", "aws", 1) + "detection:\n  a: {Image: x}\n  condition: a\n", "logsource: no events of aws process_creation"},
	} {
		t.Run(name, func(t *testing.T) {
			rules, problems := parse(c.text, false)
			if len(rules) != 1 || len(problems) != 1 || problems[0].Refused || !strings.Contains(problems[0].Error(), c.want) {
				t.Errorf("%d rules, problems %v, want %q", len(rules), problems, c.want)
			}
		})
	}
}

// TestARuleThatOurEventsCannotServeStillReadsRecords: a field that our sensors
// lack refuses the rule on the agent and not for foreign records.
func TestARuleThatOurEventsCannotServeStillReadsRecords(t *testing.T) {
	text := head + "detection:\n  a: {OriginalFileName: x}\n  condition: a\n"
	rules, problems := parse(text, true)
	if len(rules) != 1 || len(rules[0].Variants) != 1 || len(problems) != 1 || problems[0].Refused {
		t.Fatalf("rules %v, problems %v", rules, problems)
	}
	rec, err := record.ParseJSON([]byte(`{"Channel":"Linux-Process","OriginalFileName":"X"}`))
	if err != nil || !rules[0].Matches(rec) {
		t.Errorf("the record does not match: %v", err)
	}
}

func TestPlaceholdersWithValues(t *testing.T) {
	text := head + "detection:\n  a: {Image|expand: '/opt/%tool%/%sub%'}\n  condition: a\n"
	rules, problems := Parse(detect.File{Path: "r.yml", Text: text}, detect.Options{Placeholders: map[string][]string{"tool": {"x", "y*"}, "sub": {"z"}}})
	if len(rules) != 1 {
		t.Fatal(problems)
	}
	for path, want := range map[string]bool{"/opt/x/z": true, "/opt/yy/z": true, "/opt/w/z": false} {
		if got := rules[0].Matches(&event.Event{Kind: event.ProcessStart, Process: &event.Process{Executable: path}}); got != want {
			t.Errorf("%s: got %v", path, got)
		}
	}
}

func TestOwnSection(t *testing.T) {
	text := head + "detection:\n  a: {Image: /x}\n  condition: a\nvedette:\n  actions: [kill, suspend]\n  match:\n    - {event: {action: process_start}, process: {executable: /x, pid: 5}}\n" +
		"  no_match:\n    - {Channel: Linux-Process, Image: /y}\n"
	rules, problems := parse(text, true)
	if len(rules) != 1 || len(problems) > 0 {
		t.Fatal(problems)
	}
	r := rules[0]
	if !slices.Equal(r.Actions, []string{"kill", "suspend"}) || len(r.Cases) != 2 || r.Cases[0].Line != 11 || !r.Cases[0].Match || r.Cases[1].Match {
		t.Errorf("got %+v", r)
	}
	for _, c := range r.Cases {
		if r.Matches(c.Rec) != c.Match {
			t.Errorf("line %d: got %v", c.Line, !c.Match)
		}
	}
}

func TestTexts(t *testing.T) {
	for pattern, want := range map[string]test{
		`a`:        {expr.Equal, `a`},
		``:         {expr.Equal, ``},
		`a*`:       {expr.StartsWith, `a`},
		`*a`:       {expr.EndsWith, `a`},
		`**a*`:     {expr.Contains, `a`},
		`*`:        {expr.Exists, ``},
		`a*b`:      {expr.Like, `a*b`},
		`a?`:       {expr.Like, `a?`},
		`\*a`:      {expr.Equal, `*a`},
		`C:\x\*`:   {expr.Equal, `C:\x*`},
		`C:\x\\*`:  {expr.StartsWith, `C:\x\`},
		`\\\\h\x`:  {expr.Equal, `\\h\x`},
		`a\\b`:     {expr.Equal, `a\b`},
		`*a\?b\n*`: {expr.Contains, `a?b\n`},
	} {
		if got := parseText(pattern).test(); got != want {
			t.Errorf("%s: got %v, want %v", pattern, got, want)
		}
	}
}

func TestWindash(t *testing.T) {
	out, ok := parseText("*x -a/b -c").windash()
	if !ok || len(out) != 25 {
		t.Fatalf("%d forms, want 25", len(out))
	}
	if !slices.ContainsFunc(out, func(t text) bool { return t.glob() == "*x ―a/b /c" }) {
		t2 := []string{}
		for _, o := range out {
			t2 = append(t2, o.glob())
		}
		t.Errorf("forms %q", t2)
	}
	if _, ok := parseText(strings.Repeat(" -a", 8)).windash(); ok {
		t.Error("5^8 forms are made")
	}
}

func TestBase64OffsetsStandInEveryEncoding(t *testing.T) {
	got := base64Offsets([]byte("foobar"))
	want := []string{"Zm9vYmFy", "Zvb2Jhc", "mb29iYX"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
