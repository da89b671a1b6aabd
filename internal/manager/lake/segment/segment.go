// Package segment is one Parquet file of events: rows sorted by agent, time,
// epoch and sequence, one column for each stored field of event.Fields, made
// at run time. docs/adr/0020-segments.md says why they look as they do.
//
// Write makes a file, Merge makes one of several, Open reads. What is read is
// checked: every page has a checksum, and everything behind the pages (bloom
// filters, indexes, footer) is covered by the checksum in Info. An error of
// damaged content is ErrDamaged.
//
// A Segment is safe for concurrent use until Close; a Group is a view of it.
package segment

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/parquet-go/parquet-go"

	"github.com/vedette-edr/vedette/internal/event"
)

// ErrDamaged says that a file is not what was written.
var ErrDamaged = errors.New("segment is damaged")

// Extension of the files.
const Extension = ".parquet"

// Info is what the manifest keeps of a file.
type Info struct {
	Name        string // file name without the extension
	Rows        int64
	Bytes       int64
	TailAt      int64  // where the pages end
	TailSum     uint32 // CRC-32C of the file from TailAt on
	MinTime     event.Time
	MaxTime     event.Time
	MinIngested event.Time
	MaxIngested event.Time
}

// File returns the name of the file of i below the directory of segments.
func (i Info) File() string { return i.Name + Extension }

// Segment is an open file.
type Segment struct {
	Info
	file   *os.File
	groups []*Group
}

// Open opens the file of info in dir and checks everything but the pages.
func Open(dir string, info Info) (*Segment, error) {
	path := filepath.Join(dir, info.File())
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", judge(err))
	}
	s := &Segment{Info: info, file: f}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open segment %s: %w", path, judge(err)), f.Close())
	}
	return s, nil
}

// judge tells damage from an error of the system: what is not an error number
// of the system came from the content.
func judge(err error) error {
	var no syscall.Errno
	switch {
	case err == nil || errors.Is(err, ErrDamaged):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: the file is missing: %w", ErrDamaged, err)
	case errors.As(err, &no) || errors.Is(err, fs.ErrClosed):
		return err
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

func (s *Segment) load() (err error) {
	defer rescue(&err)
	st, err := s.file.Stat()
	if err != nil {
		return err
	}
	if st.Size() != s.Bytes {
		return fmt.Errorf("%w: %d bytes where %d were written", ErrDamaged, st.Size(), s.Bytes)
	}
	sum, err := sumFrom(s.file, s.TailAt, s.Bytes)
	if err != nil {
		return err
	}
	if sum != s.TailSum {
		return fmt.Errorf("%w: checksum of the footer is %08x, was %08x", ErrDamaged, sum, s.TailSum)
	}
	pf, err := parquet.OpenFile(s.file, st.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(32<<10))
	if err != nil {
		return err
	}
	leaves := leavesOf(pf.Root())
	for _, rg := range pf.RowGroups() {
		s.groups = append(s.groups, &Group{rows: int(rg.NumRows()), chunks: rg.ColumnChunks(), leaves: leaves})
	}
	return nil
}

// castagnoli is immutable.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sumFrom(r io.ReaderAt, from, to int64) (uint32, error) {
	h := crc32.New(castagnoli)
	if _, err := io.Copy(h, io.NewSectionReader(r, from, to-from)); err != nil {
		return 0, err
	}
	return h.Sum32(), nil
}

// rescue turns a panic of the Parquet reader over damaged bytes into an error.
func rescue(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", ErrDamaged, p)
	}
}

// Groups returns the row groups in their order.
func (s *Segment) Groups() []*Group { return s.groups }

// Close closes the file.
func (s *Segment) Close() error { return s.file.Close() }
