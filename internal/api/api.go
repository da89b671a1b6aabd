// Package api is the manager's REST interface for people and programs: the
// request and answer types, and the Go client that the command line and the
// terminal console use. The routes are served by internal/manager/rest; the
// OpenAPI description is made from these types, and the console's TypeScript
// from the description. JSON names are snake case; events are nested ECS.
package api

import (
	"fmt"
	"time"
)

// Prefix is the path that all routes start with.
const Prefix = "/api/v1"

// Roles, each may do what the ones before it may.
const (
	RoleViewer  = "viewer"  // sees
	RoleAnalyst = "analyst" // works on alerts and gives tasks
	RoleAdmin   = "admin"   // settings, users, tokens
)

// Roles lists the roles, the least powerful first.
func Roles() []string { return []string{RoleViewer, RoleAnalyst, RoleAdmin} }

// RoleCovers reports whether somebody with role have may do what needs role need.
func RoleCovers(have, need string) bool {
	h, n := roleRank(have), roleRank(need)
	return h > 0 && n > 0 && h >= n
}

func roleRank(role string) int {
	for i, r := range Roles() {
		if r == role {
			return i + 1
		}
	}
	return 0
}

// Levels of rules and alerts, the least severe first.
func Levels() []string { return []string{"informational", "low", "medium", "high", "critical"} }

// Severity returns 1 to 5 for a level, 0 when there is no such level.
func Severity(level string) int64 {
	for i, l := range Levels() {
		if l == level {
			return int64(i + 1)
		}
	}
	return 0
}

// Problem is the answer to a request that failed (RFC 9457).
type Problem struct {
	Title  string          `json:"title,omitempty"`
	Status int             `json:"status,omitempty"`
	Detail string          `json:"detail,omitempty"`
	Errors []ProblemDetail `json:"errors,omitempty"`
}

// ProblemDetail names one field of a request that is wrong.
type ProblemDetail struct {
	Message  string `json:"message,omitempty"`
	Location string `json:"location,omitempty"` // for example query.from or body.role
	Value    any    `json:"value,omitempty"`
}

// Error returns the problem as one line.
func (p *Problem) Error() string {
	s := p.Detail
	if s == "" {
		s = p.Title
	}
	for _, d := range p.Errors {
		if d.Location != "" {
			s += fmt.Sprintf("; %s: %s", d.Location, d.Message)
		} else {
			s += "; " + d.Message
		}
	}
	return fmt.Sprintf("%s (%d)", s, p.Status)
}

// FieldError says which field of a request is wrong, and why.
type FieldError struct {
	Field   string // for example query.from
	Message string
}

// Error returns field and message.
func (e *FieldError) Error() string { return e.Field + ": " + e.Message }

// RefusedError says what is wrong in files that were refused as a whole.
type RefusedError struct{ Problems []RuleProblem }

// Error lists the problems, one a line.
func (e *RefusedError) Error() string {
	s := "refused as a whole"
	for _, p := range e.Problems {
		s += "\n" + p.Where() + ": " + p.Message
	}
	return s
}

// Where says in which file, line and field the problem is.
func (p RuleProblem) Where() string {
	s := p.Path
	if p.Line > 0 {
		s = fmt.Sprintf("%s:%d", s, p.Line)
	}
	if p.Field != "" {
		s += ": " + p.Field
	}
	return s
}

// Page is a place in a list and how much of it is wanted.
type Page struct {
	Cursor string `query:"cursor" maxLength:"512" doc:"where the last page ended, as its answer said"`
	Limit  int    `query:"limit" minimum:"1" maximum:"10000" default:"1000" doc:"most rows of an answer"`
}

// Health says whether the manager works. Anybody may ask.
type Health struct {
	Status string    `json:"status" enum:"ok,degraded" doc:"degraded when a part reports a problem"`
	Time   time.Time `json:"time"`
}

// Stats are counts of the manager's data.
type Stats struct {
	Version       string        `json:"version"`
	Started       time.Time     `json:"started"`
	EndpointCount int64         `json:"endpoint_count" doc:"hosts that are enrolled"`
	OnlineCount   int64         `json:"online_count"`
	RuleCount     int64         `json:"rule_count" doc:"rules in force"`
	AlertCount    int64         `json:"alert_count"`
	OpenAlerts    int64         `json:"open_alert_count" doc:"alerts that are not closed"`
	UserCount     int64         `json:"user_count"`
	EventsTaken   int64         `json:"events_accepted" doc:"events accepted since the manager started"`
	EventRate     float64       `json:"event_rate" doc:"events per second, over the last 10 seconds"`
	Store         StoreStats    `json:"store"`
	Stream        StreamStats   `json:"stream"`
	Problems      []PartProblem `json:"problems" doc:"what does not work as it should, with what to do"`
}

// StoreStats describe the event store.
type StoreStats struct {
	Events   int64 `json:"events"`
	Bytes    int64 `json:"bytes"`
	Segments int64 `json:"segments"`
	InMemory int64 `json:"in_memory" doc:"events that are searchable and not yet in a segment"`
	// CompactionCPU is reported apart from what an event costs on its way in.
	CompactionCPU float64   `json:"compaction_cpu" doc:"CPU time of compaction since the manager started, seconds"`
	Oldest        time.Time `json:"oldest,omitzero"`
	Newest        time.Time `json:"newest,omitzero"`
}

// StreamStats describe the live stream.
type StreamStats struct {
	Clients int64 `json:"clients"`
	Skipped int64 `json:"skipped" doc:"messages that slow clients did not get"`
}

// PartProblem is a part of the manager that does not work as it should.
type PartProblem struct {
	Part    string `json:"part"`
	Message string `json:"message"`
}
