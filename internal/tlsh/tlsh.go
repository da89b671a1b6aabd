// Package tlsh computes and compares TLSH digests: fuzzy hashes of 35 bytes
// that are near each other when the data are alike (J. Oliver, C. Cheng,
// Y. Chen: TLSH, a locality sensitive hash, 2013). It makes the usual form, with
// 128 buckets, a checksum of one byte and the prefix T1, of at least 50 bytes.
//
// A Hasher belongs to one goroutine; a Digest is a value.
package tlsh

import (
	"errors"
	"slices"
	"sort"
)

const (
	buckets   = 128
	codeSize  = buckets / 4
	window    = 5
	minLength = 50
	// Size is the length of a digest in bytes.
	Size = 3 + codeSize
)

// ErrTooSimple says that data have no digest: less than 50 bytes, or too few
// different ones.
var ErrTooSimple = errors.New("data are too short or too uniform for TLSH")

// Hasher takes the bytes of one text. It is an io.Writer; the zero Hasher is
// ready.
type Hasher struct {
	bucket   [256]uint32
	last     [window - 1]byte // the bytes before the next one, the newest first
	checksum byte
	length   uint64
}

// Write takes more of the data; it never fails.
func (h *Hasher) Write(data []byte) (int, error) {
	n := len(data)
	b, c, d, e := h.last[0], h.last[1], h.last[2], h.last[3]
	skip := 0
	if h.length < window-1 {
		skip = window - 1 - int(h.length)
	}
	for len(data) > 0 && skip > 0 {
		b, c, d, e = data[0], b, c, d
		data, skip = data[1:], skip-1
		h.length++
	}
	bucket, checksum := &h.bucket, h.checksum
	for _, a := range data {
		// The six triplets of the window that hold its newest byte.
		x := &firsts[a]
		checksum = pearson[pearson[x[0]^b]^checksum]
		bucket[pearson[pearson[x[1]^b]^c]]++
		bucket[pearson[pearson[x[2]^b]^d]]++
		bucket[pearson[pearson[x[3]^c]^d]]++
		bucket[pearson[pearson[x[4]^c]^e]]++
		bucket[pearson[pearson[x[5]^b]^e]]++
		bucket[pearson[pearson[x[6]^d]^e]]++
		b, c, d, e = a, b, c, d
	}
	h.checksum = checksum
	h.last = [window - 1]byte{b, c, d, e}
	h.length += uint64(len(data))
	return n, nil
}

// firsts are the first steps of the hashes of a byte: of the checksum, then of
// the six triplets, each with its salt; immutable.
var firsts = makeFirsts()

func makeFirsts() (t [256][8]byte) {
	for a := range t {
		for i, salt := range [...]byte{1, 49, 12, 178, 166, 84, 230} {
			t[a][i] = pearson[salt^byte(a)]
		}
	}
	return t
}

// Digest returns the digest of what was written, or ErrTooSimple.
func (h *Hasher) Digest() (Digest, error) {
	var d Digest
	if h.length < minLength || h.length > uint64(lengths[len(lengths)-1]) {
		return d, ErrTooSimple
	}
	sorted := h.bucket
	slices.Sort(sorted[:buckets])
	q1, q2, q3 := sorted[buckets/4-1], sorted[buckets/2-1], sorted[3*buckets/4-1]
	if q3 == 0 || sorted[buckets/2-1] == 0 { // more than half of the buckets must be used
		return d, ErrTooSimple
	}
	d.checksum = h.checksum
	d.length = byte(sort.Search(len(lengths), func(i int) bool { return uint64(lengths[i]) >= h.length }))
	d.q1 = byte(uint64(q1) * 100 / uint64(q3) % 16)
	d.q2 = byte(uint64(q2) * 100 / uint64(q3) % 16)
	for i, n := range h.bucket[:buckets] {
		v := uint64(0)
		switch {
		case n > q3:
			v = 3
		case n > q2:
			v = 2
		case n > q1:
			v = 1
		}
		d.code[i/32] |= v << (2 * (i % 32))
	}
	return d, nil
}

// Sum returns the digest of data, or ErrTooSimple.
func Sum(data []byte) (Digest, error) {
	var h Hasher
	_, _ = h.Write(data) // never fails
	return h.Digest()
}
