package correlate

import (
	"math"
	"strings"
)

// Op compares a count with a number.
type Op uint8

// The comparisons.
const (
	Less Op = iota
	LessEqual
	Greater
	GreaterEqual
	Equal
	NotEqual
)

// opNames is how rules write the comparisons. immutable
var opNames = [...]string{Less: "lt", LessEqual: "lte", Greater: "gt", GreaterEqual: "gte", Equal: "eq", NotEqual: "neq"}

// ParseOp reads the name of a comparison; false when there is none.
func ParseOp(name string) (Op, bool) {
	for o, n := range opNames {
		if n == name {
			return Op(o), true
		}
	}
	return 0, false
}

// Ops lists the names of the comparisons.
func Ops() string { return strings.Join(opNames[:], ", ") }

// Bound is one comparison.
type Bound struct {
	Op     Op
	Number float64
}

// Limit is comparisons that must all hold: a range has two.
type Limit []Bound

// Holds reports whether n is within the limit.
func (l Limit) Holds(n float64) bool {
	for _, b := range l {
		if !b.holds(n) {
			return false
		}
	}
	return true
}

func (b Bound) holds(n float64) bool {
	switch b.Op {
	case Less:
		return n < b.Number
	case LessEqual:
		return n <= b.Number
	case Greater:
		return n > b.Number
	case GreaterEqual:
		return n >= b.Number
	case Equal:
		return n == b.Number
	}
	return n != b.Number
}

// most returns the largest number of the limit.
func (l Limit) most() float64 {
	most := 0.0
	for _, b := range l {
		most = max(most, b.Number)
	}
	return most
}

// need returns how many events decide the limit: with more of them the answer
// stays the same.
func (l Limit) need() int { return int(min(math.Floor(l.most()), MaxCount)) + 2 }
