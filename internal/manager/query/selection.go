package query

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// selection is a condition over a range of time, both ends included.
type selection struct {
	where    *expr.Expr
	from, to event.Time
	host     string // as asked for, empty for all
	mark     uint32 // tells the condition from others, for cursors
}

// selectEvents reads what a person asked for. Errors are *api.FieldError.
func (q *Query) selectEvents(s api.EventSelect) (selection, error) {
	from, to, err := s.Bounds(q.opts.Now())
	if err != nil {
		return selection{}, err
	}
	out := selection{from: event.At(from), to: event.At(to), host: s.Host}
	var terms expr.And
	if strings.TrimSpace(s.Query) != "" {
		x, err := expr.Parse(s.Query)
		if err != nil {
			return selection{}, &api.FieldError{Field: "query.query", Message: err.Error()}
		}
		terms = append(terms, x.Root)
	}
	if s.Host != "" {
		terms = append(terms, expr.Or{equal(event.FieldAgentId, s.Host), equal(event.FieldHostName, s.Host)})
	}
	if s.Kind != "" {
		kinds := strings.Split(s.Kind, ",")
		for i, k := range kinds {
			kinds[i] = strings.TrimSpace(k)
			if _, ok := event.ParseKind(kinds[i]); !ok {
				return selection{}, &api.FieldError{Field: "query.kind", Message: fmt.Sprintf("no kind is called %q; see GET /api/v1/fields", kinds[i])}
			}
		}
		terms = append(terms, equal(event.FieldEventAction, kinds...))
	}
	out.where = &expr.Expr{Root: terms}
	h := fnv.New32a()
	fmt.Fprintf(h, "%s\x00%s\x00%s", s.Query, s.Host, s.Kind)
	out.mark = h.Sum32()
	return out, nil
}

// equal is the predicate that a field has one of the values, in any case.
func equal(id event.FieldID, values ...string) expr.Node {
	p, err := expr.NewPredicate(expr.Predicate{Field: expr.Field{Scope: expr.Known, ID: id, Name: id.Info().Name}, Op: expr.Equal, Values: values, Text: true})
	if err != nil {
		return expr.Or{} // no values: true of nothing
	}
	return p
}

// touches reports whether a span of time overlaps the selected one.
func (s *selection) touches(low, high event.Time) bool { return high >= s.from && low <= s.to }

func std(t event.Time) time.Time { return t.Std() }
