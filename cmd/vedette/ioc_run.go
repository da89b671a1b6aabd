package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

func (f *iocFlags) printer(c *cobra.Command) *printer {
	return &printer{out: c.OutOrStdout(), side: c.ErrOrStderr(), json: f.json}
}

// importedIOCs is what an import did.
type importedIOCs struct {
	Added    int `json:"added"`
	Replaced int `json:"replaced"`
	Refused  int `json:"refused"`
	Skipped  int `json:"skipped"`
}

func (f *iocFlags) importFiles(c *cobra.Command, files []string) error {
	if f.file == "" {
		return f.importRemote(c, files)
	}
	var is []ioc.Indicator
	sum, err := f.collect(c, files, func(i ioc.Indicator) error { is = append(is, i); return nil })
	if err != nil {
		return err
	}
	added, replaced, err := f.merge(is)
	if err != nil {
		return err
	}
	return f.imported(c, importedIOCs{added, replaced, sum.Refused, sum.Skipped})
}

func (f *iocFlags) imported(c *cobra.Command, done importedIOCs) error {
	p := f.printer(c)
	if err := facts(p, done, "added", fmt.Sprint(done.Added), "replaced", fmt.Sprint(done.Replaced), "refused", fmt.Sprint(done.Refused), "skipped", fmt.Sprint(done.Skipped)); err != nil {
		return err
	}
	if done.Refused > 0 {
		return foundError{}
	}
	return nil
}

func (f *iocFlags) add(c *cobra.Command, args []string) error {
	is, err := f.values(args)
	if err != nil {
		return err
	}
	if f.file == "" {
		return f.addRemote(c, is)
	}
	added, replaced, err := f.merge(is)
	if err != nil {
		return err
	}
	return f.imported(c, importedIOCs{Added: added, Replaced: replaced})
}

func (f *iocFlags) list(c *cobra.Command) error {
	if f.file == "" {
		return f.listRemote(c)
	}
	pick, err := f.picks(nil, time.Now())
	if err != nil {
		return err
	}
	var out []shownIOC
	more := 0
	err = f.readLocal(func(i ioc.Indicator) error {
		switch {
		case !pick(i):
		case f.limit > 0 && len(out) == f.limit:
			more++
		default:
			out = append(out, shownIOC{i.ID(), i})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.show(c, out, more)
}

// show writes a table or JSON lines.
func (f *iocFlags) show(c *cobra.Command, is []shownIOC, more int) error {
	p := f.printer(c)
	err := list(p, is, []string{"type", "value", "level", "source", "expires", "tags", "note"}, func(i shownIOC) []string {
		until := "never"
		if !i.Expires.IsZero() {
			until = when(i.Expires)
		}
		return []string{i.Type.String(), short(i.Value, 80), i.Level, short(i.Source, 30), until, short(strings.Join(i.Tags, " "), 30), short(i.Note, 50)}
	})
	if err == nil && more > 0 {
		_, err = fmt.Fprintf(c.ErrOrStderr(), "%d more: give a larger --limit, or select some\n", more)
	}
	return err
}

func (f *iocFlags) remove(c *cobra.Command, args []string) error {
	if len(args) == 0 && f.kind == "" && f.source == "" && f.value == "" && !f.expired {
		return usageError{errors.New("say which: values, --type, --source, --value or --expired")}
	}
	if f.file == "" {
		return f.removeRemote(c, args)
	}
	pick, err := f.picks(args, time.Now())
	if err != nil {
		return err
	}
	removed := 0
	err = f.rewrite(func(i ioc.Indicator) bool {
		if pick(i) {
			removed++
			return false
		}
		return true
	}, nil)
	if err != nil {
		return err
	}
	return f.removed(c, removed)
}

func (f *iocFlags) removed(c *cobra.Command, n int) error {
	if err := facts(f.printer(c), map[string]int{"removed": n}, "removed", fmt.Sprint(n)); err != nil {
		return err
	}
	if n == 0 {
		return foundError{}
	}
	return nil
}

// testedIOC is an indicator that a value has.
type testedIOC struct {
	Value     string `json:"value"`
	Type      string `json:"type"`
	Indicator string `json:"indicator"`
	ID        string `json:"id"`
	Level     string `json:"level"`
	Source    string `json:"source,omitempty"`
	Name      string `json:"name"`
}

func (f *iocFlags) test(c *cobra.Command, args []string) error {
	if f.file == "" {
		return f.testRemote(c, args)
	}
	db, _, done, err := compileIOCs([]string{f.file})
	if err != nil {
		return err
	}
	defer done()
	var out []testedIOC
	for _, v := range args {
		for _, m := range db.Match(ioc.Sample(v), nil) {
			t := testedIOC{Value: v, Type: m.Rule.Source, ID: m.Rule.ID, Level: m.Rule.Level, Source: m.Rule.Path, Name: m.Rule.Name}
			for _, field := range m.Fields {
				if field.Name == "threat.indicator.name" {
					t.Indicator = field.Value
				}
			}
			out = append(out, t)
		}
	}
	return f.tested(c, out)
}

func (f *iocFlags) tested(c *cobra.Command, out []testedIOC) error {
	err := list(f.printer(c), out, []string{"value", "type", "indicator", "level", "source"}, func(t testedIOC) []string {
		return []string{t.Value, t.Type, t.Indicator, t.Level, t.Source}
	})
	if err == nil && len(out) > 0 {
		return foundError{}
	}
	return err
}
