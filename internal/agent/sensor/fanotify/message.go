package fanotify

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// handle names a file or folder: the file system, and what that one knows it
// by, its type included. An empty id is none.
type handle struct {
	fs fsid
	id string
}

type fsid [2]int32

// entry is a name in a folder.
type entry struct {
	dir  handle
	name string // "" or "." is the folder itself
}

// message is one event of a group as the kernel wrote it. It owns its
// descriptors.
type message struct {
	mask   uint64
	pid    int64 // 0: of another pid namespace
	pidfd  int   // -1: the process is gone, or the group has none
	fd     int   // of the file, in a group of descriptors; -1 is none
	at     entry // of the file; of a rename its old name
	new    entry // of a rename
	target handle
}

func (m *message) close() {
	for _, fd := range []int{m.pidfd, m.fd} {
		if fd >= 0 {
			_ = unix.Close(fd) // nothing was written
		}
	}
	m.pidfd, m.fd = -1, -1
}

const (
	headSize   = 24  // struct fanotify_event_metadata
	infoSize   = 4   // struct fanotify_event_info_header
	maxHandle  = 128 // MAX_HANDLE_SZ
	maxName    = 255
	handleHead = 8 // length and type of struct file_handle
)

// parse splits what was read from a group. Each message is handed on with its
// descriptors, also one that cannot be understood whole.
func parse(buf []byte, yield func(message)) error {
	for len(buf) > 0 {
		if len(buf) < headSize {
			return fmt.Errorf("%d bytes are no fanotify event", len(buf))
		}
		size, head := int(binary.NativeEndian.Uint32(buf)), int(binary.NativeEndian.Uint16(buf[6:]))
		if buf[4] != unix.FANOTIFY_METADATA_VERSION || head < headSize || size < head || size > len(buf) {
			return fmt.Errorf("fanotify event of version %d with %d of %d bytes", buf[4], size, len(buf))
		}
		m := message{
			mask: binary.NativeEndian.Uint64(buf[8:]), pidfd: -1,
			fd: int(int32(binary.NativeEndian.Uint32(buf[16:]))), pid: int64(int32(binary.NativeEndian.Uint32(buf[20:]))),
		}
		err := m.infos(buf[head:size])
		yield(m)
		if err != nil {
			return err
		}
		buf = buf[size:]
	}
	return nil
}

// infos reads the records behind the head. Those of kinds that are not known
// are skipped.
func (m *message) infos(buf []byte) error {
	for len(buf) > 0 {
		if len(buf) < infoSize {
			return fmt.Errorf("%d bytes are no record of a fanotify event", len(buf))
		}
		kind, size := buf[0], int(binary.NativeEndian.Uint16(buf[2:]))
		if size < infoSize || size > len(buf) {
			return fmt.Errorf("record %d of a fanotify event has %d of %d bytes", kind, size, len(buf))
		}
		if err := m.info(kind, buf[infoSize:size]); err != nil {
			return err
		}
		buf = buf[size:]
	}
	return nil
}

func (m *message) info(kind byte, body []byte) (err error) {
	switch kind {
	case unix.FAN_EVENT_INFO_TYPE_PIDFD:
		if len(body) < 4 {
			return fmt.Errorf("pidfd of %d bytes", len(body))
		}
		if m.pidfd < 0 { // there is one; a second could not be closed
			m.pidfd = max(int(int32(binary.NativeEndian.Uint32(body))), -1)
		}
	case unix.FAN_EVENT_INFO_TYPE_FID:
		m.target, _, err = parseHandle(body)
	case unix.FAN_EVENT_INFO_TYPE_DFID:
		m.at.dir, _, err = parseHandle(body)
	case unix.FAN_EVENT_INFO_TYPE_DFID_NAME, unix.FAN_EVENT_INFO_TYPE_OLD_DFID_NAME:
		m.at, err = parseEntry(body)
	case unix.FAN_EVENT_INFO_TYPE_NEW_DFID_NAME:
		m.new, err = parseEntry(body)
	}
	return err
}

func parseHandle(b []byte) (handle, []byte, error) {
	if len(b) < 8+handleHead {
		return handle{}, nil, fmt.Errorf("file handle of %d bytes", len(b))
	}
	h := handle{fs: fsid{int32(binary.NativeEndian.Uint32(b)), int32(binary.NativeEndian.Uint32(b[4:]))}}
	n := int(binary.NativeEndian.Uint32(b[8:]))
	b = b[12:] // the type belongs to the id
	if n > maxHandle || n+4 > len(b) {
		return handle{}, nil, fmt.Errorf("file handle of %d in %d bytes", n, len(b))
	}
	h.id = string(b[:4+n])
	return h, b[4+n:], nil
}

func parseEntry(b []byte) (entry, error) {
	h, rest, err := parseHandle(b)
	if err != nil {
		return entry{}, err
	}
	name, _, ended := bytes.Cut(rest, []byte{0})
	if !ended || len(name) > maxName {
		return entry{}, fmt.Errorf("file name of %d bytes without an end", len(name))
	}
	return entry{h, string(name)}, nil
}

// kernelForm returns what open_by_handle_at takes.
func (h handle) kernelForm() (unix.FileHandle, bool) {
	if len(h.id) < 4 {
		return unix.FileHandle{}, false
	}
	return unix.NewFileHandle(int32(binary.NativeEndian.Uint32([]byte(h.id))), []byte(h.id[4:])), true
}

// handleOf returns the handle of a file by its name.
func handleOf(name string) (handle, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(name, &st); err != nil {
		return handle{}, fmt.Errorf("statfs %s: %w", name, err)
	}
	h, _, err := unix.NameToHandleAt(unix.AT_FDCWD, name, unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		return handle{}, fmt.Errorf("handle of %s: %w", name, err)
	}
	id := binary.NativeEndian.AppendUint32(nil, uint32(h.Type()))
	return handle{fsid(st.Fsid.Val), string(append(id, h.Bytes()...))}, nil
}
