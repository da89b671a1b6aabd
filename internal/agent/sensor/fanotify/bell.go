package fanotify

import (
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// bell wakes a goroutine that waits in poll.
type bell struct {
	fd int // immutable; of the goroutine that waits, others use ring

	mu     sync.Mutex
	closed bool // guarded by mu
}

func newBell() (*bell, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("make an eventfd: %w", err)
	}
	return &bell{fd: fd}, nil
}

// ring may be called from any goroutine, also after the end.
func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		_, _ = unix.Write(b.fd, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // one that is full rings too
	}
}

// heard makes it quiet again.
func (b *bell) heard() {
	var count [8]byte
	_, _ = unix.Read(b.fd, count[:])
}

// close ends a bell; a nil one is none.
func (b *bell) close() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	_ = unix.Close(b.fd)
}
