package detect

import (
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/index"
	"github.com/vedette-edr/vedette/internal/event"
)

// Rule is a rule as it was loaded, whatever its format.
type Rule struct {
	ID             string
	Name           string // title
	Format         string // "sigma" for example
	Path           string
	Line           int // where the rule begins in its file, from 1
	Level          string
	Severity       int64 // 1 (informational) to 5 (critical)
	Status         string
	Description    string
	Author         string
	References     []string
	FalsePositives []string
	Techniques     []string // ATT&CK ids, T1059.004 for example
	Tactics        []string // ATT&CK names, "execution" for example
	Tags           []string // all tags as the rule gives them, also those of ATT&CK
	Actions        []string // what the rule asks for; policy decides
	Source         string   // where it applies, for people: "linux process_creation"
	Criticality    int64    // 0 to 10, of formats that have it
	Score          int64    // points that a match takes from the trust of a host, of formats that have it
	Filter         bool     // keeps the events that it matches; a match is no finding
	Disabled       bool     // switched off in its file: it never matches
	Related        []Related
	Variants       []Variant
	Cases          []Case

	Handle      string       // a name by which correlations and exclusions may call the rule, besides its id
	Silent      bool         // is there for a correlation only; a match is no finding
	Correlation *Correlation // nil unless the rule joins matches of others
	Exclusion   *Exclusion   // nil unless the rule takes matches away from others
}

// Raises reports whether a match of the rule is a finding.
func (r *Rule) Raises() bool { return !r.Filter && !r.Silent }

// Variant is the condition of a rule for events of some kinds or records of
// some logs, in which fields have their own names.
type Variant struct {
	Kinds   []event.Kind
	Sources []index.Source
	Where   *expr.Expr
	Names   Names
}

// Related is another rule that a rule has to do with.
type Related struct {
	ID   string
	Type string // derived, obsolete, merged, renamed, similar
}

// Names says how the records of a variant call what the rules of its format
// name. A format without names of its own leaves it zero.
type Names struct {
	Field Resolve // the left side of a test
	Other Resolve // a field that is compared with
}

// Resolve turns the name of a field in a rule into the field that a record has,
// and a value of the rule into the value there (nil: the same). The text says
// what is wrong when the records lack the field.
type Resolve func(name string) (f expr.Field, translate func(string) string, problem string)

// field returns the field of the variant's records that name stands for.
func (v *Variant) field(name string) (expr.Field, string) {
	if v.Names.Field != nil {
		f, _, problem := v.Names.Field(name)
		return f, problem
	}
	if f, ok := expr.KnownField(name); ok {
		return f, ""
	}
	return expr.DataField(name), ""
}

// Case is a record that the rule must or must not match; of a correlation
// several records, in the order in which they come.
type Case struct {
	Line     int
	Match    bool // the rule must match
	Rec      expr.Record
	Sequence []expr.Record // of a correlation, instead of Rec
}

// Levels lists the levels of rules, the lowest first; the severity is the
// place in the list, from 1.
func Levels() []string {
	return []string{"informational", "low", "medium", "high", "critical"}
}

// Actions lists what a rule may ask for.
func Actions() []string { return []string{"kill", "suspend"} }

// applies reports whether the variant is for records like rec.
func (v *Variant) applies(rec expr.Record) bool {
	kind := event.Kind(rec.Get(event.FieldEventAction).Num)
	for _, k := range v.Kinds {
		if k == kind {
			return true
		}
	}
	if kind != event.LogRecord && kind != event.KindNone {
		return false
	}
	channel := expr.Fold(rec.Get(event.FieldLogChannel).Str)
	code := rec.Get(event.FieldEventCode).Str
	for _, s := range v.Sources {
		switch {
		case s.Channel == "" && s.Family == index.FamilyOf(channel):
			return true
		case s.Channel != "" && expr.Fold(s.Channel) == channel && (s.Code == "" || s.Code == code):
			return true
		}
	}
	return false
}

// Matches evaluates the rule alone, plainly. Many rules at once are the
// business of Set.
func (r *Rule) Matches(rec expr.Record) bool {
	for i := range r.Variants {
		if v := &r.Variants[i]; !r.Disabled && v.applies(rec) && v.Where.Match(rec) {
			return true
		}
	}
	return false
}
