package wire

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// MaxRules bounds the rules of one document, unpacked, bytes.
const MaxRules = 64 << 20

// zstdMagic begins what is packed.
var zstdMagic = []byte{0x28, 0xB5, 0x2F, 0xFD} // immutable

// DecodeRules reads the content of a document of kind "rules", packed or not.
func DecodeRules(content []byte) (Rules, error) {
	var r Rules
	if bytes.HasPrefix(content, zstdMagic) {
		var err error
		if content, err = Unpack(content, MaxRules); err != nil {
			return r, fmt.Errorf("rules of the manager: %w", err)
		}
	}
	if err := json.Unmarshal(content, &r); err != nil {
		return r, fmt.Errorf("rules of the manager: %w", err)
	}
	return r, nil
}

// Pack packs with zstd.
func Pack(text []byte) ([]byte, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("make zstd encoder: %w", err)
	}
	return z.EncodeAll(text, nil), z.Close()
}

// Unpack unpacks what Pack packed, at most limit bytes.
func Unpack(packed []byte, limit uint64) ([]byte, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(limit))
	if err != nil {
		return nil, fmt.Errorf("make zstd decoder: %w", err)
	}
	defer z.Close()
	text, err := z.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return text, nil
}
