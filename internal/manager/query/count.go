package query

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake"
	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
)

// maxBy is how many fields a count may be split by.
const maxBy = 4

// maxCombinations bounds the memory of a count.
const maxCombinations = 200000

// Count counts events, by the values of fields when asked. An element of a
// list counts as a value of its own.
func (q *Query) Count(ctx context.Context, in api.CountQuery) (api.CountAnswer, error) {
	begin := time.Now()
	s, err := q.selectEvents(in.EventSelect)
	if err != nil {
		return api.CountAnswer{}, err
	}
	t := &tally{selection: s, counts: map[string]int64{}}
	if len(in.By) > maxBy {
		return api.CountAnswer{}, &api.FieldError{Field: "query.by", Message: fmt.Sprintf("at most %d fields", maxBy)}
	}
	for _, name := range in.By {
		f, ok := event.FieldByName(name)
		if !ok {
			return api.CountAnswer{}, &api.FieldError{Field: "query.by", Message: fmt.Sprintf("no field is called %q; see GET /api/v1/fields", name)}
		}
		t.by = append(t.by, f.ID)
	}
	if err := q.scan(ctx, byAge, t); err != nil {
		return api.CountAnswer{}, err
	}
	limit := in.Limit
	if limit <= 0 {
		limit = 100
	}
	out := api.CountAnswer{Total: t.total, By: in.By, Rows: t.result()}
	if out.By == nil {
		out.By = []string{}
	}
	if n := len(out.Rows); n > limit {
		out.Rows, out.More = out.Rows[:limit], int64(n-limit)
	}
	out.Completeness, err = q.complete(ctx, s.from, s.to, s.host, s.kinds())
	out.Took = float64(time.Since(begin).Microseconds()) / 1000
	return out, err
}

// Values lists the values of a field that begin with a prefix, the most
// frequent first.
func (q *Query) Values(ctx context.Context, field string, in api.ValuesQuery) (api.ValueList, error) {
	f, ok := event.FieldByName(field)
	if !ok {
		return api.ValueList{}, &api.FieldError{Field: "path.name", Message: fmt.Sprintf("no field is called %q; see GET /api/v1/fields", field)}
	}
	s, err := q.selectEvents(in.EventSelect)
	if err != nil {
		return api.ValueList{}, err
	}
	if in.Prefix != "" {
		p, err := expr.NewPredicate(expr.Predicate{Field: expr.Field{Scope: expr.Known, ID: f.ID, Name: f.Name}, Op: expr.StartsWith, Values: []string{in.Prefix}})
		if err != nil {
			return api.ValueList{}, &api.FieldError{Field: "query.prefix", Message: err.Error()}
		}
		s.where = &expr.Expr{Root: expr.And{s.where.Root, p}}
	}
	t := &tally{selection: s, by: []event.FieldID{f.ID}, counts: map[string]int64{}}
	if err := q.scan(ctx, byAge, t); err != nil {
		return api.ValueList{}, err
	}
	out := api.ValueList{Values: []api.CountRow{}}
	for _, r := range t.result() {
		if v := r.Values[0]; v != "" && strings.HasPrefix(strings.ToLower(v), strings.ToLower(in.Prefix)) && len(out.Values) < max(in.Limit, 1) {
			out.Values = append(out.Values, r)
		}
	}
	return out, nil
}

// separator joins the values of a combination; it does not occur in them.
const separator = "\xff"

// tally counts the combinations of the values of fields.
type tally struct {
	selection
	by     []event.FieldID
	total  int64
	counts map[string]int64
}

func (t *tally) start()                       { t.total, t.counts = 0, map[string]int64{} }
func (t *tally) wants(info segment.Info) bool { return t.touches(info.MinTime, info.MaxTime) }

func (t *tally) finish(context.Context, *lake.Snapshot) error { return nil }

func (t *tally) result() []api.CountRow {
	out := []api.CountRow{}
	if len(t.by) == 0 {
		return out
	}
	for k, n := range t.counts {
		out = append(out, api.CountRow{Values: strings.Split(k, separator), Count: n})
	}
	slices.SortFunc(out, func(a, b api.CountRow) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), slices.Compare(a.Values, b.Values))
	})
	return out
}

// add counts one combination, given by its values joined.
func (t *tally) add(joined string, n int64) error {
	if _, ok := t.counts[joined]; !ok && len(t.counts) >= maxCombinations {
		return &api.FieldError{Field: "query.by", Message: fmt.Sprintf("more than %d different values: narrow the range or the condition", maxCombinations)}
	}
	t.counts[joined] += n
	return nil
}

func clean(s string) string { return strings.ReplaceAll(s, separator, "\ufffd") }

func (t *tally) group(_ place, g *segment.Group) error {
	rows, err := t.rows(g)
	if err != nil || rows.Empty() {
		return err
	}
	t.total += int64(rows.Count())
	if len(t.by) == 0 {
		return nil
	}
	columns := make([]coded, len(t.by))
	for i, id := range t.by {
		if columns[i], err = code(g, id); err != nil {
			return err
		}
	}
	counts := map[[maxBy]int32]int64{}
	rows.Each(func(row int) { tallyRow(counts, columns, row, 0, [maxBy]int32{}) })
	for k, n := range counts {
		var joined strings.Builder
		for i := range columns {
			if i > 0 {
				joined.WriteString(separator)
			}
			joined.WriteString(columns[i].text(k[i]))
		}
		if err := t.add(joined.String(), n); err != nil {
			return err
		}
	}
	return nil
}

// tallyRow counts all combinations of the values of one row from column i on.
func tallyRow(counts map[[maxBy]int32]int64, columns []coded, row, i int, k [maxBy]int32) {
	if i == len(columns) {
		counts[k]++
		return
	}
	c := &columns[i]
	if c.ends == nil {
		k[i] = c.codes[row]
		tallyRow(counts, columns, row, i+1, k)
		return
	}
	start := int32(0)
	if row > 0 {
		start = c.ends[row-1]
	}
	if start == c.ends[row] {
		k[i] = -1
		tallyRow(counts, columns, row, i+1, k)
	}
	for _, code := range c.codes[start:c.ends[row]] {
		k[i] = code
		tallyRow(counts, columns, row, i+1, k)
	}
}

// coded is a column as codes of its distinct texts.
type coded struct {
	codes []int32 // -1 absent
	ends  []int32 // of lists
	texts []string
}

func (c *coded) text(code int32) string {
	if code < 0 {
		return ""
	}
	return clean(c.texts[code])
}

// code gives each distinct value of a column a number.
func code(g *segment.Group, id event.FieldID) (coded, error) {
	if id.Info().Number == 0 {
		return codeDerived(g, id)
	}
	c, err := g.Column(id)
	if err != nil {
		return coded{}, err
	}
	if c.Nums == nil && c.Type != event.Address {
		return coded{codes: c.Codes, ends: c.Ends, texts: c.Texts}, nil
	}
	return number(g.Rows(), func(row int) string { return c.Value(row).Text() }), nil
}

func number(rows int, text func(row int) string) coded {
	out := coded{codes: make([]int32, rows)}
	index := map[string]int32{}
	for row := range rows {
		s := text(row)
		if s == "" {
			out.codes[row] = -1
			continue
		}
		n, ok := index[s]
		if !ok {
			n = int32(len(out.texts))
			index[s] = n
			out.texts = append(out.texts, s)
		}
		out.codes[row] = n
	}
	return out
}

// codeDerived makes a column of a field that is not stored.
func codeDerived(g *segment.Group, id event.FieldID) (coded, error) {
	rows := make([]int, g.Rows())
	for i := range rows {
		rows[i] = i
	}
	events, err := g.Events(rows, identity())
	if err != nil {
		return coded{}, err
	}
	if id.Info().Type != event.Strings {
		return number(len(rows), func(row int) string { return events[row].Get(id).Text() }), nil
	}
	out := coded{codes: []int32{}, ends: make([]int32, len(rows))}
	index := map[string]int32{}
	for row, e := range events {
		for _, s := range e.Get(id).List {
			n, ok := index[s]
			if !ok {
				n = int32(len(out.texts))
				index[s] = n
				out.texts = append(out.texts, s)
			}
			out.codes = append(out.codes, n)
		}
		out.ends[row] = int32(len(out.codes))
	}
	return out, nil
}
