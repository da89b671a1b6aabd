package detect

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/index"
)

// File is a rule file as written.
type File struct {
	Path string
	Text string
}

// Problem is a mistake in a rule file.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"` // from 1; 0 when it is about the whole file
	Field   string `json:"field,omitempty"`
	What    string `json:"what"`
	Do      string `json:"do,omitempty"`   // what to do about it
	Rule    string `json:"rule,omitempty"` // id
	Title   string `json:"title,omitempty"`
	Format  string `json:"format,omitempty"`
	Refused bool   `json:"refused"` // the rule was not loaded; else it is a remark
	// Disabled says that the rule is right and does not run, because it says
	// itself that it is out of use.
	Disabled bool `json:"disabled,omitempty"`
	// Unset says that the rule is right and needs values of placeholders that
	// are not configured here: it is refused, and the whole set is not.
	Unset bool `json:"unset,omitempty"`
}

// Error returns the problem as one line.
func (p Problem) Error() string {
	s := p.File
	if p.Line > 0 {
		s = fmt.Sprintf("%s:%d", s, p.Line)
	}
	if p.Field != "" {
		s += ": " + p.Field
	}
	s += ": " + p.What
	if p.Do != "" {
		s += "; " + p.Do
	}
	return s
}

// Format reads the rules of one format.
type Format struct {
	Name    string
	Accepts func(File) bool // by name or content
	Parse   func(File, Options) ([]*Rule, []Problem)

	// Prepare takes the files that rules of the format refer to out of files,
	// before any is parsed, and puts what they hold into the options. It may be
	// nil.
	Prepare func(files []File, o *Options) ([]File, []Problem)
}

// Options say how rules are loaded.
type Options struct {
	Formats      []Format            // as all.Formats lists them
	Records      bool                // also for foreign records in the formats of data files, not only for our events
	Whole        bool                // refuse the whole set when one rule has a mistake
	Deprecated   bool                // also rules that say of themselves that they are deprecated or unsupported
	Placeholders map[string][]string // values of %name% in rules that expand them
	Templates    map[string]string   // texts of {{name}} in Gene rules, besides those in the files
	Only         func(*Rule) bool    // which rules are wanted; nil is all

	// Sources find matches beside the rules: indicators of compromise.
	Sources []Source

	// Containers are sets of texts that Gene rules look up, by their names,
	// besides those in the files.
	Containers map[string]*expr.Container
}

// MaxFile is the largest rule file, bytes; MaxRules the largest number of rules.
const (
	MaxFile  = 2 << 20
	MaxRules = 50_000
)

// collectEvery is after how much text of rules garbage is collected, bytes.
const collectEvery = 1 << 17

// Load compiles the rules of the files. A rule with a mistake is refused with a
// Problem and the others load; with Options.Whole the set is nil then.
func Load(o Options, files []File) (*Set, []Problem) {
	var rules []*Rule
	files, problems := texts(o, files)
	for _, format := range o.Formats {
		if format.Prepare != nil {
			var ps []Problem
			files, ps = format.Prepare(files, &o)
			problems = append(problems, ps...)
		}
	}
	read := 0
	for _, f := range files {
		// Parsing leaves a hundred times the text as garbage. Where it stays the
		// rules are scattered over it, and its memory is not given back.
		if read += len(f.Text); read > collectEvery {
			runtime.GC()
			read = 0
		}
		rs, ps := parseFile(o, f)
		rules = append(rules, rs...)
		problems = append(problems, ps...)
	}
	rules, ps := unique(rules)
	problems = append(problems, ps...)
	rules, ps = link(rules)
	problems = append(problems, ps...)
	if o.Whole && slices.ContainsFunc(problems, func(p Problem) bool { return p.Refused && !p.Unset }) {
		return nil, problems
	}
	return newSet(wanted(rules, o.Only), o.Sources), problems
}

// texts returns the files without byte order marks, and without those that are
// no UTF-8: what they say would be loaded and never match.
func texts(o Options, files []File) ([]File, []Problem) {
	var out []File
	var problems []Problem
	for _, f := range files {
		f.Text = strings.TrimPrefix(f.Text, "\ufeff")
		if f.ends(ruleEndings) && !utf8.ValidString(f.Text) {
			ours := slices.ContainsFunc(o.Formats, func(format Format) bool { return format.Accepts(f) })
			problems = append(problems, Problem{File: f.Path, What: "the text is not UTF-8", Do: "save it as UTF-8", Refused: ours || !f.vague()})
			continue
		}
		out = append(out, f)
	}
	return out, problems
}

func parseFile(o Options, f File) ([]*Rule, []Problem) {
	if len(f.Text) > MaxFile {
		return nil, []Problem{{File: f.Path, What: fmt.Sprintf("file of %d bytes", len(f.Text)), Do: fmt.Sprintf("a rule file has at most %d", MaxFile), Refused: !f.vague()}}
	}
	for _, format := range o.Formats {
		if !format.Accepts(f) {
			continue
		}
		rules, problems := format.Parse(f, o)
		for i := range problems {
			problems[i].Format = format.Name
		}
		return rules, problems
	}
	return nil, []Problem{{File: f.Path, What: "not a rule file of a known format", Do: "docs/formats.md lists the formats", Refused: !f.vague()}}
}

// unique drops rules whose id was there before, and what is too much.
func unique(rules []*Rule) ([]*Rule, []Problem) {
	var out []*Rule
	var problems []Problem
	seen := map[string]*Rule{}
	for _, r := range rules {
		if first := seen[r.ID]; first != nil {
			problems = append(problems, Problem{File: r.Path, Line: r.Line, Field: "id", Rule: r.ID, Title: r.Name, Format: r.Format, Refused: true,
				What: fmt.Sprintf("%s is the id of the rule in %s", r.ID, first.Path), Do: "give the rule an id of its own"})
			continue
		}
		if len(out) == MaxRules {
			problems = append(problems, Problem{File: r.Path, Line: r.Line, Rule: r.ID, Title: r.Name, Format: r.Format, Refused: true, What: fmt.Sprintf("more than %d rules", MaxRules)})
			break
		}
		seen[r.ID] = r
		out = append(out, r)
	}
	return out, problems
}

func variants(rules []*Rule) []index.Variant {
	var out []index.Variant
	for i, r := range rules {
		if r.Disabled {
			continue
		}
		for _, v := range r.Variants {
			out = append(out, index.Variant{Rule: i, Kinds: v.Kinds, Sources: v.Sources, Where: v.Where})
		}
	}
	return out
}
