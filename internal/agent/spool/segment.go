package spool

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// segment is one file: records of one lane and epoch. The name holds the lane,
// the epoch and the first sequence.
type segment struct {
	place
	path   string
	order  uint64 // grows with each segment of the spool; immutable
	start  int64  // first sequence by the name; immutable
	file   file   // open for writing; belongs to the commit
	wrote  int64  // bytes written, synced or not; belongs to the commit
	extent        // of what is synced; guarded by Spool.mu
	size   int64  // synced bytes of records and the magic; guarded by Spool.mu
	disk   int64  // bytes that count for the bound; guarded by Spool.mu
	pinned bool   // may be on its way to the manager; guarded by Spool.mu
	ended  bool   // nobody writes it any more; guarded by Spool.mu
	whole  bool   // had a trailer when it was loaded; guarded by Spool.mu
	gone   bool   // deleted; guarded by Spool.mu
	told   int64  // damage up to this sequence was told; guarded by Spool.mu
}

func segmentName(p place, first int64) string {
	return fmt.Sprintf("%d-%016x-%016x.seg", p.lane, p.epoch, first)
}

// parseName reads what segmentName wrote.
func parseName(name string) (p place, first int64, ok bool) {
	base, ok := strings.CutSuffix(name, ".seg")
	if !ok || len(base) != 35 {
		return place{}, 0, false
	}
	if n, err := fmt.Sscanf(base, "%1d-%16x-%16x", &p.lane, &p.epoch, &first); err != nil || n != 3 {
		return place{}, 0, false
	}
	return p, first, p.lane < Lanes && p.epoch > 0 && first > 0 && segmentName(p, first) == name
}

// waiting returns how many records are not released; a segment of which a
// part was released counts whole.
func (g *segment) waiting(released int64) int64 {
	if g.count == 0 || released >= g.last {
		return 0
	}
	return g.count
}

// file is an open segment. Write appends.
type file interface {
	Write(b []byte) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// disk is where segments are written; a test makes it fail.
type disk interface {
	Create(path string) (file, error)
	Remove(path string) error
	SyncDir(dir string) error
}

type realDisk struct{}

type realFile struct{ *os.File }

func (f realFile) Sync() error { return syncData(f.File) }

func (realDisk) Create(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return realFile{f}, nil
}

func (realDisk) Remove(path string) error { return os.Remove(path) }

func (realDisk) SyncDir(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // read-only
	return d.Sync()
}
