package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// A segment file is magic, then records, then, when it was closed, a trailer.
//
//	record:  mark(4) length(4) sequence(8) time(8) ordinal(4) crc(4) payload
//	trailer: mark(4) 0(4) first(8) last(8) count(8) from(8) to(8) ordinals(8) crc(4)
//
// Numbers are little-endian. A crc is CRC-32C over all that stands before it
// from the end of the mark on, and the payload. The ordinal counts the records
// of a lane, so that the number of damaged ones is known although sequences of
// a lane have gaps.
const (
	fileMagic   = "VSPOOL1\n"
	headerSize  = 32
	trailerSize = 60
)

// immutable
var (
	recordMark  = [4]byte{0xd7, 'v', 'r', 0x1b}
	trailerMark = [4]byte{0xd7, 'v', 't', 0x1b}
	castagnoli  = crc32.MakeTable(crc32.Castagnoli)
)

// What parse returns besides a record.
var (
	errShort   = errors.New("record goes on after the buffer")
	errDamaged = errors.New("record is damaged")
)

// appendRecord encodes r behind dst, without its ordinal and crc.
func appendRecord(dst []byte, r Record) []byte {
	dst = append(dst, recordMark[:]...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(r.Payload)))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.Sequence))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.Time))
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	return append(dst, r.Payload...)
}

// number gives the records in b, which appendRecord wrote, their ordinals and
// crcs; it returns the ordinal after the last. It is done when they are
// written, so that records that were shed leave no hole in the count.
func number(b []byte, ordinal uint32) uint32 {
	for len(b) > 0 {
		size := headerSize + int(binary.LittleEndian.Uint32(b[4:]))
		binary.LittleEndian.PutUint32(b[24:], ordinal)
		crc := crc32.Update(crc32.Checksum(b[4:28], castagnoli), castagnoli, b[headerSize:size])
		binary.LittleEndian.PutUint32(b[28:], crc)
		b = b[size:]
		ordinal++
	}
	return ordinal
}

// parsed is a record in a segment's bytes.
type parsed struct {
	sequence, time int64
	ordinal        uint32
	payload        []byte // aliases the bytes
	size           int
}

// parse reads the record at the start of b. errShort carries the needed size
// in parsed.size.
func parse(b []byte) (parsed, error) {
	if len(b) < headerSize {
		if !bytes.HasPrefix(recordMark[:], b[:min(len(b), 4)]) && !bytes.HasPrefix(b, recordMark[:]) {
			return parsed{}, errDamaged
		}
		return parsed{size: headerSize}, errShort
	}
	n := binary.LittleEndian.Uint32(b[4:])
	if !bytes.HasPrefix(b, recordMark[:]) || n > MaxPayload {
		return parsed{}, errDamaged
	}
	size := headerSize + int(n)
	if len(b) < size {
		return parsed{size: size}, errShort
	}
	crc := crc32.Update(crc32.Checksum(b[4:28], castagnoli), castagnoli, b[headerSize:size])
	if crc != binary.LittleEndian.Uint32(b[28:]) {
		return parsed{}, errDamaged
	}
	return parsed{
		sequence: int64(binary.LittleEndian.Uint64(b[8:])),
		time:     int64(binary.LittleEndian.Uint64(b[16:])),
		ordinal:  binary.LittleEndian.Uint32(b[24:]),
		payload:  b[headerSize:size:size],
		size:     size,
	}, nil
}

// extent is what a run of records of one lane covers.
type extent struct {
	first, last       int64 // sequences
	count             int64
	from, to          int64  // times
	ordinal, ordinals uint32 // of the first and the last record
}

// add puts a record behind the others; ordinal is 0 while it has none.
func (x *extent) add(sequence, time int64, ordinal uint32) {
	if x.count == 0 {
		x.first, x.from, x.ordinal = sequence, time, ordinal
	}
	x.last, x.to, x.ordinals = sequence, time, ordinal
	x.count++
}

// join appends the later extent y.
func (x *extent) join(y extent) {
	if x.count == 0 {
		*x = y
		return
	}
	x.last, x.to, x.ordinals = y.last, y.to, y.ordinals
	x.count += y.count
}

// appendTrailer encodes x as the end of a closed segment.
func appendTrailer(dst []byte, x extent) []byte {
	at := len(dst)
	dst = append(dst, trailerMark[:]...)
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	for _, n := range []int64{x.first, x.last, x.count, x.from, x.to} {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(n))
	}
	dst = binary.LittleEndian.AppendUint32(dst, x.ordinal)
	dst = binary.LittleEndian.AppendUint32(dst, x.ordinals)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[at+4:], castagnoli))
}

// parseTrailer reads what appendTrailer wrote.
func parseTrailer(b []byte) (extent, bool) {
	if len(b) != trailerSize || !bytes.HasPrefix(b, trailerMark[:]) ||
		crc32.Checksum(b[4:56], castagnoli) != binary.LittleEndian.Uint32(b[56:]) {
		return extent{}, false
	}
	number := func(at int) int64 { return int64(binary.LittleEndian.Uint64(b[at:])) }
	x := extent{
		first: number(8), last: number(16), count: number(24), from: number(32), to: number(40),
		ordinal: binary.LittleEndian.Uint32(b[48:]), ordinals: binary.LittleEndian.Uint32(b[52:]),
	}
	return x, x.count > 0 && x.first <= x.last
}
