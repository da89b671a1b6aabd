package ioc

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// ErrDamaged says that a file is no whole database.
var ErrDamaged = errors.New("no whole database of indicators")

// Database finds indicators. Open makes it; Close ends its use.
type Database struct {
	file    *os.File
	size    int64
	foot    footer
	table   table
	regexps *regexps
	near    []nearby
	program []typedField // looked at when a program was executed
	files   []typedField // looked at in all events else
	net     []typedField
	names   map[string]look // of foreign records
	now     func() time.Time
	scans   sync.Pool
	damaged atomic.Int64 // records that could not be read
}

// Options configure a Database.
type Options struct {
	Now func() time.Time // for records without a time; default time.Now
}

// tailSize is the length of what ends a file: the footer's length and checksum,
// and the last magic.
const tailSize = 4 + 4 + len(endMagic)

// maxFooter bounds a footer, bytes.
const maxFooter = 1 << 20

// Open opens a database file. A file that is not whole is ErrDamaged.
func Open(path string, o Options) (*Database, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open indicators: %w", err)
	}
	d := &Database{file: f, now: o.Now, program: programFields(), files: fileFields(), net: netFields(), names: dataNames()}
	if d.now == nil {
		d.now = time.Now
	}
	if err := d.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open indicators %s: %w", path, err), f.Close())
	}
	d.scans.New = func() any { return newScan(d) }
	return d, nil
}

// Close closes the file. Nothing may match any more.
func (d *Database) Close() error { return d.file.Close() }

func (d *Database) load() error {
	info, err := d.file.Stat()
	if err != nil {
		return err
	}
	d.size = info.Size()
	if err := d.readFooter(); err != nil {
		return err
	}
	if err := d.readTable(); err != nil {
		return err
	}
	if err := d.loadNear(); err != nil {
		return err
	}
	return d.loadRegexps()
}

func (d *Database) readFooter() error {
	head := make([]byte, len(magic))
	tail := make([]byte, tailSize)
	if d.size < int64(len(magic)+tailSize) {
		return fmt.Errorf("%w: %d bytes", ErrDamaged, d.size)
	}
	if _, err := d.file.ReadAt(head, 0); err != nil {
		return err
	}
	if _, err := d.file.ReadAt(tail, d.size-int64(tailSize)); err != nil {
		return err
	}
	n := int64(binary.LittleEndian.Uint32(tail))
	if string(head) != magic || string(tail[8:]) != endMagic || n > maxFooter || n > d.size-int64(len(magic)+tailSize) {
		return fmt.Errorf("%w: begin or end is of something else", ErrDamaged)
	}
	text := make([]byte, n)
	if _, err := d.file.ReadAt(text, d.size-int64(tailSize)-n); err != nil {
		return err
	}
	if crc32.Checksum(text, castagnoli()) != binary.LittleEndian.Uint32(tail[4:]) || json.Unmarshal(text, &d.foot) != nil {
		return fmt.Errorf("%w: its summary is damaged", ErrDamaged)
	}
	f := &d.foot
	if f.Slots < 1 || f.Table < int64(len(magic)) || f.Table+int64(f.Slots)*8 != d.size-int64(tailSize)-n ||
		len(f.Regexps) > MaxRegexps || len(f.TLSH) > MaxTLSH || len(f.Bits4) > 33 || len(f.Bits16) > 129 {
		return fmt.Errorf("%w: its summary does not fit the file", ErrDamaged)
	}
	return nil
}

func (d *Database) readTable() error {
	t := make(table, d.foot.Slots)
	r := io.NewSectionReader(d.file, d.foot.Table, int64(len(t))*8)
	chunk := make([]byte, 1<<16)
	sum, free := crc32.New(castagnoli()), false
	for i := 0; i < len(t); {
		part := chunk[:min(len(chunk), (len(t)-i)*8)]
		if _, err := io.ReadFull(r, part); err != nil {
			return err
		}
		_, _ = sum.Write(part) // never fails
		for ; len(part) > 0; part = part[8:] {
			t[i] = binary.LittleEndian.Uint64(part)
			free = free || t[i] == 0
			i++
		}
	}
	if sum.Sum32() != d.foot.TableSum || !free {
		return fmt.Errorf("%w: its table is damaged", ErrDamaged)
	}
	d.table = t
	return nil
}

// firstRead is how much of a record is read at once; few are longer.
const firstRead = 512

// record reads the record at a place; buf is used for it and may be replaced.
func (d *Database) record(place uint32, buf *[]byte) (Indicator, error) {
	b := *buf
	if cap(b) < firstRead {
		b = make([]byte, firstRead)
	}
	n := min(int64(cap(b)), d.foot.Table-int64(place))
	if n <= 0 {
		return Indicator{}, errRecord
	}
	b = b[:n]
	if _, err := d.file.ReadAt(b, int64(place)); err != nil {
		return Indicator{}, err
	}
	body, size, err := frame(b)
	if err == nil && body == nil {
		if b = make([]byte, size); int64(place)+int64(size) > d.foot.Table {
			return Indicator{}, errRecord
		}
		if _, err := d.file.ReadAt(b, int64(place)); err != nil {
			return Indicator{}, err
		}
		body, _, err = frame(b)
	}
	*buf = b
	if err != nil {
		return Indicator{}, err
	}
	return parseRecord(body)
}

// Each calls yield with every indicator until it returns false.
func (d *Database) Each(yield func(Indicator) bool) error {
	var buf []byte
	for at := int64(len(magic)); at < d.foot.Table; {
		i, err := d.record(uint32(at), &buf)
		if err != nil {
			return fmt.Errorf("read indicator at byte %d: %w", at, err)
		}
		_, size, err := frame(buf)
		if err != nil || size <= 0 {
			return fmt.Errorf("read indicator at byte %d: %w", at, errRecord)
		}
		if !yield(i) {
			return nil
		}
		at += int64(size)
	}
	return nil
}

// Stats says what a database holds and costs.
type Stats struct {
	Indicators int            `json:"indicators"`
	ByType     map[string]int `json:"by_type"`
	TableBytes int            `json:"table_bytes"` // in memory
	FileBytes  int64          `json:"file_bytes"`  // on disk
	Always     int            `json:"always"`      // regexes without a literal, evaluated on every text
	Damaged    int64          `json:"damaged"`     // records that could not be read
}

// Stats returns what the database holds and costs.
func (d *Database) Stats() Stats {
	s := Stats{ByType: map[string]int{}, TableBytes: len(d.table) * 8, FileBytes: d.size, Damaged: d.damaged.Load()}
	for t, n := range d.foot.Counts {
		if n > 0 {
			s.ByType[Type(t).String()] = n
			s.Indicators += n
		}
	}
	if d.regexps != nil {
		s.Always = d.regexps.index.Stats.Always
	}
	return s
}

// valid reports whether an indicator is in force at a time.
func (i Indicator) valid(at event.Time) bool {
	return i.Expires.IsZero() || at < event.At(i.Expires)
}
