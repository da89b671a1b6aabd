package fleet

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/lint"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire"
)

// storedRules returns the rule files that are stored, of the newest version.
func (f *Fleet) storedRules(ctx context.Context) ([]api.RuleFile, error) {
	var text string
	err := f.db.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT stored FROM rule_sets ORDER BY version DESC LIMIT 1`).Scan(&text)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	var out []api.RuleFile
	if err == nil {
		err = json.Unmarshal([]byte(text), &out)
	}
	if err != nil {
		return nil, fmt.Errorf("read stored rules: %w", err)
	}
	return out, nil
}

// ChangeRules changes the rules that are stored and sends the new set to the
// agents. A bad file refuses the change as a whole; the error is an
// api.RefusedError.
func (f *Fleet) ChangeRules(ctx context.Context, c api.RuleChange, by string) (api.RuleChanged, error) {
	f.changing.Lock()
	defer f.changing.Unlock()
	f.mu.Lock()
	before := f.rules
	f.mu.Unlock()
	if c.Version != 0 && c.Version != before.version {
		return api.RuleChanged{}, fmt.Errorf("rules version %d was changed, %d is in force: %w", c.Version, before.version, state.ErrConflict)
	}
	next, done, err := changed(before.stored, c)
	if err != nil {
		return api.RuleChanged{}, err
	}
	r, err := f.compileRules(ctx, f.opts.Own, next)
	var refused refusedRules
	if errors.As(err, &refused) {
		return api.RuleChanged{}, &api.RefusedError{Problems: problems(refused)}
	}
	if err != nil {
		return api.RuleChanged{}, err
	}
	done.Version, done.Rules, done.Problems = before.version, int64(len(r.set.Rules())), remarksOn(r.set, c.Set)
	if c.Preview || r.hash == before.hash {
		return done, nil
	}
	if err := f.adopt(ctx, r, by, c.Comment); err != nil {
		return api.RuleChanged{}, err
	}
	done.Version = r.version
	f.log.Info("rules in force", "version", r.version, "by", by)
	return done, f.pushRules()
}

// changed applies a change to the files that are stored.
func changed(before []api.RuleFile, c api.RuleChange) ([]api.RuleFile, api.RuleChanged, error) {
	var done api.RuleChanged
	was, next := map[string]string{}, map[string]string{}
	for _, f := range before {
		was[f.Path] = f.Text
		if !c.Replace {
			next[f.Path] = f.Text
		}
	}
	for i, f := range c.Set {
		if why := badPath(f.Path); why != "" {
			return nil, done, &api.FieldError{Field: fmt.Sprintf("body.set[%d].path", i), Message: why}
		}
		next[f.Path] = f.Text
	}
	for i, p := range c.Remove {
		p = strings.TrimPrefix(p, storedPrefix)
		if _, ok := next[p]; !ok {
			return nil, done, &api.FieldError{Field: fmt.Sprintf("body.remove[%d]", i), Message: fmt.Sprintf("%.100q is not stored here: shipped rules are switched off by a policy, those of the folder are removed there", p)}
		}
		delete(next, p)
	}
	var out []api.RuleFile
	for p, text := range next {
		out = append(out, api.RuleFile{Path: p, Text: text})
		if old, ok := was[p]; !ok {
			done.Added = append(done.Added, p)
		} else if old != text {
			done.Changed = append(done.Changed, p)
		}
	}
	for p := range was {
		if _, ok := next[p]; !ok {
			done.Removed = append(done.Removed, p)
		}
	}
	slices.SortFunc(out, func(a, b api.RuleFile) int { return strings.Compare(a.Path, b.Path) })
	for _, list := range [][]string{done.Added, done.Changed, done.Removed} {
		slices.Sort(list)
	}
	return out, done, nil
}

// badPath says why a path cannot be stored.
func badPath(p string) string {
	if p == "" || p != path.Clean(p) || path.IsAbs(p) || p == ".." || strings.HasPrefix(p, "../") || strings.ContainsAny(p, "\\\x00\r\n\t") {
		return fmt.Sprintf("%.100q is no path such as linux/curl.yml", p)
	}
	return ""
}

// remarksOn returns what is noticeable in the rules of some files.
func remarksOn(set *detect.Set, files []api.RuleFile) []api.RuleProblem {
	of := map[string]bool{}
	for _, f := range files {
		of[storedPrefix+f.Path] = true
	}
	var out []api.RuleProblem
	for _, p := range lint.Check(set) {
		if of[p.File] {
			out = append(out, remark(p))
		}
	}
	return out
}

func remark(p detect.Problem) api.RuleProblem {
	return api.RuleProblem{Path: p.File, Line: p.Line, Field: p.Field, Message: strings.TrimSuffix(p.What+"; "+p.Do, "; "), Remark: !p.Refused}
}

// LintRule says what is wrong in a text, and what it defines, without keeping it.
func (f *Fleet) LintRule(_ context.Context, t api.RuleText) (api.RuleLint, error) {
	set, ps := detect.Load(detect.Options{Formats: f.opts.Formats}, []detect.File{{Path: t.Path, Text: t.Text}})
	var out api.RuleLint
	for _, p := range append(ps, lint.Check(set)...) {
		out.Problems = append(out.Problems, remark(p))
	}
	f.mu.Lock()
	force := f.rules
	f.mu.Unlock()
	for _, r := range set.Rules() {
		out.Rules = append(out.Rules, showRule(r))
		if other := force.set.Rule(r.ID); other != nil && other.Path != storedPrefix+strings.TrimPrefix(t.Path, storedPrefix) {
			out.Problems = append(out.Problems, api.RuleProblem{Path: t.Path, Line: r.Line, Field: "id", Message: fmt.Sprintf("%s is the id of the rule in %s; give the rule an id of its own", r.ID, other.Path)})
		}
	}
	slices.SortStableFunc(out.Problems, func(a, b api.RuleProblem) int { return a.Line - b.Line })
	return out, nil
}

// keptVersions is how many versions of the rules the history shows.
const keptVersions = 500

// RuleVersions returns the history of the rules, the newest first.
func (f *Fleet) RuleVersions(ctx context.Context) (api.RuleVersions, error) {
	var out api.RuleVersions
	err := f.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT version, hash, created, created_by, comment, rules, stored FROM rule_sets ORDER BY version DESC LIMIT $1`, keptVersions)
		if err != nil {
			return fmt.Errorf("history of rules: %w", err)
		}
		return each(rows, func() error {
			v, err := scanVersion(rows)
			out.Versions = append(out.Versions, v.RuleVersion)
			return err
		})
	})
	return out, err
}

type scanner interface{ Scan(...any) error }

func scanVersion(row scanner) (api.RuleVersionDetail, error) {
	var v api.RuleVersionDetail
	var created int64
	var stored string
	if err := row.Scan(&v.Version, &v.Hash, &created, &v.By, &v.Comment, &v.Rules, &stored); err != nil {
		return v, err
	}
	v.At = at(created)
	if err := json.Unmarshal([]byte(stored), &v.Stored); err != nil {
		return v, fmt.Errorf("stored rules of version %d: %w", v.Version, err)
	}
	v.Files = int64(len(v.Stored))
	return v, nil
}

// RuleVersion returns a version with the files that were stored; 0 is the one
// in force.
func (f *Fleet) RuleVersion(ctx context.Context, version int64) (v api.RuleVersionDetail, err error) {
	if version == 0 {
		f.mu.Lock()
		version = f.rules.version
		f.mu.Unlock()
	}
	err = f.db.Read(ctx, func(tx *sql.Tx) (err error) {
		v, err = scanVersion(tx.QueryRowContext(ctx, `SELECT version, hash, created, created_by, comment, rules, stored FROM rule_sets WHERE version = $1`, version))
		if errors.Is(err, sql.ErrNoRows) {
			err = fmt.Errorf("rules version %d: %w", version, state.ErrNotFound)
		}
		return err
	})
	return v, err
}

// RollBackRules puts the stored rules of an earlier version in force, as a new
// version.
func (f *Fleet) RollBackRules(ctx context.Context, version int64, comment, by string) (api.RuleChanged, error) {
	v, err := f.RuleVersion(ctx, version)
	if err != nil {
		return api.RuleChanged{}, err
	}
	if comment == "" {
		comment = fmt.Sprintf("back to version %d", version)
	}
	return f.ChangeRules(ctx, api.RuleChange{Set: v.Stored, Replace: true, Comment: comment}, by)
}

// addDisabled says of each rule which groups switch it off.
func addDisabled(ctx context.Context, tx *sql.Tx, rules []api.Rule) error {
	rows, err := tx.QueryContext(ctx, `SELECT p.group_name, p.text FROM policies p
		WHERE p.version = (SELECT MAX(version) FROM policies WHERE group_name = p.group_name) ORDER BY p.group_name`)
	if err != nil {
		return fmt.Errorf("rules that policies switch off: %w", err)
	}
	off := map[string][]string{}
	err = each(rows, func() error {
		var group, text string
		if err := rows.Scan(&group, &text); err != nil {
			return err
		}
		var p wire.Policy
		if err := yaml.Unmarshal([]byte(text), &p); err != nil {
			return fmt.Errorf("policy of %s: %w", group, err)
		}
		for id, r := range p.Rules {
			if r.Disabled {
				off[id] = append(off[id], group)
			}
		}
		return nil
	})
	for i := range rules {
		rules[i].DisabledIn = off[rules[i].ID]
	}
	return err
}
