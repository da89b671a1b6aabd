package alert

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/audit"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

type desk struct {
	*Book
	t     *testing.T
	db    *state.DB
	clock time.Time
	told  []api.Alert
	asked []api.EventQuery
	seq   int64
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	d := &desk{t: t, db: db, clock: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)}
	now := func() time.Time { return d.clock }
	d.Book = New(Options{DB: db, Audit: audit.New(db, now), Events: d, Changed: func(a api.Alert) { d.told = append(d.told, a) }, Now: now})
	return d
}

// Search remembers what a timeline asked for.
func (d *desk) Search(_ context.Context, q api.EventQuery) (api.EventList, error) {
	d.asked = append(d.asked, q)
	return api.EventList{}, nil
}

// finding returns a finding of a rule on a process of a host.
func (d *desk) finding(rule, host, entity, level string) *event.Event {
	d.seq++
	return &event.Event{Time: event.At(d.clock), Kind: event.FindingRaise, Agent: host, Epoch: 1, Sequence: d.seq, HostName: "name-" + host,
		Process: &event.Process{EntityID: entity, PID: 7, Name: "prog", CommandLine: "prog --flag", Ancestors: &event.Ancestors{EntityIDs: []string{"parent", "init"}}},
		Finding: &event.Finding{RuleID: rule, RuleName: "Rule " + rule, Level: level, EventKind: "process_start", EventID: fmt.Sprintf("%s-1-%d", host, 1000+d.seq)}}
}

func (d *desk) observe(events ...*event.Event) {
	d.t.Helper()
	if err := d.Observe(d.t.Context(), events); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) list(q api.AlertQuery) api.AlertList {
	d.t.Helper()
	l, err := d.Alerts(d.t.Context(), q)
	if err != nil {
		d.t.Fatal(err)
	}
	return l
}

func TestFindingsBecomeOneAlertForEachRuleHostAndProcess(t *testing.T) {
	d := newDesk(t)
	first := []*event.Event{d.finding("r1", "a", "p1", "high"), d.finding("r1", "a", "p1", "high"), d.finding("r2", "a", "p1", "low"),
		d.finding("r1", "b", "p1", "high"), d.finding("r1", "a", "p2", "high")}
	d.observe(first...)
	d.observe(first...)     // the lake gives them again after a restart
	d.observe(first[3:]...) // also in part
	l := d.list(api.AlertQuery{})
	got := map[string]int64{}
	for _, a := range l.Alerts {
		got[a.RuleID+a.HostID+a.EntityID] = a.Count
	}
	for key, n := range map[string]int64{"r1ap1": 2, "r2ap1": 1, "r1bp1": 1, "r1ap2": 1} {
		if got[key] != n {
			t.Errorf("%s: %d findings, want %d", key, got[key], n)
		}
	}
	if len(got) != 4 || l.Total != 4 || len(d.told) != 4 {
		t.Errorf("%d alerts, total %d, told of %d", len(got), l.Total, len(d.told))
	}
	of, err := d.OfEvent(t.Context(), first[1].ID())
	if err != nil || len(of) != 1 || of[0].RuleID != "r1" || of[0].HostID != "a" {
		t.Errorf("alerts of the finding: %+v, %v", of, err)
	}
	if of, err := d.OfEvent(t.Context(), first[2].Finding.EventID); err != nil || len(of) != 1 || of[0].RuleID != "r2" {
		t.Errorf("alerts of the matched event: %+v, %v", of, err)
	}
}

func TestWorkflow(t *testing.T) {
	d := newDesk(t)
	d.observe(d.finding("r1", "a", "p1", "high"), d.finding("r2", "a", "p1", "high"))
	l := d.list(api.AlertQuery{Rule: "r1"})
	id := l.Alerts[0].ID
	nobody := "nobody"
	for name, in := range map[string]api.AlertChange{
		"nothing":           {},
		"close, no reason":  {Status: api.AlertClosed},
		"reason, not close": {Status: api.AlertAcknowledged, Reason: "x"},
		"unknown assignee":  {Assignee: &nobody},
	} {
		var field *api.FieldError
		if _, err := d.ChangeAlerts(t.Context(), []string{id}, in, "anna"); !errors.As(err, &field) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.ChangeAlerts(t.Context(), []string{id, "none"}, api.AlertChange{Status: api.AlertAcknowledged}, "anna"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("one of two is not there: %v", err)
	}
	if a := d.list(api.AlertQuery{Rule: "r1"}).Alerts[0]; a.Status != api.AlertNew {
		t.Errorf("half of a change was done: %+v", a)
	}
	if _, err := d.ChangeAlerts(t.Context(), []string{id}, api.AlertChange{Status: api.AlertClosed, Reason: "known tool"}, "anna"); err != nil {
		t.Fatal(err)
	}
	d.observe(d.finding("r1", "a", "p1", "high"))
	l = d.list(api.AlertQuery{Rule: "r1", Status: "open"})
	if len(l.Alerts) != 1 || l.Alerts[0].ID == id || l.Alerts[0].Count != 1 {
		t.Fatalf("after the close: %+v", l.Alerts)
	}
	if _, err := d.ChangeAlerts(t.Context(), []string{id}, api.AlertChange{Status: api.AlertNew}, "anna"); !errors.Is(err, state.ErrConflict) {
		t.Errorf("opened beside a newer one: %v", err)
	}
	x, err := d.Alert(t.Context(), id)
	if err != nil || x.Reason != "known tool" || len(x.History) != 2 || x.History[1].By != "anna" || x.History[1].From != "new" || len(x.Related) != 2 {
		t.Errorf("%+v, %v", x, err)
	}
}

func TestResponsesComeToTheirAlert(t *testing.T) {
	d := newDesk(t)
	d.observe(d.finding("r1", "a", "p1", "high"), d.finding("r1", "b", "p1", "high"))
	response := func(host, rule, entity, result string) *event.Event {
		d.seq++
		return &event.Event{Time: event.At(d.clock), Kind: event.ResponseRun, Agent: host, Epoch: 1, Sequence: d.seq,
			Response: &event.Response{Action: "kill", Mode: "on", Result: result, RuleID: rule, EntityID: entity, PID: 7, Latency: 5e6}}
	}
	done := response("a", "r1", "p1", "done")
	d.observe(done, response("a", "r9", "p1", "done"), response("a", "r1", "p1", "would"))
	d.observe(done)
	a := d.list(api.AlertQuery{Host: "a"}).Alerts[0]
	if len(a.Responses) != 2 || a.Responses[0].Latency != 5e6 {
		t.Errorf("responses %+v", a.Responses)
	}
	if b := d.list(api.AlertQuery{Host: "b"}).Alerts[0]; len(b.Responses) != 0 {
		t.Errorf("another host's response: %+v", b.Responses)
	}
	log, err := d.opts.Audit.Entries(t.Context(), api.AuditQuery{Action: "response.kill"})
	if err != nil || len(log.Entries) != 2 || log.Entries[0].Actor != "agent:a" { // the rehearsal is no deed
		t.Errorf("%+v, %v", log, err)
	}
}

func TestListsPageInEveryOrder(t *testing.T) {
	d := newDesk(t)
	levels := api.Levels()
	for i := range 23 {
		d.clock = d.clock.Add(time.Second)
		f := d.finding(fmt.Sprint("r", i), "a", "p", levels[i%5])
		d.observe(f)
		for range i % 3 {
			f := d.finding(fmt.Sprint("r", i), "a", "p", levels[i%5])
			d.observe(f)
		}
	}
	for _, sort := range []string{"", "-last", "last", "-severity", "severity", "-count", "count"} {
		q := api.AlertQuery{Sort: sort, Page: api.Page{Limit: 4}}
		seen := map[string]bool{}
		var before *api.Alert
		for {
			l := d.list(q)
			if l.Total != 23 {
				t.Fatalf("%s: total %d", sort, l.Total)
			}
			for _, a := range l.Alerts {
				if seen[a.ID] {
					t.Errorf("%s: %s twice", sort, a.RuleID)
				}
				seen[a.ID] = true
				if before != nil && !inOrder(sort, *before, a) {
					t.Errorf("%s: %+v before %+v", sort, before, a)
				}
				before = &a
			}
			if l.Next == "" {
				break
			}
			q.Cursor = l.Next
		}
		if len(seen) != 23 {
			t.Errorf("%s: %d alerts on all pages", sort, len(seen))
		}
	}
	g, err := d.AlertGroups(t.Context(), api.AlertQuery{Level: "high"})
	if err != nil || len(g.Groups) != 8 {
		t.Errorf("%d groups, %v", len(g.Groups), err)
	}
}

func inOrder(sort string, a, b api.Alert) bool {
	switch sort {
	case "", "-last":
		return !a.Last.Before(b.Last)
	case "last":
		return !a.Last.After(b.Last)
	case "-severity":
		return a.Severity >= b.Severity
	case "severity":
		return a.Severity <= b.Severity
	case "-count":
		return a.Count >= b.Count
	}
	return a.Count <= b.Count
}

func TestFilters(t *testing.T) {
	d := newDesk(t)
	d.observe(d.finding("r1", "a", "p1", "low"), d.finding("r2", "b", "p2", "critical"))
	for name, tc := range map[string]struct {
		q    api.AlertQuery
		want int64
	}{
		"level":          {api.AlertQuery{Level: "medium"}, 1},
		"host by name":   {api.AlertQuery{Host: "name-b"}, 1},
		"text":           {api.AlertQuery{Text: "RULE R1"}, 1},
		"text, wildcard": {api.AlertQuery{Text: "%"}, 0},
		"status":         {api.AlertQuery{Status: "acknowledged"}, 0},
		"range":          {api.AlertQuery{Range: api.Range{From: "2026-11-21T08:00:00Z", To: "2026-11-21T08:00:00Z"}}, 2},
		"later":          {api.AlertQuery{Range: api.Range{From: "2026-11-21T08:00:00.000000001Z", To: "2026-11-21T09:00:00Z"}}, 0},
	} {
		if got := d.list(tc.q).Total; got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
}

func TestTimelineScopes(t *testing.T) {
	d := newDesk(t)
	d.observe(d.finding("r1", "a", "p1", "low"), d.finding("r1", "a", "x' or process.pid > 0 or 'a' = 'a", "low"))
	l := d.list(api.AlertQuery{Sort: "last"})
	for scope, want := range map[string]string{"host": "", "process": "process.entity_id = 'p1'",
		"tree": "process.entity_id in ('p1', 'parent', 'init') or process.parent.entity_id = 'p1' or process.ancestors.entity_id = 'p1'"} {
		d.asked = nil
		if _, err := d.Timeline(t.Context(), l.Alerts[0].ID, api.TimelineQuery{Scope: scope, Around: "1m"}); err != nil {
			t.Fatal(err)
		}
		q := d.asked[0]
		if q.Query != want || q.Host != "a" || q.From != "2026-11-21T07:59:00Z" || q.To != "2026-11-21T08:01:00Z" || q.Limit != 500 {
			t.Errorf("%s: asked %+v", scope, q)
		}
	}
	d.asked = nil
	if _, err := d.Timeline(t.Context(), l.Alerts[1].ID, api.TimelineQuery{Scope: "process"}); err != nil || strings.Contains(d.asked[0].Query, " or ") {
		t.Errorf("an id became a condition: %q, %v", d.asked[0].Query, err)
	}
}

func TestHostileFindingsDoNotStopTheBook(t *testing.T) {
	d := newDesk(t)
	bad := d.finding("r\x1f1", "a", "p\x1f1", "apocalyptic")
	bad.Finding.MatchedFields = []string{"only a field"}
	naked := d.finding("r2", "a", "", "")
	naked.Process, naked.User = nil, nil
	d.observe(bad, naked, &event.Event{Kind: event.FindingRaise, Agent: "a", Epoch: 1, Sequence: 90}, &event.Event{Kind: event.ResponseRun, Agent: "a", Epoch: 1, Sequence: 91})
	l := d.list(api.AlertQuery{})
	if len(l.Alerts) != 2 || l.Alerts[0].Level != "informational" {
		t.Errorf("%+v", l.Alerts)
	}
	for _, a := range l.Alerts {
		if _, err := d.Alert(t.Context(), a.ID); err != nil {
			t.Error(err)
		}
	}
}

func TestSummary(t *testing.T) {
	d := newDesk(t)
	d.observe(d.finding("r1", "a", "p1", "high"), d.finding("r1", "a", "p2", "high"), d.finding("r2", "b", "p1", "low"))
	d.clock = d.clock.Add(time.Hour)
	d.observe(d.finding("r3", "b", "p3", "critical"))
	o := api.Overview{From: d.clock.Add(-30 * time.Minute), To: d.clock}
	if err := d.Summarise(t.Context(), &o, 30); err != nil {
		t.Fatal(err)
	}
	if o.OpenAlerts != (api.LevelCounts{Critical: 1, High: 2, Low: 1}) || o.InRange != (api.LevelCounts{Critical: 1}) || o.Before != (api.LevelCounts{High: 2, Low: 1}) {
		t.Errorf("open %+v, in range %+v, before %+v", o.OpenAlerts, o.InRange, o.Before)
	}
	if len(o.AlertsOverTime) != 30 || o.AlertsOverTime[29].Counts.Critical != 1 {
		t.Errorf("over time %+v", o.AlertsOverTime)
	}
	if len(o.TopRules) != 1 || o.TopRules[0].RuleID != "r3" || len(o.TopHosts) != 2 || o.TopHosts[0].HostID != "b" || o.TopHosts[0].Score != 43 || len(o.Newest) != 4 {
		t.Errorf("rules %+v, hosts %+v, newest %d", o.TopRules, o.TopHosts, len(o.Newest))
	}
}

func TestAnErrorOfTheDatabaseLosesNothing(t *testing.T) {
	d := newDesk(t)
	f := d.finding("r1", "a", "p1", "high")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Observe(ctx, []*event.Event{f}); err == nil {
		t.Fatal("stored without a database")
	}
	d.observe(f) // the lake gives it again
	if l := d.list(api.AlertQuery{}); l.Total != 1 || l.Alerts[0].Count != 1 {
		t.Errorf("%+v", l)
	}
	var marks int
	if err := d.db.Read(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow(`SELECT COUNT(*) FROM alert_marks`).Scan(&marks) }); err != nil || marks != 1 {
		t.Errorf("%d marks, %v", marks, err)
	}
}
