package dns

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor/net"
	"github.com/vedette-edr/vedette/internal/event"
)

const (
	maxHolders = 4096
	heldFor    = event.Time(2 * time.Second) // how long what was found holds: who asks gets the answer soon
	maxSearch  = 50                          // searches a second
	maxTable   = 4 << 20                     // bytes of a table of sockets
)

// holders finds out which process has a local port, from the kernel's tables of
// sockets and the open files of processes. It belongs to one goroutine.
type holders struct {
	fs       *procfs.FS
	whole    bool
	owners   *net.Owners
	known    map[door]holder
	searches int // in this second
	second   event.Time
}

type door struct {
	protocol byte
	port     uint16
}

type holder struct {
	process *event.Process
	uid     string
	at      event.Time
}

func newHolders(proc, scope string) (*holders, error) {
	fs, s, err := procfs.OpenScope(proc, scope)
	if err != nil {
		return nil, err
	}
	return &holders{fs: fs, whole: s.Whole(), owners: net.NewOwners(fs, s), known: map[door]holder{}}, nil
}

// of returns who has a port, without a process when it is not found; false when
// it then cannot be told to be in the scope.
func (h *holders) of(protocol byte, port uint16, now event.Time) (*event.Process, *event.User, bool) {
	k := door{protocol, port}
	x, ok := h.known[k]
	if !ok || now-x.at >= heldFor || now < x.at {
		x = h.search(k, now)
		if len(h.known) >= maxHolders {
			clear(h.known)
		}
		h.known[k] = x
	}
	if x.process == nil {
		return nil, nil, h.whole
	}
	p := *x.process
	return &p, &event.User{ID: x.uid, EffectiveID: x.uid}, true
}

// search looks for the socket, and for the process that has it open.
func (h *holders) search(k door, now event.Time) holder {
	x := holder{at: now}
	if now-h.second >= event.Time(time.Second) || now < h.second {
		h.second, h.searches = now, 0
	}
	if h.searches++; h.searches > maxSearch {
		return x
	}
	names := []string{"net/udp", "net/udp6"}
	if k.protocol == unix.IPPROTO_TCP {
		names = []string{"net/tcp", "net/tcp6"}
	}
	wanted, uids := map[uint32]bool{}, map[uint32]string{}
	for _, name := range names {
		text, err := os.ReadFile(h.fs.Root() + "/" + name)
		if err != nil {
			continue // no such family
		}
		for inode, uid := range parseTable(text[:min(len(text), maxTable)], k.port) {
			wanted[inode], uids[inode] = true, uid
		}
	}
	if len(wanted) == 0 {
		return x
	}
	found, _ := h.owners.Find(wanted)
	for inode, p := range found {
		x.process, x.uid = p, uids[inode]
	}
	return x
}

// parseTable reads which sockets have a local port from the text of
// /proc/net/udp or tcp: their inodes and users. Lines that are none are skipped.
func parseTable(text []byte, port uint16) map[uint32]string {
	out := map[uint32]string{}
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		if len(f) < 10 {
			continue
		}
		_, local, ok := bytes.Cut(f[1], []byte(":"))
		n, err := strconv.ParseUint(string(local), 16, 16)
		inode, err2 := strconv.ParseUint(string(f[9]), 10, 32)
		if _, err3 := strconv.ParseUint(string(f[7]), 10, 32); !ok || err != nil || err2 != nil || err3 != nil || inode == 0 || uint16(n) != port {
			continue
		}
		out[uint32(inode)] = string(f[7])
	}
	return out
}
