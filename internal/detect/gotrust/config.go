package gotrust

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
)

// Config is a rules.ini.
type Config struct {
	Rules     []Rule
	Triggers  []Trigger
	Trusts    []Score // the score with which hosts of an address begin
	Data      []Score // what a line of a monitored file takes
	Decrement Decrement
	LogDir    string
	Hooks     []Hook // what is run when the trust of a host is gone
	Allow     []*regexp.Regexp

	cases map[string][]detect.Case // by the id of the rule
}

// Rule is a line of [Rules].
type Rule struct {
	Line   int
	Score  int64 // points that a match takes
	Kill   bool
	Object string   // name of a program or file, or a path
	Words  []string // one of them must stand in the command line; * is any
}

// Trigger says what must be done to a file: bits of inotify.
type Trigger struct {
	Line int
	Mask uint32
}

// Score is a regular expression and its points.
type Score struct {
	Line    int
	Points  int64
	Pattern *regexp.Regexp
}

// Decrement says how trust fades.
type Decrement struct{ Seconds, Points int64 }

// Hook is a command for hosts whose address fits.
type Hook struct {
	Line    int
	Pattern *regexp.Regexp
	Command string
}

const (
	maxLine   = 16 << 10 // bytes
	maxFields = 1000     // of a line
)

// parser reads a file line by line.
type parser struct {
	config   Config
	file     detect.File
	section  string
	line     int
	sections map[string]int // where each began
	problems []detect.Problem
}

func (p *parser) wrong(do, format string, args ...any) {
	p.problems = append(p.problems, detect.Problem{File: p.file.Path, Line: p.line, Field: p.section, What: fmt.Sprintf(format, args...), Do: do, Refused: true})
}

func (p *parser) remark(line int, field, do, format string, args ...any) {
	p.problems = append(p.problems, detect.Problem{File: p.file.Path, Line: line, Field: field, What: fmt.Sprintf(format, args...), Do: do})
}

// settings lists the sections that are no rules.
func settings() []string {
	return []string{"Trusts", "TimeDecrement", "LogDir", "noTrusts", "AllowIP", "dataScore"}
}

// Read reads a file. The Config holds what is right also when there are
// problems.
func Read(f detect.File) (*Config, []detect.Problem) {
	p := &parser{file: f, sections: map[string]int{}}
	p.config.cases = map[string][]detect.Case{}
	for l := range strings.Lines(f.Text) {
		p.line++
		l = strings.TrimRight(l, "\r\n")
		switch text := strings.TrimSpace(strings.TrimPrefix(l, "\ufeff")); {
		case text == "" || text[0] == '#' || text[0] == ';':
		case len(l) > maxLine:
			p.wrong("divide it", "line of %d bytes: more than %d", len(l), maxLine)
		case text[0] == '[' && text[len(text)-1] == ']':
			p.begin(text[1 : len(text)-1])
		default:
			p.entry(l)
		}
	}
	p.finish()
	return &p.config, p.problems
}

func (p *parser) begin(name string) {
	p.section = name
	known := append(settings(), "Rules", "Triggers", "vedette")
	if !slices.Contains(known, name) {
		p.wrong("the sections are "+strings.Join(known, ", "), "there is no section [%s]", name)
	}
	if _, ok := p.sections[name]; !ok {
		p.sections[name] = p.line
	}
}

func (p *parser) entry(l string) {
	fields := strings.Split(strings.TrimRight(l, "\t "), "\t")
	if len(fields) > maxFields {
		p.wrong("divide it", "%d fields: more than %d", len(fields), maxFields)
		return
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	switch p.section {
	case "Rules":
		p.rule(fields)
	case "Triggers":
		p.trigger(fields)
	case "Trusts":
		p.score(fields, 1, 0, &p.config.Trusts, "address, score")
	case "dataScore":
		p.score(fields, 0, 1, &p.config.Data, "score, regular expression")
	case "TimeDecrement":
		p.decrement(fields)
	case "LogDir":
		p.config.LogDir = l
	case "noTrusts":
		p.hook(fields)
	case "AllowIP":
		if re := p.pattern(fields[0]); re != nil {
			p.config.Allow = append(p.config.Allow, re)
		}
	case "vedette":
		p.testCase(l)
	case "":
		p.wrong("begin with a section such as [Rules]", "a line before the first section")
	}
}

func (p *parser) count(fields []string, least, most int, form string) bool {
	if len(fields) >= least && len(fields) <= most && !slices.Contains(fields, "") {
		return true
	}
	p.wrong("write "+form+", with one tab between the fields", "%d fields, or an empty one", len(fields))
	return false
}

func (p *parser) rule(fields []string) {
	if !p.count(fields, 4, maxFields, "score, KILL or NO, object, word, ...") {
		return
	}
	score, ok := p.number(fields[0])
	if !ok {
		return
	}
	if fields[1] != "KILL" && fields[1] != "NO" {
		p.wrong("write KILL or NO in the second field", "%q is no action", fields[1])
		return
	}
	r := Rule{Line: p.line, Score: score, Kill: fields[1] == "KILL", Object: fields[2], Words: fields[3:]}
	for _, other := range p.config.Rules {
		if other.ID() == r.ID() {
			p.wrong("remove one of them", "the rule in line %d has the same object and words", other.Line)
			return
		}
	}
	p.config.Rules = append(p.config.Rules, r)
}

func (p *parser) number(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1_000_000 {
		p.wrong("write a whole number from 0 to 1000000", "%q is no number of points or seconds", text)
		return 0, false
	}
	return n, true
}

func (p *parser) pattern(text string) *regexp.Regexp {
	re, err := regexp.Compile(text)
	if err != nil {
		p.wrong("RE2 syntax has no look-around and no back-references", "%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return nil
	}
	return re
}

func (p *parser) trigger(fields []string) {
	mask, err := strconv.ParseUint(fields[0], 0, 32)
	if len(fields) != 1 || err != nil || mask == 0 {
		p.wrong("write the bits of inotify, 0x1 for reading", "%q is no trigger", strings.Join(fields, " "))
		return
	}
	if rest := mask &^ bitsAll; rest != 0 {
		p.remark(p.line, "Triggers", "", "the bits %#x mean nothing here", rest)
	}
	p.config.Triggers = append(p.config.Triggers, Trigger{p.line, uint32(mask)})
}

func (p *parser) score(fields []string, points, pattern int, to *[]Score, form string) {
	if !p.count(fields, 2, 2, form) {
		return
	}
	n, ok := p.number(fields[points])
	if re := p.pattern(fields[pattern]); ok && re != nil {
		*to = append(*to, Score{p.line, n, re})
	}
}

func (p *parser) decrement(fields []string) {
	if !p.count(fields, 2, 2, "seconds, points") {
		return
	}
	seconds, ok := p.number(fields[0])
	points, ok2 := p.number(fields[1])
	if ok && ok2 {
		p.config.Decrement = Decrement{seconds, points}
	}
}

func (p *parser) hook(fields []string) {
	if !p.count(fields, 2, 2, "address, command") {
		return
	}
	if re := p.pattern(fields[0]); re != nil {
		p.config.Hooks = append(p.config.Hooks, Hook{p.line, re, fields[1]})
	}
}

// testCase reads a line of [vedette]: match or no_match, the number of the rule
// from 1, and an event as JSON.
func (p *parser) testCase(l string) {
	what, rest, _ := strings.Cut(strings.TrimSpace(l), "\t")
	number, object, ok := strings.Cut(rest, "\t")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if !ok || err != nil || n < 1 || n > len(p.config.Rules) || what != "match" && what != "no_match" {
		p.wrong("write match or no_match, the number of a rule above, and an event as JSON, with one tab between the fields", "the line is no test of a rule")
		return
	}
	c, err := detect.NewCase(p.line, what == "match", []byte(object))
	if err != nil {
		p.wrong("", "%s", err)
		return
	}
	id := p.config.Rules[n-1].ID()
	p.config.cases[id] = append(p.config.cases[id], c)
}

func (p *parser) finish() {
	for _, name := range settings() {
		if line, ok := p.sections[name]; ok {
			p.remark(line, name, "", "[%s] is a setting of a server and no rule: it is checked and not used", name)
		}
	}
	if len(p.config.Triggers) == 0 && len(p.config.Rules) > 0 {
		p.remark(p.sections["Rules"], "Triggers", "add [Triggers] with 0x1 for reading", "there are no triggers; reading and running count")
	}
}
