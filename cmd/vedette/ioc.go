package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/ioc"
	"github.com/vedette-edr/vedette/internal/detect/ioc/feed"
)

// iocFlags are the flags of the subcommands of ioc.
type iocFlags struct {
	remote
	file string

	kind, source, level, expires, value string
	tags                                []string
	all, expired                        bool
	note                                string
	limit                               int
}

func newIOCCommand() *cobra.Command {
	f := &iocFlags{}
	c := &cobra.Command{
		Use:   "ioc",
		Short: "Indicators of compromise: import, list, add, remove and test them",
		Long: "Hashes, addresses, networks, domains, URLs, file names and regular expressions that are known to be bad.\n" +
			"They are kept by the manager, which sends them to its agents; with --file they are in a file of JSON\n" +
			"lines on this machine, which an agent without a manager and `vedette detect --iocs` read. docs/ioc.md\n" +
			"says what is matched with what.",
	}
	f.remote.flags(c)
	c.PersistentFlags().StringVar(&f.file, "file", "", "work on this file of JSON lines instead of the manager")
	c.AddCommand(f.importCommand(), f.addCommand(), f.listCommand(), f.removeCommand(), f.testCommand())
	return c
}

// giving are the flags that complete indicators.
func (f *iocFlags) giving(c *cobra.Command) {
	f.kindFlag(c)
	c.Flags().StringVar(&f.source, "source", "", "who says that they are bad (import: default what the file says, else its name)")
	c.Flags().StringVar(&f.level, "level", "", "level of findings: "+strings.Join(detect.Levels(), ", ")+" (default "+ioc.DefaultLevel+")")
	c.Flags().StringSliceVar(&f.tags, "tag", nil, "a tag; repeat it or separate with commas")
	c.Flags().StringVar(&f.expires, "expires", "", "when they end to be bad: a date, a time, or a span such as 90d")
	complete(c, "level", detect.Levels())
}

func (f *iocFlags) kindFlag(c *cobra.Command) {
	var names []string
	for _, t := range ioc.Types() {
		names = append(names, t.String())
	}
	c.Flags().StringVar(&f.kind, "type", "", "type: "+strings.Join(names, ", ")+" (default: guessed)")
	complete(c, "type", names)
}

func (f *iocFlags) importCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "import FILE...",
		Short: "Take the indicators of files: lists, CSV, MISP, STIX 2.1, OpenIOC, JSON",
		Long: "The format is recognised by the content. What cannot be used is told with its place and the reason, the\n" +
			"rest is taken. Exit code 1 when something was refused.",
		Example: "  vedette ioc import --file iocs.jsonl --source LOKI hash-iocs.txt c2-iocs.txt\n" +
			"  vedette ioc import --type regex --file iocs.jsonl filename-iocs.txt\n" +
			"  vedette ioc import --expires 90d misp-event.json",
		Args: cobra.MinimumNArgs(1),
	}
	f.giving(c)
	c.Flags().BoolVar(&f.all, "all", false, "of MISP also attributes that are not marked for detection (to_ids)")
	c.RunE = func(c *cobra.Command, args []string) error { return f.importFiles(c, args) }
	return c
}

func (f *iocFlags) addCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "add VALUE...",
		Short:   "Add indicators",
		Example: "  vedette ioc add --source helpdesk --level critical evil.example.org 203.0.113.7",
		Args:    cobra.MinimumNArgs(1),
	}
	f.giving(c)
	c.Flags().StringVar(&f.note, "note", "", "what is known of them")
	c.RunE = func(c *cobra.Command, args []string) error { return f.add(c, args) }
	return c
}

func (f *iocFlags) selecting(c *cobra.Command) {
	f.kindFlag(c)
	c.Flags().StringVar(&f.source, "source", "", "only of this source")
	c.Flags().StringVar(&f.value, "value", "", "only with this text in the value")
	c.Flags().BoolVar(&f.expired, "expired", false, "only those that have expired")
}

func (f *iocFlags) listCommand() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List indicators", Args: cobra.NoArgs,
		Example: "  vedette ioc list --type domain --source LOKI --json"}
	f.selecting(c)
	c.Flags().IntVar(&f.limit, "limit", 1000, "list at most so many; 0 is all")
	c.RunE = func(c *cobra.Command, _ []string) error { return f.list(c) }
	return c
}

func (f *iocFlags) removeCommand() *cobra.Command {
	c := &cobra.Command{Use: "remove [VALUE...]", Short: "Remove indicators by their values or ids, or all that the flags select",
		Example: "  vedette ioc remove evil.example.org\n  vedette ioc remove --source LOKI --type sha256\n  vedette ioc remove --expired"}
	f.selecting(c)
	c.RunE = func(c *cobra.Command, args []string) error { return f.remove(c, args) }
	return c
}

func (f *iocFlags) testCommand() *cobra.Command {
	return &cobra.Command{Use: "test VALUE...", Short: "Say which indicators a hash, address, domain, URL, path or command line has",
		Long: "Values are looked up as an agent does: a domain with those above it, an address in networks, the ends of\n" +
			"a path. Exit code 1 when something was found.",
		Example: "  vedette ioc test www.evil.example.org 203.0.113.7 --file iocs.jsonl",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return f.test(c, args) }}
}

// options are what the flags say of indicators that are imported or added.
func (f *iocFlags) options(now time.Time) (feed.Options, error) {
	o := feed.Options{Source: f.source, Level: strings.ToLower(f.level), Tags: f.tags, All: f.all}
	if f.kind != "" {
		t, ok := ioc.ParseType(f.kind)
		if !ok {
			return o, usageError{fmt.Errorf("--type: %q is no type; see --help", f.kind)}
		}
		o.Type = t
	}
	if f.expires == "" {
		return o, nil
	}
	var err error
	if o.Expires, err = expiry(f.expires, now); err != nil {
		return o, usageError{err}
	}
	return o, nil
}

// expiry reads a date, a time or a span from now.
func expiry(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	var days int
	if n, err := fmt.Sscanf(text, "%dd", &days); err == nil && n == 1 && fmt.Sprintf("%dd", days) == text && days > 0 && days < 1e5 {
		return now.AddDate(0, 0, days), nil
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(d), nil
	}
	return time.Time{}, fmt.Errorf("--expires: %q is no time such as 2026-12-31, 2026-12-31T00:00:00Z, 90d or 12h", text)
}
