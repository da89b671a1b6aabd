package index

import (
	"bytes"

	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// maxSteps bounds what one record may cost, in steps of about two nanoseconds.
// When it is used up, the rules that are left are not evaluated; Index.Spent
// counts such records.
const maxSteps = 12 << 20

// Steps of what is not counted by the byte.
const (
	stepsOfTest = 24  // a predicate
	stepsOfHit  = 256 // saying why a rule is true
)

// eval reports whether the term at code[at] is true of the record of s.
func (s *scratch) eval(code []int32, at int32) bool {
	op := code[at]
	switch op {
	case opNot:
		return !s.eval(code, at+2)
	case opAnd, opOr:
		end := at + code[at+1]
		for at += 2; at < end; at = next(code, at) {
			if s.eval(code, at) != (op == opAnd) {
				return op == opOr
			}
		}
		return op == opAnd
	}
	return s.holds(op)
}

// next returns where the term after the one at code[at] begins.
func next(code []int32, at int32) int32 {
	if code[at] < 0 {
		return at + code[at+1]
	}
	return at + 1
}

// holds evaluates a predicate once for each record.
func (s *scratch) holds(id int32) bool {
	if s.x.preds[id].scanned {
		return s.sink.seen[int32(len(s.x.variants))+id] == s.gen
	}
	if m := s.memo[id]; m>>1 == s.gen {
		return m&1 == 1
	}
	hit := s.test(&s.x.preds[id])
	s.memo[id] = s.gen << 1
	if hit {
		s.memo[id] |= 1
	}
	return hit
}

func (s *scratch) test(q *pred) bool {
	if !s.take(q.fixed) {
		return false
	}
	switch q.mode {
	case byText, byGlobs:
		return s.testTexts(q)
	case byList:
		return s.holdsLiteral(q)
	case byRegexp:
		return s.testRegexps(q)
	case byField:
		return s.testFields(q)
	case byExists:
		return len(s.slot(q.field).texts) > 0
	}
	if q.lits != nil && !s.holdsLiteral(q) || !s.takeTexts(q, s.slot(q.field)) {
		return false
	}
	if q.ref >= 0 || q.p.Field.Scope == expr.Any {
		return q.p.Match(s.rec)
	}
	return q.p.MatchValue(s.value(q.field))
}

// take uses up steps of the budget; false says that there are none left.
func (s *scratch) take(steps int) bool {
	if s.budget -= steps; s.budget < 0 {
		s.spent = true
		return false
	}
	return true
}

// takeTexts takes what evaluating q on the texts of a slot may cost.
func (s *scratch) takeTexts(q *pred, sl *slot) bool {
	n := 0
	for _, t := range sl.texts {
		n += len(t)
	}
	return s.take(n * q.weight >> 3)
}

func (s *scratch) testTexts(q *pred) bool {
	if q.lits != nil && !s.holdsLiteral(q) {
		return false
	}
	sl := s.slot(q.field)
	if !s.takeTexts(q, sl) {
		return false
	}
	for _, t := range s.folded(sl) {
		if q.p.MatchFolded(t) {
			return true
		}
	}
	return false
}

func (s *scratch) holdsLiteral(q *pred) bool {
	s.small.found = false
	s.scan(q.lits, q.field, &s.small)
	return s.small.found
}

func (s *scratch) testRegexps(q *pred) bool {
	if q.lits != nil && !s.holdsLiteral(q) {
		return false
	}
	for _, t := range s.slot(q.field).texts {
		for _, r := range q.regs {
			match, done := r.Match(t, &s.budget)
			if match {
				return true
			}
			if !done {
				s.spent = true
				return false
			}
		}
	}
	return false
}

// testFields reports whether a text of one field is a text of the other.
func (s *scratch) testFields(q *pred) bool {
	left, right := s.slot(q.field), s.slot(q.ref)
	for i := range left.texts {
		for j := range right.texts {
			if len(left.texts[i]) == len(right.texts[j]) && left.texts[i] == right.texts[j] {
				return true
			}
			if bytes.Equal(s.folded(left)[i], s.folded(right)[j]) {
				return true
			}
		}
	}
	return false
}
