// Package alert keeps what a person should see: findings of one rule on one
// process of one host are one alert, with a status, an assignee, notes, a
// history and the results of responses. A Book is fed with accepted events by
// Observe; it is safe for concurrent use and owns no goroutine.
package alert

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/audit"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

// keptFindings is how many findings of an alert can be found by their events.
const keptFindings = 1000

// Events searches stored events.
type Events interface {
	Search(ctx context.Context, q api.EventQuery) (api.EventList, error)
}

// Facts tells what an alert's detail says of its rule and host.
type Facts interface {
	Rule(ctx context.Context, id string) (api.RuleDetail, error)
	Host(ctx context.Context, id string) (api.Host, error)
}

// Options configure a Book.
type Options struct {
	DB      *state.DB
	Audit   *audit.Log
	Events  Events
	Facts   Facts
	Changed func(api.Alert) // told of new and changed alerts; may be nil
	Now     func() time.Time
	Logger  *slog.Logger
}

// Book is the alerts of a manager.
type Book struct {
	opts Options
	db   *state.DB
	now  func() time.Time
	log  *slog.Logger
}

// New returns the Book of a database.
func New(o Options) *Book {
	b := &Book{opts: o, db: o.DB, now: o.Now, log: o.Logger}
	if b.now == nil {
		b.now = time.Now
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	return b
}

// SetEvents gives the Book what searches events, which itself may need the
// Book; call it before the first timeline is asked for.
func (b *Book) SetEvents(e Events) { b.opts.Events = e }

// Observe takes accepted events, in the order of their lanes: findings become
// alerts, results of responses are added to them. Events that come twice count
// once. An error means that the database could not take them and they must
// come again.
func (b *Book) Observe(ctx context.Context, events []*event.Event) error {
	var mine []*event.Event
	for _, e := range events {
		if e.Kind == event.FindingRaise && e.Finding != nil || e.Kind == event.ResponseRun && e.Response != nil {
			mine = append(mine, e)
		}
	}
	if len(mine) == 0 {
		return nil
	}
	changed := map[int64]bool{}
	var order []int64
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		clear(changed)
		order = order[:0]
		for _, e := range mine {
			number, err := b.take(ctx, tx, e)
			if err != nil {
				return fmt.Errorf("take %s %s: %w", e.Kind, e.ID(), err)
			}
			if number != 0 && !changed[number] {
				changed[number] = true
				order = append(order, number)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.tell(ctx, order)
	return nil
}

// tell reports alerts to Options.Changed.
func (b *Book) tell(ctx context.Context, numbers []int64) {
	if b.opts.Changed == nil || len(numbers) == 0 {
		return
	}
	var as []api.Alert
	err := b.db.Read(ctx, func(tx *sql.Tx) error {
		for _, n := range numbers {
			a, err := one(ctx, tx, `number = $1`, n)
			if err != nil {
				return err
			}
			as = append(as, a.Alert)
		}
		return nil
	})
	if err != nil {
		b.log.Warn("tell of alerts", "error", err)
	}
	for _, a := range as {
		b.opts.Changed(a)
	}
}

// take stores one event and returns the number of its alert, 0 for none.
func (b *Book) take(ctx context.Context, tx *sql.Tx, e *event.Event) (int64, error) {
	var mark int64
	err := tx.QueryRowContext(ctx, `SELECT sequence FROM alert_marks WHERE host = $1 AND epoch = $2`, e.Agent, e.Epoch).Scan(&mark)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	if e.Sequence <= mark {
		return 0, nil
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO alert_marks (host, epoch, sequence) VALUES ($1, $2, $3)
		ON CONFLICT (host, epoch) DO UPDATE SET sequence = excluded.sequence`, e.Agent, e.Epoch, e.Sequence); err != nil {
		return 0, err
	}
	if e.Kind == event.ResponseRun {
		return b.response(ctx, tx, e)
	}
	return b.finding(ctx, tx, e)
}

// openKey names the alert that a finding belongs to while that is not closed.
func openKey(rule, host, entity string) string {
	return strings.Join([]string{rule, host, entity}, "\x1f")
}

func entityOf(e *event.Event) string {
	if e.Process == nil {
		return ""
	}
	return e.Process.EntityID
}

func (b *Book) finding(ctx context.Context, tx *sql.Tx, e *event.Event) (int64, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return 0, fmt.Errorf("write finding: %w", err)
	}
	var number, findings int64
	key := openKey(e.Finding.RuleID, e.Agent, entityOf(e))
	err = tx.QueryRowContext(ctx, `SELECT number, findings FROM alerts WHERE open_key = $1`, key).Scan(&number, &findings)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		number, err = b.create(ctx, tx, e, key, string(text))
	case err == nil:
		_, err = tx.ExecContext(ctx, `UPDATE alerts SET findings = findings + 1, updated = $1, finding_id = $2, event_id = $3, finding = $4,
			story = $5, host_name = $6, first_time = CASE WHEN first_time > $7 THEN $7 ELSE first_time END,
			last_time = CASE WHEN last_time < $7 THEN $7 ELSE last_time END WHERE number = $8`,
			b.now().UnixNano(), e.ID(), e.Finding.EventID, string(text), Story(e), e.HostName, int64(e.Time), number)
	}
	if err != nil || findings >= keptFindings {
		return number, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO alert_findings (finding_id, event_id, alert) VALUES ($1, $2, $3) ON CONFLICT (finding_id) DO NOTHING`,
		e.ID(), e.Finding.EventID, number)
	return number, err
}

func (b *Book) create(ctx context.Context, tx *sql.Tx, e *event.Event, key, text string) (int64, error) {
	f, p := e.Finding, e.Process
	if p == nil {
		p = &event.Process{}
	}
	level := f.Level
	if api.Severity(level) == 0 {
		level = "informational"
	}
	var number int64
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM alerts`).Scan(&number); err != nil {
		return 0, err
	}
	now := b.now().UnixNano()
	_, err := tx.ExecContext(ctx, `INSERT INTO alerts (number, id, open_key, status, rule_id, rule_name, rule_format, level, severity,
		host, host_name, entity_id, process, command_line, executable, parent, user_name, pid, techniques, tactics, ancestors, event_kind,
		story, findings, first_time, last_time, created, updated, finding_id, event_id, finding)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
		$23, 1, $24, $24, $25, $25, $26, $27, $28)`,
		number, newID(), key, api.AlertNew, f.RuleID, f.RuleName, f.RuleFormat, level, api.Severity(level),
		e.Agent, e.HostName, p.EntityID, p.Name, p.CommandLine, p.Executable, parentOf(p), userOf(e), p.PID,
		strings.Join(f.Techniques, " "), strings.Join(f.Tactics, "\n"), strings.Join(ancestorsOf(p), " "), f.EventKind,
		Story(e), int64(e.Time), now, e.ID(), f.EventID, text)
	if err != nil {
		return 0, err
	}
	return number, note(ctx, tx, number, api.AlertEntry{At: b.now(), By: "agent:" + e.Agent, What: "created", Text: f.RuleName})
}

func parentOf(p *event.Process) string {
	if p.Parent == nil {
		return ""
	}
	return p.Parent.Name
}

func userOf(e *event.Event) string {
	if e.User == nil {
		return ""
	}
	return first(e.User.Name, e.User.ID)
}

func ancestorsOf(p *event.Process) []string {
	if p.Ancestors != nil && len(p.Ancestors.EntityIDs) > 0 {
		return p.Ancestors.EntityIDs
	}
	if p.Parent != nil && p.Parent.EntityID != "" {
		return []string{p.Parent.EntityID}
	}
	return nil
}

func newID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// note appends to the history of an alert.
func note(ctx context.Context, tx *sql.Tx, number int64, e api.AlertEntry) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO alert_history (number, alert, at, actor, what, before, after, text)
		VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM alert_history), $1, $2, $3, $4, $5, $6, $7)`,
		number, e.At.UnixNano(), e.By, e.What, e.From, e.To, e.Text)
	return err
}

// response adds what an agent did to the alert that it was done for.
func (b *Book) response(ctx context.Context, tx *sql.Tx, e *event.Event) (int64, error) {
	r := e.Response
	if r.Result != "would" && b.opts.Audit != nil {
		outcome := "success"
		if r.Result != "done" {
			outcome = "failure"
		}
		if err := b.opts.Audit.Append(ctx, tx, api.AuditEntry{Actor: "agent:" + e.Agent, Action: "response." + r.Action, Target: r.EntityID,
			Outcome: outcome, Detail: strings.TrimSuffix(r.Result+": "+r.Reason, ": ")}); err != nil {
			return 0, err
		}
	}
	number, err := alertOf(ctx, tx, e)
	if err != nil || number == 0 {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO alert_responses (event_id, alert, at, action, mode, result, reason, entity_id, pid, latency, task_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (event_id) DO NOTHING`,
		e.ID(), number, int64(e.Time), r.Action, r.Mode, r.Result, r.Reason, r.EntityID, r.PID, r.Latency, r.TaskID); err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE alerts SET updated = $1 WHERE number = $2`, b.now().UnixNano(), number); err != nil {
		return 0, err
	}
	return number, note(ctx, tx, number, api.AlertEntry{At: b.now(), By: "agent:" + e.Agent, What: "response", To: r.Result, Text: r.Action})
}

// alertOf returns the number of the alert that a response belongs to: that of
// its task, or the newest of its rule on the process; 0 when there is none.
func alertOf(ctx context.Context, tx *sql.Tx, e *event.Event) (number int64, err error) {
	r := e.Response
	if r.TaskID != "" {
		err = tx.QueryRowContext(ctx, `SELECT a.number FROM alerts a JOIN tasks t ON t.alert_id = a.id WHERE t.id = $1 AND t.host = $2 AND a.host = $2`,
			r.TaskID, e.Agent).Scan(&number)
	} else {
		err = tx.QueryRowContext(ctx, `SELECT number FROM alerts WHERE rule_id = $1 AND host = $2 AND (entity_id = $3 OR entity_id = $4)
			ORDER BY CASE status WHEN $5 THEN 1 ELSE 0 END, number DESC LIMIT 1`, r.RuleID, e.Agent, r.EntityID, entityOf(e), api.AlertClosed).Scan(&number)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return number, err
}
