package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/api"
)

func newTokenCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{Use: "token", Short: "Tokens that let hosts enrol"}
	r.flags(c)
	c.AddCommand(tokenCreate(&r), tokenList(&r), tokenRevoke(&r))
	return c
}

func tokenCreate(r *remote) *cobra.Command {
	var in api.NewToken
	c := &cobra.Command{Use: "create", Short: "Create a token; it is shown once", Args: cobra.NoArgs}
	f := c.Flags()
	f.StringVar(&in.Group, "group", "", "group that the hosts come into; default when absent")
	f.StringVar(&in.Expire, "expire", "", "for how long it is good; 1h when absent")
	f.Int64Var(&in.MaxUses, "uses", 0, "how many hosts may enrol with it; 1 when absent")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, _ []string) error {
		t, err := api.Send[api.CreatedToken](ctx, c, "POST", "/tokens", in)
		if err != nil {
			return err
		}
		return facts(out, t, "id", t.Token.ID, "group", t.Token.Group, "expires", when(t.Token.Expires), "on the host", t.Command)
	})
	return c
}

func tokenList(r *remote) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "Tokens", Args: cobra.NoArgs,
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, _ []string) error {
			l, err := api.Get[api.TokenList](ctx, c, "/tokens", nil)
			if err != nil {
				return err
			}
			return list(out, l.Tokens, []string{"id", "group", "by", "created", "expires", "uses", "revoked"}, func(t api.Token) []string {
				return []string{t.ID, t.Group, t.By, when(t.Created), when(t.Expires), fmt.Sprintf("%d of %d", t.Uses, t.MaxUses), yes(t.Revoked)}
			})
		})}
}

func tokenRevoke(r *remote) *cobra.Command {
	return &cobra.Command{Use: "revoke ID", Short: "Revoke a token", Args: cobra.ExactArgs(1),
		RunE: r.run(func(ctx context.Context, c *api.Client, _ *printer, args []string) error {
			return c.Do(ctx, "DELETE", "/tokens/"+api.Escape(args[0]), nil, nil, nil)
		})}
}
