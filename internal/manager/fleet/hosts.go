package fleet

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

// Counts are numbers of the fleet.
type Counts struct {
	Hosts, Online, Rules int64
	EventRate            float64
	RuleProblems         []api.RuleProblem
}

// Counts returns what is in memory, without asking the database.
func (f *Fleet) Counts() Counts {
	now := f.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	c := Counts{Hosts: int64(len(f.hosts)), Rules: int64(len(f.rules.set.Rules())), RuleProblems: f.bad}
	for _, h := range f.hosts {
		if h.online(now) {
			c.Online++
		}
		c.EventRate += h.rate.perSecond(now)
	}
	return c
}

// DeleteHost forgets a host: its stream ends, its certificate is refused from
// now on, and its track goes. Its events and alerts stay.
func (f *Fleet) DeleteHost(ctx context.Context, id string) error {
	f.mu.Lock()
	h := f.find(id)
	f.mu.Unlock()
	if h == nil {
		return fmt.Errorf("host %s: %w", id, state.ErrNotFound)
	}
	if f.opts.Revoke != nil {
		if err := f.opts.Revoke(ctx, h.id); err != nil {
			return err
		}
	}
	if err := f.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM hosts WHERE id = $1`, h.id)
		return err
	}); err != nil {
		return fmt.Errorf("delete host %s: %w", h.id, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.hosts, h.id)
	if h.conn != nil {
		h.conn.close()
	}
	return nil
}
