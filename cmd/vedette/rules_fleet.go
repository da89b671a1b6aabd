package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect"
)

// fleetRules lists the subcommands of rules that work on the manager's rules.
func fleetRules(f *ruleFlags) []*cobra.Command {
	r := &remote{}
	commands := []*cobra.Command{rulesPush(f, r), rulesPull(f, r), rulesHistory(f, r), rulesRollback(f, r)}
	for _, c := range commands {
		r.connectionFlags(c)
		do := c.RunE
		c.RunE = func(c *cobra.Command, args []string) error {
			r.json = f.json
			return do(c, args)
		}
	}
	return commands
}

func rulesPush(f *ruleFlags, r *remote) *cobra.Command {
	var change api.RuleChange
	var add bool
	c := &cobra.Command{
		Use:   "push DIR",
		Short: "Make the rule files of a folder the stored rules of the manager, which sends them to its agents",
		Long: "What was stored before and is not in the folder is removed; with --add it stays. One wrong file refuses\n" +
			"the whole push and is named with line and field. Rules that come with the program stay beside them.",
		Example: "  vedette rules push --comment 'sshd rules of the week' my-rules/\n  vedette rules push --preview my-rules/",
		Args:    cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&change.Comment, "comment", "", "what was changed, for the history")
	c.Flags().Int64Var(&change.Version, "version", 0, "refuse when another version is in force by now")
	c.Flags().BoolVar(&change.Preview, "preview", false, "only say what would be changed")
	c.Flags().BoolVar(&add, "add", false, "keep stored files that the folder does not have")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		files, err := detect.ReadDir(os.DirFS(args[0]), ".")
		if err != nil {
			return usageError{err}
		}
		if len(files) == 0 && !add {
			return usageError{fmt.Errorf("no rule files in %s: to remove all stored rules, push a folder with one comment file, or roll back", args[0])}
		}
		for _, file := range files {
			if !utf8.ValidString(file.Text) { // JSON would carry something else
				return usageError{fmt.Errorf("%s: the text is not UTF-8; save it as UTF-8", filepath.Join(args[0], file.Path))}
			}
			change.Set = append(change.Set, api.RuleFile{Path: file.Path, Text: file.Text})
		}
		change.Replace = !add
		done, err := api.Send[api.RuleChanged](ctx, c, "POST", "/rules/changes", change)
		if err != nil {
			return err
		}
		return f.changed(out, done)
	})
	return c
}

// changed shows what a change did.
func (f *ruleFlags) changed(out *printer, done api.RuleChanged) error {
	for _, p := range done.Problems {
		fmt.Fprintln(out.side, "remark:", plain(p.Where()+": "+p.Message))
	}
	return facts(out, done, "version", fmt.Sprint(done.Version), "rules", fmt.Sprint(done.Rules),
		"added", strings.Join(done.Added, " "), "changed", strings.Join(done.Changed, " "), "removed", strings.Join(done.Removed, " "))
}

func rulesPull(_ *ruleFlags, r *remote) *cobra.Command {
	var version int64
	c := &cobra.Command{
		Use:     "pull DIR",
		Short:   "Write the stored rules of the manager to a folder, which is made; files that differ are refused",
		Example: "  vedette rules pull --version 12 rules-of-version-12/",
		Args:    cobra.ExactArgs(1),
	}
	c.Flags().Int64Var(&version, "version", 0, "of this version (default: in force)")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		v, err := api.Get[api.RuleVersionDetail](ctx, c, "/rules/versions/"+strconv.FormatInt(version, 10), nil)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(args[0], 0o755); err != nil {
			return fmt.Errorf("write rules: %w", err)
		}
		root, err := os.OpenRoot(args[0])
		if err != nil {
			return fmt.Errorf("write rules: %w", err)
		}
		defer func() { _ = root.Close() }() // a folder
		for _, file := range v.Stored {
			if err := pullFile(root, file); err != nil {
				return err
			}
		}
		return facts(out, v.RuleVersion, "version", fmt.Sprint(v.Version), "files", fmt.Sprint(v.Files), "by", v.By, "at", when(v.At))
	})
	return c
}

// pullFile writes a file below root and nowhere else.
func pullFile(root *os.Root, file api.RuleFile) error {
	name := filepath.FromSlash(file.Path)
	have, err := root.ReadFile(name)
	switch {
	case err == nil && string(have) == file.Text:
		return nil
	case err == nil:
		return fmt.Errorf("%s is there and differs: pull to another folder", filepath.Join(root.Name(), name))
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("write rules: %w", err)
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("write rules: %w", err)
	}
	if err := root.WriteFile(name, []byte(file.Text), 0o644); err != nil {
		return fmt.Errorf("write rules: %w", err)
	}
	return nil
}

func rulesHistory(_ *ruleFlags, r *remote) *cobra.Command {
	return &cobra.Command{Use: "history", Short: "Versions of the manager's rules, the newest first", Args: cobra.NoArgs,
		RunE: r.run(func(ctx context.Context, c *api.Client, out *printer, _ []string) error {
			l, err := api.Get[api.RuleVersions](ctx, c, "/rules/versions", nil)
			if err != nil {
				return err
			}
			return list(out, l.Versions, []string{"version", "at", "by", "rules", "stored files", "comment"}, func(v api.RuleVersion) []string {
				return []string{fmt.Sprint(v.Version), when(v.At), v.By, fmt.Sprint(v.Rules), fmt.Sprint(v.Files), v.Comment}
			})
		})}
}

func rulesRollback(f *ruleFlags, r *remote) *cobra.Command {
	var comment string
	c := &cobra.Command{Use: "rollback VERSION", Short: "Put the stored rules of an earlier version in force again", Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&comment, "comment", "", "why, for the history")
	c.RunE = r.run(func(ctx context.Context, c *api.Client, out *printer, args []string) error {
		version, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil || version < 1 {
			return usageError{fmt.Errorf("%q is no version; `vedette rules history` lists them", args[0])}
		}
		done, err := api.Send[api.RuleChanged](ctx, c, "POST", fmt.Sprintf("/rules/versions/%d/rollback", version), api.RuleRollback{Comment: comment})
		if err != nil {
			return err
		}
		return f.changed(out, done)
	})
	return c
}
