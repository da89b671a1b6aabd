package api

import "time"

// Overview is what a person wants to know first, over a range of time.
type Overview struct {
	From           time.Time     `json:"from"`
	To             time.Time     `json:"to"`
	OpenAlerts     LevelCounts   `json:"open_alerts" doc:"of any time"`
	Before         LevelCounts   `json:"alerts_before" doc:"alerts of the range of the same length before this one"`
	InRange        LevelCounts   `json:"alerts_in_range"`
	AlertsOverTime []AlertBucket `json:"alerts_over_time"`
	Hosts          HostCounts    `json:"hosts"`
	EventRate      float64       `json:"event_rate" doc:"events per second, over the last 10 seconds"`
	Events         []Bucket      `json:"events" doc:"events over time"`
	EventTotal     int64         `json:"event_total"`
	TopRules       []RuleCount   `json:"top_rules"`
	TopHosts       []HostCount   `json:"top_hosts"`
	Newest         []Alert       `json:"newest_alerts"`
	Completeness   Completeness  `json:"completeness"`
}

// AlertBucket is the alerts of an interval.
type AlertBucket struct {
	At     time.Time   `json:"at"`
	Counts LevelCounts `json:"counts"`
}

// HostCounts counts hosts by state.
type HostCounts struct {
	Total    int64 `json:"total"`
	Online   int64 `json:"online"`
	Offline  int64 `json:"offline"`
	Degraded int64 `json:"degraded" doc:"online, and something is missing"`
	Blind    int64 `json:"blind" doc:"online, and a sensor sees nothing"`
}

// RuleCount is a rule and its alerts.
type RuleCount struct {
	RuleID   string `json:"rule_id"`
	RuleName string `json:"rule_name"`
	Level    string `json:"level" enum:"informational,low,medium,high,critical"`
	Alerts   int64  `json:"alerts"`
	Findings int64  `json:"findings"`
}

// HostCount is a host and its alerts.
type HostCount struct {
	HostID   string      `json:"host_id"`
	HostName string      `json:"host_name"`
	Alerts   LevelCounts `json:"alerts"`
	Score    int64       `json:"score" doc:"sum over open alerts: critical 40, high 20, medium 10, low 3, informational 1"`
}
