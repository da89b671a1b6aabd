package tail

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Waker tells that files were changed. A nil one tells nothing, and a file on a
// file system that tells nothing is found by looking at it. Watch and Close are
// for one goroutine.
type Waker struct {
	file    *os.File
	changed chan struct{}
	wait    sync.WaitGroup
}

// NewWaker returns a Waker, which has a goroutine until Close.
func NewWaker() (*Waker, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("open inotify: %w", err)
	}
	w := &Waker{file: os.NewFile(uintptr(fd), "inotify"), changed: make(chan struct{}, 1)}
	w.wait.Go(w.listen)
	return w, nil
}

// Changed is signalled after changes.
func (w *Waker) Changed() <-chan struct{} {
	if w == nil {
		return nil
	}
	return w.changed
}

// Watch has changes of the file at path told; it is called again when another
// file may be there.
func (w *Waker) Watch(path string) {
	if w == nil {
		return
	}
	raw, err := w.file.SyscallConn()
	if err != nil {
		return
	}
	// Of a file that is watched already this changes nothing. That it is cannot
	// be known here: a new file often gets the number of the one removed.
	_ = raw.Control(func(fd uintptr) {
		_, _ = unix.InotifyAddWatch(int(fd), path, unix.IN_MODIFY|unix.IN_MOVE_SELF|unix.IN_DELETE_SELF) // it may not be there
	})
}

// listen signals what the kernel tells until Close.
func (w *Waker) listen() {
	buf := make([]byte, 4096)
	for {
		if _, err := w.file.Read(buf); err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		select {
		case w.changed <- struct{}{}:
		default:
		}
	}
}

// Close ends the goroutine.
func (w *Waker) Close() error {
	if w == nil {
		return nil
	}
	err := w.file.Close()
	w.wait.Wait()
	return err
}
