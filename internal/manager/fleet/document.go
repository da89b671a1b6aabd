package fleet

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func (f *Fleet) sign(s *wirepb.Signed) (*wirepb.Signed, error) {
	if err := f.opts.Sign(s); err != nil {
		return nil, fmt.Errorf("sign %s %d: %w", s.GetKind(), s.GetVersion(), err)
	}
	return s, nil
}

func (f *Fleet) signPolicy(p api.Policy, agent string) (*wirepb.Signed, error) {
	// named, so that the policy of one group cannot be replayed to hosts of another
	return f.sign(&wirepb.Signed{Kind: wire.DocumentPolicy, Version: p.Version, AgentId: agent, Content: []byte(p.Text)})
}

func (f *Fleet) signRules(r *ruleSet) (*wirepb.Signed, error) {
	return f.sign(&wirepb.Signed{Kind: wire.DocumentRules, Version: r.version, Content: r.content})
}

// dueDocuments returns the policy and rules that an agent does not have in
// force. What it says it has is noted; a higher version than ours, after this
// manager was restored from a backup, makes us number ours anew.
func (f *Fleet) dueDocuments(ctx context.Context, agent string, applied map[string]int64) ([]*wirepb.Signed, error) {
	f.mu.Lock()
	group := f.hosts[agent].group
	f.mu.Unlock()
	var p api.Policy
	err := f.db.Write(ctx, func(tx *sql.Tx) error {
		for _, kind := range []string{wire.DocumentPolicy, wire.DocumentRules, wire.DocumentIOCs} {
			if v := applied[kind]; v > 0 {
				if err := noteApplied(ctx, tx, agent, kind, v, "", f.now()); err != nil {
					return err
				}
			}
		}
		have, err := readPolicy(ctx, tx, group)
		if err != nil {
			return err
		}
		if v := applied[wire.DocumentPolicy]; v > have.Version {
			if err := f.raise(ctx, tx, group, v); err != nil {
				return err
			}
		}
		if err := f.raiseRules(ctx, tx, applied[wire.DocumentRules]); err != nil {
			return err
		}
		p, err = readPolicy(ctx, tx, group)
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []*wirepb.Signed
	if p.Version != applied[wire.DocumentPolicy] {
		s, err := f.signPolicy(p, agent)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	f.mu.Lock()
	rules := f.rules
	f.mu.Unlock()
	if rules.version != applied[wire.DocumentRules] {
		s, err := f.signRules(rules)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// pushPolicy sends the policy of a group to its connected hosts.
func (f *Fleet) pushPolicy(ctx context.Context, group string) error {
	p, err := f.Policy(ctx, group)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range f.hosts {
		if h.group != group || h.conn == nil {
			continue
		}
		s, err := f.signPolicy(p, h.id)
		if err != nil {
			return err
		}
		h.conn.send(s)
	}
	return nil
}

// pushRules sends the rules in force to all connected hosts.
func (f *Fleet) pushRules() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, err := f.signRules(f.rules)
	if err != nil {
		return err
	}
	for _, h := range f.hosts {
		if h.conn != nil {
			h.conn.send(s)
		}
	}
	return nil
}

// addDocuments adds to hosts which documents are due and in force.
func (f *Fleet) addDocuments(ctx context.Context, tx *sql.Tx, byID map[string]*api.Host) error {
	wanted := map[string]int64{}
	rows, err := tx.QueryContext(ctx, `SELECT group_name, MAX(version) FROM policies GROUP BY group_name`)
	if err != nil {
		return fmt.Errorf("versions of policies: %w", err)
	}
	if err := each(rows, func() error {
		var group string
		var version int64
		err := rows.Scan(&group, &version)
		wanted[group] = version
		return err
	}); err != nil {
		return fmt.Errorf("versions of policies: %w", err)
	}
	f.mu.Lock()
	rules := f.rules.version
	f.mu.Unlock()
	for _, h := range byID {
		h.Documents = []api.Document{{Kind: wire.DocumentPolicy, Wanted: wanted[h.Group]}, {Kind: wire.DocumentRules, Wanted: rules}}
		if f.opts.IOCs != nil && f.opts.IOCs.Version() > 0 {
			h.Documents = append(h.Documents, api.Document{Kind: wire.DocumentIOCs, Wanted: f.opts.IOCs.Version()})
		}
	}
	rows, err = tx.QueryContext(ctx, `SELECT host, kind, applied, at, error FROM host_documents`)
	if err != nil {
		return fmt.Errorf("documents of hosts: %w", err)
	}
	if err := each(rows, func() error {
		var host, kind, failure string
		var applied, when int64
		if err := rows.Scan(&host, &kind, &applied, &when, &failure); err != nil {
			return err
		}
		h := byID[host]
		if h == nil {
			return nil
		}
		for i := range h.Documents {
			if d := &h.Documents[i]; d.Kind == kind {
				d.Applied, d.At, d.Error = applied, at(when), failure
			}
		}
		return nil
	}); err != nil {
		return fmt.Errorf("documents of hosts: %w", err)
	}
	return nil
}

// each calls do for every row and closes the rows.
func each(rows *sql.Rows, do func() error) error {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := do(); err != nil {
			return err
		}
	}
	return rows.Err()
}
