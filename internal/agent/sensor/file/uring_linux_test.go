package file_test

import (
	"encoding/binary"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Operations of io_uring.
const (
	ringOpenAt   = 18
	ringClose    = 19
	ringWrite    = 23
	ringRenameAt = 35
	ringUnlinkAt = 36
	ringMkdirAt  = 37
)

// What a process does through io_uring is seen.
func TestRing(t *testing.T) {
	b := functions(t)
	r := newURing(t)
	file, moved, dir := cstring(b.dir+"/a"), cstring(b.dir+"/b"), cstring(b.dir+"/d")
	at := int32(unix.AT_FDCWD)
	fd := r.do(t, entry{op: ringOpenAt, fd: at, addr: file, len: 0o600, flags: unix.O_CREAT | unix.O_WRONLY})
	text := []byte("hello")
	r.do(t, entry{op: ringWrite, fd: fd, addr: text, len: uint32(len(text))})
	r.do(t, entry{op: ringClose, fd: fd})
	r.do(t, entry{op: ringRenameAt, fd: at, addr: file, len: uint32(at), off: moved})
	r.do(t, entry{op: ringUnlinkAt, fd: at, addr: moved})
	r.do(t, entry{op: ringMkdirAt, fd: at, addr: dir, len: 0o700})
	b.k.Drain()
	if got := strings.Join(b.below(), ", "); got != "create a, write a, rename b from a, delete b, create d dir" {
		t.Error(got)
	}
}

func cstring(s string) []byte { return append([]byte(s), 0) }

// entry is what is asked of the kernel.
type entry struct {
	op         byte
	fd         int32
	addr, off  []byte
	len, flags uint32
}

// uring is one of 8 entries whose answers are waited for one by one.
type uring struct {
	fd             int
	rings, entries []byte
	sq, cq         [8]uint32 // offsets into rings: head, tail, mask, ..., array or answers
}

func newURing(t *testing.T) *uring {
	var params [120]byte
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 8, uintptr(unsafe.Pointer(&params)), 0)
	if errno != 0 {
		t.Skip("SKIPPED: the kernel permits no io_uring: ", errno)
	}
	r := &uring{fd: int(fd)}
	for i := range r.sq {
		r.sq[i] = binary.NativeEndian.Uint32(params[40+4*i:])
		r.cq[i] = binary.NativeEndian.Uint32(params[80+4*i:])
	}
	var err error
	if r.rings, err = unix.Mmap(r.fd, 0, 8192, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE); err != nil {
		r.rings, err = unix.Mmap(r.fd, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	}
	if err == nil {
		r.entries, err = unix.Mmap(r.fd, 0x10000000, 8*64, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Close(r.fd); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *uring) word(at uint32) *uint32 { return (*uint32)(unsafe.Pointer(&r.rings[at])) }

// do has the kernel do one thing and returns its result.
func (r *uring) do(t *testing.T, e entry) int32 {
	t.Helper()
	var pin runtime.Pinner
	defer pin.Unpin()
	address := func(b []byte) uint64 {
		if len(b) == 0 {
			return 0
		}
		pin.Pin(&b[0])
		return uint64(uintptr(unsafe.Pointer(&b[0])))
	}
	tail := atomic.LoadUint32(r.word(r.sq[1]))
	slot := tail & *r.word(r.sq[2])
	q := r.entries[slot*64:][:64]
	clear(q)
	q[0] = e.op
	binary.NativeEndian.PutUint32(q[4:], uint32(e.fd))
	binary.NativeEndian.PutUint64(q[8:], address(e.off))
	binary.NativeEndian.PutUint64(q[16:], address(e.addr))
	binary.NativeEndian.PutUint32(q[24:], e.len)
	binary.NativeEndian.PutUint32(q[28:], e.flags)
	*r.word(r.sq[6] + 4*slot) = slot
	atomic.StoreUint32(r.word(r.sq[1]), tail+1)
	for done := false; !done; {
		_, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), 1, 1, 1, 0, 0)
		if errno != 0 && errno != unix.EINTR {
			t.Fatal(errno)
		}
		done = atomic.LoadUint32(r.word(r.cq[1])) != *r.word(r.cq[0])
	}
	head := *r.word(r.cq[0])
	answer := r.cq[5] + 16*(head&*r.word(r.cq[2]))
	result := int32(*r.word(answer + 8))
	atomic.StoreUint32(r.word(r.cq[0]), head+1)
	if result < 0 {
		t.Fatalf("operation %d: %v", e.op, syscall.Errno(-result))
	}
	return result
}
