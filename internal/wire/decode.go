package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/klauspost/compress/zstd"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// ErrForeign is returned for data that names another agent than the one that
// the certificate of the stream names.
var ErrForeign = errors.New("data of another agent")

// Decoder reads batches. It is safe for concurrent use.
type Decoder struct {
	zstd *zstd.Decoder
}

// NewDecoder returns a decoder; a batch can never make it use more than
// MaxContent bytes, whatever it declares.
func NewDecoder() (*Decoder, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(MaxContent), zstd.WithDecoderMaxWindow(MaxContent))
	if err != nil {
		return nil, fmt.Errorf("make zstd decoder: %w", err)
	}
	return &Decoder{zstd: z}, nil
}

// Close frees the decoder.
func (d *Decoder) Close() { d.zstd.Close() }

// Decode calls fn with each event of b, which was sent by agent. The first
// error, of the batch or of fn, ends the work.
func (d *Decoder) Decode(agent string, b *wirepb.Batch, fn func(*event.Event) error) error {
	if err := checkFrame(b); err != nil {
		return err
	}
	content, err := d.Content(b)
	if err != nil {
		return err
	}
	return d.Events(agent, b.GetEpoch(), content, fn)
}

// Events calls fn with each event of a content that agent sent under epoch.
// The events share content. What was visited before an error is whole.
func (d *Decoder) Events(agent string, epoch int64, content []byte, fn func(*event.Event) error) error {
	r := NewReader(agent, epoch, math.MaxInt)
	for at := 0; at < len(content); {
		raw, next, err := cut(content, at)
		if err != nil {
			return err
		}
		e, err := r.Event(raw)
		if err != nil {
			return fmt.Errorf("event at byte %d of the batch: %w", at, err)
		}
		if err := fn(e); err != nil {
			return err
		}
		at = next
	}
	return nil
}

// Unpack checks the frame of b against its content and returns the encoded
// events, which share one new buffer. What is decoded from them shares it
// too: do not change it, and know that one event that is kept keeps all.
func (d *Decoder) Unpack(b *wirepb.Batch) ([][]byte, error) {
	if err := checkFrame(b); err != nil {
		return nil, err
	}
	content, err := d.Content(b)
	if err != nil {
		return nil, err
	}
	return split(content, int(b.GetCount()))
}

// Content returns the content of b, decompressed, in a new buffer.
func (d *Decoder) Content(b *wirepb.Batch) ([]byte, error) {
	if b.GetSize() == 0 || b.GetSize() > MaxContent {
		return nil, fmt.Errorf("batch size %d is not between 1 and %d", b.GetSize(), MaxContent)
	}
	var h zstd.Header
	if err := h.Decode(b.GetContent()); err != nil {
		return nil, fmt.Errorf("batch content is not zstd: %w", err)
	}
	if !h.HasFCS || h.FrameContentSize != uint64(b.GetSize()) {
		return nil, fmt.Errorf("batch declares %d bytes of content, its zstd frame %d", b.GetSize(), h.FrameContentSize)
	}
	content, err := d.zstd.DecodeAll(b.GetContent(), make([]byte, 0, b.GetSize()))
	if err != nil {
		return nil, fmt.Errorf("decompress batch: %w", err)
	}
	if len(content) != int(b.GetSize()) {
		return nil, fmt.Errorf("batch declares %d bytes of content and has %d", b.GetSize(), len(content))
	}
	return content, nil
}

func checkFrame(b *wirepb.Batch) error {
	switch {
	case b.GetEpoch() <= 0:
		return fmt.Errorf("batch epoch %d is not positive", b.GetEpoch())
	case b.GetLane() >= uint32(event.Classes):
		return fmt.Errorf("batch lane %d: there are %d", b.GetLane(), event.Classes)
	case b.GetCount() == 0 || b.GetCount() > MaxEvents:
		return fmt.Errorf("batch count %d is not between 1 and %d", b.GetCount(), MaxEvents)
	case b.GetFirst() <= 0 || b.GetLast() < b.GetFirst() || b.GetLast()-b.GetFirst() < int64(b.GetCount())-1:
		return fmt.Errorf("batch of %d events cannot have sequences %d to %d", b.GetCount(), b.GetFirst(), b.GetLast())
	}
	return nil
}

// split cuts a content into its events.
func split(content []byte, count int) ([][]byte, error) {
	out := make([][]byte, 0, count)
	for at := 0; at < len(content); {
		raw, next, err := cut(content, at)
		if err != nil {
			return nil, err
		}
		if len(out) == count {
			return nil, fmt.Errorf("batch declares %d events and has more", count)
		}
		out = append(out, raw)
		at = next
	}
	if len(out) != count {
		return nil, fmt.Errorf("batch declares %d events and has %d", count, len(out))
	}
	return out, nil
}

// cut returns the event that begins at a byte of content, and where the next
// one begins.
func cut(content []byte, at int) (raw []byte, next int, err error) {
	if content[at] != eventTag {
		return nil, 0, fmt.Errorf("batch content has tag %#x at byte %d, want an event", content[at], at)
	}
	size, n := binary.Uvarint(content[at+1:])
	if n <= 0 || size > uint64(len(content)-at-1-n) {
		return nil, 0, fmt.Errorf("batch content: event at byte %d goes past the end", at)
	}
	start := at + 1 + n
	next = start + int(size)
	return content[start:next:next], next, nil
}
