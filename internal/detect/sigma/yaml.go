package sigma

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

type shape uint8

const (
	isNull shape = iota
	isText
	isNumber
	isBool
	isList
	isMap
)

// value is a YAML value with the line where it stands.
type value struct {
	shape shape
	line  int
	text  string // of a text, a number or a truth value
	items []value
	pairs []pair
}

type pair struct {
	key  string
	line int
	val  value
}

// mistake is an error with its place in the file.
type mistake struct {
	line  int
	field string
	what  string
	do    string
	unset bool // a placeholder has no value
}

func wrong(line int, field, do, format string, args ...any) *mistake {
	return &mistake{line: line, field: field, what: fmt.Sprintf(format, args...), do: do}
}

// maxYAMLDepth bounds how deep a rule nests.
const maxYAMLDepth = 40

// parseYAML reads the documents of a file. A key that stands twice (the
// parser sees to that), an anchor and a tag are mistakes.
func parseYAML(text string) ([]value, *mistake) {
	text = oneBreak(text)
	if m := tooDeep(text); m != nil {
		return nil, m
	}
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return nil, syntaxMistake(err)
	}
	var docs []value
	for _, d := range file.Docs {
		if d.Body == nil {
			continue
		}
		v, m := convert(d.Body, 0)
		if m != nil {
			return nil, m
		}
		docs = append(docs, v)
	}
	return docs, nil
}

// oneBreak writes every line break of YAML 1.2 (LF, CR LF and CR, no other) as
// LF, as YAML does for the content of texts too, so that the parser counts the
// lines that an editor shows.
func oneBreak(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
}

// tooDeep refuses texts whose brackets would make the parser recurse without
// bound.
func tooDeep(text string) *mistake {
	run := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '[', '{':
			run++
		case ']', '}':
			run--
		case '\n':
			run = max(run, 0)
		}
		if run > 1000 {
			return wrong(1+strings.Count(text[:i], "\n"), "", "", "brackets nested deeper than 1000")
		}
	}
	return nil
}

func syntaxMistake(err error) *mistake {
	m := &mistake{what: "not valid YAML", do: "check indentation, quotes and colons"}
	var se yaml.Error
	if asYAML(err, &se) {
		m.what = "not valid YAML: " + se.GetMessage()
		if t := se.GetToken(); t != nil && t.Position != nil {
			m.line = t.Position.Line
		}
		return m
	}
	m.what = "not valid YAML: " + firstLine(err.Error())
	return m
}

func asYAML(err error, to *yaml.Error) bool {
	e, ok := err.(yaml.Error)
	*to = e
	return ok
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

func convert(n ast.Node, depth int) (value, *mistake) {
	v := value{line: lineOf(n)}
	if depth > maxYAMLDepth {
		return v, wrong(v.line, "", "", "nested deeper than %d", maxYAMLDepth)
	}
	switch n := n.(type) {
	case *ast.NullNode:
		return v, nil
	case *ast.StringNode:
		v.shape, v.text = isText, n.Value
		return v, nil
	case *ast.LiteralNode:
		v.shape, v.text = isText, n.Value.Value
		return v, nil
	case *ast.IntegerNode:
		v.shape, v.text = isNumber, fmt.Sprint(n.Value)
		return v, nil
	case *ast.FloatNode:
		v.shape, v.text = isNumber, strconv.FormatFloat(n.Value, 'f', -1, 64)
		return v, nil
	case *ast.BoolNode:
		v.shape, v.text = isBool, strconv.FormatBool(n.Value)
		return v, nil
	case *ast.SequenceNode:
		v.shape = isList
		for _, item := range n.Values {
			x, m := convert(item, depth+1)
			if m != nil {
				return v, m
			}
			v.items = append(v.items, x)
		}
		return v, nil
	case *ast.MappingNode:
		v.shape = isMap
		m := v.addPairs(n.Values, depth)
		return v, m
	case *ast.MappingValueNode:
		v.shape = isMap
		m := v.addPairs([]*ast.MappingValueNode{n}, depth)
		return v, m
	case *ast.InfinityNode, *ast.NanNode:
		v.shape, v.text = isText, n.GetToken().Value
		return v, nil
	case *ast.CommentGroupNode:
		return v, nil
	}
	return v, wrong(v.line, "", "write the value out", "%s are not allowed in a rule", strings.ToLower(n.Type().String())+"s")
}

func (v *value) addPairs(ps []*ast.MappingValueNode, depth int) *mistake {
	for _, p := range ps {
		key, m := convert(p.Key, depth+1)
		if m != nil {
			return m
		}
		if key.shape == isList || key.shape == isMap {
			return wrong(key.line, "", "", "a key must be a text")
		}
		x, m := convert(p.Value, depth+1)
		if m != nil {
			return m
		}
		v.pairs = append(v.pairs, pair{key.text, key.line, x})
	}
	return nil
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

// get returns the value under key; false when there is none.
func (v *value) get(key string) (value, bool) {
	for _, p := range v.pairs {
		if p.key == key {
			return p.val, true
		}
	}
	return value{}, false
}

// scalar reports whether v is one text, number or truth value.
func (v *value) scalar() bool { return v.shape == isText || v.shape == isNumber || v.shape == isBool }

// list returns the items of a list, or a value that is none as its only item.
func (v *value) list() []value {
	if v.shape == isList {
		return v.items
	}
	return []value{*v}
}

func (s shape) String() string {
	return [...]string{"empty", "a text", "a number", "true or false", "a list", "a map"}[s]
}
