package api

import (
	"regexp"
	"time"
)

// Rule is a rule in force.
type Rule struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Format      string    `json:"format"`
	Path        string    `json:"path"`
	Source      string    `json:"source" enum:"shipped,own,stored" doc:"shipped with the program, of the folder of own rules, or stored by the manager"`
	Level       string    `json:"level" enum:"informational,low,medium,high,critical"`
	Description string    `json:"description,omitempty"`
	Techniques  []string  `json:"techniques"`
	Tactics     []string  `json:"tactics"`
	Actions     []string  `json:"actions" doc:"what it asks for; the policy decides"`
	Alerts      int64     `json:"alerts"`
	OpenAlerts  int64     `json:"open_alerts"`
	Findings    int64     `json:"findings"`
	LastFinding time.Time `json:"last_finding,omitzero"`
	Filter      bool      `json:"filter,omitempty" doc:"it keeps events and raises no findings"`
	DisabledIn  []string  `json:"disabled_in" doc:"groups whose policy switches it off"`
	Cost        *RuleCost `json:"cost,omitempty" doc:"what it takes, measured on the newest events; absent before there were some"`
}

// RuleCost is what a rule takes when it is evaluated alone.
type RuleCost struct {
	Nanoseconds float64   `json:"nanoseconds" doc:"per event to which it applies"`
	Events      int64     `json:"events" doc:"on which it was measured"`
	Matched     int64     `json:"matched" doc:"of these that it is true of"`
	Measured    time.Time `json:"measured"`
}

// RuleDetail is a rule with its text.
type RuleDetail struct {
	Rule
	Text string `json:"text"`
}

// RuleList answers a request for rules.
type RuleList struct {
	Rules    []Rule        `json:"rules"`
	Version  int64         `json:"version" doc:"of the whole set, as sent to agents"`
	Hash     string        `json:"hash" doc:"SHA-256 of the set"`
	Loaded   time.Time     `json:"loaded"`
	Problems []RuleProblem `json:"problems" doc:"why the newest change of the own rules was refused as a whole; the set before it stays in force"`
}

// RuleQuery picks rules of the list; all that is given must be true of them.
type RuleQuery struct {
	Name    string `query:"name" maxLength:"512" doc:"regular expression (RE2) that the name or the id matches, without case"`
	Source  string `query:"source" enum:"shipped,own,stored"`
	Level   string `query:"level" enum:"informational,low,medium,high,critical"`
	Filters bool   `query:"filters" doc:"only rules that keep events and raise no findings"`
}

// Pick returns the rules that the query picks. The error is a *FieldError.
func (q RuleQuery) Pick(rules []Rule) ([]Rule, error) {
	name, err := regexp.Compile("(?i)" + q.Name)
	if err != nil {
		return nil, &FieldError{"query.name", err.Error()}
	}
	out := []Rule{}
	for _, r := range rules {
		if (q.Source == "" || r.Source == q.Source) && (q.Level == "" || r.Level == q.Level) && (!q.Filters || r.Filter) &&
			(name.MatchString(r.Name) || name.MatchString(r.ID)) {
			out = append(out, r)
		}
	}
	return out, nil
}

// RuleProblem is what is wrong in a rule.
type RuleProblem struct {
	Path    string `json:"path"`
	Line    int    `json:"line,omitempty"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
	Remark  bool   `json:"remark,omitempty" doc:"it refuses nothing"`
}

// RuleFile is a rule file as written.
type RuleFile struct {
	Path string `json:"path" minLength:"1" maxLength:"256" doc:"below the stored rules, for example linux/curl.yml"`
	Text string `json:"text" maxLength:"2097152"`
}

// RuleChange changes the rules that are stored; a bad file refuses it as a whole.
type RuleChange struct {
	Set     []RuleFile `json:"set,omitempty" maxItems:"20000" doc:"files to add or to replace"`
	Remove  []string   `json:"remove,omitempty" maxItems:"20000" doc:"paths of files to remove"`
	Replace bool       `json:"replace,omitempty" doc:"set is all that is stored from now on"`
	Comment string     `json:"comment,omitempty" maxLength:"1024"`
	Version int64      `json:"version,omitempty" doc:"version that was changed; a newer one in force is a conflict; not checked when absent"`
	Preview bool       `json:"preview,omitempty" doc:"only say what would be"`
}

// RuleChanged says what a change did.
type RuleChanged struct {
	Version  int64         `json:"version" doc:"in force"`
	Rules    int64         `json:"rules" doc:"in force"`
	Added    []string      `json:"added" doc:"paths"`
	Changed  []string      `json:"changed" doc:"paths"`
	Removed  []string      `json:"removed" doc:"paths"`
	Problems []RuleProblem `json:"problems" doc:"remarks on the files of the change"`
}

// RuleText is a rule file to look at.
type RuleText struct {
	Path string `json:"path" minLength:"1" maxLength:"256"`
	Text string `json:"text" maxLength:"2097152"`
}

// RuleLint says what is wrong in a text, as one types.
type RuleLint struct {
	Problems []RuleProblem `json:"problems"`
	Rules    []Rule        `json:"rules" doc:"what it defines"`
}

// RuleVersion is a set of rules that was in force.
type RuleVersion struct {
	Version int64     `json:"version"`
	Hash    string    `json:"hash"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Comment string    `json:"comment,omitempty"`
	Rules   int64     `json:"rules"`
	Files   int64     `json:"files" doc:"that are stored"`
}

// RuleVersions answers a request for the history of the rules, newest first.
type RuleVersions struct {
	Versions []RuleVersion `json:"versions"`
}

// RuleVersionDetail is a version with the files that were stored.
type RuleVersionDetail struct {
	RuleVersion
	Stored []RuleFile `json:"stored"`
}

// RuleRollback puts the stored rules of an earlier version in force again.
type RuleRollback struct {
	Comment string `json:"comment,omitempty" maxLength:"1024"`
}

// Policy is the settings of a group of hosts.
type Policy struct {
	Group   string    `json:"group"`
	Version int64     `json:"version"`
	Text    string    `json:"text" doc:"YAML, as written"`
	Hash    string    `json:"hash" doc:"SHA-256 of the text"`
	Respond string    `json:"respond" enum:"off,observe,on"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Comment string    `json:"comment,omitempty"`
}

// PolicyVersions answers a request for the history of a policy, newest first.
type PolicyVersions struct {
	Policies []Policy `json:"policies"`
}

// PolicyChange replaces a policy.
type PolicyChange struct {
	Text    string `json:"text" minLength:"1" maxLength:"1048576" doc:"YAML or JSON; what it does not say is as in the default policy"`
	Comment string `json:"comment,omitempty" maxLength:"1024"`
	Version int64  `json:"version,omitempty" doc:"version that was changed; a newer one in force is a conflict; not checked when absent"`
}
