package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/convert"
)

// convertFlags are the flags of rules convert.
type convertFlags struct {
	*ruleFlags
	from, to, output string
}

// convertedTotal is the last line of `vedette rules convert --json`.
type convertedTotal struct {
	Converted int `json:"converted"`
	Left      int `json:"left_out"`
	Partial   int `json:"losses"` // parts of converted rules that were left out
}

func newRulesConvertCommand(rf *ruleFlags) *cobra.Command {
	f := &convertFlags{ruleFlags: rf}
	c := &cobra.Command{
		Use:   "convert --to FORMAT FILE...",
		Short: "Write rules of one format in another",
		Long: "Write Gene rules of any schema as schema 2.0 (gene to gene), and Gene, aiedr and goTrust rules as Sigma.\n" +
			"The rules go to standard output or to the file of --output. What the other format cannot say is told\n" +
			"on stderr by the name of the rule; when a rule had to be left out the exit code is 1. FILE may be a\n" +
			"folder; templates and containers of Gene rules are taken from beside the rules. docs/formats.md says\n" +
			"what is converted.",
		Example: "  vedette rules convert --from gene --to gene old.gen > new.gen\n" +
			"  vedette rules convert --to sigma rules.ini --output rules.yml",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	c.Flags().StringVar(&f.from, "from", "", "format of the files: gene, aiedr or gotrust (default: recognised)")
	c.Flags().StringVar(&f.to, "to", "", "gene or sigma")
	c.Flags().StringVarP(&f.output, "output", "o", "", "write the rules to this file")
	complete(c, "from", []string{"gene", "aiedr", "gotrust"})
	complete(c, "to", []string{"gene", "sigma"})
	return c
}

func (f *convertFlags) run(c *cobra.Command, args []string) error {
	if f.to == "" {
		return usageError{fmt.Errorf("--to is missing: gene or sigma")}
	}
	files, err := (&ruleFlags{}).files(args)
	if err != nil {
		return err
	}
	byFormat, err := f.sort(files)
	if err != nil {
		return usageError{err}
	}
	var text strings.Builder
	total := convertedTotal{}
	for _, from := range []string{"gene", "condition", "gotrust"} {
		if len(byFormat[from]) == 0 {
			continue
		}
		out, err := convert.Files(from, f.to, byFormat[from])
		if err != nil {
			return usageError{err}
		}
		if text.Len() > 0 && out.Text != "" && f.to == "sigma" {
			text.WriteString("---\n")
		}
		text.WriteString(out.Text)
		if err := f.tell(c, out, &total); err != nil {
			return err
		}
	}
	return f.write(c, text.String(), total)
}

// sort divides files by their format; files that rules refer to go to Gene.
func (f *convertFlags) sort(files []detect.File) (map[string][]detect.File, error) {
	out := map[string][]detect.File{}
	var aside []detect.File
	for _, file := range files {
		if file.Aside() {
			aside = append(aside, file)
			continue
		}
		name := convert.Format(f.from)
		if name == "" {
			if name = all.FormatOf(file); name == "" || name == "sigma" {
				return nil, fmt.Errorf("%s is no file of Gene, aiedr or goTrust rules; --from says which it is all the same", file.Path)
			}
		}
		out[name] = append(out[name], file)
	}
	if len(out["gene"]) > 0 {
		out["gene"] = append(out["gene"], aside...)
	}
	for name := range out {
		if name != "gene" && name != "condition" && name != "gotrust" {
			return nil, fmt.Errorf("rules are not converted from %s; --from is gene, aiedr or gotrust", f.from)
		}
	}
	return out, nil
}

// tell says what was converted, as JSON, and what was lost.
func (f *convertFlags) tell(c *cobra.Command, out convert.Result, total *convertedTotal) error {
	total.Converted += len(out.Rules)
	for _, p := range out.Lost {
		word := "loss     "
		if p.Refused {
			total.Left++
			word = "left out "
		} else {
			total.Partial++
		}
		if err := f.print(c.ErrOrStderr(), p, word+p.Error()); err != nil {
			return err
		}
	}
	if !f.json || f.output != "" {
		return nil
	}
	for _, r := range out.Rules {
		if err := f.print(c.OutOrStdout(), r, ""); err != nil {
			return err
		}
	}
	return nil
}

func (f *convertFlags) write(c *cobra.Command, text string, total convertedTotal) error {
	switch {
	case f.output != "":
		if err := os.WriteFile(filepath.Clean(f.output), []byte(text), 0o644); err != nil {
			return fmt.Errorf("write rules: %w", err)
		}
	case !f.json:
		if _, err := fmt.Fprint(c.OutOrStdout(), text); err != nil {
			return err
		}
	}
	w := c.ErrOrStderr()
	if f.json {
		w = c.OutOrStdout()
	}
	if err := f.print(w, total, fmt.Sprintf("%d converted, %d left out, %d parts lost", total.Converted, total.Left, total.Partial)); err != nil {
		return err
	}
	if total.Left > 0 {
		return foundError{}
	}
	return nil
}
