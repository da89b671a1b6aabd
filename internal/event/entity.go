package event

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// EntityTick is the resolution of the start time in EntityID. It is that of
// /proc/PID/stat, so that a process has one id whether the kernel's events or
// /proc told of it. No pid is reused within it, for the numbers first go round,
// unless somebody chooses the number with the rights of root; see TwinID.
const EntityTick = 10 * time.Millisecond

// EntityID returns the stable id of a process: 20 hexadecimal digits of a
// SHA-256 over the boot id of the host, the pid in the agent's pid namespace
// (process.pid) and the start time, in nanoseconds since boot, cut to
// EntityTick. Two processes of one host differ in it also when the pid is
// reused.
func EntityID(boot string, pid int64, start uint64) string {
	return entityID(boot, pid, start-start%uint64(EntityTick))
}

// TwinID is EntityID for a process whose pid another had within the same
// EntityTick: the start time is not cut. /proc does not tell the two apart.
func TwinID(boot string, pid int64, start uint64) string { return entityID(boot, pid, start) }

func entityID(boot string, pid int64, start uint64) string {
	var buf [80]byte
	b := append(buf[:0], boot...)
	b = binary.LittleEndian.AppendUint64(b, uint64(pid))
	b = binary.LittleEndian.AppendUint64(b, start)
	sum := sha256.Sum256(b)
	var text [20]byte
	hex.Encode(text[:], sum[:10])
	return string(text[:])
}
