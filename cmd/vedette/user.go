package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/api"
)

func newUserCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{Use: "user", Short: "People and programs that may use the manager, and their API keys"}
	r.flags(c)
	keys := &cobra.Command{Use: "key", Short: "Own API keys"}
	keys.AddCommand(keyList(&r), keyCreate(&r), keyRevoke(&r))
	c.AddCommand(userList(&r), userCreate(&r), userChange(&r), userDelete(&r), userAudit(&r), keys)
	return c
}

func userList(r *remote) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "All users", Args: cobra.NoArgs,
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, _ []string) error {
			l, err := api.Get[api.UserList](ctx, c, "/users", nil)
			if err != nil {
				return err
			}
			return list(out, l.Users, []string{"name", "role", "disabled", "one-time password", "keys", "last login"}, func(u api.User) []string {
				return []string{u.Name, u.Role, yes(u.Disabled), yes(u.MustChange), fmt.Sprint(u.Keys), when(u.LastLogin)}
			})
		})}
}

func userCreate(r *remote) *cobra.Command {
	var role string
	c := &cobra.Command{Use: "create NAME", Short: "Create a user; its one-time password is shown once", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&role, "role", api.RoleViewer, "viewer, analyst or admin")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		u, err := api.Send[api.CreatedUser](ctx, c, "POST", "/users", api.NewUser{Name: args[0], Role: role})
		if err != nil {
			return err
		}
		return facts(out, u, "name", u.User.Name, "role", u.User.Role, "one-time password", u.Password)
	})
	return c
}

func userChange(r *remote) *cobra.Command {
	var role string
	var disable, enable, reset bool
	c := &cobra.Command{Use: "change NAME", Short: "Change role, disable, or reset the password", Args: cobra.ExactArgs(1)}
	f := c.Flags()
	f.StringVar(&role, "role", "", "viewer, analyst or admin")
	f.BoolVar(&disable, "disable", false, "end sessions and refuse logins and keys")
	f.BoolVar(&enable, "enable", false, "let a disabled user in again")
	f.BoolVar(&reset, "reset-password", false, "make a new one-time password")
	c.MarkFlagsMutuallyExclusive("disable", "enable")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		in := api.UserChange{Role: role, ResetPassword: reset}
		if disable || enable {
			in.Disabled = &disable
		}
		u, err := api.Send[api.CreatedUser](ctx, c, "PATCH", "/users/"+api.Escape(args[0]), in)
		if err != nil {
			return err
		}
		return facts(out, u, "name", u.User.Name, "role", u.User.Role, "disabled", yes(u.User.Disabled), "one-time password", u.Password)
	})
	return c
}

func userDelete(r *remote) *cobra.Command {
	return &cobra.Command{Use: "delete NAME", Short: "Delete a user with sessions and keys", Args: cobra.ExactArgs(1),
		RunE: r.run(func(ctx context.Context, c *api.Client, _ *printer, args []string) error {
			return c.Do(ctx, "DELETE", "/users/"+api.Escape(args[0]), nil, nil, nil)
		})}
}

func userAudit(r *remote) *cobra.Command {
	var q api.AuditQuery
	var check bool
	c := &cobra.Command{Use: "audit", Short: "What people and agents did, the newest first", Args: cobra.NoArgs}
	f := c.Flags()
	f.StringVar(&q.Actor, "actor", "", "user, or agent:ID")
	f.StringVar(&q.Action, "action", "", "user.create, or user. for all of users")
	f.StringVar(&q.Target, "target", "", "what it was done to")
	f.StringVar(&q.Last, "last", "", "of this time, 24h for example")
	f.IntVar(&q.Limit, "limit", 100, "most entries")
	f.BoolVar(&check, "check", false, "say whether the chain is unbroken")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, _ []string) error {
		if check {
			a, err := api.Get[api.AuditCheck](ctx, c, "/audit/check", nil)
			if err != nil {
				return err
			}
			if err := facts(out, a, "entries", fmt.Sprint(a.Entries), "whole", yes(a.Whole), "head", a.Head); err != nil || a.Whole {
				return err
			}
			return fmt.Errorf("the audit log was changed: entry %d does not fit", a.Broken)
		}
		l, err := api.Get[api.AuditList](ctx, c, "/audit", q)
		if err != nil {
			return err
		}
		return list(out, l.Entries, []string{"at", "actor", "action", "target", "outcome", "via", "address", "detail"}, func(e api.AuditEntry) []string {
			return []string{when(e.At), e.Actor, e.Action, e.Target, e.Outcome, e.Via, e.Address, short(e.Detail, 80)}
		})
	})
	return c
}

func keyList(r *remote) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "Own API keys", Args: cobra.NoArgs,
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, _ []string) error {
			l, err := api.Get[api.KeyList](ctx, c, "/keys", nil)
			if err != nil {
				return err
			}
			return list(out, l.Keys, []string{"id", "name", "role", "created", "expires", "used"}, func(k api.Key) []string {
				return []string{k.ID, k.Name, k.Role, when(k.Created), when(k.Expires), when(k.Used)}
			})
		})}
}

func keyCreate(r *remote) *cobra.Command {
	var in api.NewKey
	c := &cobra.Command{Use: "create NAME", Short: "Create an API key; its secret is shown once", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&in.Role, "role", "", "at most the own role, which it is when absent")
	c.Flags().StringVar(&in.Expire, "expire", "", "for how long it is good, 90d for example")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		ask := in
		ask.Name = args[0]
		k, err := api.Send[api.CreatedKey](ctx, c, "POST", "/keys", ask)
		if err != nil {
			return err
		}
		return facts(out, k, "id", k.Key.ID, "name", k.Key.Name, "role", k.Key.Role, "secret", k.Secret)
	})
	return c
}

func keyRevoke(r *remote) *cobra.Command {
	return &cobra.Command{Use: "revoke ID", Short: "Revoke an API key", Args: cobra.ExactArgs(1),
		RunE: r.run(func(ctx context.Context, c *api.Client, _ *printer, args []string) error {
			return c.Do(ctx, "DELETE", "/keys/"+api.Escape(args[0]), nil, nil, nil)
		})}
}
