package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/control"
	"github.com/vedette-edr/vedette/internal/agent/selftest"
	"github.com/vedette-edr/vedette/internal/agent/selftest/act"
)

func selftestCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "selftest",
		Short: "Examine the running agent: do something harmless for every kind of event and see whether it is told",
		Long: "Have the running agent take its exam: for each row of docs/telemetry.md something harmless is done in a private place,\n" +
			"where nothing of the host can change, and the agent's events must tell of it. What cannot be done there is waited for a\n" +
			"little and else leaves the score. Exit 1 when a row fails that passed in the last exam that was not worse than its own.",
		Args: cobra.NoArgs,
	}
	s := addSettings(c.Flags())
	asJSON := c.Flags().Bool("json", false, "print one JSON object for each row, and a last one with the score")
	row := c.Flags().String("row", "", "take this row only")
	wait := c.Flags().Duration("wait", 0, "how long to wait for what only others can do: loading a module, controlling a service (default 5s)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		loaded, err := s.load()
		if err != nil {
			return err
		}
		if _, err := selftest.Find(*row); err != nil {
			return inputError{err}
		}
		var answer agent.ExamAnswer
		if err := (control.Client{Dir: loaded.StateDir}).Exam(c.Context(), control.Exam{Row: *row, Await: *wait}, &answer); err != nil {
			return err
		}
		if err := printExam(c.OutOrStdout(), answer, *asJSON); err != nil {
			return err
		}
		if len(answer.Worse) > 0 {
			return fmt.Errorf("worse than in the last exam that passed: %s", strings.Join(answer.Worse, ", "))
		}
		return nil
	}
	c.AddCommand(actCommand())
	return c
}

// actCommand is the process that acts in an exam.
func actCommand() *cobra.Command {
	return &cobra.Command{
		Use: "act", Hidden: true, Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error { return act.Main(args, os.Stdin, os.Stdout) },
	}
}

// examParts are what an exam needs of this program; self are the arguments that
// name its command `selftest act`.
func examParts() agent.Exam {
	var u unix.Utsname
	x := agent.Exam{}
	if unix.Uname(&u) == nil {
		x.Kernel = unix.ByteSliceToString(u.Release[:])
	}
	exe, err := os.Executable()
	if err != nil {
		return x // no exam can be taken
	}
	x.Command = []string{exe, "selftest", "act"}
	if len(os.Args) > 1 && os.Args[1] == "agent" || !strings.HasPrefix(name(exe), "vedette-agent") {
		x.Command = []string{exe, "agent", "selftest", "act"}
	}
	return x
}

func name(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// line is the last line of an exam in JSON.
type line struct {
	selftest.Summary
	Worse []string `json:"worse,omitempty"`
}

func printExam(w io.Writer, a agent.ExamAnswer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		for _, r := range a.Rows {
			if err := enc.Encode(r); err != nil {
				return err
			}
		}
		return enc.Encode(line{a.Summary, a.Worse})
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ROW\tWEIGHT\tRESULT\tMS\tSOURCE\tNOTE")
	for _, r := range a.Rows {
		result, weight := "fail", "-"
		switch {
		case r.Pass:
			result = "pass"
		case r.NotExercised:
			result = "-"
		}
		if r.Weight > 0 {
			weight = fmt.Sprintf("%.1f", r.Weight)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%.0f\t%s\t%s\n", r.Row, weight, result, r.Latency, cmp.Or(r.Source, "-"), oneLine(r.Note))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	s := a.Summary
	_, err := fmt.Fprintf(w, "\n%.1f of %.1f, kernel %s, version %s, policy %.12s, %s\n", s.Score, s.Ceiling, s.Kernel, s.Version, s.PolicyHash, s.Time.Format(time.RFC3339))
	return err
}
