package offline

import (
	"encoding/json"
	"io"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/rank"
	"github.com/vedette-edr/vedette/internal/event"
)

// ranking writes the hosts, those with most to look at first. The findings of
// one record, which come one after the other, are one alert.
type ranking struct {
	w     io.Writer
	hosts *rank.Ranking
	at    Place
	host  string
	time  event.Time
	rules []*detect.Rule
}

func newRanking(w io.Writer) *ranking { return &ranking{w: w, hosts: rank.New()} }

func (r *ranking) Finding(f *Finding) error {
	if f.Place != r.at || f.Host != r.host || f.Window != nil {
		r.flush()
	}
	r.at, r.host, r.time = f.Place, f.Host, f.Time
	r.rules = append(r.rules, f.Rule)
	return nil
}

func (r *ranking) flush() {
	r.hosts.Add(r.host, r.time, r.rules)
	r.rules = nil
}

func (r *ranking) End(Stats) error {
	r.flush()
	enc := json.NewEncoder(r.w)
	enc.SetEscapeHTML(false)
	for _, h := range r.hosts.Hosts() {
		if err := enc.Encode(h); err != nil {
			return err
		}
	}
	return nil
}
