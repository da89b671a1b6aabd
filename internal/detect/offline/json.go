package offline

import (
	"encoding/json"
	"io"
	"strconv"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/record"
)

// jsonForm writes one JSON object a line.
type jsonForm struct{ enc *json.Encoder }

func newJSON(w io.Writer) *jsonForm {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &jsonForm{enc}
}

// jsonFinding is a finding as a line of JSON.
type jsonFinding struct {
	Time string `json:"time,omitempty"`
	jsonPlace
	Host    string         `json:"host,omitempty"`
	Channel string         `json:"channel,omitempty"`
	Code    string         `json:"event_id,omitempty"`
	Rule    jsonRule       `json:"rule"`
	Group   []string       `json:"group,omitzero"` // of a correlation
	First   string         `json:"first,omitempty"`
	Count   float64        `json:"count,omitempty"`
	Events  []jsonPlace    `json:"events,omitempty"`
	Fields  []detect.Field `json:"fields,omitempty"`
}

type jsonPlace struct {
	Input  string `json:"input"`
	Line   *int   `json:"line,omitempty"`
	Record any    `json:"record,omitempty"`
}

func placeOf(p Place) jsonPlace {
	out := jsonPlace{Input: p.Input}
	if p.Line != record.NoLine {
		out.Line = &p.Line
	} else if n, err := strconv.ParseUint(p.Record, 10, 64); err == nil {
		out.Record = n
	} else if p.Record != "" {
		out.Record = p.Record
	}
	return out
}

type jsonRule struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Level      string   `json:"level"`
	Severity   int64    `json:"severity,omitempty"`
	Weight     int64    `json:"criticality,omitempty"` // 0 to 10, of Gene rules
	Score      int64    `json:"score,omitempty"`       // points that goTrust rules take
	Format     string   `json:"format,omitempty"`
	Path       string   `json:"path,omitempty"`
	Techniques []string `json:"techniques,omitempty"`
	Tactics    []string `json:"tactics,omitempty"`
}

func (j *jsonForm) Finding(f *Finding) error {
	r := f.Rule
	out := jsonFinding{
		Time: f.when(), jsonPlace: placeOf(f.Place), Host: f.Host, Channel: f.Channel, Code: f.Code, Fields: f.Fields,
		Rule: jsonRule{r.ID, r.Name, r.Level, r.Severity, r.Criticality, r.Score, r.Format, r.Path, r.Techniques, r.Tactics},
	}
	if w := f.Window; w != nil {
		out.Group, out.First, out.Count = w.Group, stampOf(w.First), w.Count
		for _, p := range w.Events {
			out.Events = append(out.Events, placeOf(p))
		}
	}
	return j.enc.Encode(out)
}

func (j *jsonForm) End(Stats) error { return nil }
