package api

import "github.com/vedette-edr/vedette/internal/event"

// Topics of the live stream.
const (
	TopicEvents = "events"
	TopicAlerts = "alerts"
	TopicHosts  = "hosts"
)

// StreamRequest says what a client of the live stream wants. It stands in the
// query of the opening request, and may be sent as a text message at any time
// to replace what was wanted before.
type StreamRequest struct {
	Topics []string `json:"topics" query:"topics" maxItems:"3" doc:"events, alerts, hosts; separated by commas"`
	Query  string   `json:"query,omitempty" query:"query" maxLength:"8192" doc:"condition that events must meet"`
	Resume string   `json:"resume,omitempty" query:"resume" maxLength:"64" doc:"id of the last message that was seen"`
	Paused bool     `json:"paused,omitempty" query:"paused" doc:"send no events for now"`
}

// StreamMessage is one message of the live stream.
type StreamMessage struct {
	ID    string       `json:"id" doc:"give the last one as resume after a reconnect"`
	Type  string       `json:"type" enum:"hello,event,alert,host,gap,error"`
	Event *event.Event `json:"event,omitempty"`
	Alert *Alert       `json:"alert,omitempty"`
	Host  *Host        `json:"host,omitempty"`
	Lost  int64        `json:"lost,omitempty" doc:"with gap: messages that this client did not get, because it was slow or away too long; -1 when unknown; search shows them"`
	Error string       `json:"error,omitempty" doc:"why a request is not followed; the one before it stays"`
}
