package kernel

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ring is the kernel's ring buffer, mapped: records are read in place, without
// a copy and without a system call. The layout is that of the kernel's
// BPF_MAP_TYPE_RINGBUF: a page with the consumer's position, one with the
// producer's, and the data. The kernel would map the data a second time behind
// itself, so that no record is cut in two; each of its pages would then count
// twice as resident memory, so the one record of a round that goes over the end
// is joined here.
type ring struct {
	consumer []byte // one page, writable
	producer []byte // one page and the data, read-only
	joined   []byte // the last record that went over the end
	mask     uint64 // size of the data less one
	at       uint64 // the consumer's position
}

// The head of a record: its length with two flags, then the page offset that
// only the kernel uses.
const (
	ringHead = 8
	busyBit  = 1 << 31 // being written
	voidBit  = 1 << 30 // given up by its writer
)

// openRing maps the ring of a map of size bytes, a power of two.
func openRing(fd, size int) (*ring, error) {
	page := os.Getpagesize()
	consumer, err := unix.Mmap(fd, 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the consumer's page of the ring: %w", err)
	}
	producer, err := unix.Mmap(fd, int64(page), page+size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("map the data of the ring: %w", err), unix.Munmap(consumer))
	}
	r := &ring{consumer: consumer, producer: producer, mask: uint64(size) - 1}
	r.at = position(r.consumer).Load()
	return r, nil
}

func position(page []byte) *atomic.Uint64 { return (*atomic.Uint64)(unsafe.Pointer(&page[0])) }

// next returns the oldest record, which is valid until the next call, and nil
// when there is none; busy says that the oldest is still being written.
func (r *ring) next() (record []byte, busy bool) {
	data := r.producer[len(r.consumer):]
	for {
		position(r.consumer).Store(r.at) // the record before may be overwritten
		if r.at >= position(r.producer).Load() {
			return nil, false
		}
		off := r.at & r.mask
		head := (*atomic.Uint32)(unsafe.Pointer(&data[off])).Load()
		if head&busyBit != 0 {
			return nil, true
		}
		size := uint64(head &^ (busyBit | voidBit))
		r.at += (ringHead + size + 7) &^ 7
		if head&voidBit == 0 {
			return r.whole(data, off+ringHead, size), false
		}
	}
}

// whole returns size bytes of the data from off on, which may go over the end.
func (r *ring) whole(data []byte, off, size uint64) []byte {
	end := uint64(len(data))
	if off+size <= end {
		return data[off:][:size:size]
	}
	off = min(off, end) // a head may be the last that fits
	r.joined = append(append(r.joined[:0], data[off:]...), data[:size-(end-off)]...)
	return r.joined
}

func (r *ring) close() error {
	return errors.Join(unix.Munmap(r.consumer), unix.Munmap(r.producer))
}
