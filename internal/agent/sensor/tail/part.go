package tail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// part is one file of a log: the present one, or an older one under another
// name.
type part struct {
	file    *os.File
	device  uint64
	inode   uint64
	offset  int64
	head    []byte    // first bytes of what was read
	empty   time.Time // while nothing was read: until when no earlier generation was overlooked
	skip    bool      // up to the end of a line that was cut
	pending bool      // there is more than was read
	left    time.Time // when another took its place; zero before
	grew    time.Time
	buf     [headSize]byte
}

// errEmptied says that a file is not the one that it was.
var errEmptied = errors.New("the file was emptied")

func openPart(path string) (*part, error) {
	// A pipe in the place of a log must not stop the reader.
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("open log: %s is no file", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	p := &part{file: file}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		p.device, p.inode = st.Dev, st.Ino
	}
	p.empty = time.Now()
	return p, nil
}

// first returns the first bytes that the file has now.
func (p *part) first() []byte {
	n, _ := p.file.ReadAt(p.buf[:], 0)
	return p.buf[:n]
}

// begins reports whether what the file begins with can be told from what
// another generation of the log begins with: there is nothing, or a line, or as
// much of one as counts.
func (p *part) begins(longest int) bool {
	head := p.first()
	return len(head) == 0 || len(head) >= min(headSize, longest) || bytes.IndexByte(head, '\n') >= 0
}

// begin reads the file anew from its first byte that is not of a hole.
func (p *part) begin() {
	p.offset, p.skip, p.head, p.empty = 0, false, p.head[:0], time.Now()
	if at, err := p.file.Seek(0, unix.SEEK_DATA); err == nil {
		p.offset = at
	}
}

// toEnd goes behind the last line that is there.
func (p *part) toEnd(buf []byte) {
	info, err := p.file.Stat()
	if err != nil {
		return
	}
	from := max(info.Size()-int64(len(buf)), 0)
	n, _ := p.file.ReadAt(buf, from)
	if at := bytes.LastIndexByte(buf[:n], '\n'); at >= 0 {
		p.offset = from + int64(at) + 1
	} else if from > 0 {
		p.offset, p.skip = from+int64(n), true
	}
	p.know(p.first())
}

func (p *part) mark() Mark {
	m := Mark{Device: p.device, Inode: p.inode, Offset: p.offset, Head: bytes.Clone(p.head), Skip: p.skip, Left: !p.left.IsZero() && !p.pending}
	if len(p.head) == 0 {
		m.Empty = p.empty.UnixNano()
	}
	return m
}

// is reports whether info is of the part's file.
func (p *part) is(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Dev == p.device && st.Ino == p.inode
}

func (p *part) same(q *part) bool { return p.device == q.device && p.inode == q.inode }

// whole reports whether the file still is the one that was read up to the
// offset.
func (p *part) whole() bool {
	info, err := p.file.Stat()
	if err != nil || info.Size() < p.offset {
		return false
	}
	now := p.first()
	if !bytes.HasPrefix(now, p.head) {
		return false
	}
	p.know(now)
	return true
}

// know remembers the first bytes of what was read.
func (p *part) know(first []byte) {
	if n := min(int64(len(first)), p.offset); n > int64(len(p.head)) {
		p.head = append(p.head[:0], first[:n]...)
	}
}

// read gives the lines behind the offset, of at most so many bytes; full says
// that there are more. buf holds one byte more than the longest line.
func (p *part) read(buf []byte, most int64, yield func(Line)) (n int64, full bool, err error) {
	for n < most {
		got, err := p.file.ReadAt(buf, p.offset)
		if err != nil && err != io.EOF {
			return n, false, err
		}
		// After the reading: what was read is of this file when it still is this
		// file.
		if !p.whole() {
			return n, false, errEmptied
		}
		used := p.lines(buf[:got], got == len(buf), yield)
		p.offset += int64(used)
		p.know(p.buf[:]) // as whole has seen them
		n += int64(used)
		if got < len(buf) || used == 0 {
			p.pending = false
			return n, false, nil
		}
	}
	p.pending = true
	return n, true, nil
}

// lines gives the whole lines of b and returns how many bytes they are; full
// says that b is all that fits.
func (p *part) lines(b []byte, full bool, yield func(Line)) int {
	used := 0
	for used < len(b) {
		end := bytes.IndexByte(b[used:], '\n')
		if end < 0 {
			break
		}
		if line := b[used : used+end]; !p.skip {
			give(line, false, yield)
		}
		p.skip = false
		used += end + 1
	}
	switch {
	case p.skip:
		return len(b)
	case used == 0 && full:
		give(b[:len(b)-1], true, yield)
		p.skip = true
		return len(b)
	}
	return used
}

// give hands on a line that is not empty; writers that go on behind the end
// of an emptied file leave zeros.
func give(line []byte, cut bool, yield func(Line)) {
	line = bytes.TrimLeft(bytes.TrimSuffix(line, []byte{'\r'}), "\x00")
	if len(line) > 0 {
		yield(Line{Text: line, Cut: cut})
	}
}

// rest gives what stands behind the last end of a line.
func (p *part) rest(buf []byte, yield func(Line)) {
	n, _ := p.file.ReadAt(buf[:len(buf)-1], p.offset)
	if n > 0 && !p.skip {
		give(buf[:n], false, yield)
	}
	p.offset += int64(n)
}
