package api

import "time"

// Gap is an interval in which the telemetry of a host is not whole.
type Gap struct {
	Host     string    `json:"host"`
	HostName string    `json:"host_name,omitempty"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to" doc:"the answer's end when the gap is still open"`
	State    string    `json:"state" enum:"blind,degraded"`
	Stage    string    `json:"stage" doc:"kernel, sensor, queue, spool, ship, ingest, lake, agent"`
	Sensor   string    `json:"sensor,omitempty" doc:"empty: all of them"`
	Kind     string    `json:"kind,omitempty" doc:"kind of the missing events; empty: all that the sensor makes"`
	Lost     int64     `json:"lost" doc:"number of missing events, -1 when unknown"`
	Reason   string    `json:"reason,omitempty"`
}

// Completeness says how whole the telemetry is that an answer was made from.
type Completeness struct {
	State string `json:"state" enum:"complete,degraded,blind" doc:"the worst of all hosts"`
	Hosts int64  `json:"hosts" doc:"hosts that the answer is about"`
	Whole int64  `json:"whole" doc:"hosts without a gap"`
	Lost  int64  `json:"lost" doc:"sum of the known numbers of missing events"`
	Gaps  []Gap  `json:"gaps" doc:"at most 1000, the newest"`
	More  int64  `json:"more" doc:"gaps that were left out"`
}

// Interval is a part of a host's track.
type Interval struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	State  string    `json:"state" enum:"complete,degraded,blind"`
	Lost   int64     `json:"lost,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

// SensorTrack is the state of one sensor over a range, to one second.
type SensorTrack struct {
	Sensor    string     `json:"sensor"`
	Intervals []Interval `json:"intervals"`
}

// Track is the state of a host's telemetry over a range: the worst of its
// sensors, and each of them.
type Track struct {
	Host      string        `json:"host"`
	HostName  string        `json:"host_name,omitempty"`
	From      time.Time     `json:"from"`
	To        time.Time     `json:"to"`
	State     string        `json:"state" enum:"complete,degraded,blind"`
	Intervals []Interval    `json:"intervals"`
	Sensors   []SensorTrack `json:"sensors,omitempty"`
	Gaps      []Gap         `json:"gaps,omitempty"`
}

// TrackList answers a request for the tracks of all hosts, without sensors.
type TrackList struct {
	Tracks []Track `json:"tracks"`
}
