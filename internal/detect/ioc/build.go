package ioc

import (
	"bufio"
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"net/netip"
	"os"
	"path/filepath"
)

// The bounds of a database.
const (
	MaxIndicators = 16 << 20
	MaxRegexps    = 10_000
	MaxTLSH       = 10_000
)

// magic begins a database file; endMagic ends it.
const (
	magic    = "VDTIOC1\n"
	endMagic = "VDTIOCE\n"
)

// footer says what is in a file and where. It stands at the end, before its
// length and its checksum.
type footer struct {
	Seed     uint64     `json:"seed"`
	Table    int64      `json:"table"` // where the table begins
	Slots    int        `json:"slots"`
	TableSum uint32     `json:"table_sum"`
	Counts   [types]int `json:"counts"`           // by type
	Bits4    []int      `json:"bits4,omitempty"`  // lengths of the IPv4 networks
	Bits16   []int      `json:"bits16,omitempty"` // lengths of the IPv6 networks
	Regexps  []uint32   `json:"regexps,omitempty"`
	TLSH     []uint32   `json:"tlsh,omitempty"`
}

// Builder writes a database file. It belongs to one goroutine.
type Builder struct {
	path   string
	file   *os.File
	w      *bufio.Writer
	at     int64
	keys   [][]keyed // in chunks: a growing slice would need its room twice
	count  int       // of keys
	foot   footer
	bits4  [33]bool
	bits16 [129]bool
	buf    []byte
}

// keyed is the hash of a key, its halves, and the place of its record.
type keyed struct{ high, low, place uint32 }

const chunkSize = 8192

func (b *Builder) addKey(hash uint64, place uint32) {
	if b.count%chunkSize == 0 {
		b.keys = append(b.keys, make([]keyed, 0, chunkSize))
	}
	last := &b.keys[len(b.keys)-1]
	*last = append(*last, keyed{uint32(hash >> 32), uint32(hash), place})
	b.count++
}

// Create begins a database file; it is at path only once Close returned nil.
func Create(path string) (*Builder, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.new")
	if err != nil {
		return nil, fmt.Errorf("write indicators: %w", err)
	}
	b := &Builder{path: path, file: f, w: bufio.NewWriterSize(f, 1<<16)}
	var seed [8]byte
	_, _ = rand.Read(seed[:]) // never fails
	b.foot.Seed = binary.LittleEndian.Uint64(seed[:])
	return b, b.write([]byte(magic))
}

func (b *Builder) write(p []byte) error {
	n, err := b.w.Write(p)
	b.at += int64(n)
	if err != nil {
		return fmt.Errorf("write indicators: %w", err)
	}
	return nil
}

// ErrFull says that a database takes no more indicators of a type.
var ErrFull = errors.New("too many indicators")

// Add adds an indicator. One that is wrong is a *FieldError, one too many is
// ErrFull, and the database goes on without it; other errors end the building.
func (b *Builder) Add(i Indicator) error {
	i, err := i.Check()
	if err != nil {
		return err
	}
	place := uint32(b.at)
	switch {
	case b.count >= MaxIndicators || b.at > math.MaxUint32-maxRecord:
		return fmt.Errorf("%w: more than %d", ErrFull, b.count)
	case i.Type == Regexp && len(b.foot.Regexps) >= MaxRegexps:
		return fmt.Errorf("%w: more than %d regexes", ErrFull, MaxRegexps)
	case i.Type == TLSH && len(b.foot.TLSH) >= MaxTLSH:
		return fmt.Errorf("%w: more than %d TLSH digests", ErrFull, MaxTLSH)
	}
	b.buf = appendRecord(b.buf[:0], i)
	if err := b.write(b.buf); err != nil {
		return err
	}
	b.foot.Counts[i.Type]++
	switch i.Type {
	case Regexp:
		b.foot.Regexps = append(b.foot.Regexps, place)
	case TLSH:
		b.foot.TLSH = append(b.foot.TLSH, place)
	default:
		b.addKey(hashKey(b.foot.Seed, i.Type, keyOf(i.Type, i.Value)), place)
		b.noteNetwork(i)
	}
	return nil
}

func (b *Builder) noteNetwork(i Indicator) {
	if i.Type != Network {
		return
	}
	p, err := netip.ParsePrefix(i.Value)
	if err != nil {
		return // was checked
	}
	if p.Addr().Is4() {
		b.bits4[p.Bits()] = true
	} else {
		b.bits16[p.Bits()] = true
	}
}

// Len returns how many indicators were added.
func (b *Builder) Len() int { return b.count + len(b.foot.Regexps) + len(b.foot.TLSH) }

// Abort gives the file up.
func (b *Builder) Abort() error { return errors.Join(b.file.Close(), os.Remove(b.file.Name())) }

// Close writes what is left and puts the file in its place, as a whole.
func (b *Builder) Close() error {
	if err := b.finish(); err != nil {
		return errors.Join(err, b.Abort())
	}
	err := cmp.Or(b.file.Sync(), b.file.Close())
	if err == nil {
		err = os.Rename(b.file.Name(), b.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write indicators: %w", err), os.Remove(b.file.Name()))
	}
	return nil
}

func (b *Builder) finish() error {
	b.foot.Bits4, b.foot.Bits16 = lengths(b.bits4[:]), lengths(b.bits16[:])
	t := make(table, slotsFor(b.count))
	for _, chunk := range b.keys {
		for _, k := range chunk {
			t.insert(uint64(k.high)<<32|uint64(k.low), k.place)
		}
	}
	b.keys = nil
	b.foot.Table, b.foot.Slots = b.at, len(t)
	sum := crc32.New(castagnoli())
	chunk := make([]byte, 0, 1<<16)
	for i, e := range t {
		chunk = binary.LittleEndian.AppendUint64(chunk, e)
		if len(chunk) == cap(chunk) || i == len(t)-1 {
			_, _ = sum.Write(chunk) // never fails
			if err := b.write(chunk); err != nil {
				return err
			}
			chunk = chunk[:0]
		}
	}
	b.foot.TableSum = sum.Sum32()
	text, err := json.Marshal(b.foot)
	if err != nil {
		return fmt.Errorf("write indicators: %w", err)
	}
	text = binary.LittleEndian.AppendUint32(text, uint32(len(text)))
	text = binary.LittleEndian.AppendUint32(text, crc32.Checksum(text[:len(text)-4], castagnoli()))
	if err := b.write(append(text, endMagic...)); err != nil {
		return err
	}
	if err := b.w.Flush(); err != nil {
		return fmt.Errorf("write indicators: %w", err)
	}
	return nil
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// lengths lists the indices that are set, the greatest first.
func lengths(set []bool) []int {
	var out []int
	for i := len(set) - 1; i >= 0; i-- {
		if set[i] {
			out = append(out, i)
		}
	}
	return out
}
