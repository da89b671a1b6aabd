package manager

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func count(t testing.TB, c *api.Client, query string) api.CountAnswer {
	t.Helper()
	a, err := api.Get[api.CountAnswer](t.Context(), c, "/events/count", api.CountQuery{EventSelect: api.EventSelect{Query: query}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestAlertFromAgentToPerson walks from an agent's finding to the alert, its
// timeline and tree, a task on it and the result on the alert.
func TestAlertFromAgentToPerson(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{})
	c := admin(t, m)
	w := newTwin(t, m, "web1")
	w.beat()
	began := time.Now()
	w.emit(started("curl", 100), found("r1", "curl", 100), found("r1", "curl", 100), found("r2", "curl", 100))
	var l api.AlertList
	eventually(t, "alerts", func() bool {
		var err error
		l, err = api.Get[api.AlertList](t.Context(), c, "/alerts", api.AlertQuery{Sort: "-count"})
		return err == nil && len(l.Alerts) == 2
	})
	t.Logf("alert in the API after %s", time.Since(began))
	a := l.Alerts[0]
	if a.RuleID != "r1" || a.Count != 2 || a.Status != api.AlertNew || a.HostID != w.id || a.Level != "high" || a.Process != "curl" {
		t.Fatalf("%+v", a)
	}
	if want := "`curl`, started by `sh`, ran `curl -x` as `www-data`."; a.Story != want {
		t.Errorf("story %s, want %s", a.Story, want)
	}
	d, err := api.Get[api.AlertDetail](t.Context(), c, "/alerts/"+a.ID, nil)
	if err != nil || len(d.Matched) != 1 || d.Matched[0] != (api.Matched{Field: "process.name", Value: "curl"}) || d.Finding.Kind != event.FindingRaise || d.Host == nil || len(d.Related) != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	eventually(t, "timeline", func() bool {
		tl, err := api.Get[api.Timeline](t.Context(), c, "/alerts/"+a.ID+"/timeline", api.TimelineQuery{Scope: "tree"})
		return err == nil && len(tl.Events) == 4
	})
	tree, err := api.Get[api.Tree](t.Context(), c, "/events/"+a.EventID+"/tree", nil)
	if err != nil || tree.Focus != "curl-100" {
		t.Errorf("%+v, %v", tree, err)
	}
	task, err := api.Send[api.TaskAnswer](t.Context(), c, "POST", "/tasks", api.NewTask{Action: "kill", AlertID: a.ID, Reason: "test"})
	if err != nil || task.Task == nil {
		t.Fatalf("%+v, %v", task, err)
	}
	s := w.document(wire.DocumentTask)
	var wt wire.Task
	if err := json.Unmarshal(s.Content, &wt); err != nil || wt.PID != 100 || wt.ID != task.Task.ID {
		t.Fatalf("%+v, %v", wt, err)
	}
	answer := started("curl", 100)
	answer.Kind = event.ResponseRun
	answer.Response = &event.Response{Action: "kill", Mode: "on", Result: "done", TaskID: wt.ID, EntityID: "curl-100", PID: 100}
	w.emit(answer)
	eventually(t, "result on task and alert", func() bool {
		x, err := api.Get[api.Task](t.Context(), c, "/tasks/"+wt.ID, nil)
		d, err2 := api.Get[api.AlertDetail](t.Context(), c, "/alerts/"+a.ID, nil)
		return err == nil && err2 == nil && x.Status == "done" && len(d.Responses) == 1 && d.Responses[0].Result == "done"
	})
	for _, change := range []api.AlertChange{{Status: api.AlertAcknowledged}, {Assignee: ptr("admin"), Note: "looks bad"}, {Status: api.AlertClosed, Reason: "killed"}} {
		if _, err := api.Send[api.Alert](t.Context(), c, "PATCH", "/alerts/"+a.ID, change); err != nil {
			t.Fatal(err)
		}
	}
	d, err = api.Get[api.AlertDetail](t.Context(), c, "/alerts/"+a.ID, nil)
	if err != nil || d.Status != api.AlertClosed || d.Reason != "killed" || d.Assignee != "admin" || len(d.History) != 6 {
		t.Errorf("%s %s %s %+v, %v", d.Status, d.Reason, d.Assignee, d.History, err)
	}
	w.emit(found("r1", "curl", 100)) // after the close: a new alert
	eventually(t, "a new alert", func() bool {
		l, err := api.Get[api.AlertList](t.Context(), c, "/alerts", api.AlertQuery{Status: "open", Rule: "r1"})
		return err == nil && len(l.Alerts) == 1 && l.Alerts[0].ID != a.ID
	})
	log, err := api.Get[api.AuditList](t.Context(), c, "/audit", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"task.give", "task.done", "response.kill", "alert.change", "token.create"} {
		if !slices.ContainsFunc(log.Entries, func(e api.AuditEntry) bool { return e.Action == want }) {
			t.Errorf("the audit log does not tell of %s", want)
		}
	}
	if check, err := api.Get[api.AuditCheck](t.Context(), c, "/audit/check", nil); err != nil || !check.Whole {
		t.Errorf("%+v, %v", check, err)
	}
}

func ptr[T any](v T) *T { return &v }

// TestWM7_QueryRanges: ranges include both ends, take any zone, and pages are
// stable while new events come in.
func TestWM7_QueryRanges(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{})
	c := admin(t, m)
	w := newTwin(t, m, "web1")
	base := time.Now().Add(-30 * time.Minute).UTC().Truncate(time.Second)
	var events []*event.Event
	for i := range 100 {
		e := started(fmt.Sprintf("p%d", i), int64(100+i))
		e.Time = event.At(base.Add(time.Duration(i) * time.Second))
		events = append(events, e)
	}
	w.emit(events...)
	eventually(t, "all searchable", func() bool { return count(t, c, "").Total == 100 })
	find := func(r api.Range) int64 {
		t.Helper()
		a, err := api.Get[api.CountAnswer](t.Context(), c, "/events/count", api.CountQuery{EventSelect: api.EventSelect{Range: r}})
		if err != nil {
			t.Fatal(err)
		}
		return a.Total
	}
	at := func(i int) string { return base.Add(time.Duration(i) * time.Second).Format(time.RFC3339Nano) }
	zone := time.FixedZone("", 5*3600+1800)
	for name, tc := range map[string]struct {
		r    api.Range
		want int64
	}{
		"default last hour":    {api.Range{}, 100},
		"both ends included":   {api.Range{From: at(10), To: at(19)}, 10},
		"one instant":          {api.Range{From: at(10), To: at(10)}, 1},
		"just after":           {api.Range{From: base.Add(10*time.Second + 1).Format(time.RFC3339Nano), To: at(19)}, 9},
		"just before":          {api.Range{From: at(10), To: base.Add(19*time.Second - 1).Format(time.RFC3339Nano)}, 9},
		"another zone":         {api.Range{From: base.Add(10 * time.Second).In(zone).Format(time.RFC3339), To: base.Add(19 * time.Second).In(zone).Format(time.RFC3339)}, 10},
		"last before to":       {api.Range{To: at(19), Last: "9s"}, 10},
		"days":                 {api.Range{Last: "7d"}, 100},
		"pivot":                {api.Range{Pivot: at(50), Delta: "5s"}, 11},
		"pivot of ten minutes": {api.Range{Pivot: at(50)}, 100},
	} {
		if got := find(tc.r); got != tc.want {
			t.Errorf("%s: %d events, want %d", name, got, tc.want)
		}
	}
	q := api.EventQuery{EventSelect: api.EventSelect{Range: api.Range{From: at(0), To: at(99)}}, Page: api.Page{Limit: 7}}
	seen := map[string]bool{}
	for page := 0; ; page++ {
		l, err := api.Get[api.EventList](t.Context(), c, "/events/search", q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range l.Events {
			if seen[e.ID()] {
				t.Errorf("%s is on two pages", e.ID())
			}
			seen[e.ID()] = true
		}
		if l.Next == "" {
			break
		}
		q.Cursor = l.Next
		if page == 3 { // newer than all pages, so it belongs to none of them that follow
			late := started("late", 9)
			late.Time = event.At(base.Add(99 * time.Second))
			w.emit(late)
			eventually(t, "late event", func() bool { return count(t, c, "process.name = 'late'").Total == 1 })
		}
	}
	delete(seen, "")
	if n := len(seen); n != 100 {
		t.Errorf("%d events on all pages, want 100", n)
	}
	if _, err := api.Get[api.EventList](t.Context(), c, "/events/search", api.EventQuery{Page: api.Page{Limit: 10001}}); err == nil {
		t.Error("a limit above 10000 is taken")
	}
}

// TestWM14_StatsEqualTheDatabase: the counts equal those of the database after
// hosts enrolled and were deleted, and users and rules came and went.
func TestWM14_StatsEqualTheDatabase(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{})
	c := admin(t, m)
	check := func(when string, hosts int64) {
		t.Helper()
		s, err := api.Get[api.Stats](t.Context(), c, "/stats", nil)
		if err != nil {
			t.Fatal(err)
		}
		var h, u, a int64
		if err := m.db.Read(t.Context(), func(tx *sql.Tx) error {
			return tx.QueryRow(`SELECT (SELECT COUNT(*) FROM hosts), (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM alerts)`).Scan(&h, &u, &a)
		}); err != nil {
			t.Fatal(err)
		}
		rules, err := api.Get[api.RuleList](t.Context(), c, "/rules", nil)
		if err != nil {
			t.Fatal(err)
		}
		if s.EndpointCount != h || h != hosts || s.UserCount != u || s.AlertCount != a || s.RuleCount != int64(len(rules.Rules)) || s.RuleCount < 30 {
			t.Errorf("%s: stats %+v; database %d hosts, %d users, %d alerts; %d rules", when, s, h, u, a, len(rules.Rules))
		}
	}
	check("fresh", 0)
	one, two := newTwin(t, m, "one"), newTwin(t, m, "two")
	check("two enrolled", 2)
	two.emit(found("r1", "x", 5))
	eventually(t, "alert", func() bool {
		s, err := api.Get[api.Stats](t.Context(), c, "/stats", nil)
		return err == nil && s.AlertCount == 1 && s.OnlineCount == 2
	})
	if err := c.Do(t.Context(), "DELETE", "/hosts/"+one.id, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	check("one deleted", 1)
	<-one.ended // its stream is closed
	if _, err := api.Send[api.CreatedUser](t.Context(), c, "POST", "/users", api.NewUser{Name: "anna", Role: "viewer"}); err != nil {
		t.Fatal(err)
	}
	check("a user more", 1)
	if err := c.Do(t.Context(), "DELETE", "/users/anna", nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	check("a user less", 1)
}

func TestPolicyReachesTheAgentWithin5s(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{})
	c := admin(t, m)
	w := newTwin(t, m, "web1")
	first := w.document(wire.DocumentPolicy)
	began := time.Now()
	if _, err := api.Send[api.Policy](t.Context(), c, "PUT", "/policies/default", api.PolicyChange{Text: "respond: observe\n"}); err != nil {
		t.Fatal(err)
	}
	next := w.document(wire.DocumentPolicy)
	if took := time.Since(began); took > 5*time.Second || next.Version <= first.Version {
		t.Errorf("version %d after %d in %s", next.Version, first.Version, took)
	}
	w.send(&wirepb.FromAgent{Message: &wirepb.FromAgent_Applied{Applied: &wirepb.Applied{Kind: wire.DocumentPolicy, Version: next.Version}}})
	eventually(t, "shown as applied", func() bool {
		h, err := api.Get[api.Host](t.Context(), c, "/hosts/web1", nil)
		return err == nil && h.Documents[0].Applied == next.Version
	})
}

// watch opens a live stream.
func watch(t *testing.T, m *Manager, query string) *websocket.Conn {
	t.Helper()
	p, err := m.Profile(t.Context(), "watch", api.Profile{})
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: clientTLS(t, m)}
	conn, _, err := websocket.Dial(t.Context(), "wss"+strings.TrimPrefix(m.URL(), "https")+api.Prefix+"/stream?"+query,
		&websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}, HTTPHeader: http.Header{"Authorization": {"Bearer " + p.Key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	conn.SetReadLimit(8 << 20)
	return conn
}

func message(t *testing.T, conn *websocket.Conn) api.StreamMessage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, text, err := conn.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var m api.StreamMessage
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestWM13_SlowConsumerDoesNotBlock: a client that reads nothing holds up
// neither ingestion nor other clients; when it reads again it is told how much
// it missed; a client that was away goes on where it was.
func TestWM13_SlowConsumerDoesNotBlock(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{})
	c := admin(t, m)
	w := newTwin(t, m, "web1")
	slow := watch(t, m, "topics=events")
	if message(t, slow).Type != "hello" {
		t.Fatal("no hello")
	}
	fast := watch(t, m, "topics=events,alerts&query=process.name+%3D+%27needle%27")
	if message(t, fast).Type != "hello" {
		t.Fatal("no hello")
	}
	const batches, each = 30, 1000
	for i := range batches {
		var events []*event.Event
		for n := range each {
			e := started("hay", int64(i*each+n))
			e.Process.CommandLine = strings.Repeat("x", 500)
			events = append(events, e)
		}
		w.emit(events...)
	}
	w.emit(started("needle", 7))
	eventually(t, "all stored although a client reads nothing", func() bool { return count(t, c, "").Total == batches*each+1 })
	got := message(t, fast)
	if got.Type != "event" || got.Event.Process.Name != "needle" {
		t.Fatalf("the other client got %+v", got)
	}
	var events, lost int64
	for events+lost < batches*each+1 {
		switch x := message(t, slow); x.Type {
		case "event":
			events++
		case "gap":
			lost += x.Lost
		}
	}
	t.Logf("the slow client got %d events and was told of %d", events, lost)
	if lost == 0 || events+lost != batches*each+1 {
		t.Errorf("%d events and %d lost, want %d together", events, lost, batches*each+1)
	}
	_ = fast.CloseNow()
	w.emit(started("needle", 8), found("r9", "needle", 8))
	eventually(t, "alert", func() bool {
		l, err := api.Get[api.AlertList](t.Context(), c, "/alerts", nil)
		return err == nil && len(l.Alerts) == 1
	})
	back := watch(t, m, "topics=events,alerts&query=process.name+%3D+%27needle%27&resume="+got.ID)
	types := map[string]int{}
	for types["event"] < 2 || types["alert"] < 1 {
		x := message(t, back)
		types[x.Type]++
		if x.Type == "gap" {
			t.Fatalf("resumed with a gap: %+v", x)
		}
	}
	if err := back.Write(t.Context(), websocket.MessageText, []byte(`{"topics":["events"],"query":"nope = 1"}`)); err != nil {
		t.Fatal(err)
	}
	if x := message(t, back); x.Type != "error" || !strings.Contains(x.Error, "nope") {
		t.Errorf("a wrong request was answered with %+v", x)
	}
}

func TestStreamRefusesForeignPagesAndStrangers(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{})
	p, err := m.Profile(t.Context(), "x", api.Profile{})
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: clientTLS(t, m)}
	defer transport.CloseIdleConnections()
	for name, tc := range map[string]struct {
		header http.Header
		query  string
		want   int
	}{
		"stranger":      {http.Header{}, "", http.StatusUnauthorized},
		"foreign page":  {http.Header{"Authorization": {"Bearer " + p.Key}, "Origin": {"https://evil.example"}}, "", http.StatusForbidden},
		"bad topic":     {http.Header{"Authorization": {"Bearer " + p.Key}}, "topics=all", http.StatusUnprocessableEntity},
		"bad condition": {http.Header{"Authorization": {"Bearer " + p.Key}}, "query=x+y+z", http.StatusUnprocessableEntity},
	} {
		_, a, err := websocket.Dial(t.Context(), "wss"+strings.TrimPrefix(m.URL(), "https")+api.Prefix+"/stream?"+tc.query,
			&websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}, HTTPHeader: tc.header})
		if err == nil || a == nil || a.StatusCode != tc.want {
			t.Errorf("%s: %v, %v", name, a, err)
		}
	}
}

func TestBackupAndRestore(t *testing.T) {
	conf := testConfig(t)
	m, stop := start(t, conf, Options{})
	w := newTwin(t, m, "web1")
	w.emit(started("curl", 1), started("curl", 2))
	c := admin(t, m)
	eventually(t, "searchable", func() bool { return count(t, c, "").Total == 2 })
	if err := m.lake.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir() + "/backup"
	if b, err := Backup(t.Context(), conf, to); err != nil || b.Files < 4 {
		t.Fatalf("%+v, %v", b, err)
	}
	if _, err := Backup(t.Context(), conf, to); err == nil {
		t.Error("a backup was overwritten")
	}
	if _, err := Restore(t.Context(), conf, to); err == nil {
		t.Error("restored over data")
	}
	stop()
	other := testConfig(t)
	if _, err := Restore(t.Context(), other, to); err != nil {
		t.Fatal(err)
	}
	m2, _ := start(t, other, Options{})
	c2 := admin(t, m2)
	if n := count(t, c2, "process.name = 'curl'").Total; n != 2 {
		t.Errorf("%d events after the restore", n)
	}
	if h, err := api.Get[api.Host](t.Context(), c2, "/hosts/web1", nil); err != nil || h.ID != w.id {
		t.Errorf("%+v, %v", h, err)
	}
}

// TestCorruptedSegmentShowsInTheTrack damages a stored segment: the search goes
// on without it, and answer and track say what is missing.
func TestCorruptedSegmentShowsInTheTrack(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{})
	c := admin(t, m)
	w := newTwin(t, m, "web1")
	w.beat()
	w.emit(started("curl", 1), started("curl", 2), started("curl", 3))
	eventually(t, "searchable", func() bool { return count(t, c, "").Total == 3 })
	if err := m.lake.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(m.config.DataDir, "lake", "*.parquet"))
	if err != nil || len(files) != 1 {
		t.Fatalf("segments %v, %v", files, err)
	}
	if err := os.WriteFile(files[0], []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := count(t, c, "")
	if a.Total != 0 || a.Completeness.State != api.Degraded || a.Completeness.Lost != 3 {
		t.Errorf("%d found, %+v", a.Total, a.Completeness)
	}
	tr, err := api.Get[api.Track](t.Context(), c, "/hosts/web1/completeness", nil)
	if err != nil || tr.State != api.Degraded || !slices.ContainsFunc(tr.Gaps, func(g api.Gap) bool { return g.Stage == "lake" && g.Lost == 3 }) {
		t.Errorf("%+v, %v", tr, err)
	}
	all, err := api.Get[api.TrackList](t.Context(), c, "/completeness", nil)
	if err != nil || len(all.Tracks) != 1 || all.Tracks[0].State != api.Degraded {
		t.Errorf("%+v, %v", all, err)
	}
}
