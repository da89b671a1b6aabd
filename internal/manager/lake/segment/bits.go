package segment

import "math/bits"

// Bits is a set of the rows of a group.
type Bits []uint64

// NewBits returns an empty set for n rows.
func NewBits(n int) Bits { return make(Bits, (n+63)/64) }

// Add puts a row into the set.
func (b Bits) Add(row int) { b[row>>6] |= 1 << (row & 63) }

// Has reports whether a row is in the set.
func (b Bits) Has(row int) bool { return b[row>>6]&(1<<(row&63)) != 0 }

// Fill puts the first n rows into the set.
func (b Bits) Fill(n int) {
	for i := range b {
		b[i] = ^uint64(0)
	}
	if n&63 != 0 && len(b) > 0 {
		b[len(b)-1] = 1<<(n&63) - 1
	}
}

// And keeps the rows that o has too.
func (b Bits) And(o Bits) {
	for i := range b {
		b[i] &= o[i]
	}
}

// Or adds the rows of o.
func (b Bits) Or(o Bits) {
	for i := range b {
		b[i] |= o[i]
	}
}

// Not turns the set of n rows into its complement.
func (b Bits) Not(n int) {
	all := NewBits(n)
	all.Fill(n)
	for i := range b {
		b[i] = all[i] &^ b[i]
	}
}

// Count returns how many rows are in the set.
func (b Bits) Count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// Empty reports whether no row is in the set.
func (b Bits) Empty() bool {
	for _, w := range b {
		if w != 0 {
			return false
		}
	}
	return true
}

// Each calls visit with the rows in growing order.
func (b Bits) Each(visit func(row int)) {
	for i, w := range b {
		for w != 0 {
			visit(i<<6 + bits.TrailingZeros64(w))
			w &= w - 1
		}
	}
}
