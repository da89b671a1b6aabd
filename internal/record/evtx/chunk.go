package evtx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

const (
	chunkHeader  = 512
	recordMagic  = 0x2a2a
	recordHeader = 24 // magic, size, number, time
	recordTail   = 4  // the size again
	minRecord    = recordHeader + recordTail
)

// Limits of one chunk, for all its records together.
const (
	maxChunkText   = 32 << 20 // bytes of values
	maxChunkTokens = 1 << 20
)

// chunk reads the records of the chunk in b. The space that the header calls
// used is read whole; behind it only records that go on with the numbers, which
// a log has that was copied while it was open.
func (d *decoder) chunk(b *record.Block, out *record.Batch) {
	d.begin(b.Data, out)
	at := place(b.First, b.Offset)
	if len(d.c) < chunkHeader || string(d.c[:8]) != chunkMagic {
		if !blank(d.c) {
			out.Fault(at, errors.New("not a chunk: it does not begin with ElfChnk"))
		}
		if len(d.c) < chunkHeader {
			return
		}
	}
	used := int(binary.LittleEndian.Uint32(d.c[48:]))
	if used < chunkHeader || used > len(d.c) {
		used = len(d.c)
	}
	faults := len(out.Faults)
	last := d.records(at, used, out)
	d.beyond(last, out)
	if sum := checksum(d.c, used); len(out.Faults) > faults && sum != "" {
		out.Fault(at, errors.New(sum))
	}
	if len(d.c) < chunkSize && used == len(d.c) {
		out.Fault(at, fmt.Errorf("the file ends after %d of %d bytes of the chunk", len(d.c), chunkSize))
	}
}

// span is where a record stands.
type span struct {
	at, end int
	id      uint64
	torn    bool // the size at its end is another one
}

// records reads the records below used and returns the last one.
func (d *decoder) records(at string, used int, out *record.Batch) span {
	last := span{end: chunkHeader}
	for pos := chunkHeader; pos+minRecord <= used; {
		s, err := d.spanAt(pos)
		if err != nil {
			next := d.resync(pos+8, used)
			out.Fault(at, fmt.Errorf("record at %d: %w; %d bytes left out", pos, err, next-pos))
			pos = next
			continue
		}
		last = s
		pos = s.end
		if read := d.record(at, s, out); s.torn && !(read && d.follows(s.end, used)) {
			pos = d.resync(s.at+8, used)
			out.Fault(at, fmt.Errorf("record at %d: size %d at its begin and another at its end; %d bytes behind it may be left out", s.at, s.end-s.at, pos-s.at))
		}
		if d.tokens > maxChunkTokens || d.total > maxChunkText {
			out.Fault(at, fmt.Errorf("record %d: the chunk says more than %d tokens or %d bytes; the rest is left out", s.id, maxChunkTokens, maxChunkText))
			break
		}
	}
	return last
}

// spanAt reads the frame of the record at pos.
func (d *decoder) spanAt(pos int) (span, error) {
	head := d.c[pos:]
	if len(head) < minRecord || binary.LittleEndian.Uint32(head) != recordMagic {
		return span{}, errors.New("no record begins there")
	}
	size := int(binary.LittleEndian.Uint32(head[4:]))
	if size < minRecord || size > len(head) {
		return span{}, fmt.Errorf("size %d", size)
	}
	torn := int(binary.LittleEndian.Uint32(head[size-recordTail:])) != size
	return span{at: pos, end: pos + size, id: binary.LittleEndian.Uint64(head[8:]), torn: torn}, nil
}

// follows reports whether a record ends where the next one begins.
func (d *decoder) follows(end, used int) bool {
	if end >= used {
		return end == used
	}
	_, err := d.spanAt(end)
	return err == nil
}

// resync returns where the next whole record begins, used when none does.
func (d *decoder) resync(pos, used int) int {
	for ; pos+minRecord <= used; pos += 8 {
		if s, err := d.spanAt(pos); err == nil && !s.torn {
			return pos
		}
	}
	return used
}

// beyond reads records behind the space that the header calls used, as long as
// their numbers go on.
func (d *decoder) beyond(last span, out *record.Batch) {
	for {
		s, err := d.spanAt(last.end)
		if err != nil || s.torn || last.id == 0 || s.id != last.id+1 || d.tokens > maxChunkTokens || d.total > maxChunkText {
			return
		}
		before := len(out.Faults)
		d.record("", s, out)
		out.Faults = out.Faults[:before] // it may be half written
		last = s
	}
}

// record reads one record into a record of out; false when it cannot be read.
func (d *decoder) record(at string, s span, out *record.Batch) bool {
	r := out.Add()
	r.Log.Source = "evtx"
	if err := d.fill(r, s); err != nil {
		out.Drop()
		out.Fault(at, fmt.Errorf("record %d: %w", s.id, err))
		return false
	}
	return true
}

func (d *decoder) fill(r *record.Record, s span) error {
	d.flat.reset()
	d.budget = maxTokens
	d.fragment(s.at+recordHeader, s.end-recordTail, 0)
	if d.err != nil {
		err := d.err
		d.err = nil
		return err
	}
	if d.flat.elements == 0 {
		return errors.New("it has no element")
	}
	d.flat.into(r)
	if r.Time == 0 { // the time stands there as text
		r.Time = record.ParseTime(r.Log.Data("TimeCreated_SystemTime").Text())
	}
	if r.Time == 0 {
		r.Time = event.Time(unix(binary.LittleEndian.Uint64(d.c[s.at+16:])))
	}
	return nil
}

// checksum says which checksum of the chunk is wrong; empty when none is.
func checksum(c []byte, used int) string {
	head := crc32.Update(crc32.ChecksumIEEE(c[:120]), crc32.IEEETable, c[128:chunkHeader])
	switch {
	case head != binary.LittleEndian.Uint32(c[124:]):
		return "the checksum of the chunk's header is wrong"
	case crc32.ChecksumIEEE(c[chunkHeader:used]) != binary.LittleEndian.Uint32(c[52:]):
		return "the checksum of the chunk's records is wrong"
	}
	return ""
}
