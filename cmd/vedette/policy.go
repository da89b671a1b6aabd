package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/api"
)

// maxPolicyText is the largest policy that is read, bytes.
const maxPolicyText = 1 << 20

func newPolicyCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{Use: "policy", Short: "Policies of groups of hosts"}
	r.flags(c)
	c.AddCommand(policyList(&r), policyShow(&r), policySet(&r), policyHistory(&r), policyGroup(&r))
	return c
}

func groupOf(args []string) string {
	if len(args) == 0 {
		return "default"
	}
	return args[0]
}

func policyList(r *remote) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "Groups with their policies", Args: cobra.NoArgs,
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, _ []string) error {
			l, err := api.Get[api.GroupList](ctx, c, "/groups", nil)
			if err != nil {
				return err
			}
			return list(out, l.Groups, []string{"group", "hosts", "policy", "respond", "changed", "by"}, func(g api.Group) []string {
				return []string{g.Name, fmt.Sprint(g.Hosts), fmt.Sprint(g.PolicyVersion), g.Respond, when(g.Changed), g.By}
			})
		})}
}

func policyShow(r *remote) *cobra.Command {
	return &cobra.Command{Use: "show [GROUP]", Short: "The policy in force of a group, as YAML", Args: cobra.MaximumNArgs(1),
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
			p, err := api.Get[api.Policy](ctx, c, "/policies/"+api.Escape(groupOf(args)), nil)
			if err != nil {
				return err
			}
			if out.json {
				return out.object(p)
			}
			return out.say("# group %s, version %d, by %s at %s\n%s", p.Group, p.Version, p.By, when(p.At), p.Text)
		})}
}

func policySet(r *remote) *cobra.Command {
	var comment string
	var version int64
	c := &cobra.Command{Use: "set GROUP FILE", Short: "Replace the policy of a group with a YAML file ('-' is stdin)", Args: cobra.ExactArgs(2)}
	c.Flags().StringVar(&comment, "comment", "", "what was changed, for the history")
	c.Flags().Int64Var(&version, "version", 0, "refuse when another version is in force by now")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		text, err := readText(args[1])
		if err != nil {
			return usageError{err}
		}
		p, err := api.Send[api.Policy](ctx, c, "PUT", "/policies/"+api.Escape(args[0]), api.PolicyChange{Text: text, Comment: comment, Version: version})
		if err != nil {
			return err
		}
		return facts(out, p, "group", p.Group, "version", fmt.Sprint(p.Version), "respond", p.Respond, "hash", p.Hash)
	})
	return c
}

func readText(path string) (string, error) {
	var in io.Reader = os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer func() { _ = f.Close() }() // was only read
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxPolicyText+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxPolicyText {
		return "", fmt.Errorf("%s: more than %d bytes are no policy", path, maxPolicyText)
	}
	return string(text), nil
}

func policyHistory(r *remote) *cobra.Command {
	return &cobra.Command{Use: "history [GROUP]", Short: "All versions of a group's policy", Args: cobra.MaximumNArgs(1),
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
			l, err := api.Get[api.PolicyVersions](ctx, c, "/policies/"+api.Escape(groupOf(args))+"/versions", nil)
			if err != nil {
				return err
			}
			return list(out, l.Policies, []string{"version", "at", "by", "respond", "comment"}, func(p api.Policy) []string {
				return []string{fmt.Sprint(p.Version), when(p.At), p.By, p.Respond, p.Comment}
			})
		})}
}

func policyGroup(r *remote) *cobra.Command {
	var remove bool
	c := &cobra.Command{Use: "group NAME", Short: "Make a group, or remove an empty one with --remove", Args: cobra.ExactArgs(1)}
	c.Flags().BoolVar(&remove, "remove", false, "remove it")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		if remove {
			return c.Do(ctx, "DELETE", "/groups/"+api.Escape(args[0]), nil, nil, nil)
		}
		g, err := api.Send[api.Group](ctx, c, "POST", "/groups", api.NewGroup{Name: args[0]})
		if err != nil {
			return err
		}
		return facts(out, g, "group", g.Name, "policy", fmt.Sprint(g.PolicyVersion))
	})
	return c
}
