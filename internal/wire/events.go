package wire

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire/eventpb"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// MaxContent is the largest content of a batch before compression, bytes.
const MaxContent = 16 << 20

var errContent = errors.New("content of the batch is damaged")

// Encoder turns events into the content of batches. It belongs to one
// goroutine at a time.
type Encoder struct {
	message eventpb.Event
	zstd    *zstd.Encoder
}

// NewEncoder returns an Encoder.
func NewEncoder() (*Encoder, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("start compression: %w", err)
	}
	return &Encoder{zstd: z}, nil
}

// eventTag is the tag of Events.events in front of each event of a content.
const eventTag = 1<<3 | 2

// Append appends e to the content of a batch, which is an eventpb.Events.
// Contents can be joined by appending one to another.
func (c *Encoder) Append(content []byte, e *event.Event) ([]byte, error) {
	c.message.Reset()
	toMessage(e, &c.message)
	size := c.message.SizeVT()
	content = append(content, eventTag)
	content = binary.AppendUvarint(content, uint64(size))
	start := len(content)
	content = append(content, make([]byte, size)...)
	if _, err := c.message.MarshalToSizedBufferVT(content[start:]); err != nil {
		return content[:start], fmt.Errorf("encode event %s: %w", e.ID(), err)
	}
	return content, nil
}

// Fill compresses content into b.
func (c *Encoder) Fill(b *wirepb.Batch, content []byte) {
	b.Size = uint32(len(content))
	b.Content = c.zstd.EncodeAll(content, nil)
}

// Decoder turns batches into events. It belongs to one goroutine at a time.
type Decoder struct {
	message eventpb.Event
	zstd    *zstd.Decoder
}

// NewDecoder returns a Decoder.
func NewDecoder() (*Decoder, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxContent))
	if err != nil {
		return nil, fmt.Errorf("start decompression: %w", err)
	}
	return &Decoder{zstd: z}, nil
}

// Content returns the content of b, decompressed, in memory of its own.
func (d *Decoder) Content(b *wirepb.Batch) ([]byte, error) {
	if b.GetSize() > MaxContent {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", errContent, b.GetSize(), MaxContent)
	}
	content, err := d.zstd.DecodeAll(b.GetContent(), make([]byte, 0, b.GetSize()))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errContent, err)
	}
	if len(content) != int(b.GetSize()) {
		return nil, fmt.Errorf("%w: %d bytes where %d were announced", errContent, len(content), b.GetSize())
	}
	return content, nil
}

// Events calls visit with each event of a content. The texts of the events
// alias content: do not change it while one of them is in use. What was visited
// before an error is whole.
func (d *Decoder) Events(content []byte, visit func(*event.Event) error) error {
	for at := 0; at < len(content); {
		if content[at] != eventTag {
			return fmt.Errorf("%w: tag %#x at byte %d", errContent, content[at], at)
		}
		n, w := binary.Uvarint(content[at+1:])
		start := at + 1 + w
		if w <= 0 || n > uint64(len(content)-start) {
			return fmt.Errorf("%w: event at byte %d is cut", errContent, at)
		}
		at = start + int(n)
		d.message.Reset()
		if err := d.message.UnmarshalVTUnsafe(content[start:at]); err != nil {
			return fmt.Errorf("%w: event at byte %d: %w", errContent, start, err)
		}
		e := &event.Event{}
		fromMessage(&d.message, e)
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// Close frees what the Decoder holds.
func (d *Decoder) Close() { d.zstd.Close() }
