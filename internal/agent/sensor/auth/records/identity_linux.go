package records

import (
	"io/fs"
	"os"
	"syscall"
)

const nonblock = syscall.O_NONBLOCK | syscall.O_NOCTTY

// identity is what stat tells of a file: which one it is, and when it changed.
// The zero value is no file.
type identity struct {
	Device, Inode     uint64
	Size              int64
	Modified, Changed int64 // nanoseconds
}

func identify(path string) (identity, error) {
	st, err := os.Stat(path)
	if err != nil {
		return identity{}, err
	}
	return identityOf(st), nil
}

func identityOf(st fs.FileInfo) identity {
	s, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{Size: st.Size(), Modified: st.ModTime().UnixNano()}
	}
	return identity{Device: uint64(s.Dev), Inode: s.Ino, Size: s.Size, Modified: s.Mtim.Nano(), Changed: s.Ctim.Nano()}
}

// same reports whether two identities are of one file.
func (i identity) same(o identity) bool { return i.Inode == o.Inode && i.Device == o.Device }
