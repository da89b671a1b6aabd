package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/control"
	"github.com/vedette-edr/vedette/internal/agent/sensor/trace"
)

func traceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "trace --pid N",
		Short: "List the system calls of a process with their arguments, results and bytes",
		Long: "Have the running agent list the system calls of one process for a time: when each ended, its thread, arguments and\n" +
			"result, and up to 256 bytes of what it wrote, read or named. The process is not stopped, and no debugger is needed.\n" +
			"The bytes may hold secrets: they are shown here and kept nowhere. At most 10,000 calls a second are listed; what is\n" +
			"not is counted at the end. A call that does not return is not listed. Only root may ask.",
		Example: "  vedette-agent trace --pid 4711 --for 30s --calls write,openat\n" +
			"  15:04:05.123456 4711 openat(AT_FDCWD, \"/etc/hosts\", 0x80000, 0) = 3\n" +
			"  15:04:05.123601 4711 write(1, \"hello\\n\", 6) = 6",
		Args: cobra.NoArgs,
	}
	s := addSettings(c.Flags())
	q := control.Trace{}
	c.Flags().Int64Var(&q.PID, "pid", 0, "process whose calls are listed")
	c.Flags().DurationVar(&q.For, "for", 10*time.Second, "how long, up to "+trace.Most.String())
	c.Flags().StringSliceVar(&q.Calls, "calls", nil, "only these calls, separated by commas (default all)")
	asJSON := c.Flags().Bool("json", false, "print one JSON object a line")
	_ = c.RegisterFlagCompletionFunc("calls", completeCalls)
	_ = c.RegisterFlagCompletionFunc("for", cobra.NoFileCompletions)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if q.PID <= 0 {
			return inputError{errors.New("--pid: name the process whose calls are listed")}
		}
		if q.For <= 0 || q.For > trace.Most {
			return inputError{fmt.Errorf("--for %s: must be above 0 and up to %s", q.For, trace.Most)}
		}
		loaded, err := s.load()
		if err != nil {
			return err
		}
		p := tracePrinter{out: c.OutOrStdout(), notes: c.ErrOrStderr(), asJSON: *asJSON}
		err = (control.Client{Dir: loaded.StateDir}).Trace(c.Context(), q, func(line []byte) error { return p.line(line, q) })
		if err == nil && !p.ended {
			return errors.New("the agent ended before the trace did")
		}
		return err
	}
	return c
}

// completeCalls completes the last name of a list.
func completeCalls(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	before := typed[:strings.LastIndexByte(typed, ',')+1]
	var out []cobra.Completion
	for _, n := range trace.Names() {
		if strings.HasPrefix(n, typed[len(before):]) {
			out = append(out, before+n)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// tracePrinter prints what the agent lists.
type tracePrinter struct {
	out, notes io.Writer
	asJSON     bool
	begun      bool
	ended      bool
}

func (p *tracePrinter) line(text []byte, q control.Trace) error {
	var l agent.TraceLine
	if err := json.Unmarshal(text, &l); err != nil {
		return fmt.Errorf("read the agent's answer: %w", err)
	}
	switch {
	case l.Error != "":
		return errors.New(l.Error)
	case l.End != nil:
		p.ended = true
		_, err := fmt.Fprintln(p.notes, endOf(*l.End))
		return err
	case l.Call != nil && p.asJSON:
		return printJSON(p.out, l.Call)
	case l.Call != nil:
		_, err := fmt.Fprintln(p.out, l.Call)
		return err
	case !p.begun:
		p.begun = true
		_, err := fmt.Fprintf(p.notes, "process %d for %s\n", q.PID, q.For)
		return err
	}
	return nil
}

// endOf says for people how a trace ended.
func endOf(e trace.End) string {
	text := fmt.Sprintf("%s; calls listed: %d", e.Why, e.Listed)
	for _, n := range []struct {
		count uint64
		why   string
	}{
		{e.Limited, "were more than are listed in a second"},
		{e.Full, "found no room in the kernel's ring"},
		{e.Slow, "came faster than they were taken"},
		{e.Other, "were of 32-bit code"},
	} {
		if n.count > 0 {
			text += fmt.Sprintf("; %d %s", n.count, n.why)
		}
	}
	return text
}
