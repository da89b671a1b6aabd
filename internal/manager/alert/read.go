package alert

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

const columns = `number, id, status, reason, assignee, rule_id, rule_name, rule_format, level, severity, host, host_name,
	entity_id, process, command_line, executable, parent, user_name, pid, techniques, tactics, ancestors, event_kind,
	story, findings, first_time, last_time, created, updated, finding_id, event_id`

// row is an alert as stored.
type row struct {
	api.Alert
	number    int64
	ancestors []string
}

func scan(r interface{ Scan(...any) error }, more ...any) (row, error) {
	var a row
	var first, last, created, updated int64
	var techniques, tactics, ancestors string
	err := r.Scan(append([]any{&a.number, &a.ID, &a.Status, &a.Reason, &a.Assignee, &a.RuleID, &a.RuleName, &a.RuleFormat, &a.Level, &a.Severity,
		&a.HostID, &a.HostName, &a.EntityID, &a.Process, &a.CommandLine, &a.Executable, &a.Parent, &a.User, &a.PID, &techniques, &tactics,
		&ancestors, &a.EventKind, &a.Story, &a.Count, &first, &last, &created, &updated, &a.FindingID, &a.EventID}, more...)...)
	a.First, a.Last, a.Created, a.Updated = at(first), at(last), at(created), at(updated)
	a.Techniques, a.Tactics, a.ancestors = strings.Fields(techniques), split(tactics), strings.Fields(ancestors)
	return a, err
}

func split(s string) []string {
	if s == "" {
		return []string{}
	}
	return strings.Split(s, "\n")
}

func at(ns int64) time.Time { return time.Unix(0, ns).UTC() }

// each calls do for every row and closes the rows.
func each(rows *sql.Rows, err error, do func() error) error {
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := do(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one returns the alert that a condition on one value selects.
func one(ctx context.Context, tx *sql.Tx, where string, value any) (row, error) {
	a, err := scan(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM alerts WHERE `+where, value))
	if errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("alert %v: %w", value, state.ErrNotFound)
	}
	if err != nil {
		return a, fmt.Errorf("read alert: %w", err)
	}
	list := []*api.Alert{&a.Alert}
	return a, addResponses(ctx, tx, list, map[int64]*api.Alert{a.number: &a.Alert})
}

// addResponses adds to alerts what was done because of them.
func addResponses(ctx context.Context, tx *sql.Tx, list []*api.Alert, byNumber map[int64]*api.Alert) error {
	for _, a := range list {
		a.Responses = []api.AlertResponse{}
	}
	for number, a := range byNumber {
		rows, err := tx.QueryContext(ctx, `SELECT event_id, at, action, mode, result, reason, entity_id, pid, latency, task_id
			FROM alert_responses WHERE alert = $1 ORDER BY at DESC LIMIT 100`, number)
		if err := each(rows, err, func() error {
			var r api.AlertResponse
			var when int64
			if err := rows.Scan(&r.EventID, &when, &r.Action, &r.Mode, &r.Result, &r.Reason, &r.EntityID, &r.PID, &r.Latency, &r.TaskID); err != nil {
				return err
			}
			r.At = at(when)
			a.Responses = append(a.Responses, r)
			return nil
		}); err != nil {
			return fmt.Errorf("read responses: %w", err)
		}
	}
	return nil
}

// filter is the SQL of an AlertQuery: conditions on $1.. and their values.
type filter struct {
	where []string
	args  []any
}

func (f *filter) add(condition string, value any) {
	f.args = append(f.args, value)
	f.where = append(f.where, strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(f.args))))
}

func (f *filter) String() string {
	if len(f.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.where, " AND ")
}

func (b *Book) filter(q api.AlertQuery) (*filter, error) {
	f := &filter{}
	if q.Range != (api.Range{}) {
		from, to, err := q.Bounds(b.now())
		if err != nil {
			return nil, err
		}
		f.add("last_time >= ?", from.UnixNano())
		f.add("first_time <= ?", to.UnixNano())
	}
	switch q.Status {
	case "":
	case "open":
		f.add("status <> ?", api.AlertClosed)
	default:
		f.add("status = ?", q.Status)
	}
	if q.Level != "" {
		f.add("severity >= ?", api.Severity(q.Level))
	}
	if q.Host != "" {
		f.add("(host = ? OR host_name = ?)", q.Host)
	}
	if q.Rule != "" {
		f.add("rule_id = ?", q.Rule)
	}
	if q.Process != "" {
		f.add("process = ?", q.Process)
	}
	if q.Assignee != "" {
		f.add("assignee = ?", q.Assignee)
	}
	if q.Text != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(q.Text)) + "%"
		f.add(`(LOWER(rule_name) LIKE ? ESCAPE '\' OR LOWER(host_name) LIKE ? ESCAPE '\' OR LOWER(story) LIKE ? ESCAPE '\'
			OR LOWER(command_line) LIKE ? ESCAPE '\' OR LOWER(techniques) LIKE ? ESCAPE '\')`, like)
	}
	return f, nil
}

// order is a sort of alerts: a column, then the number, both in one direction.
type order struct {
	column string
	down   bool
}

func orderOf(sort string) (order, error) {
	name, down := strings.CutPrefix(sort, "-")
	switch name {
	case "", "last":
		return order{"last_time", down || name == ""}, nil
	case "severity":
		return order{"severity", down}, nil
	case "count":
		return order{"findings", down}, nil
	}
	return order{}, &api.FieldError{Field: "query.sort", Message: "is none of last, severity, count, each with - for downwards"}
}

func (o order) sql() string {
	way := "ASC"
	if o.down {
		way = "DESC"
	}
	return fmt.Sprintf(" ORDER BY %s %s, number %s", o.column, way, way)
}

// after adds the condition that a row stands behind a cursor.
func (o order) after(f *filter, cursor string) error {
	if cursor == "" {
		return nil
	}
	value, number, ok := strings.Cut(cursor, ".")
	v, err := strconv.ParseInt(value, 10, 64)
	n, err2 := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || err2 != nil {
		return &api.FieldError{Field: "query.cursor", Message: "is not what an answer said"}
	}
	sign := ">"
	if o.down {
		sign = "<"
	}
	f.args = append(f.args, v, n)
	i := len(f.args)
	f.where = append(f.where, fmt.Sprintf("(%s %s $%d OR %s = $%d AND number %s $%d)", o.column, sign, i-1, o.column, i-1, sign, i))
	return nil
}

func (o order) cursor(a row) string {
	v := a.Last.UnixNano()
	switch o.column {
	case "severity":
		v = a.Severity
	case "findings":
		v = a.Count
	}
	return fmt.Sprintf("%d.%d", v, a.number)
}

// Alerts returns the alerts that q selects.
func (b *Book) Alerts(ctx context.Context, q api.AlertQuery) (api.AlertList, error) {
	var out api.AlertList
	f, err := b.filter(q)
	if err != nil {
		return out, err
	}
	o, err := orderOf(q.Sort)
	if err != nil {
		return out, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 1000
	}
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM alerts`+f.String(), f.args...).Scan(&out.Total); err != nil {
			return fmt.Errorf("count alerts: %w", err)
		}
		if err := o.after(f, q.Cursor); err != nil {
			return err
		}
		list, err := read(ctx, tx, f.String()+o.sql()+fmt.Sprintf(" LIMIT %d", limit+1), f.args...)
		if err != nil {
			return err
		}
		if len(list) > limit {
			list = list[:limit]
			out.Next = o.cursor(list[limit-1])
		}
		out.Alerts = alerts(list)
		return nil
	})
	return out, err
}

// read returns alerts with their responses.
func read(ctx context.Context, tx *sql.Tx, rest string, args ...any) ([]row, error) {
	var list []row
	rows, err := tx.QueryContext(ctx, `SELECT `+columns+`, EXISTS (SELECT 1 FROM alert_responses r WHERE r.alert = alerts.number) FROM alerts`+rest, args...)
	answered := map[int]bool{}
	if err := each(rows, err, func() error {
		var any bool
		a, err := scan(rows, &any)
		answered[len(list)] = any
		list = append(list, a)
		return err
	}); err != nil {
		return nil, fmt.Errorf("read alerts: %w", err)
	}
	var all []*api.Alert
	byNumber := map[int64]*api.Alert{}
	for i := range list {
		all = append(all, &list[i].Alert)
		if answered[i] {
			byNumber[list[i].number] = &list[i].Alert
		}
	}
	return list, addResponses(ctx, tx, all, byNumber)
}

func alerts(list []row) []api.Alert {
	out := make([]api.Alert, len(list))
	for i, a := range list {
		out[i] = a.Alert
	}
	return out
}

// AlertGroups returns the alerts that q selects, grouped by rule, host and
// program, the group with the newest finding first.
func (b *Book) AlertGroups(ctx context.Context, q api.AlertQuery) (api.AlertGroups, error) {
	var out api.AlertGroups
	f, err := b.filter(q)
	if err != nil {
		return out, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 1000
	}
	f.args = append(f.args, api.AlertClosed)
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT g.rule_id, g.rule_name, g.severity, g.host, g.host_name, g.process, g.alerts, g.open, g.findings,
			g.first_time, g.last_time, a.id FROM (
				SELECT rule_id, MAX(rule_name) AS rule_name, MAX(severity) AS severity, host, MAX(host_name) AS host_name, process, COUNT(*) AS alerts,
				SUM(CASE WHEN status <> $`+strconv.Itoa(len(f.args))+` THEN 1 ELSE 0 END) AS open, SUM(findings) AS findings,
				MIN(first_time) AS first_time, MAX(last_time) AS last_time, MAX(number) AS newest
				FROM alerts`+f.String()+` GROUP BY rule_id, host, process) g
			JOIN alerts a ON a.number = g.newest ORDER BY g.last_time DESC, g.newest DESC`, f.args...)
		return each(rows, err, func() error {
			var g api.AlertGroup
			var severity, first, last int64
			if err := rows.Scan(&g.RuleID, &g.RuleName, &severity, &g.HostID, &g.HostName, &g.Process, &g.Alerts, &g.Open, &g.Count, &first, &last, &g.Newest); err != nil {
				return err
			}
			out.Total++
			if len(out.Groups) < limit {
				g.Level, g.First, g.Last = api.Levels()[max(severity, 1)-1], at(first), at(last)
				out.Groups = append(out.Groups, g)
			}
			return nil
		})
	})
	if err != nil {
		return out, fmt.Errorf("group alerts: %w", err)
	}
	return out, nil
}

// OfEvent returns the alerts that an event is part of: a finding, or an event
// that a rule matched.
func (b *Book) OfEvent(ctx context.Context, eventID string) ([]api.Alert, error) {
	var out []api.Alert
	err := b.db.Read(ctx, func(tx *sql.Tx) error {
		list, err := read(ctx, tx, ` WHERE number IN (SELECT alert FROM alert_findings WHERE finding_id = $1 OR event_id = $1)
			OR finding_id = $1 OR event_id = $1 ORDER BY number DESC LIMIT 100`, eventID)
		out = alerts(list)
		return err
	})
	return out, err
}

// Levels returns the number of open alerts and the highest level for each of
// the processes of a host.
func (b *Book) Levels(ctx context.Context, host string) (map[string]api.TreeNode, error) {
	out := map[string]api.TreeNode{}
	err := b.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT entity_id, COUNT(*), MAX(severity) FROM alerts WHERE host = $1 AND entity_id <> '' GROUP BY entity_id`, host)
		return each(rows, err, func() error {
			var n api.TreeNode
			var severity int64
			if err := rows.Scan(&n.EntityID, &n.Alerts, &severity); err != nil {
				return err
			}
			n.Level = api.Levels()[max(severity, 1)-1]
			out[n.EntityID] = n
			return nil
		})
	})
	return out, err
}

// finding decodes a stored finding.
func decode(text string) (*event.Event, error) {
	e := &event.Event{}
	if err := json.Unmarshal([]byte(text), e); err != nil {
		return nil, fmt.Errorf("read stored finding: %w", err)
	}
	return e, nil
}
