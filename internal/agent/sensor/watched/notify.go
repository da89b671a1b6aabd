package watched

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
)

// maxFolders is how many folders are watched for being told at once.
const maxFolders = 1024

// hint says that a name in a folder was changed just now.
type hint struct {
	watch int32
	name  string
	made  bool // it is new and may be still empty
}

// notifier has the kernel tell at once of changes in folders (inotify), without
// who made them. What it tells is when to read; the events of the sensor of
// files, which come in batches, then say who it was. Without it a state that
// lasts shorter than a batch is not seen.
type notifier struct {
	f       *os.File
	hints   chan hint
	done    sync.WaitGroup
	folders map[folder]int32 // what is watched; of the worker's goroutine
	watches map[int32]folder
	seen    map[folder]bool // of the look that goes on
}

// folder is a folder in a mount namespace.
type folder struct {
	place int64
	path  string
}

func newNotifier() (*notifier, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch folders: %w", err)
	}
	n := &notifier{
		f: os.NewFile(uintptr(fd), "inotify"), hints: make(chan hint, maxBacklog),
		folders: map[folder]int32{}, watches: map[int32]folder{},
	}
	n.done.Go(n.read)
	return n, nil
}

func (n *notifier) close() {
	if n == nil {
		return
	}
	n.f.Close()
	n.done.Wait()
}

// hinted is where the hints come from.
func (n *notifier) hinted() <-chan hint {
	if n == nil {
		return nil
	}
	return n.hints
}

func (n *notifier) read() {
	buf := make([]byte, 64<<10)
	for {
		got, err := n.f.Read(buf)
		if err != nil {
			return
		}
		for b := buf[:got]; len(b) >= unix.SizeofInotifyEvent; {
			watch, mask := int32(binary.NativeEndian.Uint32(b)), binary.NativeEndian.Uint32(b[4:])
			size := int(binary.NativeEndian.Uint32(b[12:]))
			name := strings.TrimRight(string(b[unix.SizeofInotifyEvent:][:size]), "\x00")
			b = b[unix.SizeofInotifyEvent+size:]
			select {
			case n.hints <- hint{watch, name, mask&unix.IN_CREATE != 0}:
			default: // the events of the sensor of files come too
			}
		}
	}
}

// watch adds a folder.
func (n *notifier) watch(r root, f folder) {
	if n == nil {
		return
	}
	if n.seen != nil {
		n.seen[f] = true
	}
	if _, ok := n.folders[f]; ok || len(n.folders) >= maxFolders {
		return
	}
	wd, err := sensor.Within(r.patience, r.f.Name(), f.path, func() (int, error) {
		dir, err := r.open(f.path, unix.O_PATH|unix.O_DIRECTORY)
		if err != nil {
			return 0, err
		}
		defer dir.Close()
		const mask = unix.IN_CLOSE_WRITE | unix.IN_MOVED_TO | unix.IN_MOVED_FROM | unix.IN_DELETE | unix.IN_CREATE | unix.IN_ONLYDIR
		return unix.InotifyAddWatch(int(n.f.Fd()), "/proc/self/fd/"+strconv.Itoa(int(dir.Fd())), mask)
	})
	if err != nil {
		return
	}
	n.folders[f], n.watches[int32(wd)] = int32(wd), f
}

// again drops what is watched of the host's folders that a look did not name;
// a folder that was replaced is watched anew by the look after.
func (n *notifier) again() {
	for f, wd := range n.folders {
		if f.place == 0 && !n.seen[f] {
			n.drop(f, wd)
		}
	}
	n.seen = nil
}

// forget ends the watching of a mount namespace.
func (n *notifier) forget(place int64) {
	if n == nil {
		return
	}
	for f, wd := range n.folders {
		if f.place == place {
			n.drop(f, wd)
		}
	}
}

func (n *notifier) drop(f folder, wd int32) {
	delete(n.folders, f)
	delete(n.watches, wd)
	if _, err := unix.InotifyRmWatch(int(n.f.Fd()), uint32(wd)); err != nil && !errors.Is(err, unix.EINVAL) {
		return // it is gone with its folder
	}
}

// gone forgets a watch that the kernel ended with its folder.
func (n *notifier) gone(wd int32) {
	if f, ok := n.watches[wd]; ok {
		delete(n.folders, f)
		delete(n.watches, wd)
	}
}

// hint reads what a hint is about.
func (w *worker) hint(h hint) {
	f, ok := w.notifier.watches[h.watch]
	if !ok {
		return
	}
	if h.name == "" { // the folder itself: removed, or its file system
		w.notifier.gone(h.watch)
		return
	}
	p := path.Join(f.path, h.name)
	for _, i := range w.w.index.match(p) {
		if skip := w.o.Subjects[i].Skip; skip == nil || !skip(p) {
			w.hinted(place2key{f.place, key{i, p}}, h.made)
		}
	}
}

// folders watches the folders of the host's files, as they are now.
func (w *worker) folders() {
	if w.notifier == nil {
		return
	}
	w.notifier.seen = map[folder]bool{}
	for _, t := range w.w.index.patterns {
		found, err := w.root.find(t.parts[:len(t.parts)-1], maxFolders)
		if err != nil {
			w.o.Log.Warn("not all folders are watched", "sensor", w.o.Name, "error", err)
		}
		for _, dir := range found {
			w.notifier.watch(w.root, folder{0, dir})
		}
	}
	w.notifier.again()
}
