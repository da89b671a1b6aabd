package fleet

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// taskLife is how long a host may carry out a task: a process that lives on for
// hours deserves a second look by a person.
const taskLife = 10 * time.Minute

// Give gives a task on the process of an event to its host, or with Preview
// says what it would do.
func (f *Fleet) Give(ctx context.Context, in api.NewTask, by string) (api.TaskAnswer, error) {
	target, p, err := f.look(ctx, in)
	if err != nil {
		return api.TaskAnswer{}, err
	}
	if in.Preview {
		return api.TaskAnswer{Preview: p}, nil
	}
	if !p.Allowed {
		return api.TaskAnswer{Preview: p}, fmt.Errorf("%s: %w", p.Warnings[0], state.ErrConflict)
	}
	t := api.Task{
		ID: newID(), Action: in.Action, HostID: target.host, HostName: p.HostName, EntityID: target.entity, PID: target.pid,
		Process: target.name, Start: target.start, EventID: target.eventID, AlertID: in.AlertID, By: by, Reason: in.Reason,
		Created: f.now().UTC(), Expires: f.now().Add(taskLife).UTC(), Status: "queued",
	}
	version, err := f.storeTask(ctx, t)
	if err != nil {
		return api.TaskAnswer{}, err
	}
	if err := f.sendTask(ctx, t, version); err != nil {
		return api.TaskAnswer{}, err
	}
	t, err = f.Task(ctx, t.ID)
	return api.TaskAnswer{Preview: p, Task: &t}, err
}

// look finds what a task is about and says what it would do.
func (f *Fleet) look(ctx context.Context, in api.NewTask) (victim, api.TaskPreview, error) {
	if in.Action != wire.TaskSelftest {
		v, err := f.target(ctx, in)
		if err != nil {
			return v, api.TaskPreview{}, err
		}
		return v, f.preview(ctx, in.Action, v), nil
	}
	f.mu.Lock()
	h := f.find(in.HostID)
	f.mu.Unlock()
	if in.HostID == "" || h == nil {
		return victim{}, api.TaskPreview{}, &api.FieldError{Field: "body.host_id", Message: "is no host"}
	}
	p := api.TaskPreview{HostID: h.id, HostName: f.Name(h.id), HostStatus: "offline", Allowed: true, Children: []api.TreeNode{}, Warnings: []string{},
		Sentence: fmt.Sprintf("The agent of %s would examine itself: it does something harmless for each kind of event in a private place and looks whether it is told.", f.Name(h.id)),
		Undo:     "nothing of the host is changed"}
	if a, err := f.Host(ctx, h.id); err == nil {
		p.HostStatus = a.Status
	}
	if p.HostStatus == "offline" {
		p.Warnings = append(p.Warnings, fmt.Sprintf("the host is offline: the task waits %s and is then dropped", taskLife))
	}
	return victim{host: h.id}, p, nil
}

func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// victim is the process that a task is about.
type victim struct {
	host, entity, name, commandLine, user, eventID string
	pid                                            int64
	start, end                                     time.Time
	tree                                           api.Tree
}

// target finds the process of a task.
func (f *Fleet) target(ctx context.Context, in api.NewTask) (victim, error) {
	id := in.EventID
	if id == "" && in.AlertID != "" {
		err := f.db.Read(ctx, func(tx *sql.Tx) error {
			return tx.QueryRowContext(ctx, `SELECT finding_id FROM alerts WHERE id = $1`, in.AlertID).Scan(&id)
		})
		if errors.Is(err, sql.ErrNoRows) {
			return victim{}, fmt.Errorf("alert %s: %w", in.AlertID, state.ErrNotFound)
		}
		if err != nil {
			return victim{}, fmt.Errorf("alert %s: %w", in.AlertID, err)
		}
	}
	if id == "" {
		return victim{}, &api.FieldError{Field: "body.event_id", Message: "give event_id or alert_id"}
	}
	e, err := f.opts.Events.Event(ctx, id)
	if err != nil {
		return victim{}, err
	}
	if e.Process == nil || e.Process.EntityID == "" {
		return victim{}, &api.FieldError{Field: "body.event_id", Message: "the event has no process"}
	}
	v := ofEvent(e)
	if v.tree, err = f.opts.Events.Tree(ctx, id, api.TreeQuery{Depth: 16, Limit: 500}); err != nil {
		return victim{}, err
	}
	want := v.entity
	if in.Entity != "" {
		want = in.Entity
	}
	for _, n := range v.tree.Nodes {
		if n.EntityID == want {
			v.entity, v.name, v.commandLine, v.user, v.pid, v.end = n.EntityID, n.Name, n.CommandLine, n.User, n.PID, n.End
			if !n.Start.IsZero() || in.Entity != "" {
				v.start = n.Start
			}
			return v, nil
		}
	}
	if in.Entity != "" {
		return victim{}, &api.FieldError{Field: "body.entity_id", Message: "is not in the process tree of the event"}
	}
	return v, nil
}

func ofEvent(e *event.Event) victim {
	v := victim{host: e.Agent, eventID: e.ID(), entity: e.Process.EntityID, name: e.Process.Name,
		commandLine: e.Process.CommandLine, pid: e.Process.PID, start: at(int64(e.Process.Start)), end: at(int64(e.Process.End))}
	if e.User != nil {
		v.user = e.User.Name
	}
	return v
}

// preview says what a task would do to a process.
func (f *Fleet) preview(ctx context.Context, action string, v victim) api.TaskPreview {
	p := api.TaskPreview{HostID: v.host, HostName: f.Name(v.host), HostStatus: "offline", EntityID: v.entity, PID: v.pid,
		Process: v.name, CommandLine: v.commandLine, User: v.user, Start: v.start, Ended: v.end, Allowed: true, Warnings: []string{}}
	if h, err := f.Host(ctx, v.host); err == nil {
		p.HostStatus = h.Status
	}
	for _, n := range v.tree.Nodes {
		if n.Parent == v.entity && n.End.IsZero() {
			p.Children = append(p.Children, n)
		}
	}
	p.Sentence = fmt.Sprintf("The process `%s` (pid %d) on %s would be killed at once (SIGKILL); it cannot clean up.", v.name, v.pid, p.HostName)
	p.Undo = "a killed process cannot be brought back"
	if action == "suspend" {
		p.Sentence = fmt.Sprintf("The process `%s` (pid %d) on %s would be suspended (SIGSTOP): it keeps its memory and does nothing.", v.name, v.pid, p.HostName)
		p.Undo = fmt.Sprintf("kill -CONT %d on the host lets it go on", v.pid)
	}
	refuse := func(why string) {
		p.Allowed = false
		p.Warnings = append([]string{why}, p.Warnings...)
	}
	if len(p.Children) > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%d processes below it would go on", len(p.Children)))
	}
	if p.HostStatus == "offline" {
		p.Warnings = append(p.Warnings, fmt.Sprintf("the host is offline: the task waits %s and is then dropped", taskLife))
	}
	switch {
	case v.pid == 1:
		refuse("pid 1 is the whole system: it is never a target")
	case v.pid <= 0 || v.start.IsZero():
		refuse("pid or start of the process is not known, so another process could be hit")
	case !v.end.IsZero():
		refuse("the process has ended already")
	}
	return p
}

func (f *Fleet) storeTask(ctx context.Context, t api.Task) (version int64, err error) {
	err = f.db.Write(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM tasks`).Scan(&version); err != nil {
			return fmt.Errorf("number task: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO tasks (version, id, host, host_name, action, entity_id, pid, process, start,
			event_id, alert_id, created_by, reason, created, expires, status)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
			version, t.ID, t.HostID, t.HostName, t.Action, t.EntityID, t.PID, t.Process, nanos(t.Start),
			t.EventID, t.AlertID, t.By, t.Reason, nanos(t.Created), nanos(t.Expires), t.Status); err != nil {
			return fmt.Errorf("store task: %w", err)
		}
		return nil
	})
	return version, err
}

func (f *Fleet) signTask(t api.Task, version int64) (*wirepb.Signed, error) {
	content, err := json.Marshal(wire.Task{ID: t.ID, Action: t.Action, EntityID: t.EntityID, PID: t.PID,
		Start: nanos(t.Start), By: t.By, Reason: t.Reason})
	if err != nil {
		return nil, fmt.Errorf("write task: %w", err)
	}
	return f.sign(&wirepb.Signed{Kind: wire.DocumentTask, Version: version, AgentId: t.HostID, Expires: nanos(t.Expires), Content: content})
}

// sendTask hands a task to the host when it is connected, else it waits.
func (f *Fleet) sendTask(ctx context.Context, t api.Task, version int64) error {
	s, err := f.signTask(t, version)
	if err != nil {
		return err
	}
	f.mu.Lock()
	h := f.hosts[t.HostID]
	connected := h != nil && h.conn != nil && !h.conn.closed
	if connected {
		h.conn.send(s)
	}
	f.mu.Unlock()
	if !connected {
		return nil
	}
	return f.markSent(ctx, t.ID)
}

func (f *Fleet) markSent(ctx context.Context, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	return f.db.Write(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			// not over a result that came first
			if _, err := tx.ExecContext(ctx, `UPDATE tasks SET status = 'sent', sent = $1 WHERE id = $2 AND status = 'queued'`, f.now().UnixNano(), id); err != nil {
				return fmt.Errorf("note task %s: %w", id, err)
			}
		}
		return nil
	})
}

// dueTasks returns the tasks that an agent did not get yet.
func (f *Fleet) dueTasks(ctx context.Context, agent string, applied int64) ([]*wirepb.Signed, error) {
	var due []*wirepb.Signed
	var ids []string
	err := f.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT version, `+taskColumns+` FROM tasks
			WHERE host = $1 AND status IN ('queued', 'sent') AND expires > $2 AND version > $3 ORDER BY version LIMIT 32`,
			agent, f.now().UnixNano(), applied)
		if err != nil {
			return fmt.Errorf("tasks of %s: %w", agent, err)
		}
		return each(rows, func() error {
			var version int64
			t, err := scanTask(withFirst{rows, &version})
			if err != nil {
				return err
			}
			s, err := f.signTask(t, version)
			if err != nil {
				return err
			}
			due, ids = append(due, s), append(ids, t.ID)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return due, f.markSent(ctx, ids...)
}

// withFirst scans one column more than its caller knows of.
type withFirst struct {
	rows *sql.Rows
	n    *int64
}

// Scan implements the row of scanTask.
func (w withFirst) Scan(dest ...any) error { return w.rows.Scan(append([]any{w.n}, dest...)...) }

// TaskResult notes what a host said of a task of its own.
func (f *Fleet) TaskResult(ctx context.Context, agent string, r *wirepb.TaskResult) error {
	return f.db.Write(ctx, func(tx *sql.Tx) error {
		return f.finishTask(ctx, tx, agent, r.GetId(), r.GetResult(), r.GetReason())
	})
}

// taskTaken notes that a host did not take a task. One that it had taken before
// answers for itself.
func (f *Fleet) taskTaken(ctx context.Context, agent string, version int64, failure string) error {
	if failure == "" || strings.Contains(failure, wire.ErrReplayed.Error()) {
		return nil
	}
	return f.db.Write(ctx, func(tx *sql.Tx) error {
		var id string
		err := tx.QueryRowContext(ctx, `SELECT id FROM tasks WHERE version = $1 AND host = $2`, version, agent).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("note task %d: %w", version, err)
		}
		return f.finishTask(ctx, tx, agent, id, "refused", failure)
	})
}

// finishTask notes the result of a task, once; a task of another host and a
// result that is none are ignored.
func (f *Fleet) finishTask(ctx context.Context, tx *sql.Tx, agent, id, result, reason string) error {
	if result != "done" && result != "failed" && result != "refused" {
		f.log.Warn("result of a task is none of done, failed, refused", "agent", agent, "result", clip(result))
		return nil
	}
	done, err := tx.ExecContext(ctx, `UPDATE tasks SET status = $1, result = $2, finished = $3
		WHERE id = $4 AND host = $5 AND finished = 0`, result, clip(reason), f.now().UnixNano(), id, agent)
	if err != nil {
		return fmt.Errorf("note result of task %s: %w", id, err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 || f.opts.Audit == nil {
		return err
	}
	outcome := "success"
	if result != "done" {
		outcome = "failure"
	}
	return f.opts.Audit.Append(ctx, tx, api.AuditEntry{Actor: "agent:" + agent, Action: "task." + result, Target: id, Outcome: outcome, Detail: clip(reason)})
}

// expireTasks ends tasks that no host took in time.
func (f *Fleet) expireTasks(ctx context.Context) error {
	now := f.now().UnixNano()
	var n int
	if err := f.db.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM tasks WHERE finished = 0 AND expires < $1`, now).Scan(&n)
	}); err != nil || n == 0 {
		return err
	}
	return f.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE tasks SET status = 'expired', finished = $1,
			result = CASE status WHEN 'queued' THEN 'the host did not connect in time' ELSE 'the host did not answer in time' END
			WHERE finished = 0 AND expires < $1`, now)
		return err
	})
}

const taskColumns = `id, host, host_name, action, entity_id, pid, process, start, event_id, alert_id,
	created_by, reason, created, expires, sent, finished, status, result`

func scanTask(row interface{ Scan(...any) error }) (api.Task, error) {
	var t api.Task
	var start, created, expires, sent, finished int64
	err := row.Scan(&t.ID, &t.HostID, &t.HostName, &t.Action, &t.EntityID, &t.PID, &t.Process, &start, &t.EventID, &t.AlertID,
		&t.By, &t.Reason, &created, &expires, &sent, &finished, &t.Status, &t.Result)
	t.Start, t.Created, t.Expires, t.Sent, t.Finished = at(start), at(created), at(expires), at(sent), at(finished)
	return t, err
}

// Task returns a task.
func (f *Fleet) Task(ctx context.Context, id string) (t api.Task, err error) {
	err = f.db.Read(ctx, func(tx *sql.Tx) error {
		t, err = scanTask(tx.QueryRowContext(ctx, `SELECT `+taskColumns+` FROM tasks WHERE id = $1`, id))
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("task %s: %w", id, state.ErrNotFound)
		}
		return err
	})
	return t, err
}

// Tasks returns tasks, the newest first.
func (f *Fleet) Tasks(ctx context.Context, q api.TaskQuery) (api.TaskList, error) {
	var out api.TaskList
	before := int64(1 << 62)
	if q.Cursor != "" {
		var err error
		if before, err = strconv.ParseInt(q.Cursor, 10, 64); err != nil {
			return out, &api.FieldError{Field: "query.cursor", Message: "is not what an answer said"}
		}
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 1000
	}
	var version int64
	err := f.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT version, `+taskColumns+` FROM tasks WHERE version < $1
			AND ($2 = '' OR host = $2 OR host_name = $2) AND ($3 = '' OR alert_id = $3) AND ($4 = '' OR status = $4)
			ORDER BY version DESC LIMIT $5`, before, q.Host, q.Alert, q.Status, limit+1)
		if err != nil {
			return fmt.Errorf("list tasks: %w", err)
		}
		return each(rows, func() error {
			if len(out.Tasks) == limit {
				out.Next = strconv.FormatInt(version, 10)
				return nil
			}
			t, err := scanTask(withFirst{rows, &version})
			out.Tasks = append(out.Tasks, t)
			return err
		})
	})
	return out, err
}
