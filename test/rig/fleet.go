package rig

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/wire"
)

// SetPolicy replaces the policy of the group default and waits until the agent
// has it in force.
func (p *Pair) SetPolicy(ctx context.Context, policy wire.Policy) error {
	text, err := yaml.Marshal(policy)
	if err != nil {
		return err
	}
	if err := p.Client.Send(ctx, http.MethodPut, "/policies/default", api.PolicyChange{Text: string(text)}, nil); err != nil {
		return err
	}
	return p.applied(ctx)
}

// AddRule puts a rule into the manager's own rules and waits until the agent
// has it in force.
func (p *Pair) AddRule(ctx context.Context, text string) error {
	dir := filepath.Join(p.Dir, "manager", "rules")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "rig.yml"), []byte(text), 0o600); err != nil {
		return err
	}
	if err := p.Client.Send(ctx, http.MethodPost, "/rules/reload", struct{}{}, nil); err != nil {
		return err
	}
	return p.applied(ctx)
}

// applied waits until the agent has the newest policy and rules in force.
func (p *Pair) applied(ctx context.Context) error {
	var docs []api.Document
	err := Until(ctx, 15*time.Second, func() (bool, error) {
		var hosts api.HostList
		if err := p.Client.Get(ctx, "/hosts", nil, &hosts); err != nil {
			return false, err
		}
		if len(hosts.Hosts) == 0 {
			return false, nil
		}
		docs = hosts.Hosts[0].Documents
		for _, d := range docs {
			if d.Error != "" {
				return false, errors.New("the agent refuses " + d.Kind + ": " + d.Error)
			}
			if d.Applied != d.Wanted {
				return false, nil
			}
		}
		return len(docs) > 0, nil
	})
	if err != nil {
		return fmt.Errorf("wait for policy and rules (%+v): %w", docs, err)
	}
	return nil
}

// Lost sums what an answer tells as lost of some kinds.
func Lost(c api.Completeness, kinds ...string) int64 {
	var n int64
	for _, g := range c.Gaps {
		if g.Lost > 0 && (g.Kind == "" || slices.Contains(kinds, g.Kind)) {
			n += g.Lost
		}
	}
	return n
}
