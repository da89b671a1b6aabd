package api

import (
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Statuses of alerts.
const (
	AlertNew          = "new"
	AlertAcknowledged = "acknowledged"
	AlertClosed       = "closed"
)

// Alert is a finding that a person should see. Findings of one rule on one
// process of one host are one alert until it is closed.
type Alert struct {
	ID          string          `json:"id"`
	Status      string          `json:"status" enum:"new,acknowledged,closed"`
	Reason      string          `json:"reason,omitempty" doc:"why it was closed"`
	Assignee    string          `json:"assignee,omitempty"`
	RuleID      string          `json:"rule_id"`
	RuleName    string          `json:"rule_name"`
	RuleFormat  string          `json:"rule_format,omitempty"`
	Level       string          `json:"level" enum:"informational,low,medium,high,critical"`
	Severity    int64           `json:"severity" doc:"1 to 5, of level"`
	Techniques  []string        `json:"techniques"`
	Tactics     []string        `json:"tactics"`
	HostID      string          `json:"host_id"`
	HostName    string          `json:"host_name"`
	EntityID    string          `json:"entity_id,omitempty" doc:"process.entity_id"`
	PID         int64           `json:"pid,omitempty"`
	Process     string          `json:"process,omitempty" doc:"process.name"`
	Executable  string          `json:"executable,omitempty"`
	CommandLine string          `json:"command_line,omitempty"`
	Parent      string          `json:"parent,omitempty" doc:"process.parent.name"`
	User        string          `json:"user,omitempty"`
	Story       string          `json:"story" doc:"what happened, in one sentence; names in back quotes"`
	Count       int64           `json:"count" doc:"findings in this alert"`
	First       time.Time       `json:"first" doc:"when it happened first, by the host's clock"`
	Last        time.Time       `json:"last"`
	Created     time.Time       `json:"created" doc:"when the manager made it"`
	Updated     time.Time       `json:"updated"`
	FindingID   string          `json:"finding_id" doc:"id of the newest finding_raise event"`
	EventID     string          `json:"event_id,omitempty" doc:"id of the newest event that the rule matched"`
	EventKind   string          `json:"event_kind,omitempty"`
	Responses   []AlertResponse `json:"responses" doc:"what was done, refused or rehearsed"`
}

// AlertResponse is what an action did because of an alert or a task on it.
type AlertResponse struct {
	EventID  string    `json:"event_id"`
	At       time.Time `json:"at"`
	Action   string    `json:"action"`
	Mode     string    `json:"mode,omitempty"`
	Result   string    `json:"result"`
	Reason   string    `json:"reason,omitempty"`
	EntityID string    `json:"entity_id,omitempty"`
	PID      int64     `json:"pid,omitempty"`
	Latency  int64     `json:"latency,omitempty" doc:"nanoseconds from the event to the end of the action"`
	TaskID   string    `json:"task_id,omitempty"`
}

// Matched is a field of an event and the value that a rule matched.
type Matched struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// AlertEntry is a line of an alert's history.
type AlertEntry struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	What string    `json:"what" enum:"created,status,assignee,note,response"`
	From string    `json:"from,omitempty"`
	To   string    `json:"to,omitempty"`
	Text string    `json:"text,omitempty"`
}

// AlertDetail is all that is known of an alert.
type AlertDetail struct {
	Alert
	Matched  []Matched    `json:"matched" doc:"why it fired"`
	Finding  *event.Event `json:"finding" doc:"the newest finding_raise event"`
	RuleText string       `json:"rule_text,omitempty" doc:"the rule as written, when it is still in force"`
	RulePath string       `json:"rule_path,omitempty"`
	About    string       `json:"about,omitempty" doc:"description of the rule"`
	History  []AlertEntry `json:"history"`
	Related  []Alert      `json:"related" doc:"alerts of the same process tree"`
	Host     *Host        `json:"host,omitempty"`
}

// AlertQuery selects alerts. Without a range all are meant.
type AlertQuery struct {
	Range
	Page
	Status   string `query:"status" enum:"new,acknowledged,closed,open" doc:"open: not closed"`
	Level    string `query:"level" enum:"informational,low,medium,high,critical" doc:"this level or a higher one"`
	Host     string `query:"host" maxLength:"128" doc:"id or name of the host"`
	Rule     string `query:"rule" maxLength:"256" doc:"id of the rule"`
	Process  string `query:"process" maxLength:"256" doc:"name of the process"`
	Assignee string `query:"assignee" maxLength:"64"`
	Text     string `query:"text" maxLength:"256" doc:"part of rule name, host, story or command line"`
	Sort     string `query:"sort" enum:"-last,last,-severity,severity,-count,count" default:"-last"`
}

// AlertList answers AlertQuery.
type AlertList struct {
	Alerts []Alert `json:"alerts"`
	Total  int64   `json:"total" doc:"alerts that the query selects, on all pages"`
	Next   string  `json:"next,omitempty" doc:"cursor of the next page"`
}

// AlertGroup is the alerts of one rule, host and program.
type AlertGroup struct {
	RuleID   string    `json:"rule_id"`
	RuleName string    `json:"rule_name"`
	Level    string    `json:"level" enum:"informational,low,medium,high,critical"`
	HostID   string    `json:"host_id"`
	HostName string    `json:"host_name"`
	Process  string    `json:"process,omitempty"`
	Alerts   int64     `json:"alerts"`
	Open     int64     `json:"open"`
	Count    int64     `json:"count" doc:"findings in all of them"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Newest   string    `json:"newest" doc:"id of the newest alert"`
}

// AlertGroups answers a request for groups of alerts.
type AlertGroups struct {
	Groups []AlertGroup `json:"groups"`
	Total  int64        `json:"total"`
}

// AlertChange changes what it holds.
type AlertChange struct {
	Status   string  `json:"status,omitempty" enum:"new,acknowledged,closed"`
	Reason   string  `json:"reason,omitempty" maxLength:"4096" doc:"why it is closed; needed with status closed"`
	Assignee *string `json:"assignee,omitempty" maxLength:"64" doc:"empty: nobody"`
	Note     string  `json:"note,omitempty" maxLength:"16384"`
}

// AlertsChange changes many alerts alike.
type AlertsChange struct {
	IDs    []string    `json:"ids" minItems:"1" maxItems:"1000"`
	Change AlertChange `json:"change"`
}

// TimelineQuery says how much of what happened around an alert is wanted.
type TimelineQuery struct {
	Around string `query:"around" maxLength:"32" default:"5m" doc:"how far before and after"`
	Scope  string `query:"scope" enum:"process,tree,host" default:"tree" doc:"events of the process, of it with its ancestors and descendants, or of the host"`
	Limit  int    `query:"limit" minimum:"1" maximum:"5000" default:"500"`
}

// Timeline answers TimelineQuery, the oldest event first.
type Timeline struct {
	From         time.Time      `json:"from"`
	To           time.Time      `json:"to"`
	Events       []*event.Event `json:"events"`
	Total        int64          `json:"total"`
	Completeness Completeness   `json:"completeness"`
}
