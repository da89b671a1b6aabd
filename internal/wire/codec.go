package wire

import (
	"fmt"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

// Codec is the gRPC codec of the stream: the generated code of vtprotobuf
// where a message has it.
type Codec struct{}

type message interface {
	SizeVT() int
	MarshalToSizedBufferVT(b []byte) (int, error)
	UnmarshalVT(b []byte) error
}

// Name returns the name of the content type, that of the standard codec.
func (Codec) Name() string { return "proto" }

// Marshal encodes v.
func (Codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(message)
	if !ok {
		p, ok := v.(proto.Message)
		if !ok {
			return nil, fmt.Errorf("encode message: %T is none", v)
		}
		b, err := proto.Marshal(p)
		return mem.BufferSlice{mem.SliceBuffer(b)}, err
	}
	size := m.SizeVT()
	pool := mem.DefaultBufferPool()
	b := pool.Get(size)
	if _, err := m.MarshalToSizedBufferVT((*b)[:size]); err != nil {
		pool.Put(b)
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return mem.BufferSlice{mem.NewBuffer(b, pool)}, nil
}

// Unmarshal decodes data into v, which does not share it.
func (Codec) Unmarshal(data mem.BufferSlice, v any) error {
	b := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer b.Free()
	if m, ok := v.(message); ok {
		if err := m.UnmarshalVT(b.ReadOnlyData()); err != nil {
			return fmt.Errorf("decode %T: %w", v, err)
		}
		return nil
	}
	p, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("decode message: %T is none", v)
	}
	return proto.Unmarshal(b.ReadOnlyData(), p)
}
