package records

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// sum is the digest of a record.
func (t *Tracker) sum(raw []byte) uint32 {
	b := make([]byte, 0, 512)
	b = append(append(b, t.key...), raw...)
	h := sha256.Sum256(b)
	return binary.LittleEndian.Uint32(h[:])
}

// compare looks for changes of the records that are known.
func (t *Tracker) compare(s *logState, f File, file *os.File, id identity) []Found {
	now := t.o.Now()
	grown := id.Size > s.ID.Size
	s.whole = false
	if grown && now.Before(s.compared.Add(s.pause())) || now.Before(s.compared.Add(min(s.pause(), time.Second))) {
		return nil // later: Changed says so
	}
	s.compared, s.whole = now, true
	var out []Found
	t.differing(s, file, func(i int, at int64, raw []byte) {
		out = append(out, t.changed(f, at, id.Size, raw))
		s.Sums[i] = t.sum(raw)
	})
	return bounded(out)
}

// differing calls f for each known record that is another one now.
func (t *Tracker) differing(s *logState, file io.ReaderAt, f func(i int, at int64, raw []byte)) {
	size := int64(t.o.Layout.Size())
	known := io.NewSectionReader(file, 0, s.First+int64(len(s.Sums))*size)
	t.each(known, s.First, func(at int64, raw []byte) {
		if i := int((at - s.First) / size); s.Sums[i] != t.sum(raw) {
			f(i, at, raw)
		}
	})
}

// changed tells of a record that is another one than before.
func (t *Tracker) changed(f File, at, size int64, raw []byte) Found {
	found := Found{File: f, Offset: at, Size: size, Count: 1, Tamper: "a record was changed"}
	r, err := t.o.Layout.Parse(raw)
	switch {
	case err != nil:
		found.Tamper = "a record was overwritten with what is none"
	case r == (utmp.Record{}):
		found.Tamper = "a record was zeroed"
	default:
		found.Record = r
	}
	return found
}

// rewritten tells of a file that lost what was known of it, and learns what it
// is now. Records behind the last that was known are new.
func (t *Tracker) rewritten(s *logState, f File, file *os.File, id identity, why string) []Found {
	size := int64(t.o.Layout.Size())
	first := min(id.Size/size*size, s.End)
	t.differing(s, file, func(_ int, at int64, _ []byte) { first = min(first, at) })
	old := map[uint32]int{}
	for _, sum := range s.Sums {
		old[sum]++
	}
	before := s.End / size
	now := logState{Known: true}
	var sums []uint32
	now.End = t.each(file, 0, func(at int64, raw []byte) {
		now.add(t, at, raw)
		sums = append(sums, t.sum(raw))
	})
	last := -1 // the last record that was known
	for i, sum := range sums {
		if old[sum] > 0 {
			old[sum]--
			last = i
		}
	}
	*s = now
	s.ID, s.whole, s.compared = id, true, t.o.Now()
	gone := 0
	for _, n := range old {
		gone += n
	}
	out := []Found{{
		File: f, Offset: first, Size: id.Size, Count: gone,
		Tamper: fmt.Sprintf("%s: %d of %d records are gone or changed", why, gone, before),
	}}
	if last < 0 && len(sums) > chunk {
		return out // other records altogether
	}
	t.each(file, int64(last+1)*size, func(at int64, raw []byte) {
		if r, err := t.o.Layout.Parse(raw); err == nil && !erased(r) {
			out = append(out, Found{File: f, Offset: at, Size: id.Size, Record: r})
		}
	})
	return out
}
