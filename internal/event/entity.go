package event

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// EntityID returns the stable id of a process: 20 hexadecimal digits of a
// SHA-256 over the boot id of the host, the pid in the first pid namespace and
// the start time in nanoseconds since boot. Two processes of one host differ
// in it also when the pid is reused.
func EntityID(boot string, pid int64, start uint64) string {
	var buf [80]byte
	b := append(buf[:0], boot...)
	b = binary.LittleEndian.AppendUint64(b, uint64(pid))
	b = binary.LittleEndian.AppendUint64(b, start)
	sum := sha256.Sum256(b)
	var text [20]byte
	hex.Encode(text[:], sum[:10])
	return string(text[:])
}
