package ioc

import (
	"fmt"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/index"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/tlsh"
)

// regexps are the regular expressions, compiled to the one index of all rules.
type regexps struct {
	index  *index.Index
	places []uint32
}

// loadRegexps compiles the regular expressions of the file.
func (d *Database) loadRegexps() error {
	if len(d.foot.Regexps) == 0 {
		return nil
	}
	field, ok := expr.KnownField("message")
	if !ok {
		return fmt.Errorf("there is no field message")
	}
	r := &regexps{places: d.foot.Regexps}
	var vs []index.Variant
	var buf []byte
	for n, place := range r.places {
		i, err := d.record(place, &buf)
		if err != nil || i.Type != Regexp {
			return fmt.Errorf("%w: the regex at byte %d", ErrDamaged, place)
		}
		p, err := expr.NewPredicate(expr.Predicate{Field: field, Op: expr.Matches, Values: []string{i.Value}})
		if err != nil {
			return fmt.Errorf("%w: the regex at byte %d: %w", ErrDamaged, place, err)
		}
		vs = append(vs, index.Variant{Rule: n, Kinds: []event.Kind{event.LogRecord}, Where: &expr.Expr{Root: p}})
	}
	r.index = index.Build(vs)
	d.regexps = r
	return nil
}

// oneText is a record that has one text only.
type oneText struct{ text string }

// Get returns the text as the message of a log record.
func (o *oneText) Get(id event.FieldID) event.Value {
	switch id {
	case event.FieldEventAction:
		return event.Value{Type: event.KindName, Str: "log_record", Num: int64(event.LogRecord)}
	case event.FieldMessage:
		return event.Value{Str: o.text}
	}
	return event.Value{}
}

// Data returns nothing: there are no names.
func (o *oneText) Data(string) event.Value { return event.Value{} }

// Each calls yield with the text.
func (o *oneText) Each(yield func(string, event.Value) bool) {
	yield("message", event.Value{Str: o.text})
}

// expressions notes the regular expressions that match a text.
func (s *scan) expressions(text string) {
	r := s.d.regexps
	if r == nil {
		return
	}
	s.one.text = text
	s.ids = r.index.Match(&s.one, s.ids[:0])
	s.one.text = ""
	for _, n := range s.ids {
		i, err := s.d.record(r.places[n], &s.buf)
		if err != nil {
			s.d.damaged.Add(1)
			continue
		}
		s.note(i, text)
	}
}

// nearby is a TLSH indicator.
type nearby struct {
	digest tlsh.Digest
	limit  int
	place  uint32
}

func (d *Database) loadNear() error {
	var buf []byte
	for _, place := range d.foot.TLSH {
		i, err := d.record(place, &buf)
		if err != nil || i.Type != TLSH {
			return fmt.Errorf("%w: the TLSH digest at byte %d", ErrDamaged, place)
		}
		digest, err := tlsh.Parse(i.Value)
		if err != nil {
			return fmt.Errorf("%w: the TLSH digest at byte %d: %w", ErrDamaged, place, err)
		}
		d.near = append(d.near, nearby{digest, i.Distance, place})
	}
	return nil
}

// similar notes the TLSH indicators that a digest is near.
func (s *scan) similar(text string) {
	if len(s.d.near) == 0 {
		return
	}
	digest, err := tlsh.Parse(text)
	if err != nil {
		return
	}
	for k := range s.d.near {
		n := &s.d.near[k]
		if !digest.Within(&n.digest, n.limit) {
			continue
		}
		i, err := s.d.record(n.place, &s.buf)
		if err != nil {
			s.d.damaged.Add(1)
			continue
		}
		s.note(i, text)
	}
}
