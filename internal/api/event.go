package api

import (
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// EventSelect is a condition over a range of time.
type EventSelect struct {
	Range
	Query string `query:"query" maxLength:"8192" doc:"condition, see docs/conditions.md; all events when absent" example:"process.name = 'curl'"`
	Host  string `query:"host" maxLength:"128" doc:"id or name of one host"`
	Kind  string `query:"kind" maxLength:"256" doc:"kinds, separated by commas"`
}

// EventQuery selects events.
type EventQuery struct {
	EventSelect
	Page
	Sort   string   `query:"sort" enum:"-@timestamp,@timestamp" default:"-@timestamp" doc:"newest or oldest first"`
	Fields []string `query:"fields" maxItems:"200" doc:"only these fields, separated by commas; all when absent"`
}

// EventList answers EventQuery.
type EventList struct {
	Events       []*event.Event `json:"events"`
	Total        int64          `json:"total" doc:"events that the query selects, on all pages; see total_exact"`
	TotalExact   bool           `json:"total_exact" doc:"false: there are at least total"`
	Next         string         `json:"next,omitempty" doc:"cursor of the next page"`
	From         time.Time      `json:"from"`
	To           time.Time      `json:"to"`
	Took         float64        `json:"took" doc:"milliseconds"`
	Completeness Completeness   `json:"completeness"`
}

// CountQuery counts events, by the values of fields when asked.
type CountQuery struct {
	EventSelect
	By    []string `query:"by" maxItems:"4" doc:"fields, separated by commas"`
	Limit int      `query:"limit" minimum:"1" maximum:"10000" default:"100" doc:"most rows, the highest counts first"`
}

// CountRow is how often a combination of values occurs.
type CountRow struct {
	Values []string `json:"values" doc:"in the order of by; empty when absent"`
	Count  int64    `json:"count"`
}

// CountAnswer answers CountQuery.
type CountAnswer struct {
	Total        int64        `json:"total"`
	By           []string     `json:"by"`
	Rows         []CountRow   `json:"rows"`
	More         int64        `json:"more" doc:"rows that were left out"`
	Took         float64      `json:"took" doc:"milliseconds"`
	Completeness Completeness `json:"completeness"`
}

// HistogramQuery counts events over time.
type HistogramQuery struct {
	EventSelect
	Buckets int `query:"buckets" minimum:"1" maximum:"1000" default:"60"`
}

// Bucket is a count in an interval of time.
type Bucket struct {
	At    time.Time `json:"at" doc:"start of the interval"`
	Count int64     `json:"count"`
}

// Histogram answers HistogramQuery; every bucket is there, empty ones too.
type Histogram struct {
	From         time.Time    `json:"from"`
	To           time.Time    `json:"to"`
	Width        float64      `json:"width" doc:"length of a bucket, seconds"`
	Total        int64        `json:"total"`
	Buckets      []Bucket     `json:"buckets"`
	Completeness Completeness `json:"completeness"`
}

// EventDetail is an event with the alerts that it is part of.
type EventDetail struct {
	Event  *event.Event `json:"event"`
	Alerts []Alert      `json:"alerts"`
}

// TreeQuery says how much of a process tree is wanted.
type TreeQuery struct {
	Depth int `query:"depth" minimum:"1" maximum:"64" default:"16" doc:"generations below"`
	Limit int `query:"limit" minimum:"1" maximum:"5000" default:"500" doc:"most processes"`
}

// Tree is the processes above, beside and below the one of an event.
type Tree struct {
	Host         string       `json:"host"`
	HostName     string       `json:"host_name,omitempty"`
	Root         string       `json:"root" doc:"entity_id of the top process"`
	Focus        string       `json:"focus" doc:"entity_id of the event's process"`
	Nodes        []TreeNode   `json:"nodes" doc:"parents before children"`
	Truncated    bool         `json:"truncated" doc:"there are more processes than limit or depth allow"`
	Completeness Completeness `json:"completeness"`
}

// TreeNode is a process in a tree.
type TreeNode struct {
	EntityID    string    `json:"entity_id"`
	Parent      string    `json:"parent,omitempty" doc:"entity_id of the parent"`
	PID         int64     `json:"pid,omitempty"`
	Name        string    `json:"name"`
	Executable  string    `json:"executable,omitempty"`
	CommandLine string    `json:"command_line,omitempty"`
	User        string    `json:"user,omitempty"`
	Start       time.Time `json:"start,omitzero"`
	End         time.Time `json:"end,omitzero"`
	ExitCode    *int64    `json:"exit_code,omitempty"`
	EventID     string    `json:"event_id,omitempty" doc:"its process_start event, when it was seen"`
	OnPath      bool      `json:"on_path" doc:"is the focus or above it"`
	Files       int64     `json:"files" doc:"file events"`
	Networks    int64     `json:"networks" doc:"network events"`
	Alerts      int64     `json:"alerts"`
	Level       string    `json:"level,omitempty" enum:"informational,low,medium,high,critical" doc:"highest level of its alerts"`
	Seen        bool      `json:"seen" doc:"false: known only from the ancestry of another event"`
}

// FieldInfo is a field of events.
type FieldInfo struct {
	Name string `json:"name"`
	Type string `json:"type" enum:"text,list,number,time,address,boolean,kind"`
	Ours bool   `json:"ours" doc:"not of ECS"`
	Doc  string `json:"doc"`
}

// KindInfo is a kind of events.
type KindInfo struct {
	Name     string `json:"name"`
	Category string `json:"category"`
	Doc      string `json:"doc"`
}

// FieldList answers a request for the fields.
type FieldList struct {
	Fields    []FieldInfo `json:"fields"`
	Kinds     []KindInfo  `json:"kinds"`
	Operators []string    `json:"operators" doc:"of the condition language"`
}

// ValuesQuery asks for values of a field, for completion.
type ValuesQuery struct {
	EventSelect
	Prefix string `query:"prefix" maxLength:"256"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"20"`
}

// ValueList answers ValuesQuery, the most frequent first.
type ValueList struct {
	Values []CountRow `json:"values"`
}
