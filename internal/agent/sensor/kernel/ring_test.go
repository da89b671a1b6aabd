package kernel

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"testing"
)

// A record that goes over the end of the ring is the one that was written,
// whatever its size and where it begins.
func TestRingOverTheEnd(t *testing.T) {
	page := os.Getpagesize()
	const size = 4096
	r := &ring{consumer: make([]byte, page), producer: make([]byte, page+size), mask: size - 1}
	data := r.producer[page:]
	rnd := rand.New(rand.NewPCG(1, 2))
	var at uint64
	for n := range 5000 {
		want := make([]byte, rnd.IntN(700)+1)
		for i := range want {
			want[i] = byte(rnd.Uint32())
		}
		void := n%7 == 3
		head := uint32(len(want))
		if void {
			head |= voidBit
		}
		binary.NativeEndian.PutUint32(data[at&r.mask:], head)
		for i, b := range want {
			data[(at+ringHead+uint64(i))&r.mask] = b
		}
		at += (ringHead + uint64(len(want)) + 7) &^ 7
		position(r.producer).Store(at)
		got, busy := r.next()
		if void && got == nil && !busy {
			continue
		}
		if busy || !bytes.Equal(got, want) {
			t.Fatalf("record %d of %d bytes is not what was written", n, len(want))
		}
	}
}
