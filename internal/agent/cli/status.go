package cli

import (
	"cmp"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/control"
)

func statusCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "status",
		Short: "Show how the running agent is: sensors, queue, spool, rules, losses",
		Args:  cobra.NoArgs,
	}
	s := addSettings(c.Flags())
	asJSON := c.Flags().Bool("json", false, "print one JSON object")
	c.RunE = func(c *cobra.Command, _ []string) error {
		loaded, err := s.load()
		if err != nil {
			return err
		}
		var st agent.Status
		if err := (control.Client{Dir: loaded.StateDir}).Status(c.Context(), &st); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(c.OutOrStdout(), st)
		}
		return printStatus(c.OutOrStdout(), st, time.Now())
	}
	return c
}

func reloadCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "reload",
		Short: "Tell the running agent to read its configuration and rules again",
		Args:  cobra.NoArgs,
	}
	s := addSettings(c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error {
		loaded, err := s.load()
		if err != nil {
			return err
		}
		if err := (control.Client{Dir: loaded.StateDir}).Reload(c.Context()); err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.OutOrStdout(), "reloaded")
		return err
	}
	return c
}

func printStatus(w io.Writer, s agent.Status, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("agent", "%s on %s, up %s", s.Version, s.HostName, now.Sub(s.Started).Round(time.Second))
	row("manager", "%s%s", s.Manager, before(", id ", s.AgentID))
	row("scope", "%s", cmp.Or(s.Scope, "whole host"))
	row("policy", "%s%s, respond %s, cpu limit %g %%, hash %.12s", s.Policy.Source, version(s.Policy.Version), s.Policy.Respond, s.Policy.CPULimit, s.Policy.Hash)
	row("rules", "%d in force from %s%s, %d findings", s.Rules.Loaded, s.Rules.Source, version(s.Rules.Version), s.Rules.Raised)
	if n := s.Rules.Spent; n > 0 {
		row("", "some rules were not asked about %d events, which cost more than one may", n)
	}
	for _, r := range s.Rules.Refused {
		row("", "refused: %s", r)
	}
	row("queue", "%d events, %s of %s, shed %d%s", s.Queue.Events, size(int64(s.Queue.Bytes)), size(int64(s.Queue.MaxBytes)), s.Queue.Shed, excess(s.Queue.Excess))
	row("spool", "%d events, %s of %s, epoch %d, lost %d%s", s.Spool.Records, size(s.Spool.Bytes), size(s.Spool.MaxBytes), s.Spool.Epoch, s.Spool.Lost, before("; ", s.Spool.Failure))
	row("use", "%.1f %% of one core%s, %s resident, given up: %s", s.Governor.Percent, over(s.Governor.Excess), size(s.Resources.ResidentSize), s.Governor.Given)
	row("alerts", "%d in %s%s%s", s.Alerts.Written, s.Alerts.File, before(", journal: ", s.Alerts.Journal), before("; ", s.Alerts.Error))
	if h := s.Alerts.Webhook; h != nil {
		row("webhook", "%s: %d delivered, %d refused, %s wait%s", h.Host, h.Delivered, h.Refused, size(h.Pending), before("; ", h.Error))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return printTables(w, s)
}

func before(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func version(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" version %d", n)
}

func excess(bytes int) string {
	if bytes <= 0 {
		return ""
	}
	return fmt.Sprintf(", was %s over its bound with events that are never shed", size(int64(bytes)))
}

func over(percent float64) string {
	if percent <= 0 {
		return ""
	}
	return fmt.Sprintf(" (%.1f over the limit)", percent)
}

// size writes bytes for people.
func size(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n), -1
	for v >= unit && i < 3 {
		v, i = v/unit, i+1
	}
	return fmt.Sprintf("%.1f %ciB", v, "KMGT"[i])
}
