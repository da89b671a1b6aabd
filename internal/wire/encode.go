package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// Limits of what goes over the stream; the manager refuses more.
const (
	MaxEvent   = 256 << 10 // bytes of one encoded event
	MaxContent = 4 << 20   // bytes of the events of a batch before compression
	MaxEvents  = 16384     // events of a batch
	MaxMessage = 5 << 20   // bytes of one message of the stream
)

// ManagerEpoch is the epoch of the events that the manager makes about a host,
// such as its silence. The epochs of agents are microseconds since 1970.
const ManagerEpoch = 1 << 40

// ErrTooLarge is returned for an event of more than MaxEvent bytes.
var ErrTooLarge = errors.New("event is larger than 256 KiB")

// eventTag stands in front of each event of a content, see eventpb.Events.
const eventTag = 1<<3 | 2

// Encoder turns events into the content of batches, which is also what the
// spool keeps. The agent's id and the epoch are left out: they belong to the
// certificate and the spool, so that what was spooled before an enrolment
// needs no change after it. An encoder is for one goroutine.
type Encoder struct {
	message []byte // of the event that is encoded
	zstd    *zstd.Encoder
}

// NewEncoder returns an encoder.
func NewEncoder() (*Encoder, error) {
	z, err := newZstd()
	if err != nil {
		return nil, err
	}
	return &Encoder{zstd: z}, nil
}

func newZstd() (*zstd.Encoder, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(512<<10),
		zstd.WithEncoderCRC(false),   // the spool, TLS and the log have checksums of their own
		zstd.WithSingleSegment(true)) // so that also a frame of less than 256 bytes says its size
	if err != nil {
		return nil, fmt.Errorf("make zstd encoder: %w", err)
	}
	return z, nil
}

// Append encodes e behind content. Contents can be joined by appending one to
// another.
func (n *Encoder) Append(content []byte, e *event.Event) ([]byte, error) {
	n.message = appendMessage(n.message[:0], e)
	if size := len(n.message); size > MaxEvent {
		n.message = nil
		return content, fmt.Errorf("encode %s, sequence %d, %d bytes: %w", e.Kind, e.Sequence, size, ErrTooLarge)
	}
	content = append(content, eventTag)
	content = appendVarint(content, uint64(len(n.message)))
	return append(content, n.message...), nil
}

// Fill compresses content into b.
func (n *Encoder) Fill(b *wirepb.Batch, content []byte) {
	b.Size = uint32(len(content))
	b.Content = n.zstd.EncodeAll(content, nil)
}

// localID cuts the agent's id off the id of one of its own events.
func localID(id, agent string) string {
	if rest, ok := strings.CutPrefix(id, agent); ok && strings.HasPrefix(rest, "-") {
		return rest
	}
	return id
}

// Packer gathers encoded events of one epoch and lane into a batch. It is for
// one goroutine.
type Packer struct {
	zstd        *zstd.Encoder
	content     []byte
	count       uint32
	first, last int64
}

// NewPacker returns an empty packer.
func NewPacker() (*Packer, error) {
	z, err := newZstd()
	if err != nil {
		return nil, err
	}
	return &Packer{zstd: z}, nil
}

// Add appends an event as Encoder.Append wrote it; it reports whether there
// was room.
func (p *Packer) Add(sequence int64, encoded []byte) bool {
	if p.count == MaxEvents || len(p.content)+len(encoded) > MaxContent {
		return false
	}
	if p.count == 0 {
		p.first = sequence
	}
	p.last = sequence
	p.count++
	p.content = append(p.content, encoded...)
	return true
}

// AddRaw is Add for an event as Decoder.Unpack returns it.
func (p *Packer) AddRaw(sequence int64, raw []byte) bool {
	if len(p.content)+len(raw)+1+binary.MaxVarintLen32 > MaxContent || !p.Add(sequence, []byte{eventTag}) {
		return false
	}
	p.content = binary.AppendUvarint(p.content, uint64(len(raw)))
	p.content = append(p.content, raw...)
	return true
}

// Len returns the number of events that were added.
func (p *Packer) Len() int { return int(p.count) }

// Size returns the bytes that were added, before compression.
func (p *Packer) Size() int { return len(p.content) }

// Batch returns what was added, compressed, and empties the packer.
func (p *Packer) Batch(epoch int64, lane uint32) *wirepb.Batch {
	b := &wirepb.Batch{
		Epoch: epoch, Lane: lane, First: p.first, Last: p.last, Count: p.count, Size: uint32(len(p.content)),
		Content: p.zstd.EncodeAll(p.content, make([]byte, 0, len(p.content)/4+64)),
	}
	p.Reset()
	return b
}

// Reset empties the packer; a buffer that one large batch needed is given back.
func (p *Packer) Reset() {
	if cap(p.content) > MaxContent/2 {
		p.content = nil
	}
	p.content, p.count = p.content[:0], 0
}
