package log

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// A message is a run of frames. A frame is: length of the rest (uvarint),
// length of the agent id (uvarint), agent id, received (8 bytes, nanoseconds
// since 1970, big endian), wire.Batch.

var errFrame = errors.New("cut or damaged frame")

func appendFrame(dst []byte, agent string, received time.Time, b *wirepb.Batch) ([]byte, error) {
	size := b.SizeVT()
	head := binary.AppendUvarint(nil, uint64(len(agent)))
	rest := len(head) + len(agent) + 8 + size
	dst = slices.Grow(dst, binary.MaxVarintLen64+rest)
	dst = binary.AppendUvarint(dst, uint64(rest))
	dst = append(dst, head...)
	dst = append(dst, agent...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(received.UnixNano()))
	start := len(dst)
	dst = dst[:start+size]
	if _, err := b.MarshalToSizedBufferVT(dst[start:]); err != nil {
		return nil, err
	}
	return dst, nil
}

// decodeFrames returns the entries of a message up to the first damaged frame,
// and an error when there is one.
func decodeFrames(data []byte) ([]Entry, error) {
	var out []Entry
	for at := 0; at < len(data); {
		n, w := binary.Uvarint(data[at:])
		if w <= 0 || n > uint64(len(data)-at-w) {
			return out, fmt.Errorf("message of %d bytes at byte %d: %w", len(data), at, errFrame)
		}
		e, err := decodeFrame(data[at+w : at+w+int(n)])
		if err != nil {
			return out, fmt.Errorf("message of %d bytes at byte %d: %w", len(data), at, err)
		}
		out = append(out, e)
		at += w + int(n)
	}
	return out, nil
}

// readFrames is decodeFrames with the damage as the last entry.
func readFrames(data []byte) []Entry {
	out, err := decodeFrames(data)
	if err != nil {
		out = append(out, Entry{Damage: err})
	}
	return out
}

func decodeFrame(f []byte) (Entry, error) {
	n, w := binary.Uvarint(f)
	if w <= 0 || n > uint64(len(f)-w) || len(f)-w-int(n) < 8 {
		return Entry{}, errFrame
	}
	e := Entry{Agent: string(f[w : w+int(n)])}
	f = f[w+int(n):]
	e.Received = time.Unix(0, int64(binary.BigEndian.Uint64(f))).UTC()
	e.Batch = &wirepb.Batch{}
	if err := e.Batch.UnmarshalVTUnsafe(f[8:]); err != nil {
		return Entry{}, fmt.Errorf("batch of agent %q: %w", e.Agent, err)
	}
	return e, nil
}
