package fleet

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"github.com/vedette-edr/vedette/internal/wire"
)

// placeholders returns the values that rules may expand, of the policies of all
// groups together: a rule that has its values in one group is right, and each
// host takes those of its own group.
func (f *Fleet) placeholders(ctx context.Context) (map[string][]string, error) {
	out := map[string][]string{}
	err := f.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT p.group_name, p.text FROM policies p
			WHERE p.version = (SELECT MAX(version) FROM policies q WHERE q.group_name = p.group_name) ORDER BY p.group_name`)
		if err != nil {
			return fmt.Errorf("read placeholders: %w", err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var group, text string
			if err := rows.Scan(&group, &text); err != nil {
				return fmt.Errorf("read placeholders: %w", err)
			}
			p, err := wire.ParsePolicy("policy of "+group, []byte(text))
			if err != nil {
				continue // hosts refuse it too; it was checked when it was stored
			}
			for name, values := range p.Placeholders {
				out[name] = append(out[name], values...)
			}
		}
		return rows.Err()
	})
	return out, err
}

// placeholdersChanged compiles the rules again when a policy has other values
// for their placeholders. What is wrong with the rules is shown with them.
func (f *Fleet) placeholdersChanged(ctx context.Context, before, after string) {
	was, errBefore := wire.ParsePolicy("policy", []byte(before))
	is, errAfter := wire.ParsePolicy("policy", []byte(after))
	if errBefore != nil || errAfter != nil || maps.EqualFunc(was.Placeholders, is.Placeholders, slices.Equal) {
		return
	}
	if _, err := f.Reload(ctx); err != nil {
		f.log.Warn("rules are not compiled again for the placeholders of a policy", "error", err)
	}
}
