package api

import "time"

// Rule is a rule in force.
type Rule struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Format      string    `json:"format"`
	Path        string    `json:"path"`
	Source      string    `json:"source" enum:"shipped,own"`
	Level       string    `json:"level" enum:"informational,low,medium,high,critical"`
	Description string    `json:"description,omitempty"`
	Techniques  []string  `json:"techniques"`
	Tactics     []string  `json:"tactics"`
	Actions     []string  `json:"actions" doc:"what it asks for; the policy decides"`
	Alerts      int64     `json:"alerts"`
	OpenAlerts  int64     `json:"open_alerts"`
	Findings    int64     `json:"findings"`
	LastFinding time.Time `json:"last_finding,omitzero"`
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

// RuleProblem is what is wrong in a rule.
type RuleProblem struct {
	Path    string `json:"path"`
	Line    int    `json:"line,omitempty"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
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
