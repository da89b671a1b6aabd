package offline

import (
	"fmt"
	"io/fs"
	"syscall"
)

// identity names a file whatever its path is.
func identity(path string, info fs.FileInfo) string {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return fmt.Sprintf("%d:%d", s.Dev, s.Ino)
	}
	return path
}
