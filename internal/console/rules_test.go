package console_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/manager/audit"
	"github.com/vedette-edr/vedette/internal/manager/fleet"
	"github.com/vedette-edr/vedette/internal/manager/indicator"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// rulesTwin is the manager's rules over the texts of the world, with what the
// world's alerts say of them.
type rulesTwin struct {
	*fleet.Fleet
	w *world
}

func newRules(t *testing.T, db *state.DB, w *world) (*rulesTwin, *indicator.Store) {
	t.Helper()
	shipped := fstest.MapFS{}
	for id, r := range w.rules {
		shipped[id+".yml"] = &fstest.MapFile{Data: []byte(r.Text)}
	}
	f, err := fleet.New(t.Context(), fleet.Options{DB: db, Audit: audit.New(db, time.Now), Shipped: shipped, Formats: all.Formats(),
		Sign:  func(*wirepb.Signed) error { return nil },
		Marks: func(context.Context, string) ([]*wirepb.Mark, error) { return nil, nil }})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Observe(t.Context(), w.events); err != nil {
		t.Fatal(err)
	}
	if err := f.Tick(t.Context(), 59); err != nil { // measures what rules cost
		t.Fatal(err)
	}
	iocs, err := indicator.New(t.Context(), indicator.Options{DB: db, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = iocs.Close() })
	var add []api.IOC
	for n := range 40 {
		add = append(add, api.IOC{Value: fmt.Sprintf("c2-%d.example.net", n), Source: "CERT", Tags: []string{"attack.t1071.001", "botnet"}, Note: "command and control"},
			api.IOC{Type: "sha256", Value: fmt.Sprintf("%064x", 0xC0FFEE+n), Source: "Sandbox", Level: "critical"})
	}
	add = append(add, api.IOC{Value: "198.51.100.0/24", Source: "CERT", Level: "medium", Expires: time.Now().Add(-time.Hour)}, api.IOC{Value: "203.0.113.77", Source: "helpdesk", Note: "seen on web-01"})
	if _, err := iocs.Change(t.Context(), api.IOCChange{Add: add, Comment: "import cert.csv"}, "anna"); err != nil {
		t.Fatal(err)
	}
	return &rulesTwin{f, w}, iocs
}

func (r *rulesTwin) Rules(ctx context.Context) (api.RuleList, error) {
	l, err := r.Fleet.Rules(ctx)
	for i := range l.Rules {
		r.count(&l.Rules[i])
	}
	return l, err
}

func (r *rulesTwin) Rule(ctx context.Context, id string) (api.RuleDetail, error) {
	d, err := r.Fleet.Rule(ctx, id)
	r.count(&d.Rule)
	return d, err
}

func (r *rulesTwin) count(x *api.Rule) {
	for _, a := range r.w.alerts {
		if a.RuleID == x.ID {
			x.Alerts++
			x.Findings += a.Count
			if a.Status != api.AlertClosed {
				x.OpenAlerts++
			}
			if a.Last.After(x.LastFinding) {
				x.LastFinding = a.Last
			}
		}
	}
}
