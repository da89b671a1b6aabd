package tlsh

import (
	"encoding/hex"
	"fmt"
	"math/bits"
	"strings"
)

// Digest is a TLSH digest. The zero Digest is none.
type Digest struct {
	code     [codeSize / 8]uint64 // two bits a bucket, the first in the lowest
	checksum byte
	length   byte // step of the length
	q1, q2   byte // ratios of the quartiles, 0 to 15
}

// Parse reads 70 hexadecimal digits, with or without the prefix T1.
func Parse(text string) (Digest, error) {
	var d Digest
	digits := text
	if len(digits) == 2*Size+2 && strings.EqualFold(digits[:2], "T1") {
		digits = digits[2:]
	}
	if len(digits) != 2*Size {
		return d, fmt.Errorf("%.80q is not a TLSH digest: it has %d characters, not 70 or 72 with the prefix T1", text, len(text))
	}
	var raw [Size]byte
	if _, err := hex.Decode(raw[:], []byte(digits)); err != nil {
		return d, fmt.Errorf("%.80q is not a TLSH digest: %w", text, err)
	}
	d.checksum, d.length = swap(raw[0]), swap(raw[1])
	d.q1, d.q2 = raw[2]>>4, raw[2]&15
	for i := range codeSize {
		d.code[i/8] |= uint64(raw[Size-1-i]) << (8 * (i % 8))
	}
	return d, nil
}

// String returns the digest with the prefix T1 in upper case.
func (d Digest) String() string {
	var raw [Size]byte
	raw[0], raw[1], raw[2] = swap(d.checksum), swap(d.length), d.q1<<4|d.q2
	for i := range codeSize {
		raw[Size-1-i] = byte(d.code[i/8] >> (8 * (i % 8)))
	}
	return "T1" + strings.ToUpper(hex.EncodeToString(raw[:]))
}

func swap(b byte) byte { return b<<4 | b>>4 }

// Distance returns how different the data of two digests are: 0 is the same
// digest, up to 30 nearly the same data, above 100 rarely related.
func (d Digest) Distance(o Digest) int { return d.header(&o) + d.body(&o) }

// Within reports whether the distance of two digests is at most limit.
func (d *Digest) Within(o *Digest, limit int) bool {
	head := d.header(o)
	return head <= limit && head+d.body(o) <= limit
}

// header is the part of the distance that lengths, quartiles and checksums make.
func (d *Digest) header(o *Digest) int {
	diff := circle(d.length, o.length, 256)
	if diff > 1 {
		diff *= 12
	}
	diff += quartile(d.q1, o.q1) + quartile(d.q2, o.q2)
	if d.checksum != o.checksum {
		diff++
	}
	return diff
}

func quartile(a, b byte) int {
	q := circle(a, b, 16)
	if q > 1 {
		q = (q - 1) * 12
	}
	return q
}

// circle returns the distance of a and b on a circle of n.
func circle(a, b byte, n int) int {
	diff := int(a) - int(b)
	if diff < 0 {
		diff = -diff
	}
	return min(diff, n-diff)
}

// body is the part of the distance that the buckets make: 1 and 2 for values
// that differ by as much, 6 for those that differ by 3. All 32 values of a word
// are compared at once.
func (d *Digest) body(o *Digest) int {
	const low = 0x5555555555555555
	sum := 0
	for i := range d.code {
		a := d.code[i]
		x := a ^ o.code[i]
		lo, hi := x&low, x>>1&low
		ends := ^(a ^ a>>1) & low // values 0 and 3
		sixes := lo & hi & ends
		ones := lo &^ sixes
		twos := hi &^ lo
		sum += bits.OnesCount64(ones) + 2*bits.OnesCount64(twos) + 6*bits.OnesCount64(sixes)
	}
	return sum
}
