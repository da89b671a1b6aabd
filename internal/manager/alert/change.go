package alert

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

// ChangeAlerts changes alerts alike, all or none of them.
func (b *Book) ChangeAlerts(ctx context.Context, ids []string, in api.AlertChange, by string) ([]api.Alert, error) {
	if err := checkChange(in); err != nil {
		return nil, err
	}
	var out []api.Alert
	var numbers []int64
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			a, err := one(ctx, tx, `id = $1`, id)
			if err != nil {
				return err
			}
			if err := b.change(ctx, tx, a, in, by); err != nil {
				return err
			}
			if a, err = one(ctx, tx, `id = $1`, id); err != nil {
				return err
			}
			out, numbers = append(out, a.Alert), append(numbers, a.number)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	b.tell(ctx, numbers)
	return out, nil
}

func checkChange(in api.AlertChange) error {
	switch {
	case in.Status == "" && in.Assignee == nil && in.Note == "":
		return &api.FieldError{Field: "body", Message: "changes nothing: give status, assignee or note"}
	case in.Status == api.AlertClosed && strings.TrimSpace(in.Reason) == "":
		return &api.FieldError{Field: "body.reason", Message: "say why the alert is closed"}
	case in.Status != api.AlertClosed && in.Reason != "":
		return &api.FieldError{Field: "body.reason", Message: "belongs to status closed"}
	}
	return nil
}

func (b *Book) change(ctx context.Context, tx *sql.Tx, a row, in api.AlertChange, by string) error {
	now := b.now()
	if in.Status != "" && in.Status != a.Status {
		if err := setStatus(ctx, tx, a, in); err != nil {
			return err
		}
		if err := note(ctx, tx, a.number, api.AlertEntry{At: now, By: by, What: "status", From: a.Status, To: in.Status, Text: in.Reason}); err != nil {
			return err
		}
	}
	if in.Assignee != nil && *in.Assignee != a.Assignee {
		if err := checkAssignee(ctx, tx, *in.Assignee); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE alerts SET assignee = $1 WHERE number = $2`, *in.Assignee, a.number); err != nil {
			return fmt.Errorf("assign alert: %w", err)
		}
		if err := note(ctx, tx, a.number, api.AlertEntry{At: now, By: by, What: "assignee", From: a.Assignee, To: *in.Assignee}); err != nil {
			return err
		}
	}
	if in.Note != "" {
		if err := note(ctx, tx, a.number, api.AlertEntry{At: now, By: by, What: "note", Text: in.Note}); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE alerts SET updated = $1 WHERE number = $2`, now.UnixNano(), a.number); err != nil {
		return fmt.Errorf("change alert: %w", err)
	}
	return nil
}

func checkAssignee(ctx context.Context, tx *sql.Tx, name string) error {
	if name == "" {
		return nil
	}
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM users WHERE name = $1`, name).Scan(&n); err != nil {
		return fmt.Errorf("look up assignee: %w", err)
	}
	if n == 0 {
		return &api.FieldError{Field: "body.assignee", Message: "there is no user " + name}
	}
	return nil
}

// setStatus changes the status. A closed alert takes no more findings; opening
// it again is a conflict when a newer one has taken its place.
func setStatus(ctx context.Context, tx *sql.Tx, a row, in api.AlertChange) error {
	var key any
	if in.Status != api.AlertClosed {
		key = openKey(a.RuleID, a.HostID, a.EntityID)
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM alerts WHERE open_key = $1 AND number <> $2`, key, a.number).Scan(&n); err != nil {
			return fmt.Errorf("look for newer alert: %w", err)
		}
		if n > 0 {
			return fmt.Errorf("a newer alert of the same rule and process is open: work on that one: %w", state.ErrConflict)
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE alerts SET status = $1, reason = $2, open_key = $3 WHERE number = $4`, in.Status, in.Reason, key, a.number); err != nil {
		return fmt.Errorf("change status: %w", err)
	}
	return nil
}
