// Package convert writes rules of one format in another: Gene rules of any
// schema as schema 2.0, and Gene, aiedr and goTrust rules as Sigma. What the
// other format cannot say is told by the name of the rule; a rule that would
// mean something else is left out.
package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
)

// Result is what came of the rules of some files.
type Result struct {
	Text  string // the rules in the other format
	Rules []Rule
	Lost  []detect.Problem // Refused: the rule is left out; else a part of it is
}

// Rule is one rule that was converted.
type Rule struct {
	Name string `json:"rule"`
	Path string `json:"path"`
	Line int    `json:"line,omitempty"`
	Text string `json:"text"`
}

// Pairs lists what can be converted: from, to.
func Pairs() [][2]string {
	return [][2]string{{"gene", "gene"}, {"gene", "sigma"}, {"condition", "sigma"}, {"gotrust", "sigma"}}
}

// Format returns the name of a format; aiedr is another name of condition.
func Format(name string) string {
	if name == "aiedr" {
		return "condition"
	}
	return strings.ToLower(name)
}

// Files converts the rules of files of one format. Templates and containers of
// Gene rules are among the files.
func Files(from, to string, files []detect.File) (Result, error) {
	from, to = Format(from), Format(to)
	if !slices.Contains(Pairs(), [2]string{from, to}) {
		var can []string
		for _, p := range Pairs() {
			can = append(can, p[0]+" to "+p[1])
		}
		return Result{}, fmt.Errorf("rules are not converted from %s to %s; possible are %s", from, to, strings.Join(can, ", "))
	}
	w := &writer{}
	switch {
	case to == "gene":
		w.geneFiles(files)
	case from == "gene":
		w.geneToSigma(files)
	case from == "condition":
		w.conditions(files)
	default:
		w.trusts(files)
	}
	return w.result(to), nil
}

// writer collects rules and losses.
type writer struct {
	rules []Rule
	lost  []detect.Problem
}

// lose tells what of a rule cannot be said; whole leaves the rule out.
func (w *writer) lose(f detect.File, line int, rule string, whole bool, format string, args ...any) {
	w.lost = append(w.lost, detect.Problem{File: f.Path, Line: line, Rule: rule, Title: rule, What: rule + ": " + fmt.Sprintf(format, args...), Refused: whole})
}

func (w *writer) add(f detect.File, line int, name, text string) {
	w.rules = append(w.rules, Rule{Name: name, Path: f.Path, Line: line, Text: text})
}

func (w *writer) result(to string) Result {
	between := ""
	if to == "sigma" {
		between = "---\n"
	}
	var b strings.Builder
	for i, r := range w.rules {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(r.Text)
	}
	return Result{Text: b.String(), Rules: w.rules, Lost: w.lost}
}
