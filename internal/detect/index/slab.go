package index

// slab gives out slices that lie one behind the other, so that thousands of
// small tables are a few large pieces of memory and not scattered over what
// the parser of rules left.
type slab[T any] struct{ free []T }

// slabSize is how many elements are taken at once.
const slabSize = 16 << 10

// make returns a slice of n zero elements.
func (s *slab[T]) make(n int) []T {
	if n > slabSize/8 {
		return make([]T, n)
	}
	if n > len(s.free) {
		s.free = make([]T, slabSize)
	}
	out := s.free[:n:n]
	s.free = s.free[n:]
	return out
}

// keep returns a copy of x.
func (s *slab[T]) keep(x []T) []T {
	if len(x) == 0 {
		return nil
	}
	out := s.make(len(x))
	copy(out, x)
	return out
}

// slabs are those of one index.
type slabs struct {
	words   slab[uint64]
	keys    slab[uint32]
	entries slab[entry]
	text    slab[byte]
	ids     slab[int32]
}
