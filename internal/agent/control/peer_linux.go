package control

import (
	"errors"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// allowed reports whether the peer is root or the agent's own user.
func allowed(c net.Conn) bool {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return false
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return false
	}
	var cred *unix.Ucred
	var credErr error
	err = raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if errors.Join(err, credErr) != nil {
		return false
	}
	return cred.Uid == 0 || int(cred.Uid) == os.Geteuid()
}

func refused(err error) bool { return errors.Is(err, unix.ECONNREFUSED) }
