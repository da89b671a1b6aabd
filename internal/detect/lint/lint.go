// Package lint looks for mistakes in rules that load: conditions that can never
// be true or always are, conditions that cost much, missing tests, names of
// techniques and tactics that ATT&CK does not have.
package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/attack"
)

// Check returns remarks on the rules of a set. None of them refuses a rule.
func Check(s *detect.Set) []detect.Problem {
	var out []detect.Problem
	titles := map[string]*detect.Rule{}
	techniques := attack.Read()
	for _, r := range s.Rules() {
		c := checker{set: s, rule: r, techniques: techniques}
		c.tests()
		c.names(titles)
		c.variants()
		out = append(out, c.found...)
	}
	return out
}

type checker struct {
	set        *detect.Set
	rule       *detect.Rule
	techniques attack.Techniques
	found      []detect.Problem
}

func (c *checker) remark(line int, field, do, format string, args ...any) {
	p := detect.Problem{File: c.rule.Path, Line: line, Field: field, Rule: c.rule.ID, Title: c.rule.Name, What: fmt.Sprintf(format, args...), Do: do}
	if !slices.Contains(c.found, p) {
		c.found = append(c.found, p)
	}
}

// tests wants events of both kinds, and that they do what they say.
func (c *checker) tests() {
	count := map[bool]int{}
	for _, k := range c.rule.Cases {
		count[k.Match]++
		if k.Rec == nil {
			continue
		}
		if got := c.rule.Matches(k.Rec); got != k.Match {
			c.remark(k.Line, "vedette", "vedette rules explain shows which predicate decides", "an event that must%s match does%s", not(k.Match), not(got))
		}
	}
	if c.rule.Correlation != nil {
		for _, wrong := range c.set.Test(c.rule) {
			c.remark(c.rule.Correlation.Line, "vedette", "", "%s", wrong)
		}
	}
	if c.rule.Exclusion != nil || c.rule.Silent {
		return // it raises nothing
	}
	if c.rule.Format != "sigma" { // others come from elsewhere, without events
		return
	}
	if count[true] == 0 {
		c.remark(c.rule.Line, "vedette.match", "add an event that the rule must match", "the rule has no event that it must match")
	}
	if count[false] == 0 {
		c.remark(c.rule.Line, "vedette.no_match", "add an event that the rule must not match", "the rule has no event that it must not match")
	}
}

func not(yes bool) string {
	if yes {
		return ""
	}
	return " not"
}

// technique is the form of an ATT&CK technique. immutable
var technique = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)

// Tactics lists the tactics of ATT&CK v19 for enterprises, as tags write them.
func Tactics() []string {
	return []string{"reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation",
		"stealth", "defense-impairment", "credential-access", "discovery", "lateral-movement", "collection", "command-and-control", "exfiltration", "impact"}
}

// technique wants one that ATT&CK has.
func (c *checker) technique(id string) {
	by, had := c.techniques.Replaced(id)
	switch {
	case c.techniques.Has(id):
	case by != "":
		c.remark(c.rule.Line, "tags", "write attack."+strings.ToLower(by), "ATT&CK v19 has %s in place of %s", by, id)
	case had:
		c.remark(c.rule.Line, "tags", "find another technique", "ATT&CK has withdrawn %s", id)
	case !technique.MatchString(id):
		c.remark(c.rule.Line, "tags", "write attack.t1059 or attack.t1059.004", "%s is not the id of a technique", id)
	default:
		c.remark(c.rule.Line, "tags", "look for a typing error", "ATT&CK v19 for enterprises has no technique %s", id)
	}
}

func (c *checker) names(titles map[string]*detect.Rule) {
	r := c.rule
	if other := titles[r.Name]; other != nil {
		c.remark(r.Line, "title", "give each rule its own title", "%q is also the title of the rule in %s", r.Name, other.Path)
	}
	titles[r.Name] = r
	for _, t := range r.Techniques {
		c.technique(t)
	}
	for _, t := range r.Tactics {
		switch {
		case t == "defense-evasion" || t == "defense_evasion":
			c.remark(r.Line, "tags", "write attack.stealth or attack.defense-impairment", "ATT&CK v19 has divided defense-evasion")
		case !slices.Contains(Tactics(), t):
			c.remark(r.Line, "tags", "the tactics are "+strings.Join(Tactics(), ", "), "%s is not a tactic", t)
		}
	}
}
