package api

import (
	"strconv"
	"strings"
	"time"
)

// DefaultLast is the range of a request that does not say one.
const DefaultLast = time.Hour

// DefaultDelta is how far around a pivot a request looks.
const DefaultDelta = 10 * time.Minute

// Range is a range of time, both ends included. It is from..to, or last back
// from to (or now), or delta around pivot.
type Range struct {
	From  string `query:"from" maxLength:"64" doc:"start, RFC 3339 with its zone, included" example:"2026-11-21T08:00:00Z"`
	To    string `query:"to" maxLength:"64" doc:"end, RFC 3339 with its zone, included; now when absent"`
	Last  string `query:"last" maxLength:"32" doc:"length back from the end: 30s, 15m, 1h, 7d, 2w; 1h when nothing else is said"`
	Pivot string `query:"pivot" maxLength:"64" doc:"middle, RFC 3339; instead of from, to and last"`
	Delta string `query:"delta" maxLength:"32" doc:"how far around pivot, 10m when absent"`
}

// Bounds returns both ends. Errors are of type *FieldError.
func (r Range) Bounds(now time.Time) (from, to time.Time, err error) {
	if r.Pivot != "" {
		return r.around()
	}
	if r.Delta != "" {
		return from, to, &FieldError{"query.delta", "needs pivot"}
	}
	to = now
	if r.To != "" {
		if to, err = parseTime("query.to", r.To); err != nil {
			return from, to, err
		}
	}
	last := DefaultLast
	switch {
	case r.From != "" && r.Last != "":
		return from, to, &FieldError{"query.last", "give from or last, not both"}
	case r.From != "":
		from, err = parseTime("query.from", r.From)
	case r.Last != "":
		last, err = ParseSpan(r.Last)
		if err != nil {
			err = &FieldError{"query.last", err.Error()}
		}
		from = to.Add(-last)
	default:
		from = to.Add(-last)
	}
	if err == nil && from.After(to) {
		err = &FieldError{"query.from", "is after to"}
	}
	return from, to, err
}

func (r Range) around() (from, to time.Time, err error) {
	if r.From != "" || r.To != "" || r.Last != "" {
		return from, to, &FieldError{"query.pivot", "give pivot and delta, or from, to and last, not both"}
	}
	at, err := parseTime("query.pivot", r.Pivot)
	if err != nil {
		return from, to, err
	}
	delta := DefaultDelta
	if r.Delta != "" {
		if delta, err = ParseSpan(r.Delta); err != nil {
			return from, to, &FieldError{"query.delta", err.Error()}
		}
	}
	return at.Add(-delta), at.Add(delta), nil
}

func parseTime(field, s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, &FieldError{field, strconv.Quote(s) + " is no RFC 3339 time with a zone, for example 2026-11-21T08:00:00Z or 2026-11-21T09:00:00+01:00"}
	}
	return t.UTC(), nil
}

type spanError string

func (e spanError) Error() string {
	return strconv.Quote(string(e)) + " is no length of time above zero, for example 30s, 15m, 1h30m, 7d or 2w"
}

const maxSpan = 100 * 365 * 24 * time.Hour

// ParseSpan reads a length of time: Go's units, and d for days and w for weeks
// before them, such as 1d12h.
func ParseSpan(s string) (time.Duration, error) {
	var total time.Duration
	rest := s
	for _, u := range []struct {
		letter string
		length time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		head, tail, found := strings.Cut(rest, u.letter)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(head, 10, 32)
		if err != nil || time.Duration(n) > maxSpan/u.length {
			return 0, spanError(s)
		}
		total += time.Duration(n) * u.length
		rest = tail
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 {
			return 0, spanError(s)
		}
		total += d
	}
	if total <= 0 || total > maxSpan {
		return 0, spanError(s)
	}
	return total, nil
}
