package net

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/event"
)

// maxLinks is how many open files one search for owners looks at.
const maxLinks = 50_000

// Owners finds the processes that hold sockets, by the links in /proc/PID/fd. It
// belongs to one goroutine.
type Owners struct {
	fs    *procfs.FS
	scope procfs.Scope
	last  []int64 // processes that held sockets, looked at first
}

// NewOwners returns Owners among the processes of a scope.
func NewOwners(fs *procfs.FS, scope procfs.Scope) *Owners { return &Owners{fs: fs, scope: scope} }

// Find returns the processes of the scope that hold the sockets with the
// inodes. whole is false when there was more to look at than maxLinks.
func (o *Owners) Find(wanted map[uint32]bool) (found map[uint32]*event.Process, whole bool) {
	found = make(map[uint32]*event.Process)
	if len(wanted) == 0 {
		return found, true
	}
	pids, err := o.scope.PIDs()
	if err != nil {
		return found, false
	}
	slices.Reverse(pids) // the newest first
	left := maxLinks
	done := make(map[int64]bool)
	for _, pid := range append(slices.Clone(o.last), pids...) {
		if len(found) == len(wanted) {
			return found, true
		}
		if left <= 0 {
			return found, false
		}
		if done[pid] {
			continue
		}
		done[pid] = true
		o.search(pid, wanted, found, &left)
	}
	return found, true
}

// search looks at the open files of one process.
func (o *Owners) search(pid int64, wanted map[uint32]bool, found map[uint32]*event.Process, left *int) {
	dir := o.fs.Path(pid, "fd")
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	defer d.Close()
	var p *event.Process
	for *left > 0 {
		names, err := d.Readdirnames(256)
		for _, name := range names {
			*left--
			link, err := os.Readlink(dir + "/" + name)
			if err != nil {
				continue
			}
			inode, ok := socketInode(link)
			if !ok || !wanted[inode] || found[inode] != nil {
				continue
			}
			if p == nil {
				if p = o.process(pid); p == nil {
					return
				}
			}
			found[inode] = p
		}
		if err != nil {
			return
		}
	}
}

func (o *Owners) process(pid int64) *event.Process {
	if !o.scope.Has(pid) {
		return nil
	}
	id, err := o.fs.EntityID(pid)
	if err != nil {
		return nil
	}
	if !slices.Contains(o.last, pid) {
		o.last = append(o.last[max(0, len(o.last)-63):], pid)
	}
	return &event.Process{EntityID: id, PID: pid}
}

// socketInode reads a link such as socket:[4242].
func socketInode(link string) (uint32, bool) {
	text, ok := strings.CutPrefix(link, "socket:[")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(text, "]"), 10, 32)
	return uint32(n), err == nil
}
