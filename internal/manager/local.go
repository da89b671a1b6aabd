package manager

import (
	"context"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/user"
)

// URL returns where people find the console.
func (m *Manager) URL() string { return "https://" + reachable(m.people.Addr()) }

// AgentAddress returns where agents of this machine find the manager.
func (m *Manager) AgentAddress() string { return reachable(m.agents.Addr()) }

// FirstPassword returns the one-time password of the user admin while nobody
// has changed it; otherwise "".
func (m *Manager) FirstPassword() string { return m.first }

// Authority returns the manager's root certificates as PEM.
func (m *Manager) Authority() string {
	var b strings.Builder
	for _, der := range m.ca.Roots() {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	return b.String()
}

// EnrolToken returns the secret of an enrolment token that is good once, for
// the agent of this machine.
func (m *Manager) EnrolToken(ctx context.Context, group string) (string, error) {
	t, err := m.door.CreateToken(ctx, api.NewToken{Group: group, Expire: "10m", MaxUses: 1}, "manager")
	if err != nil {
		return "", err
	}
	return t.Secret, m.audit.Record(ctx, api.AuditEntry{Actor: "manager", Via: "command", Action: "token.create", Target: t.Token.ID, Detail: "for the agent of this machine"})
}

// Profile returns a profile for the command line of this machine, with an API
// key of the user admin. The one before under the same name is revoked, unless
// have still works.
func (m *Manager) Profile(ctx context.Context, name string, have api.Profile) (api.Profile, error) {
	p := api.Profile{URL: m.URL(), Authority: m.Authority()}
	if have.Key != "" {
		if id, err := m.users.ByKey(ctx, have.Key, "command"); err == nil && id.Role == api.RoleAdmin {
			p.Key = have.Key
			return p, nil
		}
	}
	key, err := m.keyFor(ctx, name)
	p.Key = key
	return p, err
}

func (m *Manager) keyFor(ctx context.Context, name string) (string, error) {
	us, err := m.users.List(ctx)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(us, func(u api.User) bool { return u.Role == api.RoleAdmin && !u.Disabled && u.Name == user.Admin })
	if i < 0 {
		i = slices.IndexFunc(us, func(u api.User) bool { return u.Role == api.RoleAdmin && !u.Disabled })
	}
	if i < 0 {
		return "", fmt.Errorf("no user with the role %s: make one with `vedette manager user create`", api.RoleAdmin)
	}
	owner := us[i].Name
	ks, err := m.users.Keys(ctx, owner)
	if err != nil {
		return "", err
	}
	for _, k := range ks {
		if k.Name != name {
			continue
		}
		if err := m.users.RevokeKey(ctx, owner, k.ID); err != nil {
			return "", err
		}
	}
	c, err := m.users.CreateKey(ctx, user.Identity{Name: owner, Role: api.RoleAdmin}, api.NewKey{Name: name, Role: api.RoleAdmin})
	if err != nil {
		return "", err
	}
	return c.Secret, m.audit.Record(ctx, api.AuditEntry{Actor: owner, Via: "command", Action: "key.create", Target: c.Key.ID, Detail: "for " + name})
}
