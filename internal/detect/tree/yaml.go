package tree

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// YAML reads the documents of a text. Anchors, aliases and tags are mistakes,
// and a key that stands twice.
func YAML(text string) ([]Value, *Mistake) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	if m := tooDeep(text); m != nil {
		return nil, m
	}
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return nil, syntax(err)
	}
	var out []Value
	for _, d := range file.Docs {
		if d.Body == nil {
			continue
		}
		v, m := convert(d.Body, 0)
		if m != nil {
			return nil, m
		}
		if v.Shape != Null {
			out = append(out, v)
		}
	}
	return out, nil
}

// maxBrackets bounds the brackets that are open at once.
const maxBrackets = 1000

func tooDeep(text string) *Mistake {
	open := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '[', '{':
			open++
		case ']', '}':
			open = max(open-1, 0)
		}
		if open > maxBrackets {
			return Wrong(1+strings.Count(text[:i], "\n"), "", "", "brackets nested deeper than %d", maxBrackets)
		}
	}
	return nil
}

func syntax(err error) *Mistake {
	what, _, _ := strings.Cut(err.Error(), "\n")
	m := &Mistake{What: "not valid YAML: " + what, Do: "check indentation, quotes and colons"}
	if e, ok := err.(yaml.Error); ok {
		m.What = "not valid YAML: " + e.GetMessage()
		if t := e.GetToken(); t != nil && t.Position != nil {
			m.Line = t.Position.Line
		}
	}
	return m
}

func convert(n ast.Node, depth int) (Value, *Mistake) {
	v := Value{}
	if t := n.GetToken(); t != nil && t.Position != nil {
		v.Line = t.Position.Line
	}
	if depth > maxDepth {
		return v, Wrong(v.Line, "", "", "nested deeper than %d", maxDepth)
	}
	switch n := n.(type) {
	case *ast.NullNode, *ast.CommentGroupNode:
	case *ast.StringNode:
		v.Shape, v.Text = Text, n.Value
	case *ast.LiteralNode:
		v.Shape, v.Text = Text, n.Value.Value
	case *ast.IntegerNode:
		v.Shape, v.Text = Number, fmt.Sprint(n.Value)
	case *ast.FloatNode:
		v.Shape, v.Text = Number, strconv.FormatFloat(n.Value, 'f', -1, 64)
	case *ast.BoolNode:
		v.Shape, v.Text = Bool, strconv.FormatBool(n.Value)
	case *ast.SequenceNode:
		v.Shape = List
		for _, item := range n.Values {
			x, m := convert(item, depth+1)
			if m != nil {
				return v, m
			}
			v.Items = append(v.Items, x)
		}
	case *ast.MappingNode:
		v.Shape = Map
		return v, v.add(n.Values, depth)
	case *ast.MappingValueNode:
		v.Shape = Map
		return v, v.add([]*ast.MappingValueNode{n}, depth)
	default:
		return v, Wrong(v.Line, "", "write the value out", "%s are not allowed in a rule", strings.ToLower(n.Type().String())+"s")
	}
	return v, nil
}

func (v *Value) add(pairs []*ast.MappingValueNode, depth int) *Mistake {
	for _, p := range pairs {
		key, m := convert(p.Key, depth+1)
		if m != nil {
			return m
		}
		if !key.Scalar() {
			return Wrong(key.Line, "", "", "a key must be a text")
		}
		x, m := convert(p.Value, depth+1)
		if m != nil {
			return m
		}
		v.Pairs = append(v.Pairs, Pair{key.Text, key.Line, x})
	}
	return nil
}
