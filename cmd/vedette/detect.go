package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/offline"
)

// detectFlags are the flags of detect.
type detectFlags struct {
	rules  ruleFlags
	form   string
	output string
	level  string
	resume string
	stats  bool
	fail   bool
	stream bool
	carve  bool
	late   time.Duration
	jobs   int
	iocs   []string
}

func newDetectCommand() *cobra.Command {
	f := &detectFlags{}
	c := &cobra.Command{
		Use:   "detect INPUT...",
		Short: "Run rules over event logs, JSON lines and audit logs that exist already",
		Long: "INPUT is a file, a folder, which is walked, or - for standard input. The format is recognised by the\n" +
			"content, also inside .gz. Records that cannot be read are told on stderr and the rest is still\n" +
			"searched. Exit codes: 0 everything was read, 1 findings with --fail-on-findings, 2 an input or a part\n" +
			"of it could not be read. docs/detect.md has examples.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	f.rules.define(c.Flags())
	c.Flags().BoolVar(&f.rules.json, "json", false, "print one JSON object for each finding; the same as --format json")
	c.Flags().StringSliceVar(&f.iocs, "iocs", nil, "files with indicators of compromise: lists, CSV, MISP, STIX, OpenIOC, JSON; repeat it or separate with commas")
	c.Flags().StringVar(&f.form, "format", "table", "table, json, csv, timeline (by event time), navigator (an ATT&CK Navigator layer) or ranking (hosts, those to look at first)")
	c.Flags().StringVarP(&f.output, "output", "o", "", "write the findings to this file")
	c.Flags().StringVar(&f.resume, "resume", "", "keep in this file how far logs were read, and begin there the next time")
	c.Flags().StringVar(&f.level, "level", "", "only findings of rules of this level or a higher one: "+levels())
	c.Flags().BoolVar(&f.stats, "stats", false, "write statistics at the end on stderr, as one JSON line")
	c.Flags().BoolVar(&f.fail, "fail-on-findings", false, "exit with 1 when something was found")
	c.Flags().BoolVar(&f.stream, "stream", false, "give correlations the records as they come, not in the order of time when all inputs were read")
	c.Flags().DurationVar(&f.late, "lateness", 0, "with --stream: how much older than the newest record of its group a record may be and still count (default: the time span of the correlation)")
	c.Flags().BoolVar(&f.carve, "carve", false, carveHelp)
	c.Flags().IntVar(&f.jobs, "jobs", 0, "how many cores decode and match (default: all)")
	complete(c, "format", offline.Forms())
	complete(c, "level", detect.Levels())
	return c
}

func (f *detectFlags) run(c *cobra.Command, args []string) error {
	tuneDetect()
	if f.rules.json {
		f.form = "json"
	}
	least, err := f.least()
	if err != nil {
		return err
	}
	inputs, err := offline.Inputs(args, c.InOrStdin())
	if err != nil {
		return usageError{err}
	}
	marks, inputs, err := f.marks(inputs)
	if err != nil {
		return usageError{err}
	}
	indicators, closeIOCs, err := f.indicators(c.ErrOrStderr())
	if err != nil {
		return err
	}
	defer closeIOCs()
	set, problems, err := f.rules.load(nil, indicators...)
	if err != nil {
		return err
	}
	out, done, err := f.open(c.OutOrStdout())
	if err != nil {
		return err
	}
	defer done()
	form, err := offline.NewForm(f.form, out)
	if err != nil {
		return usageError{err}
	}
	status := newStatus(c.ErrOrStderr())
	stats, err := f.detect(c.Context(), offline.Options{
		Set: set, Formats: recordFormats(f.carve), Inputs: inputs, Jobs: f.jobs, Least: least, Stream: f.stream, Lateness: f.late, Fault: status.fault, Progress: status.progress,
		Finding: placed(form, marks),
	}, form)
	status.clear()
	if err == nil {
		err = out.Flush()
	}
	if err == nil && marks != nil {
		err = marks.Save()
	}
	if err != nil {
		return err
	}
	tellSpent(c.ErrOrStderr(), set)
	if f.stats {
		if err := writeStats(c.ErrOrStderr(), stats, set, problems); err != nil {
			return err
		}
	}
	return f.verdict(stats)
}

func (f *detectFlags) detect(ctx context.Context, o offline.Options, form offline.Form) (offline.Stats, error) {
	stats, err := offline.Run(ctx, o)
	if err != nil {
		return stats, err
	}
	return stats, form.End(stats)
}

// verdict is the exit code.
func (f *detectFlags) verdict(s offline.Stats) error {
	switch {
	case s.Faults > 0:
		return unreadError{s.Faults}
	case s.Inputs == 0:
		return usageError{errors.New("no input has a format that is read here; docs/detect.md lists them")}
	case f.fail && s.Findings > 0:
		return foundError{}
	}
	return nil
}

// unreadError says that something could not be read.
type unreadError struct{ faults int64 }

func (e unreadError) Error() string {
	if e.faults == 1 {
		return "one part of the inputs could not be read; it is named above"
	}
	return fmt.Sprintf("%d parts of the inputs could not be read; they are named above", e.faults)
}

func (unreadError) ExitCode() int { return exitUsage }

// least is the lowest severity that is wanted.
func (f *detectFlags) least() (int64, error) {
	if f.level == "" {
		return 0, nil
	}
	for i, l := range detect.Levels() {
		if l == f.level {
			return int64(i + 1), nil
		}
	}
	return 0, usageError{fmt.Errorf("--level %s: the levels are %s", f.level, levels())}
}

// marks lets the inputs begin where the last run ended.
func (f *detectFlags) marks(inputs []offline.Input) (*offline.Marks, []offline.Input, error) {
	if f.resume == "" {
		return nil, inputs, nil
	}
	m, err := offline.OpenMarks(f.resume)
	if err != nil {
		return nil, nil, err
	}
	inputs, err = m.Resume(inputs)
	return m, inputs, err
}

// placed notes the places of findings, when that is asked for, and writes them.
func placed(form offline.Form, marks *offline.Marks) func(*offline.Finding) error {
	return func(x *offline.Finding) error {
		if marks != nil {
			marks.Place(x)
		}
		return form.Finding(x)
	}
}

// open opens where the findings go; done closes it.
func (f *detectFlags) open(stdout io.Writer) (*bufio.Writer, func(), error) {
	if f.output == "" {
		return bufio.NewWriter(stdout), func() {}, nil
	}
	file, err := os.OpenFile(f.output, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, nil, usageError{fmt.Errorf("--output: %w", err)}
	}
	return bufio.NewWriter(file), func() { _ = file.Close() }, nil // what was not written is told by Flush
}
