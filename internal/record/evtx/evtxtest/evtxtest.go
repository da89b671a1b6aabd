// Package evtxtest writes Windows event logs for tests: header, chunks with
// their tables of names and templates, records with a template for the header
// of the event and another, nested one, for its data. It writes what the tests
// read, not everything that Windows can.
package evtxtest

import (
	"encoding/binary"
	"hash/crc32"
	"time"
)

// Sizes of a log.
const (
	HeaderSize  = 4096
	ChunkSize   = 64 << 10
	chunkHeader = 512
)

// Event is an event to be written.
type Event struct {
	Record   uint64
	Time     time.Time
	Provider string
	Channel  string
	Computer string
	Code     uint16
	Level    byte
	PID, TID uint32
	User     []byte   // security id; none when nil
	Part     string   // "EventData" when empty; "UserData" has an element Event between
	Name     string   // attribute Name of EventData; none when empty
	Data     []Member // a member without a name is a Data element without one
}

// Member is a value of an event.
type Member struct {
	Name  string
	Value Value
}

// File returns a whole log with the events, a chunk after the other.
func File(events ...Event) []byte {
	out := make([]byte, HeaderSize)
	chunks := 0
	last := uint64(0)
	c := newChunk()
	flush := func() {
		out = append(out, c.finish()...)
		chunks++
		c = newChunk()
	}
	for _, e := range events {
		if !c.add(e) {
			flush()
			if !c.add(e) {
				panic("evtxtest: an event that is larger than a chunk")
			}
		}
		last = e.Record
	}
	flush()
	header(out, chunks, last+1)
	return out
}

func header(b []byte, chunks int, next uint64) {
	copy(b, "ElfFile\x00")
	le := binary.LittleEndian
	le.PutUint64(b[16:], uint64(chunks-1))
	le.PutUint64(b[24:], next)
	le.PutUint32(b[32:], 128)
	le.PutUint16(b[36:], 1)
	le.PutUint16(b[38:], 3)
	le.PutUint16(b[40:], HeaderSize)
	le.PutUint16(b[42:], uint16(chunks))
	le.PutUint32(b[124:], crc32.ChecksumIEEE(b[:120]))
}

// Seal computes the checksums of the chunk at b again, after a test changed it.
func Seal(b []byte) {
	le := binary.LittleEndian
	le.PutUint32(b[52:], crc32.ChecksumIEEE(b[chunkHeader:le.Uint32(b[48:])]))
	le.PutUint32(b[124:], crc32.Update(crc32.ChecksumIEEE(b[:120]), crc32.IEEETable, b[128:chunkHeader]))
}

// chunk is a chunk under way.
type chunk struct {
	buffer
	names     map[string]int
	templates map[string]int
	records   []int // where they begin
	first     uint64
	last      uint64
}

func newChunk() *chunk {
	c := &chunk{names: map[string]int{}, templates: map[string]int{}}
	c.b = make([]byte, chunkHeader, ChunkSize)
	return c
}

// add writes a record; false when there is no room for it.
func (c *chunk) add(e Event) bool {
	trial := *c
	trial.b = append([]byte(nil), c.b...)
	trial.names, trial.templates = clone(c.names), clone(c.templates)
	trial.records = append(append([]int(nil), c.records...), len(c.b))
	trial.record(e)
	if len(trial.b) > ChunkSize {
		return false
	}
	if len(c.records) == 0 {
		trial.first = e.Record
	}
	trial.last = e.Record
	*c = trial
	return true
}

func clone(m map[string]int) map[string]int {
	out := make(map[string]int, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

func (c *chunk) record(e Event) {
	at := len(c.b)
	c.u32(0x2a2a)
	c.u32(0)
	c.u64(e.Record)
	c.u64(Filetime(e.Time))
	c.event(e)
	for (len(c.b)-at+4)%8 != 0 {
		c.u8(0)
	}
	size := uint32(len(c.b) - at + 4)
	c.u32(size)
	binary.LittleEndian.PutUint32(c.b[at+4:], size)
}

func (c *chunk) finish() []byte {
	le := binary.LittleEndian
	used := len(c.b)
	b := append(c.b, make([]byte, ChunkSize-used)...)
	copy(b, "ElfChnk\x00")
	le.PutUint64(b[8:], 1)
	le.PutUint64(b[16:], uint64(len(c.records)))
	le.PutUint64(b[24:], c.first)
	le.PutUint64(b[32:], c.last)
	le.PutUint32(b[40:], 128)
	if n := len(c.records); n > 0 {
		le.PutUint32(b[44:], uint32(c.records[n-1]))
	}
	le.PutUint32(b[48:], uint32(used))
	Seal(b)
	return b
}
