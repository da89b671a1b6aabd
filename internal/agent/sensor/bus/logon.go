package bus

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// authenticate speaks the text protocol before the first message: the bus
// knows the user from the socket.
func (c *Conn) authenticate(ctx context.Context, r *bufio.Reader) error {
	if at, ok := ctx.Deadline(); ok {
		if err := c.socket.SetDeadline(at); err != nil {
			return err
		}
	}
	user := hex.EncodeToString([]byte(strconv.Itoa(os.Geteuid())))
	if err := c.say(r, "\x00AUTH EXTERNAL "+user, "OK "); err != nil {
		return err
	}
	// Without this a bus keeps back messages that carry descriptors.
	if err := c.say(r, "NEGOTIATE_UNIX_FD", "AGREE_UNIX_FD"); err != nil {
		return err
	}
	if _, err := c.socket.Write([]byte("BEGIN\r\n")); err != nil {
		return err
	}
	return c.socket.SetDeadline(time.Time{})
}

func (c *Conn) say(r *bufio.Reader, line, answer string) error {
	if _, err := c.socket.Write([]byte(line + "\r\n")); err != nil {
		return err
	}
	got, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return errProtocol
	}
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(got), answer) {
		return fmt.Errorf("the bus answered %.80q", got)
	}
	return nil
}

// descriptorless reads from a socket and closes the descriptors that come.
type descriptorless struct{ socket *net.UnixConn }

// rightsSize is room for all descriptors that one message can carry.
const rightsSize = 24 + 4*253

func (d *descriptorless) Read(p []byte) (int, error) {
	var rights [rightsSize]byte
	n, size, _, _, err := d.socket.ReadMsgUnix(p, rights[:])
	if size > 0 {
		closeAll(rights[:size])
	}
	return max(n, 0), err
}

func closeAll(rights []byte) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			continue
		}
		for _, fd := range fds {
			_ = unix.Close(fd) // it is not ours
		}
	}
}
