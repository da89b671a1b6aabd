package fleet

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire"
)

// ownPrefix begins the paths of the folder of own rules in the document that
// agents get, storedPrefix those of the rules that are stored here.
const (
	ownPrefix    = "own/"
	storedPrefix = "stored/"
)

// ruleSet is rules that were loaded together; immutable.
type ruleSet struct {
	version int64
	hash    string
	loaded  time.Time
	content []byte // of the signed document
	set     *detect.Set
	text    map[string]string // by path
	print   string            // of the folder of own rules when it was read
	stored  []api.RuleFile    // that are kept here
	remarks []detect.Problem
}

// refusedRules says why a set of rules was not taken.
type refusedRules []detect.Problem

// Error lists the problems, one a line.
func (r refusedRules) Error() string {
	var lines []string
	for _, p := range r {
		if p.Refused {
			lines = append(lines, p.Error())
		}
	}
	return "the rules are refused as a whole:\n" + strings.Join(lines, "\n")
}

// loadRules loads the first set. When the own rules are wrong the shipped ones
// are in force alone, and the problems are shown; a shipped rule that does not
// load is an error.
func (f *Fleet) loadRules(ctx context.Context) error {
	err := f.reload(ctx, f.opts.Own)
	var refused refusedRules
	if !errors.As(err, &refused) {
		return err
	}
	if err := f.reload(ctx, ""); err != nil {
		return err
	}
	f.log.Warn("own rules are refused, only the shipped ones are in force", "error", refused)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bad = problems(refused)
	return nil
}

// reload reads the rules; what is wrong is a refusedRules, and the set in force
// stays.
func (f *Fleet) reload(ctx context.Context, folder string) error {
	f.changing.Lock()
	defer f.changing.Unlock()
	stored, err := f.storedRules(ctx)
	if err != nil {
		return err
	}
	r, err := f.compileRules(ctx, folder, stored)
	if err != nil {
		return err
	}
	return f.adopt(ctx, r, "manager", "the folder of own rules or the release changed")
}

// compileRules makes a set of the shipped rules, those of a folder and those
// that are stored. What is wrong is a refusedRules.
func (f *Fleet) compileRules(ctx context.Context, folder string, stored []api.RuleFile) (*ruleSet, error) {
	print, err := f.fingerprint()
	if err != nil {
		return nil, err
	}
	files, err := detect.ReadDir(f.opts.Shipped, ".")
	if err != nil {
		return nil, err
	}
	own, err := ownRules(folder)
	if err != nil {
		return nil, err
	}
	files = append(files, own...)
	for _, s := range stored {
		files = append(files, detect.File{Path: storedPrefix + s.Path, Text: s.Text})
	}
	values, err := f.placeholders(ctx)
	if err != nil {
		return nil, err
	}
	set, ps := detect.Load(detect.Options{Formats: f.opts.Formats, Whole: true, Placeholders: values}, files)
	if set == nil {
		return nil, refusedRules(ps)
	}
	doc := wire.Rules{}
	text := map[string]string{}
	for _, file := range files {
		doc.Files = append(doc.Files, wire.RuleFile{Path: file.Path, Text: file.Text})
		text[file.Path] = file.Text
	}
	plain, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write rules: %w", err)
	}
	content, err := wire.Pack(plain)
	if err != nil {
		return nil, err
	}
	if len(content) > wire.MaxDocument || len(plain) > wire.MaxRules {
		return nil, refusedRules{{File: folder, Refused: true, What: fmt.Sprintf("all rules together have %d bytes, %d packed", len(plain), len(content)),
			Do: fmt.Sprintf("agents take at most %d, %d packed: remove some", wire.MaxRules, wire.MaxDocument)}}
	}
	return &ruleSet{hash: hashOf(plain), loaded: f.now().UTC(), content: content, set: set, text: text, print: print, stored: stored, remarks: ps}, nil
}

// adopt gives a set a version and puts it in force; f.changing is held.
func (f *Fleet) adopt(ctx context.Context, r *ruleSet, by, comment string) (err error) {
	if r.version, err = f.ruleVersion(ctx, r, by, comment); err != nil {
		return err
	}
	f.mu.Lock()
	f.rules, f.bad = r, problems(r.remarks) // what is refused alone, because a placeholder has no value
	f.mu.Unlock()
	return nil
}

func ownRules(folder string) ([]detect.File, error) {
	if folder == "" {
		return nil, nil
	}
	files, err := detect.ReadDir(os.DirFS(folder), ".")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for i := range files {
		files[i].Path = ownPrefix + files[i].Path
	}
	return files, err
}

// ruleVersion returns the version of the newest set when it has the hash, else
// a new one.
func (f *Fleet) ruleVersion(ctx context.Context, r *ruleSet, by, comment string) (version int64, err error) {
	err = f.db.Write(ctx, func(tx *sql.Tx) error {
		var have string
		err := tx.QueryRowContext(ctx, `SELECT version, hash FROM rule_sets ORDER BY version DESC LIMIT 1`).Scan(&version, &have)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("number rules: %w", err)
		}
		if have == r.hash {
			return nil
		}
		version++
		return f.addRuleSet(ctx, tx, version, r, by, comment)
	})
	return version, err
}

func (f *Fleet) addRuleSet(ctx context.Context, tx *sql.Tx, version int64, r *ruleSet, by, comment string) error {
	stored := r.stored
	if stored == nil {
		stored = []api.RuleFile{}
	}
	text, err := json.Marshal(stored)
	if err != nil {
		return fmt.Errorf("number rules: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO rule_sets (version, hash, created, created_by, comment, rules, stored) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		version, r.hash, f.now().UnixNano(), by, comment, len(r.set.Rules()), string(text)); err != nil {
		return fmt.Errorf("number rules: %w", err)
	}
	return nil
}

// raiseRules numbers the rules anew when an agent has a higher version in force.
func (f *Fleet) raiseRules(ctx context.Context, tx *sql.Tx, applied int64) error {
	f.mu.Lock()
	r := *f.rules
	f.mu.Unlock()
	if r.version >= applied || applied-r.version > maxVersionJump {
		return nil
	}
	r.version = applied + 1
	if err := f.addRuleSet(ctx, tx, r.version, &r, "manager", "numbered anew: a host had a higher version in force"); err != nil {
		return err
	}
	f.mu.Lock()
	f.rules = &r
	f.mu.Unlock()
	return nil
}

// fingerprint changes when a file of the own rules does. Names, sizes and times
// are compared, which works on every file system.
func (f *Fleet) fingerprint() (string, error) {
	if f.opts.Own == "" {
		return "", nil
	}
	var b strings.Builder
	err := filepath.WalkDir(f.opts.Own, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if !d.IsDir() {
			fmt.Fprintf(&b, "%s %d %d\n", p, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return b.String(), nil // none, or one went while we looked: the next look sees it
	}
	if err != nil {
		return "", fmt.Errorf("look at own rules: %w", err)
	}
	return hashOf([]byte(b.String())), nil
}

// watchRules takes a changed folder of own rules into force and sends it to the
// agents, or keeps the set in force and shows what is wrong.
func (f *Fleet) watchRules(ctx context.Context) error {
	print, err := f.fingerprint()
	if err != nil {
		return err
	}
	f.mu.Lock()
	same := print == f.rules.print
	f.mu.Unlock()
	if same {
		return nil
	}
	if _, err := f.Reload(ctx); err != nil {
		f.log.Warn("own rules are refused, those in force stay", "error", err)
	}
	return nil
}

// Reload reads the own rules again and sends them to the agents. A bad rule
// refuses the change as a whole; the error names files and lines.
func (f *Fleet) Reload(ctx context.Context) (api.RuleList, error) {
	f.mu.Lock()
	before := f.rules.version
	f.mu.Unlock()
	err := f.reload(ctx, f.opts.Own)
	var refused refusedRules
	if errors.As(err, &refused) {
		print, perr := f.fingerprint()
		f.mu.Lock()
		f.bad = problems(refused)
		r := *f.rules
		r.print = print // look again when it changes again
		f.rules = &r
		f.mu.Unlock()
		return api.RuleList{}, errors.Join(&api.FieldError{Field: "rules", Message: refused.Error()}, perr)
	}
	if err != nil {
		return api.RuleList{}, err
	}
	f.mu.Lock()
	version := f.rules.version
	f.mu.Unlock()
	if version != before {
		f.log.Info("rules in force", "version", version)
		if err := f.pushRules(); err != nil {
			return api.RuleList{}, err
		}
	}
	return f.Rules(ctx)
}

func problems(ps []detect.Problem) []api.RuleProblem {
	var out []api.RuleProblem
	for _, p := range ps {
		if p.Refused {
			out = append(out, api.RuleProblem{Path: p.File, Line: p.Line, Field: p.Field, Message: strings.TrimSuffix(p.What+"; "+p.Do, "; ")})
		}
	}
	return out
}

// Rules returns the rules in force.
func (f *Fleet) Rules(ctx context.Context) (api.RuleList, error) {
	f.mu.Lock()
	r, bad := f.rules, f.bad
	f.mu.Unlock()
	out := api.RuleList{Version: r.version, Hash: r.hash, Loaded: r.loaded, Problems: bad}
	for _, x := range r.set.Rules() {
		out.Rules = append(out.Rules, showRule(x))
	}
	return out, f.addFacts(ctx, out.Rules)
}

// addFacts adds what is known of rules beside their text: findings, cost, and
// where they are switched off.
func (f *Fleet) addFacts(ctx context.Context, rules []api.Rule) error {
	f.costs.add(rules)
	return f.db.Read(ctx, func(tx *sql.Tx) error {
		if err := addFindings(ctx, tx, rules); err != nil {
			return err
		}
		return addDisabled(ctx, tx, rules)
	})
}

func showRule(x *detect.Rule) api.Rule {
	source := "shipped"
	switch {
	case strings.HasPrefix(x.Path, ownPrefix):
		source = "own"
	case strings.HasPrefix(x.Path, storedPrefix):
		source = "stored"
	}
	return api.Rule{ID: x.ID, Name: x.Name, Format: x.Format, Path: x.Path, Source: source, Level: x.Level,
		Description: x.Description, Techniques: x.Techniques, Tactics: x.Tactics, Actions: x.Actions, Filter: x.Filter}
}

func addFindings(ctx context.Context, tx *sql.Tx, rules []api.Rule) error {
	byID := map[string]*api.Rule{}
	for i := range rules {
		byID[rules[i].ID] = &rules[i]
	}
	rows, err := tx.QueryContext(ctx, `SELECT rule_id, COUNT(*), SUM(CASE WHEN status <> $1 THEN 1 ELSE 0 END), SUM(findings), MAX(last_time)
		FROM alerts GROUP BY rule_id`, api.AlertClosed)
	if err != nil {
		return fmt.Errorf("count alerts of rules: %w", err)
	}
	return each(rows, func() error {
		var id string
		var n, open, findings, last int64
		if err := rows.Scan(&id, &n, &open, &findings, &last); err != nil {
			return err
		}
		if r := byID[id]; r != nil {
			r.Alerts, r.OpenAlerts, r.Findings, r.LastFinding = n, open, findings, at(last)
		}
		return nil
	})
}

// Rule returns a rule with its text.
func (f *Fleet) Rule(ctx context.Context, id string) (api.RuleDetail, error) {
	f.mu.Lock()
	r := f.rules
	f.mu.Unlock()
	for _, x := range r.set.Rules() {
		if x.ID != id {
			continue
		}
		one := []api.Rule{showRule(x)}
		err := f.addFacts(ctx, one)
		return api.RuleDetail{Rule: one[0], Text: r.text[x.Path]}, err
	}
	return api.RuleDetail{}, fmt.Errorf("rule %s: %w", id, state.ErrNotFound)
}
