package agent

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// watcher signals changes in folders, by inotify.
type watcher struct {
	f       *os.File
	changed chan struct{} // capacity 1
	done    sync.WaitGroup
}

// newWatcher watches the folders that exist.
func newWatcher(folders []string) (*watcher, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch files: %w", err)
	}
	const mask = unix.IN_CLOSE_WRITE | unix.IN_MOVED_TO | unix.IN_MOVED_FROM | unix.IN_DELETE | unix.IN_CREATE | unix.IN_ATTRIB
	for _, dir := range folders {
		if _, err := unix.InotifyAddWatch(fd, dir, mask); err != nil && !errors.Is(err, unix.ENOENT) {
			return nil, errors.Join(fmt.Errorf("watch %s: %w", dir, err), unix.Close(fd))
		}
	}
	w := &watcher{f: os.NewFile(uintptr(fd), "inotify"), changed: make(chan struct{}, 1)}
	w.done.Go(w.read)
	return w, nil
}

func (w *watcher) read() {
	buf := make([]byte, 16<<10)
	for {
		n, err := w.f.Read(buf)
		if err != nil {
			return
		}
		if n == 0 {
			continue
		}
		select {
		case w.changed <- struct{}{}:
		default:
		}
	}
}

func (w *watcher) close() {
	w.f.Close()
	w.done.Wait()
}
