package convert

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// names are the fields that a record holds apart, as Sigma calls them.
func names() map[string]string {
	return map[string]string{
		"log.channel": "Channel", "event.code": "EventID", "host.name": "Computer", "log.provider": "Provider_Name",
		"log.record_id": "EventRecordID", "message": "Message",
	}
}

func fieldName(f expr.Field) (string, error) {
	if f.Scope == expr.Known {
		if name := names()[f.Name]; name != "" {
			return name, nil
		}
		return f.Name, nil // our own name, which our Sigma reads
	}
	return f.Name, nil
}

// bodyOf writes a predicate as a selection.
func bodyOf(p *expr.Predicate) (any, error) {
	name, err := fieldName(p.Field)
	if err != nil {
		return nil, err
	}
	key, values, err := modified(p)
	if err != nil {
		return nil, err
	}
	if p.Field.Scope == expr.Any {
		if key != "|contains" {
			return nil, fmt.Errorf("%s over all fields", p.Op)
		}
		return values, nil
	}
	if len(values) == 1 {
		return yaml.MapSlice{{Key: name + key, Value: values[0]}}, nil
	}
	return yaml.MapSlice{{Key: name + key, Value: values}}, nil
}

// modified returns the modifiers and the values of a predicate.
func modified(p *expr.Predicate) (string, []any, error) {
	key, escape := "", true
	switch p.Op {
	case expr.Equal:
	case expr.Contains, expr.StartsWith, expr.EndsWith:
		key = "|" + p.Op.String()
	case expr.Like:
		escape = false
	case expr.Matches:
		if key = "|re"; !p.Cased {
			key = "|re|i"
		}
		return key, plain(p.Values), nil
	case expr.CIDR:
		return "|cidr", plain(p.Values), nil
	case expr.Exists:
		return "|exists", []any{true}, nil
	case expr.Less, expr.LessEqual, expr.Greater, expr.GreaterEqual:
		return order(p)
	default:
		return "", nil, fmt.Errorf("the operator %s", p.Op)
	}
	if p.Cased {
		key += "|cased"
	}
	if p.Ref != nil {
		other, err := fieldName(*p.Ref)
		return key + "|fieldref", []any{other}, err
	}
	var values []any
	for _, v := range p.Values {
		if escape {
			v = escaped(v)
		}
		values = append(values, v)
	}
	return key, values, nil
}

func plain(values []string) []any {
	var out []any
	for _, v := range values {
		out = append(out, v)
	}
	return out
}

func order(p *expr.Predicate) (string, []any, error) {
	mods := map[expr.Op]string{expr.Less: "|lt", expr.LessEqual: "|lte", expr.Greater: "|gt", expr.GreaterEqual: "|gte"}
	for _, v := range p.Values {
		if !expr.IsNumber(v) {
			return "", nil, errors.New("a comparison with " + v + ", which is no decimal number")
		}
	}
	return mods[p.Op], plain(p.Values), nil
}

// escaped writes a literal text as a Sigma string.
func escaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		next := byte(0)
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch c := s[i]; {
		case c == '*' || c == '?':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\\' && (next == '*' || next == '?' || next == '\\' || next == 0):
			b.WriteString(`\\`)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
