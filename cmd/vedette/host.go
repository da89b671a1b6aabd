package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/api"
)

func newHostCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{Use: "host", Short: "Hosts of the manager"}
	r.flags(c)
	c.AddCommand(hostList(&r), hostShow(&r), hostMove(&r), hostSelftest(&r), hostDelete(&r))
	return c
}

func hostList(r *remote) *cobra.Command {
	var q api.HostQuery
	c := &cobra.Command{Use: "list [TEXT]", Short: "Hosts with their health", Args: cobra.MaximumNArgs(1)}
	c.Flags().StringVar(&q.Status, "status", "", "online or offline")
	c.Flags().StringVar(&q.Group, "group", "", "hosts of this group")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		q.Text = strings.Join(args, " ")
		l, err := api.Get[api.HostList](ctx, c, "/hosts", q)
		if err != nil {
			return err
		}
		return list(out, l.Hosts, []string{"name", "id", "status", "telemetry", "group", "version", "last seen", "events/s", "alerts"}, func(h api.Host) []string {
			return []string{h.Name, h.ID, h.Status, h.Telemetry, h.Group, h.Version, when(h.LastSeen), fmt.Sprintf("%.1f", h.EventRate), fmt.Sprint(h.OpenAlerts.Total())}
		})
	})
	return c
}

func hostShow(r *remote) *cobra.Command {
	return &cobra.Command{Use: "show HOST", Short: "One host, by id or name", Args: cobra.ExactArgs(1),
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
			h, err := api.Get[api.Host](ctx, c, "/hosts/"+api.Escape(args[0]), nil)
			if err != nil {
				return err
			}
			if err := facts(out, h, "name", h.Name, "id", h.ID, "group", h.Group, "status", h.Status, "telemetry", h.Telemetry,
				"system", strings.TrimSpace(h.OS+" "+h.Kernel+" "+h.Architecture), "agent", h.Version, "enrolled", when(h.Enrolled),
				"last seen", when(h.LastSeen), "address", h.Address,
				"agent cpu", fmt.Sprintf("%.1f %% of one core", h.Agent.CPUPercent), "agent memory", size(h.Agent.ResidentSize), "spool", size(h.Agent.SpoolBytes),
				"host cpu", fmt.Sprintf("%.0f %%", h.System.CPUPercent), "host memory", used(h.System.MemoryUsed, h.System.MemoryTotal),
				"host disk", used(h.System.DiskUsed, h.System.DiskTotal), "uptime", uptime(h.System.Uptime),
				"open alerts", fmt.Sprint(h.OpenAlerts.Total()), "self-exam", exam(h.Exam)); err != nil || out.json {
				return err
			}
			if err := list(out, h.Documents, []string{"\ndocument", "wanted", "in force", "error"}, func(d api.Document) []string {
				return []string{d.Kind, fmt.Sprint(d.Wanted), fmt.Sprint(d.Applied), d.Error}
			}); err != nil {
				return err
			}
			return list(out, h.Sensors, []string{"\nsensor", "source", "events", "lost", "why not better"}, func(s api.SensorState) []string {
				return []string{s.Name, s.Rung, fmt.Sprint(s.Events), fmt.Sprint(s.Lost), s.Reason}
			})
		})}
}

func hostMove(r *remote) *cobra.Command {
	return &cobra.Command{Use: "move HOST GROUP", Short: "Move a host to another group", Args: cobra.ExactArgs(2),
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
			h, err := api.Send[api.Host](ctx, c, "PATCH", "/hosts/"+api.Escape(args[0]), api.HostChange{Group: args[1]})
			if err != nil {
				return err
			}
			return facts(out, h, "name", h.Name, "group", h.Group)
		})}
}

// exam says how the last self-exam of a host went.
func exam(x *api.Exam) string {
	if x == nil {
		return ""
	}
	text := fmt.Sprintf("%.1f of %.1f points, %s", x.Score, x.Ceiling, when(x.At))
	if len(x.Failed) > 0 {
		text += ", failed: " + strings.Join(x.Failed, ", ")
	}
	return text
}

func hostSelftest(r *remote) *cobra.Command {
	in := api.NewTask{Action: "selftest"}
	c := &cobra.Command{Use: "selftest HOST", Short: "Have a host's agent examine itself: does it tell of every kind of event?", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&in.Reason, "reason", "", "why, for the audit log")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		ask := in
		ask.HostID = args[0]
		done, err := api.Send[api.TaskAnswer](ctx, c, "POST", "/tasks", ask)
		if err != nil {
			return err
		}
		return showTask(out, *done.Task)
	})
	return c
}

func hostDelete(r *remote) *cobra.Command {
	return &cobra.Command{Use: "delete HOST", Short: "Forget a host: it is refused until it enrols again; its events stay", Args: cobra.ExactArgs(1),
		RunE: r.run(func(ctx context.Context, c *api.Client, _ *printer, args []string) error {
			return c.Do(ctx, "DELETE", "/hosts/"+api.Escape(args[0]), nil, nil, nil)
		})}
}

func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}

func used(n, of int64) string {
	if of == 0 {
		return ""
	}
	return size(n) + " of " + size(of)
}

func uptime(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return (time.Duration(seconds) * time.Second).String()
}
