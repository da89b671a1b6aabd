package api

import "time"

// States of telemetry, the worst first.
const (
	Blind    = "blind"    // nothing is known
	Degraded = "degraded" // something is missing
	Complete = "complete"
)

// Host is a machine with an agent.
type Host struct {
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Group        string        `json:"group"`
	Status       string        `json:"status" enum:"online,offline" doc:"offline after 30 s without a heartbeat"`
	Telemetry    string        `json:"telemetry" enum:"complete,degraded,blind" doc:"state of the last minute"`
	OS           string        `json:"os,omitempty"`
	Kernel       string        `json:"kernel,omitempty"`
	Architecture string        `json:"architecture,omitempty"`
	Version      string        `json:"version,omitempty" doc:"of the agent"`
	Enrolled     time.Time     `json:"enrolled,omitzero"`
	Connected    time.Time     `json:"connected,omitzero" doc:"when the open connection began"`
	LastSeen     time.Time     `json:"last_seen,omitzero" doc:"newest heartbeat, by the manager's clock"`
	LastEvent    time.Time     `json:"last_event,omitzero" doc:"newest event, by the host's clock"`
	Address      string        `json:"address,omitempty" doc:"where the newest connection came from"`
	ClockOffset  float64       `json:"clock_offset,omitempty" doc:"seconds by which the host's clock is ahead of the manager's"`
	Agent        AgentUse      `json:"agent"`
	System       SystemUse     `json:"system"`
	Sensors      []SensorState `json:"sensors"`
	Rows         []Row         `json:"rows,omitempty" doc:"what sees what, by row of docs/telemetry.md; of one host only, and absent until the agent told it"`
	Exam         *Exam         `json:"exam,omitempty" doc:"last self-exam of the agent; absent before the first"`
	Counters     []Counter     `json:"counters"`
	Documents    []Document    `json:"documents" doc:"policy and rules: what is due and what is in force"`
	EventRate    float64       `json:"event_rate" doc:"events per second, over the last 10 seconds"`
	OpenAlerts   LevelCounts   `json:"open_alerts"`
}

// AgentUse is what the agent costs.
type AgentUse struct {
	CPUMillis    int64   `json:"cpu_millis" doc:"CPU time since the agent started"`
	CPUPercent   float64 `json:"cpu_percent" doc:"of one core, between the last two heartbeats"`
	ResidentSize int64   `json:"resident_size" doc:"bytes"`
	SpoolBytes   int64   `json:"spool_bytes"`
}

// SystemUse is how the host is, from its newest agent_health event.
type SystemUse struct {
	At              time.Time `json:"at,omitzero"`
	CPUPercent      float64   `json:"cpu_percent"`
	MemoryUsed      int64     `json:"memory_used"`
	MemoryTotal     int64     `json:"memory_total"`
	DiskUsed        int64     `json:"disk_used"`
	DiskTotal       int64     `json:"disk_total"`
	Uptime          int64     `json:"uptime"`
	NetworkReceived int64     `json:"network_received"`
	NetworkSent     int64     `json:"network_sent"`
}

// SensorState is a sensor of a host.
type SensorState struct {
	Name   string    `json:"name"`
	Rung   string    `json:"rung" doc:"source in use; empty when none works"`
	Since  time.Time `json:"since,omitzero"`
	Reason string    `json:"reason,omitempty" doc:"why better sources failed"`
	Events int64     `json:"events"`
	Lost   int64     `json:"lost"`
	Unseen string    `json:"unseen,omitempty" doc:"what the source in use does not see; of one host only"`
	Better []Better  `json:"better,omitempty" doc:"sources that would see more, the best first; of one host only"`
}

// Better is a source of a sensor that would see more than the one in use.
type Better struct {
	Rung  string `json:"rung"`
	Why   string `json:"why,omitempty" doc:"it is not in use"`
	Needs string `json:"needs,omitempty"`
}

// Row is what sees a row of docs/telemetry.md.
type Row struct {
	Name    string    `json:"name"`
	Weight  float64   `json:"weight" doc:"points"`
	Sensors []string  `json:"sensors" doc:"that make its events; none: the agent itself"`
	Sources []string  `json:"sources" doc:"that see it, as sensor.source; none: nothing does"`
	Since   time.Time `json:"since,omitzero" doc:"since when its sources see; absent when none does"`
	Events  int64     `json:"events" doc:"since the agent started"`
	Lost    int64     `json:"lost"`
}

// Exam is how a self-exam of an agent went.
type Exam struct {
	At      time.Time `json:"at"`
	Score   float64   `json:"score"`
	Ceiling float64   `json:"ceiling" doc:"points of the rows that could be exercised"`
	Failed  []string  `json:"failed" doc:"rows of docs/telemetry.md"`
	Kernel  string    `json:"kernel,omitempty"`
	Version string    `json:"version,omitempty" doc:"of the agent"`
}

// Counter is a running total of one stage of an agent.
type Counter struct {
	Stage string `json:"stage"`
	Name  string `json:"name"`
	Value int64  `json:"value"`
}

// Document is a signed document of a host: which is due, which is in force.
type Document struct {
	Kind    string    `json:"kind" enum:"policy,rules,iocs"`
	Wanted  int64     `json:"wanted" doc:"version that is due"`
	Applied int64     `json:"applied" doc:"version in force"`
	At      time.Time `json:"at,omitzero" doc:"when the host answered"`
	Error   string    `json:"error,omitempty" doc:"why the host refused the newest"`
}

// LevelCounts counts alerts by level.
type LevelCounts struct {
	Critical      int64 `json:"critical"`
	High          int64 `json:"high"`
	Medium        int64 `json:"medium"`
	Low           int64 `json:"low"`
	Informational int64 `json:"informational"`
}

// Add counts n alerts of a level.
func (c *LevelCounts) Add(level string, n int64) {
	switch level {
	case "critical":
		c.Critical += n
	case "high":
		c.High += n
	case "medium":
		c.Medium += n
	case "low":
		c.Low += n
	default:
		c.Informational += n
	}
}

// Total returns the sum.
func (c LevelCounts) Total() int64 {
	return c.Critical + c.High + c.Medium + c.Low + c.Informational
}

// HostQuery selects hosts.
type HostQuery struct {
	Status string `query:"status" enum:"online,offline"`
	Group  string `query:"group" maxLength:"64"`
	Text   string `query:"text" maxLength:"256" doc:"part of the name, id, system or address"`
}

// HostList answers HostQuery.
type HostList struct {
	Hosts []Host `json:"hosts"`
	Total int64  `json:"total" doc:"hosts that are enrolled"`
}

// HostChange changes what it holds.
type HostChange struct {
	Group string `json:"group" minLength:"1" maxLength:"64"`
}

// Group is a group of hosts with one policy.
type Group struct {
	Name          string    `json:"name"`
	Hosts         int64     `json:"hosts"`
	PolicyVersion int64     `json:"policy_version"`
	PolicyHash    string    `json:"policy_hash"`
	Respond       string    `json:"respond" enum:"off,observe,on"`
	Changed       time.Time `json:"changed"`
	By            string    `json:"by"`
}

// GroupList answers a request for groups.
type GroupList struct {
	Groups []Group `json:"groups"`
}

// NewGroup asks for a group; it starts with the policy of the group default.
type NewGroup struct {
	Name string `json:"name" minLength:"1" maxLength:"64" pattern:"^[a-z0-9][a-z0-9._-]*$" patternDescription:"lower-case letters, digits, . _ -"`
}
