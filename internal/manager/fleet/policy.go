package fleet

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire"
)

// maxVersionJump bounds how far an agent can push the version of a document by
// saying that it has a newer one (after this manager was restored from a backup).
const maxVersionJump = 1_000_000

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// ensureGroup makes the group default with the default policy.
func (f *Fleet) ensureGroup(ctx context.Context) error {
	text, err := yaml.Marshal(wire.DefaultPolicy())
	if err != nil {
		return fmt.Errorf("write default policy: %w", err)
	}
	return f.db.Write(ctx, func(tx *sql.Tx) error {
		err := groupExists(ctx, tx, DefaultGroup)
		if err == nil {
			return nil
		}
		if !errors.Is(err, state.ErrNotFound) {
			return err
		}
		return f.addGroup(ctx, tx, DefaultGroup, string(text), "manager")
	})
}

func groupExists(ctx context.Context, tx *sql.Tx, name string) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM host_groups WHERE name = $1`, name).Scan(&n); err != nil {
		return fmt.Errorf("look up group %s: %w", name, err)
	}
	if n == 0 {
		return fmt.Errorf("group %s: %w", name, state.ErrNotFound)
	}
	return nil
}

func (f *Fleet) addGroup(ctx context.Context, tx *sql.Tx, name, policy, by string) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO host_groups (name, created, created_by) VALUES ($1, $2, $3)`,
		name, f.now().UnixNano(), by); err != nil {
		return fmt.Errorf("create group %s: %w", name, err)
	}
	_, err := f.addPolicy(ctx, tx, api.Policy{Group: name, Text: policy, By: by, Comment: "created"}, 0)
	return err
}

// addPolicy stores a policy under a version above all others and above floor.
func (f *Fleet) addPolicy(ctx context.Context, tx *sql.Tx, p api.Policy, floor int64) (int64, error) {
	var version int64
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM policies`).Scan(&version); err != nil {
		return 0, fmt.Errorf("number policy: %w", err)
	}
	version = max(version, floor) + 1
	if _, err := tx.ExecContext(ctx, `INSERT INTO policies (version, group_name, text, created, created_by, comment)
		VALUES ($1, $2, $3, $4, $5, $6)`, version, p.Group, p.Text, f.now().UnixNano(), p.By, p.Comment); err != nil {
		return 0, fmt.Errorf("store policy of %s: %w", p.Group, err)
	}
	return version, nil
}

// freshen gives a group's policy a new version when the host has a higher one
// in force, because agents refuse older documents.
func (f *Fleet) freshen(ctx context.Context, tx *sql.Tx, group, host string) error {
	var applied int64
	err := tx.QueryRowContext(ctx, `SELECT applied FROM host_documents WHERE host = $1 AND kind = $2`, host, wire.DocumentPolicy).Scan(&applied)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("policy in force on %s: %w", host, err)
	}
	return f.raise(ctx, tx, group, applied)
}

// raise gives a group's policy a version above applied, when it is not.
func (f *Fleet) raise(ctx context.Context, tx *sql.Tx, group string, applied int64) error {
	p, err := readPolicy(ctx, tx, group)
	if err != nil || p.Version >= applied || applied-p.Version > maxVersionJump {
		return err
	}
	p.By, p.Comment = "manager", "numbered anew: a host had a higher version in force"
	_, err = f.addPolicy(ctx, tx, p, applied)
	return err
}

const policyColumns = `version, group_name, text, created, created_by, comment`

func scanPolicy(row interface{ Scan(...any) error }) (api.Policy, error) {
	var p api.Policy
	var created int64
	if err := row.Scan(&p.Version, &p.Group, &p.Text, &created, &p.By, &p.Comment); err != nil {
		return p, err
	}
	p.At, p.Hash = at(created), hashOf([]byte(p.Text))
	if w, err := wire.ParsePolicy("policy of "+p.Group, []byte(p.Text)); err == nil {
		p.Respond = w.Respond
	}
	return p, nil
}

func readPolicy(ctx context.Context, tx *sql.Tx, group string) (api.Policy, error) {
	p, err := scanPolicy(tx.QueryRowContext(ctx, `SELECT `+policyColumns+` FROM policies WHERE group_name = $1 ORDER BY version DESC LIMIT 1`, group))
	if errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("group %s: %w", group, state.ErrNotFound)
	}
	if err != nil {
		return p, fmt.Errorf("policy of %s: %w", group, err)
	}
	return p, nil
}

// Policy returns the policy in force of a group.
func (f *Fleet) Policy(ctx context.Context, group string) (p api.Policy, err error) {
	err = f.db.Read(ctx, func(tx *sql.Tx) error {
		p, err = readPolicy(ctx, tx, group)
		return err
	})
	return p, err
}

// PolicyVersions returns all versions of a group's policy, the newest first.
func (f *Fleet) PolicyVersions(ctx context.Context, group string) ([]api.Policy, error) {
	var ps []api.Policy
	err := f.db.Read(ctx, func(tx *sql.Tx) error {
		if err := groupExists(ctx, tx, group); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT `+policyColumns+` FROM policies WHERE group_name = $1 ORDER BY version DESC`, group)
		if err != nil {
			return fmt.Errorf("policies of %s: %w", group, err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			p, err := scanPolicy(rows)
			if err != nil {
				return fmt.Errorf("policies of %s: %w", group, err)
			}
			ps = append(ps, p)
		}
		return rows.Err()
	})
	return ps, err
}

// SetPolicy replaces the policy of a group and sends it to the connected hosts.
// A text that is wrong changes nothing; the error names line and field.
func (f *Fleet) SetPolicy(ctx context.Context, group string, in api.PolicyChange, by string) (api.Policy, error) {
	if _, err := wire.ParsePolicy("policy of "+group, []byte(in.Text)); err != nil {
		return api.Policy{}, &api.FieldError{Field: "body.text", Message: err.Error()}
	}
	var p api.Policy
	before := ""
	err := f.db.Write(ctx, func(tx *sql.Tx) error {
		have, err := readPolicy(ctx, tx, group)
		if err != nil {
			return err
		}
		before = have.Text
		if in.Version != 0 && in.Version != have.Version {
			return fmt.Errorf("the policy of %s has version %d by now (by %s): look at it and try again: %w", group, have.Version, have.By, state.ErrConflict)
		}
		if _, err := f.addPolicy(ctx, tx, api.Policy{Group: group, Text: in.Text, By: by, Comment: in.Comment}, 0); err != nil {
			return err
		}
		p, err = readPolicy(ctx, tx, group)
		return err
	})
	if err != nil {
		return p, err
	}
	f.placeholdersChanged(ctx, before, in.Text)
	return p, f.pushPolicy(ctx, group)
}

// Groups returns the groups by name.
func (f *Fleet) Groups(ctx context.Context) ([]api.Group, error) {
	var gs []api.Group
	err := f.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT p.version, p.group_name, p.text, p.created, p.created_by, p.comment,
			(SELECT COUNT(*) FROM hosts h WHERE h.group_name = p.group_name)
			FROM policies p WHERE p.version = (SELECT MAX(version) FROM policies q WHERE q.group_name = p.group_name) ORDER BY p.group_name`)
		if err != nil {
			return fmt.Errorf("list groups: %w", err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var n int64
			p, err := scanPolicy(withCount{rows, &n})
			if err != nil {
				return fmt.Errorf("list groups: %w", err)
			}
			gs = append(gs, api.Group{Name: p.Group, Hosts: n, PolicyVersion: p.Version, PolicyHash: p.Hash, Respond: p.Respond, Changed: p.At, By: p.By})
		}
		return rows.Err()
	})
	return gs, err
}

// withCount scans one column more than its caller knows of.
type withCount struct {
	rows *sql.Rows
	n    *int64
}

// Scan implements the row of scanPolicy.
func (w withCount) Scan(dest ...any) error { return w.rows.Scan(append(dest, w.n)...) }

// CreateGroup makes a group with the policy of the group default.
func (f *Fleet) CreateGroup(ctx context.Context, name, by string) (api.Group, error) {
	var g api.Group
	err := f.db.Write(ctx, func(tx *sql.Tx) error {
		if err := groupExists(ctx, tx, name); err == nil {
			return fmt.Errorf("group %s exists: %w", name, state.ErrConflict)
		}
		p, err := readPolicy(ctx, tx, DefaultGroup)
		if err != nil {
			return err
		}
		if err := f.addGroup(ctx, tx, name, p.Text, by); err != nil {
			return err
		}
		p, err = readPolicy(ctx, tx, name)
		g = api.Group{Name: name, PolicyVersion: p.Version, PolicyHash: p.Hash, Respond: p.Respond, Changed: p.At, By: by}
		return err
	})
	return g, err
}

// DeleteGroup removes a group without hosts, and not the group default.
func (f *Fleet) DeleteGroup(ctx context.Context, name string) error {
	if name == DefaultGroup {
		return fmt.Errorf("the group %s stays: %w", name, state.ErrConflict)
	}
	return f.db.Write(ctx, func(tx *sql.Tx) error {
		if err := groupExists(ctx, tx, name); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM hosts WHERE group_name = $1`, name).Scan(&n); err != nil {
			return fmt.Errorf("delete group %s: %w", name, err)
		}
		if n > 0 {
			return fmt.Errorf("group %s has %d hosts: move them first: %w", name, n, state.ErrConflict)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM host_groups WHERE name = $1`, name); err != nil {
			return fmt.Errorf("delete group %s: %w", name, err)
		}
		return nil
	})
}

// Applied notes what became of a document on a host.
func (f *Fleet) Applied(ctx context.Context, agent, kind string, version int64, failure string) error {
	if kind == wire.DocumentTask {
		return f.taskTaken(ctx, agent, version, failure)
	}
	if kind != wire.DocumentPolicy && kind != wire.DocumentRules && kind != wire.DocumentIOCs {
		return nil // of a newer release
	}
	if kind == wire.DocumentIOCs && failure != "" {
		f.iocsRefused(agent)
	}
	return f.db.Write(ctx, func(tx *sql.Tx) error {
		return noteApplied(ctx, tx, agent, kind, version, clip(failure), f.now())
	})
}

func noteApplied(ctx context.Context, tx *sql.Tx, agent, kind string, version int64, failure string, now time.Time) error {
	applied := `excluded.applied`
	if failure != "" {
		applied = `host_documents.applied` // the one before stays in force
		version = 0
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO host_documents (host, kind, applied, at, error) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (host, kind) DO UPDATE SET applied = `+applied+`, at = excluded.at, error = excluded.error`,
		agent, kind, version, now.UnixNano(), failure); err != nil {
		return fmt.Errorf("note %s of %s: %w", kind, agent, err)
	}
	return nil
}
