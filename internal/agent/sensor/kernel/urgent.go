package kernel

import (
	"encoding/binary"
	"fmt"
)

const (
	nameSize       = 64 // of a name, with its zero byte
	maxUrgentFiles = 16384
	maxUrgentNames = 4096
)

// FileKey names a file for the kernel.
type FileKey struct {
	Inode  uint64
	Device uint32 // the kernel's device number, as in event.File
}

// Urgent says for which executions the reader is woken at once, so that a
// response does not wait for the batch.
type Urgent struct {
	Files        []FileKey // executables, for example of a hash that is known
	Names        []string  // base names of executables, in any case
	MemoryBacked bool      // from a memfd or an unlinked file
	UserChange   bool      // set-uid programs and the like
}

const (
	urgentFiles = 1 << iota
	urgentNames
	urgentMemory
	urgentUser
)

// SetUrgent replaces what is urgent. More than the kernel's lists hold is an
// error that changes nothing; a name longer than 63 bytes is cut to it.
func (k *Kernel) SetUrgent(u Urgent) error {
	if len(u.Files) > maxUrgentFiles || len(u.Names) > maxUrgentNames {
		return fmt.Errorf("set urgent: %d files and %d names: at most %d and %d", len(u.Files), len(u.Names), maxUrgentFiles, maxUrgentNames)
	}
	files, names := map[string]byte{}, map[string]byte{}
	for _, f := range u.Files {
		files[string(f.bytes())] = 1
	}
	for _, n := range u.Names {
		names[string(nameKey(folded(n)))] = 1
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.setList("urgent_files", files); err != nil {
		return fmt.Errorf("set urgent files: %w", err)
	}
	if err := k.setList("urgent_names", names); err != nil {
		return fmt.Errorf("set urgent names: %w", err)
	}
	var on uint32
	for bit, is := range map[uint32]bool{
		urgentFiles: len(files) > 0, urgentNames: len(names) > 0, urgentMemory: u.MemoryBacked, urgentUser: u.UserChange,
	} {
		if is {
			on |= bit
		}
	}
	if err := k.maps["urgent_on"].Put(uint32(0), on); err != nil {
		return fmt.Errorf("set urgent: %w", err)
	}
	return nil
}

// Urgents returns how many urgent records were read.
func (k *Kernel) Urgents() uint64 { return k.urgents.Load() }

func (f FileKey) bytes() []byte {
	b := binary.LittleEndian.AppendUint64(nil, f.Inode)
	return binary.LittleEndian.AppendUint64(b, uint64(f.Device))
}

// folded writes the letters of ASCII small, as the programs in the kernel do
// with the names of what is executed.
func folded(name string) string {
	b := []byte(name)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func nameKey(name string) []byte {
	b := make([]byte, nameSize)
	copy(b[:nameSize-1], name)
	return b
}
