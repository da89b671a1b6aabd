package console_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/rest"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/manager/user"
)

// twin is the manager's parts over a world in memory, behind the real routes.
type twin struct {
	mu      sync.Mutex
	w       *world // guarded by mu
	tasks   []api.Task
	history map[string][]api.AlertEntry
	entries []api.AuditEntry
	live    *liveStream
}

func newTwin(w *world) *twin {
	return &twin{w: w, history: map[string][]api.AlertEntry{}, live: newLiveStream()}
}

func (t *twin) deps(users *user.Store) rest.Deps {
	return rest.Deps{
		Sessions: users, Users: users, Tokens: t, Hosts: t, Tracks: t, Policies: t, Tasks: t,
		Alerts: t, Events: t, Audit: t, Overviews: t, Stream: t.live,
	}
}

func missing(what, id string) error { return fmt.Errorf("%s %s: %w", what, id, state.ErrNotFound) }

// ---- events

func (t *twin) match(s api.EventSelect) ([]*event.Event, time.Time, time.Time, error) {
	from, to, err := s.Bounds(t.w.now.Add(time.Minute))
	if err != nil {
		return nil, from, to, err
	}
	x, err := expr.Parse(s.Query)
	if err != nil {
		return nil, from, to, &api.FieldError{Field: "query.query", Message: err.Error()}
	}
	kinds := strings.FieldsFunc(s.Kind, func(r rune) bool { return r == ',' })
	var out []*event.Event
	for _, e := range t.w.events {
		at := e.Time.Std()
		if at.Before(from) || at.After(to) || s.Host != "" && s.Host != e.Agent && s.Host != e.HostName || len(kinds) > 0 && !slices.Contains(kinds, e.Kind.String()) || !x.Match(e) {
			continue
		}
		out = append(out, e)
	}
	return out, from, to, nil
}

func (t *twin) Search(_ context.Context, q api.EventQuery) (api.EventList, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all, from, to, err := t.match(q.EventSelect)
	if err != nil {
		return api.EventList{}, err
	}
	if q.Sort != "@timestamp" {
		slices.Reverse(all)
	}
	start := 0
	if q.Cursor != "" {
		if _, err := fmt.Sscanf(q.Cursor, "o%d", &start); err != nil || start > len(all) {
			return api.EventList{}, &api.FieldError{Field: "query.cursor", Message: "is not one of ours"}
		}
	}
	end := min(len(all), start+q.Limit)
	l := api.EventList{Events: all[start:end], Total: int64(len(all)), TotalExact: true, From: from, To: to, Took: 3.4, Completeness: t.whole(from, to)}
	if end < len(all) {
		l.Next = fmt.Sprintf("o%d", end)
	}
	return l, nil
}

func (t *twin) Count(_ context.Context, q api.CountQuery) (api.CountAnswer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all, from, to, err := t.match(q.EventSelect)
	if err != nil {
		return api.CountAnswer{}, err
	}
	rows, more := top(all, q.By, "", q.Limit)
	return api.CountAnswer{Total: int64(len(all)), By: q.By, Rows: rows, More: more, Took: 2, Completeness: t.whole(from, to)}, nil
}

func top(all []*event.Event, by []string, prefix string, limit int) (rows []api.CountRow, more int64) {
	counts := map[string]int64{}
	for _, e := range all {
		var values []string
		for _, name := range by {
			f, _ := expr.KnownField(name)
			values = append(values, f.Of(e).Text())
		}
		if strings.HasPrefix(values[0], prefix) {
			counts[strings.Join(values, "\x00")]++
		}
	}
	for k, n := range counts {
		rows = append(rows, api.CountRow{Values: strings.Split(k, "\x00"), Count: n})
	}
	slices.SortFunc(rows, func(a, b api.CountRow) int {
		if a.Count != b.Count {
			return int(b.Count - a.Count)
		}
		return slices.Compare(a.Values, b.Values)
	})
	if len(rows) > limit {
		rows, more = rows[:limit], int64(len(rows)-limit)
	}
	return rows, more
}

func (t *twin) Values(_ context.Context, field string, q api.ValuesQuery) (api.ValueList, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := expr.KnownField(field); !ok {
		return api.ValueList{}, missing("field", field)
	}
	all, _, _, err := t.match(q.EventSelect)
	if err != nil {
		return api.ValueList{}, err
	}
	rows, _ := top(all, []string{field}, q.Prefix, q.Limit)
	return api.ValueList{Values: rows}, nil
}

func (t *twin) Histogram(_ context.Context, q api.HistogramQuery) (api.Histogram, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all, from, to, err := t.match(q.EventSelect)
	if err != nil {
		return api.Histogram{}, err
	}
	h := api.Histogram{From: from, To: to, Width: to.Sub(from).Seconds() / float64(q.Buckets), Total: int64(len(all)), Completeness: t.whole(from, to)}
	h.Buckets = buckets(all, from, to, q.Buckets)
	return h, nil
}

func buckets(all []*event.Event, from, to time.Time, n int) []api.Bucket {
	width := to.Sub(from) / time.Duration(n)
	out := make([]api.Bucket, n)
	for i := range out {
		out[i].At = from.Add(time.Duration(i) * width)
	}
	for _, e := range all {
		i := int(e.Time.Std().Sub(from) / max(1, width))
		out[min(n-1, max(0, i))].Count++
	}
	return out
}

func (t *twin) Event(_ context.Context, id string) (*event.Event, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.event(id)
}

func (t *twin) event(id string) (*event.Event, error) {
	for _, e := range t.w.events {
		if e.ID() == id {
			return e, nil
		}
	}
	return nil, missing("event", id)
}

// Tree goes up to the top and down from there.
func (t *twin) Tree(_ context.Context, id string, q api.TreeQuery) (api.Tree, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, err := t.event(id)
	if err != nil {
		return api.Tree{}, err
	}
	out := api.Tree{Host: e.Agent, HostName: e.HostName, Focus: e.Process.EntityID, Nodes: []api.TreeNode{}}
	top := e.Process.EntityID
	path := map[string]bool{top: true}
	for p := t.w.procs[top]; p != nil && p.Process.Parent != nil; p = t.w.procs[top] {
		top = p.Process.Parent.EntityID
		path[top] = true
	}
	out.Root = top
	children := map[string][]string{}
	for id, p := range t.w.procs {
		if p.Process.Parent != nil && p.Agent == e.Agent {
			children[p.Process.Parent.EntityID] = append(children[p.Process.Parent.EntityID], id)
		}
	}
	queue := []string{top}
	for len(queue) > 0 && len(out.Nodes) < q.Limit {
		id := queue[0]
		queue = queue[1:]
		out.Nodes = append(out.Nodes, t.node(id, path[id]))
		slices.Sort(children[id])
		// of the siblings beside the path only those near it are in the tree
		if path[id] || len(children[id]) < 200 {
			queue = append(queue, children[id]...)
		}
	}
	out.Truncated = len(queue) > 0
	out.Completeness = t.whole(t.w.now.Add(-time.Hour), t.w.now)
	return out, nil
}

func (t *twin) node(id string, onPath bool) api.TreeNode {
	p := t.w.procs[id]
	n := api.TreeNode{
		EntityID: id, PID: p.Process.PID, Name: p.Process.Name, Executable: p.Process.Executable, CommandLine: p.Process.CommandLine, User: p.User.Name,
		Start: p.Process.Start.Std(), EventID: p.ID(), OnPath: onPath, Seen: true,
	}
	if p.Process.Parent != nil {
		n.Parent = p.Process.Parent.EntityID
	}
	for _, e := range t.w.events {
		if e.Process == nil || e.Process.EntityID != id {
			continue
		}
		switch {
		case e.Kind == event.ProcessEnd:
			n.End, n.ExitCode = e.Time.Std(), &e.Process.ExitCode.N
		case e.Kind.Category() == "file":
			n.Files++
		case e.Kind.Category() == "network":
			n.Networks++
		}
	}
	for _, a := range t.w.alerts {
		if a.EntityID == id {
			n.Alerts++
			if api.Severity(a.Level) > api.Severity(n.Level) {
				n.Level = a.Level
			}
		}
	}
	return n
}

// ---- telemetry

func (t *twin) whole(from, to time.Time) api.Completeness {
	c := api.Completeness{State: api.Complete, Hosts: int64(len(t.w.hosts)), Gaps: []api.Gap{}}
	bad := map[string]bool{}
	for _, g := range t.w.gaps {
		if g.To.Before(from) || g.From.After(to) {
			continue
		}
		bad[g.Host] = true
		c.Gaps = append(c.Gaps, g)
		c.Lost += max(0, g.Lost)
		if c.State != api.Blind {
			c.State = g.State
		}
	}
	c.Whole = c.Hosts - int64(len(bad))
	return c
}

func (t *twin) Track(_ context.Context, host string, from, to time.Time) (api.Track, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.w.host(host)
	if h == nil {
		return api.Track{}, missing("host", host)
	}
	k := api.Track{Host: h.ID, HostName: h.Name, From: from, To: to, State: h.Telemetry, Intervals: t.w.tracks[h.ID]}
	for _, s := range []string{"exec", "file", "net"} {
		in := t.w.tracks[h.ID][:1]
		for i, g := range t.w.gaps {
			if g.Host == h.ID && (g.Sensor == s || g.Sensor == "") {
				in = append(slices.Clone(in), api.Interval{From: t.w.gaps[i].From, To: t.w.gaps[i].To, State: g.State, Lost: g.Lost, Reason: g.Reason})
			}
		}
		k.Sensors = append(k.Sensors, api.SensorTrack{Sensor: s, Intervals: in})
	}
	for _, g := range t.w.gaps {
		if g.Host == h.ID && g.To.After(from) {
			k.Gaps = append(k.Gaps, g)
		}
	}
	return k, nil
}

func (t *twin) Tracks(ctx context.Context, from, to time.Time) ([]api.Track, error) {
	var out []api.Track
	for _, h := range t.w.hosts {
		k, err := t.Track(ctx, h.ID, from, to)
		if err != nil {
			return nil, err
		}
		k.Sensors, k.Gaps = nil, nil
		out = append(out, k)
	}
	return out, nil
}

func (t *twin) Completeness(_ context.Context, from, to time.Time) (api.Completeness, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.whole(from, to), nil
}
