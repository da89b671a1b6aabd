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
	Time    string         `json:"time,omitempty"`
	Input   string         `json:"input"`
	Line    *int           `json:"line,omitempty"`
	Record  any            `json:"record,omitempty"`
	Host    string         `json:"host,omitempty"`
	Channel string         `json:"channel,omitempty"`
	Code    string         `json:"event_id,omitempty"`
	Rule    jsonRule       `json:"rule"`
	Group   []string       `json:"group,omitempty"`
	GroupBy []string       `json:"group_by,omitempty"`
	First   string         `json:"first,omitempty"`
	Count   int64          `json:"count,omitempty"`
	Fields  []detect.Field `json:"fields,omitempty"`
}

type jsonRule struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Level      string   `json:"level"`
	Severity   int64    `json:"severity,omitempty"`
	Format     string   `json:"format,omitempty"`
	Path       string   `json:"path,omitempty"`
	Techniques []string `json:"techniques,omitempty"`
	Tactics    []string `json:"tactics,omitempty"`
}

func (j *jsonForm) Finding(f *Finding) error {
	r := f.Rule
	out := jsonFinding{
		Time: f.when(), Input: f.Input, Host: f.Host, Channel: f.Channel, Code: f.Code, Fields: f.Fields,
		Rule:  jsonRule{r.ID, r.Name, r.Level, r.Severity, r.Format, r.Path, r.Techniques, r.Tactics},
		Group: f.Group, GroupBy: f.GroupBy, Count: f.Count,
	}
	if f.Line != record.NoLine {
		out.Line = &f.Line
	} else if n, err := strconv.ParseUint(f.Record, 10, 64); err == nil {
		out.Record = n
	} else if f.Record != "" {
		out.Record = f.Record
	}
	if f.Earliest != 0 {
		out.First = f.Earliest.Std().Format("2006-01-02T15:04:05.000Z")
	}
	return j.enc.Encode(out)
}

func (j *jsonForm) End(Stats) error { return nil }
