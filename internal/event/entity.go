package event

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// EntityTick is the resolution of the start time in EntityID. It is that of
// /proc/PID/stat, so that a process has one id whether the kernel's events or
// /proc told of it. No pid is reused within it: the numbers first go round.
const EntityTick = 10 * time.Millisecond

// EntityID returns the stable id of a process: 20 hexadecimal digits of a
// SHA-256 over the boot id of the host, the pid in the agent's pid namespace
// (process.pid) and the start time, in nanoseconds since boot, cut to
// EntityTick. Two processes of one host differ in it also when the pid is
// reused.
func EntityID(boot string, pid int64, start uint64) string {
	start -= start % uint64(EntityTick)
	var buf [80]byte
	b := append(buf[:0], boot...)
	b = binary.LittleEndian.AppendUint64(b, uint64(pid))
	b = binary.LittleEndian.AppendUint64(b, start)
	sum := sha256.Sum256(b)
	var text [20]byte
	hex.Encode(text[:], sum[:10])
	return string(text[:])
}
