package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
)

func newEventCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{Use: "event", Short: "Stored events: search, count, look at, follow",
		Example: `  vedette event search 'process.name = "curl"' --last 1h
  vedette event count "event.action = 'net_connect'" --by destination.ip --last 1d
  vedette event tail "process.executable startswith '/tmp/'"`}
	r.flags(c)
	c.AddCommand(eventSearch(&r), eventCount(&r), eventShow(&r), eventTree(&r), eventTail(&r))
	return c
}

// rangeFlags are the flags of commands that look at a range of time.
func rangeFlags(c *cobra.Command, s *api.EventSelect) {
	f := c.Flags()
	f.StringVar(&s.Last, "last", "", "length back from --to: 30s, 15m, 1h, 7d; 1h when nothing else is said")
	f.StringVar(&s.From, "from", "", "start, RFC 3339 with its zone")
	f.StringVar(&s.To, "to", "", "end, RFC 3339 with its zone; now when absent")
	f.StringVar(&s.Pivot, "pivot", "", "middle of the range, RFC 3339")
	f.StringVar(&s.Delta, "delta", "", "how far around --pivot, 10m when absent")
	f.StringVar(&s.Host, "host", "", "id or name of a host")
	f.StringVar(&s.Kind, "kind", "", "kinds of events, separated by commas")
}

func eventSearch(r *remote) *cobra.Command {
	var q api.EventQuery
	var oldest, count, every bool
	c := &cobra.Command{Use: "search [CONDITION]", Short: "Events that meet a condition, the newest first", Args: cobra.MaximumNArgs(1)}
	rangeFlags(c, &q.EventSelect)
	f := c.Flags()
	f.IntVar(&q.Limit, "limit", 100, "most events, 10000 at the utmost")
	f.BoolVar(&every, "all", false, "all events, page by page")
	f.BoolVar(&oldest, "oldest", false, "the oldest first")
	f.BoolVar(&count, "count", false, "print only how many there are")
	f.StringSliceVar(&q.Fields, "fields", nil, "only these fields, separated by commas")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		ask := q
		ask.Query = strings.Join(args, " ")
		if count {
			return printCount(ctx, c, out, api.CountQuery{EventSelect: ask.EventSelect})
		}
		if oldest {
			ask.Sort = "@timestamp"
		}
		if every {
			ask.Limit = 10000
		}
		return printEvents(ctx, c, out, ask, every)
	})
	return c
}

func printEvents(ctx context.Context, c *api.Client, out *printer, q api.EventQuery, every bool) error {
	for {
		l, err := api.Get[api.EventList](ctx, c, "/events/search", q)
		if err != nil {
			return err
		}
		if err := showEvents(out, l.Events, q.Fields); err != nil {
			return err
		}
		if l.Next == "" || !every {
			return out.whole(l.Completeness)
		}
		// the range stays that of the first page
		q.Range = api.Range{From: l.From.Format(rfc3339Nano), To: l.To.Format(rfc3339Nano)}
		q.Cursor = l.Next
	}
}

const rfc3339Nano = "2006-01-02T15:04:05.999999999Z07:00"

// showEvents prints a line for each event, or the fields that were asked for.
func showEvents(out *printer, events []*event.Event, fields []string) error {
	if len(fields) > 0 && !out.json {
		return list(out, events, fields, func(e *event.Event) []string {
			cells := make([]string, len(fields))
			for i, name := range fields {
				if f, ok := event.FieldByName(name); ok {
					cells[i] = e.Get(f.ID).Text()
				}
			}
			return cells
		})
	}
	for _, e := range events {
		if err := showEvent(out, e); err != nil {
			return err
		}
	}
	return nil
}

func showEvent(out *printer, e *event.Event) error {
	if out.json {
		return out.object(e)
	}
	_, err := fmt.Fprintf(out.out, "%s  %-14s %-14s %s\n", e.Time.Std().Local().Format("2006-01-02 15:04:05.000"), e.HostName, e.Kind, plain(gist(e)))
	return err
}

// gist is what an event is about, in one line.
func gist(e *event.Event) string {
	var parts []string
	if p := e.Process; p != nil {
		parts = append(parts, fmt.Sprintf("%s[%d]", p.Name, p.PID))
	}
	switch {
	case e.Finding != nil:
		parts = append(parts, e.Finding.Level+": "+e.Finding.RuleName)
	case e.Response != nil:
		parts = append(parts, e.Response.Action+" "+e.Response.Result+" "+e.Response.Reason)
	case e.Net != nil:
		parts = append(parts, fmt.Sprintf("%s %s:%d -> %s:%d", e.Net.Transport, e.Net.SourceIP, e.Net.SourcePort, e.Net.DestinationIP, e.Net.DestinationPort))
	case e.Kind == event.ProcessStart && e.Process != nil:
		parts = append(parts, e.Process.CommandLine)
	case e.File != nil:
		parts = append(parts, strings.TrimPrefix(e.File.OriginalPath+" -> "+e.File.Path, " -> "))
	case e.Status != nil:
		s := e.Status
		parts = append(parts, strings.Join(strings.Fields(strings.Join([]string{s.Sensor, s.Rung, s.RungReason, s.LossStage, s.LossSensor, s.LossKind, s.LossReason}, " ")), " "))
		if s.LossCount.OK {
			parts = append(parts, fmt.Sprintf("%d events", s.LossCount.N))
		}
	case e.Log != nil:
		parts = append(parts, e.Log.Message)
	}
	if e.User != nil && e.User.Name != "" {
		parts = append(parts, "("+e.User.Name+")")
	}
	return strings.Join(parts, " ")
}

func eventCount(r *remote) *cobra.Command {
	var q api.CountQuery
	c := &cobra.Command{Use: "count [CONDITION]", Short: "Number of events, by the values of fields with --by", Args: cobra.MaximumNArgs(1)}
	rangeFlags(c, &q.EventSelect)
	c.Flags().StringSliceVar(&q.By, "by", nil, "fields, separated by commas")
	c.Flags().IntVar(&q.Limit, "limit", 100, "most rows")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		ask := q
		ask.Query = strings.Join(args, " ")
		return printCount(ctx, c, out, ask)
	})
	return c
}

func printCount(ctx context.Context, c *api.Client, out *printer, q api.CountQuery) error {
	a, err := api.Get[api.CountAnswer](ctx, c, "/events/count", q)
	if err != nil {
		return err
	}
	if out.json {
		return out.object(a)
	}
	if len(q.By) == 0 {
		if err := out.say("%d", a.Total); err != nil {
			return err
		}
		return out.whole(a.Completeness)
	}
	if err := list(out, a.Rows, append([]string{"count"}, q.By...), func(row api.CountRow) []string {
		return append([]string{fmt.Sprint(row.Count)}, row.Values...)
	}); err != nil {
		return err
	}
	if a.More > 0 {
		if err := out.say("and %d more rows", a.More); err != nil {
			return err
		}
	}
	return out.whole(a.Completeness)
}

func eventShow(r *remote) *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "One event with all its fields", Args: cobra.ExactArgs(1),
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
			d, err := api.Get[api.EventDetail](ctx, c, "/events/"+api.Escape(args[0]), nil)
			if err != nil {
				return err
			}
			if out.json {
				return out.object(d.Event)
			}
			var pairs []string
			for _, f := range event.Fields() {
				if v := d.Event.Get(f.ID); v.Present() {
					pairs = append(pairs, f.Name, v.Text())
				}
			}
			for _, a := range d.Alerts {
				pairs = append(pairs, "alert", a.ID+" "+a.RuleName)
			}
			return facts(out, d.Event, pairs...)
		})}
}

func eventTree(r *remote) *cobra.Command {
	var q api.TreeQuery
	c := &cobra.Command{Use: "tree ID", Short: "The process tree around the process of an event", Args: cobra.ExactArgs(1)}
	c.Flags().IntVar(&q.Depth, "depth", 16, "generations below")
	c.Flags().IntVar(&q.Limit, "limit", 500, "most processes")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		t, err := api.Get[api.Tree](ctx, c, "/events/"+api.Escape(args[0])+"/tree", q)
		if err != nil {
			return err
		}
		if out.json {
			return out.object(t)
		}
		if err := printTree(out, t); err != nil {
			return err
		}
		return out.whole(t.Completeness)
	})
	return c
}

// printTree draws processes below their parents.
func printTree(out *printer, t api.Tree) error {
	known := map[string]bool{}
	for _, n := range t.Nodes {
		known[n.EntityID] = true
	}
	children := map[string][]api.TreeNode{}
	for _, n := range t.Nodes {
		parent := n.Parent
		if !known[parent] || parent == n.EntityID {
			parent = ""
		}
		children[parent] = append(children[parent], n)
	}
	drawn := map[string]bool{}
	var draw func(parent, indent string) error
	draw = func(parent, indent string) error {
		for _, n := range children[parent] {
			if drawn[n.EntityID] {
				continue
			}
			drawn[n.EntityID] = true
			mark := ""
			if n.EntityID == t.Focus {
				mark = "  <=="
			}
			if n.Alerts > 0 {
				mark = fmt.Sprintf("  [%d alerts, %s]", n.Alerts, n.Level) + mark
			}
			line := n.CommandLine
			if line == "" {
				line = n.Name
			}
			if err := out.say("%s%d %s%s", indent, n.PID, plain(short(line, 120)), mark); err != nil {
				return err
			}
			if err := draw(n.EntityID, indent+"  "); err != nil {
				return err
			}
		}
		return nil
	}
	return draw("", "")
}

func eventTail(r *remote) *cobra.Command {
	return &cobra.Command{Use: "tail [CONDITION]", Short: "Events as they come, until Ctrl-C", Args: cobra.MaximumNArgs(1),
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
			ask := api.StreamRequest{Topics: []string{api.TopicEvents}, Query: strings.Join(args, " ")}
			err := c.Stream(ctx, ask, func(m api.StreamMessage) error {
				switch m.Type {
				case "event":
					return showEvent(out, m.Event)
				case "gap":
					_, err := fmt.Fprintf(out.side, "-- %d events were left out --\n", m.Lost)
					return err
				}
				return nil
			})
			if ctx.Err() != nil {
				return nil
			}
			return err
		})}
}
