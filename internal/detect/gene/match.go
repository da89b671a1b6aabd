package gene

import (
	"regexp"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/tree"
)

// The forms of a match. immutable
var (
	nameForm      = regexp.MustCompile(`^\$\w+$`)
	valueForm     = regexp.MustCompile(`^(` + operandForm + `)\s*(~=|&=|<=|>=|=|<|>)\s+'(.*)'(.*)$`)
	fieldForm     = regexp.MustCompile(`^(` + operandForm + `)\s*=\s+@\s*(` + operandForm + `)\s*$`)
	containerForm = regexp.MustCompile(`^extract\(\s*'(.*)'\s*,\s*(` + operandForm + `)\s*\)\s+in\s+([\w.\-]+)(.*)$`)
	templateForm  = regexp.MustCompile(`\{\{([\w.\-]+)\}\}`)
)

const operandForm = `[\w/.]+|".*?"`

// Test is a match taken apart.
type Test struct {
	Field     string // as written, without quotes
	Op        string // = ~= &= < > <= >= or in
	Value     string // the expression of an extract
	Other     string // field on the right, when there is one
	Container string
}

// parse takes a match apart; rest is what stands behind the value.
func (m Match) parse() (t Test, rest string, wrong *tree.Mistake) {
	if !nameForm.MatchString(m.Name) {
		return t, "", tree.Wrong(m.Line, "Matches", "write a name such as $a before the colon", "%q is no name of a match", m.Name)
	}
	if p := fieldForm.FindStringSubmatch(m.Text); p != nil {
		return Test{Field: bare(p[1]), Op: "=", Other: bare(p[2])}, "", nil
	}
	if p := containerForm.FindStringSubmatch(m.Text); p != nil {
		return Test{Field: bare(p[2]), Op: "in", Value: p[1], Container: p[3]}, p[4], nil
	}
	if p := valueForm.FindStringSubmatch(m.Text); p != nil {
		return Test{Field: bare(p[1]), Op: p[2], Value: bare(p[3])}, p[4], nil
	}
	return t, "", tree.Wrong(m.Line, "Matches."+m.Name,
		"write Field = 'value' (or ~= &= < > <= >=, with a space before the quote), Field = @Other, or extract('(?P<x>...)', Field) in container",
		"%q is no match", m.Text)
}

// bare removes quotes from both ends, as Gene does of operands and of values.
func bare(s string) string { return strings.Trim(s, `"'`) }

// maxTemplates bounds how often templates are put into one match.
const maxTemplates = 16

// expand puts templates into a match.
func (c *compiler) expand(m Match) (Match, *tree.Mistake) {
	for range maxTemplates {
		at := templateForm.FindStringSubmatchIndex(m.Text)
		if at == nil {
			return m, nil
		}
		name := m.Text[at[2]:at[3]]
		text, ok := c.options.Templates[name]
		if !ok {
			return m, tree.Wrong(m.Line, "Matches."+m.Name, "define it in a .toml file beside the rules: "+name+" = 'regular expression'", "there is no template %s", name)
		}
		mark := m.Text[at[0]:at[1]]
		if len(m.Text)+strings.Count(m.Text, mark)*len(text) > expr.MaxText {
			return m, tree.Wrong(m.Line, "Matches."+m.Name, "write shorter templates", "with its templates the match has more than %d bytes", expr.MaxText)
		}
		m.Text = strings.ReplaceAll(m.Text, mark, text)
	}
	return m, tree.Wrong(m.Line, "Matches."+m.Name, "a template must not hold itself", "the templates make a text without end")
}

// compile makes the predicate of a match.
func (c *compiler) compile(m Match) (expr.Node, *tree.Mistake) {
	m, wrong := c.expand(m)
	if wrong != nil {
		return nil, wrong
	}
	t, rest, wrong := m.parse()
	if wrong != nil {
		return nil, wrong
	}
	if strings.TrimSpace(rest) != "" {
		c.remark(m.Line, "Matches."+m.Name, "remove it", "%q behind the value does not count", strings.TrimSpace(rest))
	}
	p := expr.Predicate{Field: c.field(t.Field), Cased: true, Values: []string{t.Value}}
	switch t.Op {
	case "=":
		p.Op, p.Text = expr.Equal, true
		if t.Other != "" {
			other := c.field(t.Other)
			p.Ref, p.Values = &other, nil
		}
	case "~=":
		p.Op, p.Values = expr.Matches, []string{wrapped(t.Value)}
	case "&=":
		p.Op, p.Cased = expr.Mask, false
	case "in":
		p.Op, p.Cased = expr.Extract, false
		if p.In = c.options.Containers[t.Container]; p.In == nil {
			return nil, tree.Wrong(m.Line, "Matches."+m.Name, "put its texts, one a line, into a file "+t.Container+".cont beside the rules", "there is no container %s", t.Container)
		}
	default:
		p.Op, p.Number, p.Cased = orders()[t.Op], true, false
	}
	n, err := expr.NewPredicate(p)
	if err != nil {
		return nil, tree.Wrong(m.Line, "Matches."+m.Name, "", "%s", err)
	}
	return n, nil
}

// wrapped puts parentheses around an expression that is right only inside some,
// where Gene always puts it.
func wrapped(text string) string {
	if _, err := regexp.Compile(text); err == nil {
		return text
	}
	if _, err := regexp.Compile("(" + text + ")"); err != nil {
		return text
	}
	return "(" + text + ")"
}

func orders() map[string]expr.Op {
	return map[string]expr.Op{"<": expr.Less, ">": expr.Greater, "<=": expr.LessEqual, ">=": expr.GreaterEqual}
}
