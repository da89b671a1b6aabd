package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/api"
)

func newAlertCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{Use: "alert", Short: "Alerts: list, look at, acknowledge, close"}
	r.flags(c)
	c.AddCommand(alertList(&r), alertShow(&r), alertAck(&r), alertClose(&r), alertAssign(&r), alertNote(&r))
	return c
}

func alertList(r *remote) *cobra.Command {
	var q api.AlertQuery
	c := &cobra.Command{Use: "list [TEXT]", Short: "Alerts, the newest first; open ones unless --status says otherwise", Args: cobra.MaximumNArgs(1)}
	f := c.Flags()
	f.StringVar(&q.Status, "status", "open", "new, acknowledged, closed, open or all")
	f.StringVar(&q.Level, "level", "", "this level or a higher one")
	f.StringVar(&q.Host, "host", "", "id or name of a host")
	f.StringVar(&q.Rule, "rule", "", "id of a rule")
	f.StringVar(&q.Assignee, "assignee", "", "user who works on them")
	f.StringVar(&q.Last, "last", "", "alerts of this time, 24h for example; of all times when absent")
	f.IntVar(&q.Limit, "limit", 100, "most alerts")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		ask := q
		ask.Text = strings.Join(args, " ")
		if ask.Status == "all" {
			ask.Status = ""
		}
		l, err := api.Get[api.AlertList](ctx, c, "/alerts", ask)
		if err != nil {
			return err
		}
		return list(out, l.Alerts, []string{"id", "level", "status", "last", "count", "host", "rule", "story"}, func(a api.Alert) []string {
			return []string{a.ID, a.Level, a.Status, when(a.Last), fmt.Sprint(a.Count), a.HostName, a.RuleName, short(a.Story, 100)}
		})
	})
	return c
}

func alertShow(r *remote) *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "One alert: why it fired and what was done", Args: cobra.ExactArgs(1),
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
			d, err := api.Get[api.AlertDetail](ctx, c, "/alerts/"+api.Escape(args[0]), nil)
			if err != nil {
				return err
			}
			if err := facts(out, d, "story", d.Story, "rule", d.RuleName+" ("+d.RuleID+")", "level", d.Level, "status", d.Status, "reason", d.Reason,
				"assignee", d.Assignee, "techniques", strings.Join(d.Techniques, ", "), "host", d.HostName+" ("+d.HostID+")", "command line", d.CommandLine,
				"user", d.User, "findings", fmt.Sprint(d.Count), "first", when(d.First), "last", when(d.Last), "event", d.EventID, "finding", d.FindingID); err != nil || out.json {
				return err
			}
			if err := list(out, d.Matched, []string{"\nmatched field", "value"}, func(m api.Matched) []string { return []string{m.Field, short(m.Value, 160)} }); err != nil {
				return err
			}
			if err := list(out, d.Responses, []string{"\nresponse", "mode", "result", "reason"}, func(a api.AlertResponse) []string {
				return []string{a.Action, a.Mode, a.Result, a.Reason}
			}); err != nil {
				return err
			}
			return list(out, d.History, []string{"\nat", "by", "what", "from", "to", "text"}, func(e api.AlertEntry) []string {
				return []string{when(e.At), e.By, e.What, e.From, e.To, e.Text}
			})
		})}
}

// changeAlerts sends one change of many alerts.
func changeAlerts(ctx context.Context, c *api.Client, out *printer, ids []string, change api.AlertChange) error {
	l, err := api.Send[api.AlertList](ctx, c, "PATCH", "/alerts", api.AlertsChange{IDs: ids, Change: change})
	if err != nil {
		return err
	}
	return list(out, l.Alerts, []string{"id", "status", "assignee", "rule"}, func(a api.Alert) []string {
		return []string{a.ID, a.Status, a.Assignee, a.RuleName}
	})
}

func alertAck(r *remote) *cobra.Command {
	return &cobra.Command{Use: "ack ID...", Short: "Acknowledge alerts", Args: cobra.MinimumNArgs(1),
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
			return changeAlerts(ctx, c, out, args, api.AlertChange{Status: api.AlertAcknowledged})
		})}
}

func alertClose(r *remote) *cobra.Command {
	var reason string
	c := &cobra.Command{Use: "close ID... --reason TEXT", Short: "Close alerts", Args: cobra.MinimumNArgs(1)}
	c.Flags().StringVar(&reason, "reason", "", "why they are closed")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		return changeAlerts(ctx, c, out, args, api.AlertChange{Status: api.AlertClosed, Reason: reason})
	})
	return c
}

func alertAssign(r *remote) *cobra.Command {
	var to string
	c := &cobra.Command{Use: "assign ID... --to USER", Short: "Assign alerts; to nobody without --to", Args: cobra.MinimumNArgs(1)}
	c.Flags().StringVar(&to, "to", "", "name of a user")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		return changeAlerts(ctx, c, out, args, api.AlertChange{Assignee: &to})
	})
	return c
}

func alertNote(r *remote) *cobra.Command {
	return &cobra.Command{Use: "note ID TEXT", Short: "Add a note to an alert", Args: cobra.ExactArgs(2),
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
			return changeAlerts(ctx, c, out, args[:1], api.AlertChange{Note: args[1]})
		})}
}
