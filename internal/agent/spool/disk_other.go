//go:build !linux

package spool

import (
	"errors"
	"os"
	"syscall"
)

// syncData makes the content and the size of f durable.
func syncData(f *os.File) error { return f.Sync() }

// lockFile does nothing here: the service manager starts one agent only.
func lockFile(*os.File) error { return nil }

// diskFull reports whether err says that there is no space left.
func diskFull(err error) bool { return errors.Is(err, syscall.ENOSPC) }
