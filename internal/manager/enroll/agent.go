package enroll

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/vedette-edr/vedette/internal/manager/state"
)

// agent is a row of enroll_agents.
type agent struct {
	ID, Machine, Name, Group string
	Key, KeyBefore           string
	Token, Twin, Address     string
	Enrolled                 time.Time // zero: now
	Issued, Expires          time.Time
	Revoked                  bool
}

func (a *agent) load(ctx context.Context, tx *sql.Tx, id string) error {
	var enrolled, issued, expires int64
	err := tx.QueryRowContext(ctx, `SELECT id, machine, host_name, group_name, key_now, key_before, token, twin_of, address,
		enrolled, issued, expires, revoked FROM enroll_agents WHERE id = $1`, id).
		Scan(&a.ID, &a.Machine, &a.Name, &a.Group, &a.Key, &a.KeyBefore, &a.Token, &a.Twin, &a.Address, &enrolled, &issued, &expires, &a.Revoked)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("agent %s: %w", id, state.ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("load agent %s: %w", id, err)
	}
	a.Enrolled, a.Issued, a.Expires = time.Unix(0, enrolled), time.Unix(0, issued), time.Unix(0, expires)
	return nil
}

// insert adds the agent or puts its newest certificate in place.
func (a *agent) insert(ctx context.Context, tx *sql.Tx) error {
	if a.Enrolled.IsZero() {
		a.Enrolled = a.Issued
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO enroll_agents
		(id, machine, host_name, group_name, key_now, key_before, token, twin_of, address, enrolled, issued, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET key_now = excluded.key_now, key_before = excluded.key_before,
		issued = excluded.issued, expires = excluded.expires`,
		a.ID, a.Machine, a.Name, a.Group, a.Key, a.KeyBefore, a.Token, a.Twin, a.Address,
		a.Enrolled.UnixNano(), a.Issued.UnixNano(), a.Expires.UnixNano())
	return err
}

// newestOf returns the agent that was enrolled last on a machine, "" when
// there is none.
func newestOf(ctx context.Context, tx *sql.Tx, machine string) (id string, err error) {
	err = tx.QueryRowContext(ctx, `SELECT id FROM enroll_agents WHERE machine = $1 ORDER BY enrolled DESC LIMIT 1`, machine).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// Enrolment says how an agent came in and how long its certificate is good.
type Enrolment struct {
	Agent   string
	Twin    string // older agent of the same machine, or that it is a copy of
	Expires time.Time
	Revoked bool
}

// Enrolment returns what is known of an agent; state.ErrNotFound when nothing is.
func (s *Service) Enrolment(ctx context.Context, id string) (Enrolment, error) {
	var a agent
	err := s.DB.Read(ctx, func(tx *sql.Tx) error { return a.load(ctx, tx, id) })
	return Enrolment{Agent: a.ID, Twin: a.Twin, Expires: a.Expires, Revoked: a.Revoked}, err
}
