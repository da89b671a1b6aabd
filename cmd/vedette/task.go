package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/vedette-edr/vedette/internal/api"
)

func newTaskCommand() *cobra.Command {
	var r remote
	c := &cobra.Command{Use: "task", Short: "Actions on hosts: kill or suspend a process; for a self-exam see `vedette host selftest`"}
	r.flags(c)
	c.AddCommand(taskGive(&r, "kill", "Kill a process that was seen in an event"),
		taskGive(&r, "suspend", "Suspend a process that was seen in an event"), taskList(&r), taskShow(&r))
	return c
}

func taskGive(r *remote, action, doc string) *cobra.Command {
	in := api.NewTask{Action: action}
	var sure bool
	c := &cobra.Command{Use: action + " EVENT-ID", Short: doc, Args: cobra.MaximumNArgs(1)}
	f := c.Flags()
	f.StringVar(&in.AlertID, "alert", "", "the process of this alert, instead of an event")
	f.StringVar(&in.Entity, "entity", "", "another process of the event's tree, by its entity id")
	f.StringVar(&in.Reason, "reason", "", "why, for the audit log")
	f.BoolVar(&in.Preview, "preview", false, "do nothing, say what would happen")
	f.BoolVar(&sure, "yes", false, "do not ask")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		ask := in
		ask.EventID = strings.Join(args, " ")
		ask.Preview = true
		seen, err := api.Send[api.TaskAnswer](ctx, c, "POST", "/tasks", ask)
		if err != nil {
			return err
		}
		if in.Preview {
			return showPreview(out, seen.Preview)
		}
		if !sure {
			if err := confirm(out, seen.Preview); err != nil {
				return err
			}
		}
		ask.Preview = false
		done, err := api.Send[api.TaskAnswer](ctx, c, "POST", "/tasks", ask)
		if err != nil {
			return err
		}
		return showTask(out, *done.Task)
	})
	return c
}

func showPreview(out *printer, p api.TaskPreview) error {
	return facts(out, p, "what", p.Sentence, "command line", p.CommandLine, "user", p.User, "started", when(p.Start),
		"host", p.HostName+" ("+p.HostStatus+")", "undo", p.Undo, "warnings", strings.Join(p.Warnings, "; "), "allowed", yes(p.Allowed))
}

// confirm shows what would happen and asks; without a terminal --yes is needed.
func confirm(out *printer, p api.TaskPreview) error {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return usageError{errors.New("nobody can be asked here: give --yes, or --preview to see what would happen")}
	}
	side := &printer{out: out.side, side: out.side}
	if err := showPreview(side, p); err != nil {
		return err
	}
	if _, err := fmt.Fprint(out.side, "Do it? [y/N] "); err != nil {
		return err
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if answer := strings.ToLower(strings.TrimSpace(line)); err != nil || answer != "y" && answer != "yes" {
		return errors.New("nothing was done")
	}
	return nil
}

func showTask(out *printer, t api.Task) error {
	process := ""
	if t.PID > 0 {
		process = fmt.Sprintf("%s (pid %d)", t.Process, t.PID)
	}
	return facts(out, t, "id", t.ID, "action", t.Action, "host", t.HostName, "process", process,
		"status", t.Status, "result", t.Result, "by", t.By, "reason", t.Reason, "created", when(t.Created), "expires", when(t.Expires), "finished", when(t.Finished))
}

func taskList(r *remote) *cobra.Command {
	var q api.TaskQuery
	c := &cobra.Command{Use: "list", Short: "Tasks, the newest first", Args: cobra.NoArgs}
	c.Flags().StringVar(&q.Host, "host", "", "id or name of a host")
	c.Flags().StringVar(&q.Status, "status", "", "queued, sent, done, failed, refused or expired")
	c.Flags().IntVar(&q.Limit, "limit", 100, "most tasks")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, _ []string) error {
		l, err := api.Get[api.TaskList](ctx, c, "/tasks", q)
		if err != nil {
			return err
		}
		return list(out, l.Tasks, []string{"id", "action", "status", "host", "process", "pid", "by", "created", "result"}, func(t api.Task) []string {
			return []string{t.ID, t.Action, t.Status, t.HostName, t.Process, fmt.Sprint(t.PID), t.By, when(t.Created), t.Result}
		})
	})
	return c
}

func taskShow(r *remote) *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "One task", Args: cobra.ExactArgs(1),
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
			t, err := api.Get[api.Task](ctx, c, "/tasks/"+api.Escape(args[0]), nil)
			if err != nil {
				return err
			}
			return showTask(out, t)
		})}
}
