package sigma

import (
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/event"
)

// FuzzParse checks that every text is read or refused with a reason, and that
// what is read can be matched.
func FuzzParse(f *testing.F) {
	for _, s := range ruleTexts() {
		f.Add(s)
	}
	e := &event.Event{Kind: event.ProcessStart, Process: &event.Process{Name: "bash", CommandLine: "bash -c id"}}
	f.Fuzz(func(t *testing.T, text string) {
		o := detect.Options{Records: true, Formats: []detect.Format{Format()}}
		file := detect.File{Path: "fuzz.yml", Text: text}
		rules, problems := Parse(file, o)
		if set, _ := detect.Load(o, []detect.File{file}); set != nil {
			ms := set.Match(e, nil)
			set.Correlator(correlate.Options{}).Match(e, 1, correlate.Ref{}, ms, nil)
			for _, r := range set.Rules() {
				set.Test(r)
			}
		}
		if len(rules) == 0 && len(problems) == 0 {
			t.Fatal("neither a rule nor a reason")
		}
		for _, p := range problems {
			if p.What == "" || p.Line < 0 || p.Line > lines(text) {
				t.Fatalf("problem without reason or place: %+v", p)
			}
		}
		for _, r := range rules {
			if r.ID == "" || r.Name == "" || r.Severity < 1 || r.Severity > 5 {
				t.Fatalf("rule without id, name or severity: %+v", r)
			}
			r.Matches(e)
			r.Explain(e)
		}
	})
}

// lines counts as an editor does: LF, CR LF and a CR alone end a line, and
// the last one needs no end.
func lines(text string) int {
	n := 1
	for i := range len(text) {
		if text[i] == '\n' || text[i] == '\r' && (i+1 == len(text) || text[i+1] != '\n') {
			n++
		}
	}
	return n
}

// TestLineOfAMistake checks that a mistake is on the line that an editor
// shows, whatever ends the lines.
func TestLineOfAMistake(t *testing.T) {
	rule := []string{"title: t", "id: a", "level: low", "description: \"two", "", "  lines\"", "logsource: {product: linux}", "detection:", "  a: {Image: x}", "  condition: a and nothing"}
	for _, end := range []string{"\n", "\r\n", "\r"} {
		_, problems := Parse(detect.File{Path: "a.yml", Text: strings.Join(rule, end)}, detect.Options{})
		if len(problems) != 1 || problems[0].Line != len(rule) {
			t.Errorf("lines that end with %q: %v", end, problems)
		}
	}
	// Texts keep what YAML 1.2 takes for no line break.
	if docs, m := parseYAML("a: x\u0085y\u2028z\nb: 1"); m != nil || docs[0].pairs[0].val.text != "x\u0085y\u2028z" || docs[0].pairs[1].line != 2 {
		t.Errorf("%+v %v", docs, m)
	}
}

func ruleTexts() []string {
	head := "title: t\nid: a\nlevel: low\nlogsource: {product: linux, category: process_creation}\n"
	return []string{
		head + "detection:\n  a:\n    CommandLine|contains|all: [x, 'y*z']\n    Image|endswith: /bash\n  f:\n    - User: null\n    - ''\n  condition: a and not 1 of f*\n",
		head + "detection:\n  k: [foo, 'b?r']\n  condition: all of them\nvedette: {actions: [kill], match: [{event: {action: process_start}}]}\n",
		head + "detection:\n  a: {CommandLine|re|i: '^a+$', ProcessId|gte: 5, CommandLine|windash|contains: ' -x'}\n  condition: (a or not a)\n",
		head + "detection:\n  a: {CommandLine|base64offset|contains: 'http', Image|fieldref: ParentImage, ParentImage|exists: false}\n  condition: a\n",
		"title: t\nlogsource: {product: linux, service: auditd}\ndetection:\n  a: {type: EXECVE, a0|cidr: 10.0.0.0/8}\n  condition: a\n---\ntitle: u\n",
		baseRule + "title: c\nid: c\ncorrelation: {type: value_count, rules: [base], group-by: [User], timespan: 5m, condition: {field: Image, gte: 2}}\nvedette: {match: [[{event: {action: process_start}}]]}\n",
		baseRule + "title: c\nid: c\ncorrelation: {type: temporal_ordered, rules: [base], timespan: 5m, aliases: {a: {base: Image}}, group-by: [a]}\ngenerate: true\n",
		baseRule + "title: f\nlogsource: {product: linux}\nfilter: {rules: any, s: {User: x}, condition: not s}\n---\naction: global\nlevel: low\n---\naction: repeat\ntitle: z\n",
		"{[}", "a: &x [*x]", "- 1", "",
	}
}
