package console_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
)

// ---- alerts

// selected returns pointers, as sorting 20,000 alerts moves them often.
func (t *twin) selected(q api.AlertQuery) []*api.Alert {
	from, to := time.Time{}, t.w.now.Add(time.Hour)
	if q.From != "" || q.Last != "" {
		from, to, _ = q.Bounds(t.w.now.Add(time.Minute))
	}
	has := func(a *api.Alert) bool {
		return strings.Contains(strings.ToLower(a.RuleName+" "+a.HostName+" "+a.Story+" "+a.CommandLine), strings.ToLower(q.Text))
	}
	var out []*api.Alert
	for i := range t.w.alerts {
		a := &t.w.alerts[i]
		if a.Last.Before(from) || a.First.After(to) ||
			q.Status == "open" && a.Status == api.AlertClosed || q.Status != "" && q.Status != "open" && q.Status != a.Status ||
			q.Level != "" && a.Severity < api.Severity(q.Level) || q.Host != "" && q.Host != a.HostID && q.Host != a.HostName ||
			q.Rule != "" && q.Rule != a.RuleID || q.Assignee != "" && q.Assignee != a.Assignee || q.Text != "" && !has(a) {
			continue
		}
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b *api.Alert) int {
		switch q.Sort {
		case "-severity":
			return int(b.Severity - a.Severity)
		case "severity":
			return int(a.Severity - b.Severity)
		case "last":
			return a.Last.Compare(b.Last)
		case "-count":
			return int(b.Count - a.Count)
		case "count":
			return int(a.Count - b.Count)
		}
		return b.Last.Compare(a.Last)
	})
	return out
}

func (t *twin) Alerts(_ context.Context, q api.AlertQuery) (api.AlertList, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.selected(q)
	start := 0
	if q.Cursor != "" {
		if _, err := fmt.Sscanf(q.Cursor, "o%d", &start); err != nil || start > len(all) {
			return api.AlertList{}, &api.FieldError{Field: "query.cursor", Message: "is not one of ours"}
		}
	}
	end := min(len(all), start+q.Limit)
	l := api.AlertList{Alerts: []api.Alert{}, Total: int64(len(all))}
	for _, a := range all[start:end] {
		l.Alerts = append(l.Alerts, *a)
	}
	if end < len(all) {
		l.Next = fmt.Sprintf("o%d", end)
	}
	return l, nil
}

func (t *twin) AlertGroups(_ context.Context, q api.AlertQuery) (api.AlertGroups, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	byKey := map[string]*api.AlertGroup{}
	var order []string
	for _, a := range t.selected(q) {
		k := a.RuleID + a.HostID + a.Process
		g := byKey[k]
		if g == nil {
			g = &api.AlertGroup{RuleID: a.RuleID, RuleName: a.RuleName, Level: a.Level, HostID: a.HostID, HostName: a.HostName, Process: a.Process, First: a.First, Last: a.Last, Newest: a.ID}
			byKey[k], order = g, append(order, k)
		}
		g.Alerts, g.Count = g.Alerts+1, g.Count+a.Count
		if a.Status != api.AlertClosed {
			g.Open++
		}
	}
	out := api.AlertGroups{Groups: []api.AlertGroup{}, Total: int64(len(order))}
	for _, k := range order {
		out.Groups = append(out.Groups, *byKey[k])
	}
	return out, nil
}

func (t *twin) alert(id string) *api.Alert {
	for i := range t.w.alerts {
		if t.w.alerts[i].ID == id {
			return &t.w.alerts[i]
		}
	}
	return nil
}

func (t *twin) Alert(_ context.Context, id string) (api.AlertDetail, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.alert(id)
	if a == nil {
		return api.AlertDetail{}, missing("alert", id)
	}
	f, err := t.event(a.FindingID)
	if err != nil {
		return api.AlertDetail{}, err
	}
	d := api.AlertDetail{Alert: *a, Finding: f, RuleText: t.w.rules[a.RuleID].Text, RulePath: t.w.rules[a.RuleID].Path, About: t.w.rules[a.RuleID].Description, Host: t.w.host(a.HostID), Related: []api.Alert{}}
	for i, name := range f.Finding.MatchedFields {
		d.Matched = append(d.Matched, api.Matched{Field: name, Value: f.Finding.MatchedValues[i]})
	}
	d.History = append([]api.AlertEntry{{At: a.Created, By: "manager", What: "created"}}, t.history[id]...)
	for _, b := range t.w.alerts {
		if b.ID != a.ID && b.HostID == a.HostID && b.Last.Sub(a.Last).Abs() < 5*time.Minute {
			d.Related = append(d.Related, b)
		}
	}
	return d, nil
}

func (t *twin) ChangeAlerts(_ context.Context, ids []string, c api.AlertChange, by string) ([]api.Alert, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.Status == api.AlertClosed && c.Reason == "" {
		return nil, &api.FieldError{Field: "body.reason", Message: "is needed to close an alert"}
	}
	var out []api.Alert
	for _, id := range ids {
		a := t.alert(id)
		if a == nil {
			return nil, missing("alert", id)
		}
		e := api.AlertEntry{At: t.w.now, By: by}
		if c.Status != "" {
			e.What, e.From, e.To, e.Text = "status", a.Status, c.Status, c.Reason
			a.Status, a.Reason = c.Status, c.Reason
			t.history[id] = append(t.history[id], e)
		}
		if c.Assignee != nil {
			e.What, e.From, e.To, e.Text = "assignee", a.Assignee, *c.Assignee, ""
			a.Assignee = *c.Assignee
			t.history[id] = append(t.history[id], e)
		}
		if c.Note != "" {
			t.history[id] = append(t.history[id], api.AlertEntry{At: t.w.now, By: by, What: "note", Text: c.Note})
		}
		out = append(out, *a)
	}
	return out, nil
}

func (t *twin) Timeline(_ context.Context, id string, q api.TimelineQuery) (api.Timeline, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.alert(id)
	if a == nil {
		return api.Timeline{}, missing("alert", id)
	}
	around, err := api.ParseSpan(q.Around)
	if err != nil {
		return api.Timeline{}, &api.FieldError{Field: "query.around", Message: err.Error()}
	}
	l := api.Timeline{From: a.Last.Add(-around), To: a.Last.Add(around), Events: []*event.Event{}}
	for _, e := range t.w.events {
		at := e.Time.Std()
		if e.Agent == a.HostID && !at.Before(l.From) && !at.After(l.To) && (q.Scope != "process" || e.Process.EntityID == a.EntityID) {
			l.Events = append(l.Events, e)
		}
	}
	l.Total, l.Completeness = int64(len(l.Events)), t.whole(l.From, l.To)
	return l, nil
}

func (t *twin) OfEvent(_ context.Context, id string) ([]api.Alert, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := []api.Alert{}
	for _, a := range t.w.alerts {
		if a.EventID == id || a.FindingID == id {
			out = append(out, a)
		}
	}
	return out, nil
}

// ---- hosts, policies, rules, tokens, audit

func (t *twin) Hosts(_ context.Context, q api.HostQuery) (api.HostList, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := api.HostList{Hosts: []api.Host{}, Total: int64(len(t.w.hosts))}
	for _, h := range t.w.hosts {
		if strings.Contains(h.Name+" "+h.OS+" "+h.Address, q.Text) {
			l.Hosts = append(l.Hosts, h)
		}
	}
	return l, nil
}

func (t *twin) Host(_ context.Context, id string) (api.Host, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h := t.w.host(id); h != nil {
		return *h, nil
	}
	return api.Host{}, missing("host", id)
}

func (t *twin) ChangeHost(ctx context.Context, id string, in api.HostChange) (api.Host, error) {
	h := t.w.host(id)
	if h == nil {
		return api.Host{}, missing("host", id)
	}
	h.Group = in.Group
	return *h, nil
}

func (t *twin) DeleteHost(_ context.Context, id string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.w.host(id) == nil {
		return missing("host", id)
	}
	t.w.hosts = slices.DeleteFunc(t.w.hosts, func(h api.Host) bool { return h.ID == id })
	return nil
}

func (t *twin) Groups(context.Context) ([]api.Group, error) {
	return []api.Group{{Name: "default", Hosts: 9, PolicyVersion: 4, Respond: "observe", Changed: t.w.now, By: "admin"}, {Name: "servers", Hosts: 5, PolicyVersion: 2, Respond: "off", Changed: t.w.now, By: "admin"}}, nil
}

func (t *twin) CreateGroup(_ context.Context, name, by string) (api.Group, error) {
	return api.Group{Name: name, By: by}, nil
}
func (t *twin) DeleteGroup(_ context.Context, name string) error { return missing("group", name) }

const policyText = "respond: observe\ncpu_limit: 5\nwatch:\n  - /etc/shadow\n  - /root/.ssh/\n"

func (t *twin) Policy(_ context.Context, group string) (api.Policy, error) {
	return api.Policy{Group: group, Version: 4, Text: policyText, Hash: "4f6c", Respond: "observe", By: "admin", At: t.w.now.Add(-50 * time.Hour), Comment: "rehearse kill"}, nil
}

func (t *twin) PolicyVersions(ctx context.Context, group string) ([]api.Policy, error) {
	p, err := t.Policy(ctx, group)
	old := p
	old.Version, old.Comment, old.Respond = 3, "watch ssh keys", "off"
	return []api.Policy{p, old}, err
}

func (t *twin) SetPolicy(_ context.Context, group string, in api.PolicyChange, by string) (api.Policy, error) {
	if strings.Contains(in.Text, "respnd") {
		return api.Policy{}, &api.FieldError{Field: "body.text", Message: "line 1: unknown key respnd; did you mean respond?"}
	}
	return api.Policy{Group: group, Version: in.Version + 1, Text: in.Text, By: by}, nil
}

func (t *twin) Tokens(context.Context) ([]api.Token, error) {
	return []api.Token{{ID: "tok-7f3a", Group: "default", By: "admin", Created: t.w.now.Add(-time.Hour), Expires: t.w.now.Add(23 * time.Hour), Uses: 3, MaxUses: 10}}, nil
}

func (t *twin) CreateToken(_ context.Context, in api.NewToken, by string) (api.CreatedToken, error) {
	return api.CreatedToken{Token: api.Token{ID: "tok-9c11", Group: in.Group, By: by, Expires: t.w.now.Add(time.Hour), MaxUses: in.MaxUses}, Secret: "vedette-token-secret", Command: "vedette-agent enroll --server web:8444 --token vedette-token-secret"}, nil
}
func (t *twin) RevokeToken(context.Context, string) error { return nil }

func (t *twin) Record(_ context.Context, e api.AuditEntry) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = append(t.entries, e)
	return nil
}

func (t *twin) Entries(context.Context, api.AuditQuery) (api.AuditList, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return api.AuditList{Entries: slices.Clone(t.entries)}, nil
}
func (t *twin) Check(context.Context) (api.AuditCheck, error) {
	return api.AuditCheck{Whole: true}, nil
}

// ---- tasks

func (t *twin) Give(_ context.Context, in api.NewTask, by string) (api.TaskAnswer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	entity := in.Entity
	if a := t.alert(in.AlertID); a != nil && entity == "" {
		entity = a.EntityID
	}
	p := t.w.procs[entity]
	if p == nil {
		return api.TaskAnswer{}, missing("process", entity)
	}
	undo := "It cannot be undone."
	if in.Action == "suspend" {
		undo = "kill -CONT on the host lets it go on."
	}
	v := api.TaskPreview{
		Sentence: fmt.Sprintf("%s `%s` (pid %d) on `%s`, only if it still is the process that was seen", strings.ToUpper(in.Action[:1])+in.Action[1:], p.Process.Name, p.Process.PID, p.HostName),
		HostID:   p.Agent, HostName: p.HostName, HostStatus: t.w.host(p.Agent).Status, EntityID: entity, PID: p.Process.PID, Process: p.Process.Name, CommandLine: p.Process.CommandLine,
		User: p.User.Name, Start: p.Process.Start.Std(), Undo: undo, Children: []api.TreeNode{}, Warnings: []string{}, Allowed: true,
	}
	for id, c := range t.w.procs {
		if c.Process.Parent != nil && c.Process.Parent.EntityID == entity {
			v.Children = append(v.Children, t.node(id, false))
		}
	}
	if p.Process.Name == "systemd" {
		v.Allowed, v.Warnings = false, []string{"pid 1 is never killed"}
	}
	if in.Preview {
		return api.TaskAnswer{Preview: v}, nil
	}
	k := api.Task{
		ID: fmt.Sprintf("t%d", len(t.tasks)+1), Action: in.Action, HostID: v.HostID, HostName: v.HostName, EntityID: entity, PID: v.PID, Process: v.Process, Start: v.Start,
		AlertID: in.AlertID, EventID: in.EventID, By: by, Reason: in.Reason, Created: time.Now(), Expires: time.Now().Add(time.Minute), Sent: time.Now(), Status: "sent",
	}
	t.tasks = append(t.tasks, k)
	return api.TaskAnswer{Preview: v, Task: &k}, nil
}

func (t *twin) Tasks(_ context.Context, q api.TaskQuery) (api.TaskList, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := api.TaskList{Tasks: []api.Task{}}
	for _, k := range t.tasks {
		if (q.Host == "" || q.Host == k.HostID) && (q.Alert == "" || q.Alert == k.AlertID) {
			l.Tasks = append(l.Tasks, k)
		}
	}
	return l, nil
}

// Task finishes a task when it is asked for: the host has answered.
func (t *twin) Task(_ context.Context, id string) (api.Task, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.tasks {
		if k := &t.tasks[i]; k.ID == id {
			k.Status, k.Finished, k.Result = "done", time.Now(), "the process ended with signal 9"
			return *k, nil
		}
	}
	return api.Task{}, missing("task", id)
}

// ---- overview

func (t *twin) Overview(_ context.Context, from, to time.Time) (api.Overview, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all, _, _, err := t.match(api.EventSelect{Range: api.Range{From: from.Format(time.RFC3339), To: to.Format(time.RFC3339)}})
	o := api.Overview{From: from, To: to, EventTotal: int64(len(all)), EventRate: 318, Events: buckets(all, from, to, 60), Completeness: t.whole(from, to), Newest: []api.Alert{}, TopRules: []api.RuleCount{}, TopHosts: []api.HostCount{}}
	width := to.Sub(from) / 48
	o.AlertsOverTime = make([]api.AlertBucket, 48)
	for i := range o.AlertsOverTime {
		o.AlertsOverTime[i].At = from.Add(time.Duration(i) * width)
	}
	rules, scores := map[string]int64{}, map[string]int64{}
	for _, a := range t.selected(api.AlertQuery{Sort: "-last"}) {
		if a.Status != api.AlertClosed {
			o.OpenAlerts.Add(a.Level, 1)
			scores[a.HostID] += []int64{0, 1, 3, 10, 20, 40}[a.Severity]
		}
		if a.Last.Before(from) || a.Last.After(to) {
			o.Before.Add(a.Level, 1)
			continue
		}
		o.InRange.Add(a.Level, 1)
		o.AlertsOverTime[min(47, int(a.Last.Sub(from)/width))].Counts.Add(a.Level, 1)
		rules[a.RuleID]++
		if len(o.Newest) < 10 {
			o.Newest = append(o.Newest, *a)
		}
	}
	for id, n := range rules {
		o.TopRules = append(o.TopRules, api.RuleCount{RuleID: id, RuleName: t.w.rules[id].Name, Level: t.w.rules[id].Level, Alerts: n, Findings: n * 2})
	}
	slices.SortFunc(o.TopRules, func(a, b api.RuleCount) int {
		if a.Alerts != b.Alerts {
			return int(b.Alerts - a.Alerts)
		}
		return strings.Compare(a.RuleID, b.RuleID)
	})
	for _, h := range t.w.hosts {
		if h.Status == "online" {
			o.Hosts.Online++
			if h.Telemetry == api.Degraded {
				o.Hosts.Degraded++
			}
		} else {
			o.Hosts.Offline++
		}
		o.Hosts.Total++
		if scores[h.ID] > 0 {
			o.TopHosts = append(o.TopHosts, api.HostCount{HostID: h.ID, HostName: h.Name, Alerts: h.OpenAlerts, Score: scores[h.ID]})
		}
	}
	slices.SortFunc(o.TopHosts, func(a, b api.HostCount) int { return int(b.Score - a.Score) })
	return o, err
}

func (t *twin) Stats(context.Context) (api.Stats, error) { return api.Stats{Version: "0.1.0"}, nil }
