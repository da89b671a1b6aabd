package alert

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

// relatedAround is how far from an alert others count as related, and
// maxRelated how many are looked at.
const (
	relatedAround = 24 * time.Hour
	maxRelated    = 500
)

// Alert returns all that is known of an alert.
func (b *Book) Alert(ctx context.Context, id string) (api.AlertDetail, error) {
	var d api.AlertDetail
	err := b.db.Read(ctx, func(tx *sql.Tx) error {
		a, err := one(ctx, tx, `id = $1`, id)
		if err != nil {
			return err
		}
		d.Alert = a.Alert
		var text string
		if err := tx.QueryRowContext(ctx, `SELECT finding FROM alerts WHERE number = $1`, a.number).Scan(&text); err != nil {
			return err
		}
		if d.Finding, err = decode(text); err != nil {
			return err
		}
		if d.History, err = history(ctx, tx, a.number); err != nil {
			return err
		}
		d.Related, err = related(ctx, tx, a)
		return err
	})
	if err != nil {
		return d, err
	}
	d.Matched = matched(d.Finding)
	return d, b.addFacts(ctx, &d)
}

func matched(e *event.Event) []api.Matched {
	out := []api.Matched{}
	if e.Finding == nil {
		return out
	}
	for i, f := range e.Finding.MatchedFields {
		m := api.Matched{Field: f}
		if i < len(e.Finding.MatchedValues) {
			m.Value = e.Finding.MatchedValues[i]
		}
		out = append(out, m)
	}
	return out
}

// addFacts adds what is known now of rule and host; both may be gone.
func (b *Book) addFacts(ctx context.Context, d *api.AlertDetail) error {
	if b.opts.Facts == nil {
		return nil
	}
	r, err := b.opts.Facts.Rule(ctx, d.RuleID)
	switch {
	case err == nil:
		d.RuleText, d.RulePath, d.About = r.Text, r.Path, r.Description
	case !errors.Is(err, state.ErrNotFound):
		return err
	}
	h, err := b.opts.Facts.Host(ctx, d.HostID)
	switch {
	case err == nil:
		d.Host = &h
	case !errors.Is(err, state.ErrNotFound):
		return err
	}
	return nil
}

func history(ctx context.Context, tx *sql.Tx, number int64) ([]api.AlertEntry, error) {
	out := []api.AlertEntry{}
	rows, err := tx.QueryContext(ctx, `SELECT at, actor, what, before, after, text FROM alert_history WHERE alert = $1 ORDER BY number`, number)
	if err := each(rows, err, func() error {
		var e api.AlertEntry
		var when int64
		if err := rows.Scan(&when, &e.By, &e.What, &e.From, &e.To, &e.Text); err != nil {
			return err
		}
		e.At = at(when)
		out = append(out, e)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return out, nil
}

// related returns the alerts of the same process tree: of the process, its
// ancestors, its descendants and its siblings.
func related(ctx context.Context, tx *sql.Tx, a row) ([]api.Alert, error) {
	if a.EntityID == "" {
		return []api.Alert{}, nil
	}
	list, err := read(ctx, tx, ` WHERE host = $1 AND number <> $2 AND entity_id <> '' AND last_time >= $3 AND first_time <= $4
		ORDER BY last_time DESC LIMIT $5`, a.HostID, a.number,
		a.First.Add(-relatedAround).UnixNano(), a.Last.Add(relatedAround).UnixNano(), maxRelated)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(o row) bool {
		return o.EntityID != a.EntityID && !slices.Contains(a.ancestors, o.EntityID) && !slices.Contains(o.ancestors, a.EntityID) &&
			(len(a.ancestors) == 0 || len(o.ancestors) == 0 || a.ancestors[0] != o.ancestors[0])
	})
	return alerts(list), nil
}

// Timeline returns what happened around an alert, the oldest event first.
func (b *Book) Timeline(ctx context.Context, id string, q api.TimelineQuery) (api.Timeline, error) {
	var t api.Timeline
	around := 5 * time.Minute
	if q.Around != "" {
		var err error
		if around, err = api.ParseSpan(q.Around); err != nil {
			return t, &api.FieldError{Field: "query.around", Message: err.Error()}
		}
	}
	var a row
	if err := b.db.Read(ctx, func(tx *sql.Tx) (err error) {
		a, err = one(ctx, tx, `id = $1`, id)
		return err
	}); err != nil {
		return t, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 500
	}
	t.From, t.To = a.Last.Add(-around), a.Last.Add(around)
	sel := api.EventSelect{Host: a.HostID, Query: scope(a, q.Scope),
		Range: api.Range{From: t.From.Format(time.RFC3339Nano), To: t.To.Format(time.RFC3339Nano)}}
	list, err := b.opts.Events.Search(ctx, api.EventQuery{EventSelect: sel, Page: api.Page{Limit: limit}, Sort: "@timestamp"})
	t.Events, t.Total, t.Completeness = list.Events, list.Total, list.Completeness
	return t, err
}

// scope returns the condition for the events of a timeline.
func scope(a row, scope string) string {
	if scope == "host" || a.EntityID == "" {
		return ""
	}
	mine := "process.entity_id = " + literal(a.EntityID)
	if scope == "process" {
		return mine
	}
	ids := []string{literal(a.EntityID)}
	for _, id := range a.ancestors[:min(len(a.ancestors), 8)] {
		ids = append(ids, literal(id))
	}
	return "process.entity_id in (" + strings.Join(ids, ", ") + ") or process.parent.entity_id = " + literal(a.EntityID) +
		" or process.ancestors.entity_id = " + literal(a.EntityID)
}

// literal quotes an id for a condition; an id with other characters than ours
// has selects nothing.
func literal(id string) string {
	for _, r := range id {
		if r < ' ' || r == '\'' || r == '\\' || r > '~' {
			return "''"
		}
	}
	return "'" + id + "'"
}
