package enrich

import (
	"encoding/hex"
	"math"

	"github.com/vedette-edr/vedette/internal/event"
)

// Sizes of what is told of the content of a file.
const (
	headerSize = 16
	// partSize is how much is read of a file that is too large for digests.
	partSize = 64 << 10
	// maxTLSH is the size from which on there is no TLSH: it takes four times as
	// long as the other digests together.
	maxTLSH = 16 << 20
)

// facts are what was found out about a content by reading it. They are shared
// and not changed.
type facts struct {
	hash    *event.Hash
	entropy float64 // see entropyOf; 0 is unknown
	header  string
}

// status is facts that say why there are none.
func status(why string) *facts { return &facts{hash: &event.Hash{Status: why}} }

// tell writes the facts into the section of a file.
func (f *facts) tell(to *event.File) {
	to.Hash, to.Entropy, to.Header = f.hash, f.entropy, f.header
}

// whole reports whether there is no more to know of a content.
func (f *facts) whole() bool {
	switch f.hash.Status {
	case "", statusTooLarge, statusNoTLSH:
		return true
	}
	return false
}

// counts says how often each byte occurs.
type counts [256]uint64

func (c *counts) add(data []byte) {
	for _, b := range data {
		c[b]++
	}
}

// entropy returns the Shannon entropy of the bytes that were added, 0 to 8 bits,
// rounded up to four digits. One that is nothing is told as 0.0001, because 0 is
// an absent field; 0 means that there were no bytes.
func (c *counts) entropy() float64 {
	total := uint64(0)
	for _, n := range c {
		total += n
	}
	if total == 0 {
		return 0
	}
	bits := 0.0
	for _, n := range c {
		if n > 0 {
			p := float64(n) / float64(total)
			bits -= p * math.Log2(p)
		}
	}
	return min(max(math.Ceil(bits*1e4-1e-6), 1)/1e4, 8)
}

// headerOf returns the first bytes of a content as text.
func headerOf(data []byte) string { return hex.EncodeToString(data[:min(len(data), headerSize)]) }
