package sigma

import (
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
)

// load parses and links one file, as detect.Load does.
func load(text string, records bool) (*detect.Set, []detect.Problem) {
	return detect.Load(detect.Options{Formats: []detect.Format{Format()}, Records: records}, []detect.File{{Path: "r.yml", Text: text}})
}

const baseRule = "title: base\nid: base-id\nname: base\nlevel: low\nlogsource: {product: linux, category: process_creation}\ndetection:\n  s: {Image: /x}\n  condition: s\n---\n"

// TestMistakesInCorrelationsAndFilters checks that each is refused with its
// line, its field and what to do, and that nothing is loaded by half.
func TestMistakesInCorrelationsAndFilters(t *testing.T) {
	correlation := func(keys string) string {
		return baseRule + "title: c\nid: c\nlevel: low\ncorrelation: {" + keys + "}\n"
	}
	filter := func(keys string) string {
		return baseRule + "title: f\nid: f\nlogsource: {product: linux}\nfilter: {" + keys + "}\n"
	}
	const whole = "type: event_count, rules: [base], group-by: [User], timespan: 5m, condition: {gte: 2}"
	for name, c := range map[string]struct{ text, want string }{
		"type":               {correlation("type: event_sum, rules: [base]"), "r.yml:13: correlation.type: unknown type"},
		"no type":            {correlation("rules: [base], timespan: 5m"), "the correlation has no type"},
		"no rules":           {correlation("type: temporal, timespan: 5m"), "the correlation has no rules"},
		"no timespan":        {correlation("type: temporal, rules: [base]"), "the correlation has no timespan"},
		"no condition":       {correlation("type: event_count, rules: [base], timespan: 5m"), "event_count needs a condition"},
		"timespan":           {correlation("type: temporal, rules: [base], timespan: 5 minutes"), `correlation.timespan: "5 minutes" is not a time span; write a number and s, m, h, d or w`},
		"timespan of months": {correlation("type: temporal, rules: [base], timespan: 5M"), "is not a time span"},
		"timespan too long":  {correlation("type: temporal, rules: [base], timespan: 400d"), "is not a time span"},
		"unknown key":        {correlation(whole + ", foo: 1"), "correlation.foo: unknown key foo"},
		"comparison":         {correlation(strings.Replace(whole, "gte: 2", "ge: 2", 1)), "correlation.condition.ge: unknown comparison ge; the comparisons are lt, lte"},
		"number":             {correlation(strings.Replace(whole, "gte: 2", "gte: many", 1)), "correlation.condition.gte: \"many\" is not a number"},
		"count too big":      {correlation(strings.Replace(whole, "gte: 2", "gte: 5000000", 1)), "more than 1000000"},
		"field of a count":   {correlation(strings.Replace(whole, "gte: 2", "gte: 2, field: User", 1)), "event_count counts no values"},
		"no field":           {correlation(strings.Replace(whole, "event_count", "value_count", 1)), "value_count needs the field whose values count"},
		"percentile":         {correlation(strings.Replace(whole, "gte: 2", "gte: 2, percentile: 101", 1)), "is not a percentile"},
		"percentile of sum":  {correlation("type: value_sum, rules: [base], group-by: [User], timespan: 5m, condition: {gte: 2, percentile: 5, field: ProcessId}"), "only value_percentile has a percentile"},
		"rule twice":         {correlation("type: temporal, rules: [base, base], timespan: 5m"), "a rule is named twice"},
		"unknown rule":       {correlation("type: temporal, rules: [base, other], timespan: 5m"), "correlation.rules: there is no rule other; write the id or the name"},
		"itself":             {correlation("type: temporal, rules: [base, c], timespan: 5m"), "correlations stand on each other in a circle"},
		"generate":           {correlation(whole + ", generate: yes please"), "correlation.generate: is true or false"},
		"alias":              {correlation("type: temporal, rules: [base], group-by: [who], timespan: 5m, aliases: {who: User}"), "correlation.aliases.who: is a map"},
		"alias of no rule":   {correlation("type: temporal, rules: [base], group-by: [who], timespan: 5m, aliases: {who: {other: User}}"), "the alias who has no field of the rule base"},
		"group field":        {correlation("type: temporal, rules: [base], group-by: [Nothing], timespan: 5m"), "rule base: our events of process_creation have no field Nothing"},
		"expression":         {correlation("type: temporal, rules: [base], timespan: 5m, condition: base and not other"), "correlation.condition: is a map, not a text; write gte: 10"},
		"filter rules":       {filter("selection: {User: x}, condition: selection"), "filter.rules: the filter names no rules; name rules, or write any"},
		"filter condition":   {filter("rules: [base], selection: {User: x}"), "filter.condition: the detection has no condition"},
		"filter selection":   {filter("rules: [base], selection: {User: x}, condition: other"), "filter.condition: there is no selection other"},
		"filter for nobody":  {filter("rules: [other], selection: {User: x}, condition: selection"), "there is no rule that the filter could be for"},
		"filter field":       {filter("rules: [base], selection: {Nothing: x}, condition: selection"), "our events of process_creation have no field Nothing"},
		"filter modifier":    {filter("rules: [base], selection: {User|startwith: x}, condition: selection"), "unknown modifier"},
		"filter source":      {baseRule + "title: f\nfilter: {rules: any, s: {User: x}, condition: s}\n", "logsource: the rule has no logsource"},
		"action":             {baseRule + "action: replace\ntitle: x\n", "action: unknown action \"replace\"; the actions are global, reset and repeat"},
		"taxonomy":           {strings.Replace(baseRule, "level: low", "level: low\ntaxonomy: splunk", 1), "the field names of the taxonomy \"splunk\" are not known"},
		"related":            {strings.Replace(baseRule, "level: low", "level: low\nrelated: [x]", 1), "related: is a list of ids with types"},
	} {
		t.Run(name, func(t *testing.T) {
			set, problems := load(c.text, false)
			for _, r := range set.Rules() {
				if r.Name != "base" {
					t.Errorf("%s is loaded", r.Name)
				}
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

// TestARefusedRuleTakesItsCorrelationsWithIt: what stands on a rule that is
// refused is refused too, through all of a chain.
func TestARefusedRuleTakesItsCorrelationsWithIt(t *testing.T) {
	text := strings.Replace(baseRule, "Image: /x", "Image|re: '('", 1) +
		"title: c\nid: c\nlevel: low\ncorrelation: {type: temporal, rules: [base], timespan: 5m}\n---\n" +
		"title: d\nid: d\nlevel: low\ncorrelation: {type: temporal, rules: [c], timespan: 5m}\n---\n" +
		strings.NewReplacer("base", "good").Replace(baseRule)
	set, problems := load(text, true)
	refused := map[string]string{}
	for _, p := range problems {
		if p.Refused {
			refused[p.Title] = p.What
		}
	}
	if len(set.Rules()) != 1 || len(refused) != 3 || refused["c"] != "there is no rule base" || !strings.Contains(refused["d"], "the rule c is refused") {
		t.Errorf("%d loaded, refused %q", len(set.Rules()), refused)
	}
}

// TestRulesOfOtherFilesAreNotSilenced: a correlation silences the rules of its
// own file, unless it generates them, and never those of others.
func TestRulesOfOtherFilesAreNotSilenced(t *testing.T) {
	c := "title: c\nid: c\nlevel: low\ncorrelation: {type: event_count, rules: [base], group-by: [User], timespan: 5m, condition: {gte: 2}}\n"
	for name, files := range map[string][]detect.File{
		"same file":  {{Path: "a.yml", Text: baseRule + c}},
		"generate":   {{Path: "a.yml", Text: baseRule + c + "generate: true\n"}},
		"other file": {{Path: "a.yml", Text: baseRule}, {Path: "b.yml", Text: c}},
		"before it":  {{Path: "b.yml", Text: c}, {Path: "c.yml", Text: baseRule}},
		"by its id":  {{Path: "a.yml", Text: baseRule + strings.Replace(c, "[base]", "[base-id]", 1)}},
	} {
		set, problems := detect.Load(detect.Options{Formats: []detect.Format{Format()}}, files)
		if len(set.Rules()) != 2 || !set.Correlates() {
			t.Fatalf("%s: %v", name, problems)
		}
		raises := set.Rule("base-id").Raises()
		if want := name != "same file" && name != "by its id"; raises != want || !set.Rule("c").Raises() {
			t.Errorf("%s: the rule raises findings: %v, want %v", name, raises, want)
		}
	}
}

// TestACorrelationCarriesItsEvents: the events of a correlation stand as lists;
// those without a time come a second apart.
func TestACorrelationCarriesItsEvents(t *testing.T) {
	event := "{event: {action: process_start}, process: {executable: /x}, user: {name: %}}"
	one, two := strings.Replace(event, "%", "bob", 1), strings.Replace(event, "%", "eve", 1)
	text := baseRule + "title: c\nid: c\nlevel: low\ncorrelation: {type: event_count, rules: [base], group-by: [User], timespan: 2s, condition: {gte: 2}}\n" +
		"vedette:\n  match:\n    - [" + one + ", " + two + ", " + one + "]\n  no_match:\n    - [" + one + ", " + two + "]\n    - [" + one + ", " + two + ", " + two + "]\n"
	set, problems := load(text, false)
	r := set.Rule("c")
	if r == nil || len(r.Cases) != 3 || len(r.Cases[0].Sequence) != 3 {
		t.Fatal(problems)
	}
	if wrong := set.Test(r); len(wrong) != 1 || !strings.Contains(wrong[0], "r.yml:19: must not match and does") {
		t.Errorf("got %q", wrong)
	}
}
