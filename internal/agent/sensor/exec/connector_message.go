package exec

import (
	"encoding/binary"
	"errors"
)

// Layout of struct nlmsghdr, cn_msg and proc_event of the kernel's
// linux/netlink.h, connector.h and cn_proc.h.
const (
	netlinkHead   = 16
	connectorHead = 20
	procHead      = 16 // what, cpu, timestamp
	connectorProc = 1  // CN_IDX_PROC and CN_VAL_PROC

	procNone = 0x0
	procFork = 0x1
	procExec = 0x2
	procExit = 0x80000000
)

var errConnector = errors.New("malformed message of the proc connector")

// connectorEvent is one message of the proc connector.
type connectorEvent struct {
	what uint32
	time uint64 // nanoseconds of the monotonic clock
	// The thread and process that did it; of a fork, those that were made.
	thread, process uint32
	parent          uint32 // process that forked
	code            uint32 // wait status of an exit; error of an answer
}

// listenMessage asks the connector to tell its events, or to stop.
func listenMessage(pid uint32, listen bool) []byte {
	b := make([]byte, netlinkHead+connectorHead+4)
	le := binary.NativeEndian
	le.PutUint32(b, uint32(len(b)))
	le.PutUint16(b[4:], 3) // NLMSG_DONE, as the connector wants it
	le.PutUint32(b[12:], pid)
	le.PutUint32(b[16:], connectorProc)
	le.PutUint32(b[20:], connectorProc)
	le.PutUint16(b[32:], 4)
	le.PutUint32(b[36:], 1) // PROC_CN_MCAST_LISTEN
	if !listen {
		le.PutUint32(b[36:], 2)
	}
	return b
}

// parseConnector reads the messages of one datagram.
func parseConnector(b []byte, each func(connectorEvent)) error {
	le := binary.NativeEndian
	for len(b) >= netlinkHead {
		size := int(le.Uint32(b))
		if size < netlinkHead || size > len(b) {
			return errConnector
		}
		if err := parseProc(b[netlinkHead:size], each); err != nil {
			return err
		}
		b = b[min((size+3)&^3, len(b)):]
	}
	if len(b) != 0 {
		return errConnector
	}
	return nil
}

func parseProc(m []byte, each func(connectorEvent)) error {
	le := binary.NativeEndian
	if len(m) < connectorHead+procHead {
		return errConnector
	}
	if le.Uint32(m) != connectorProc || le.Uint32(m[4:]) != connectorProc {
		return nil // another connector's
	}
	m = m[connectorHead:]
	e := connectorEvent{what: le.Uint32(m), time: le.Uint64(m[8:])}
	d := m[procHead:]
	need := map[uint32]int{procNone: 4, procFork: 16, procExec: 8, procExit: 12}[e.what]
	if len(d) < need {
		return errConnector
	}
	switch e.what {
	case procNone:
		e.code = le.Uint32(d)
	case procFork:
		e.parent, e.thread, e.process = le.Uint32(d[4:]), le.Uint32(d[8:]), le.Uint32(d[12:])
	case procExec:
		e.thread, e.process = le.Uint32(d), le.Uint32(d[4:])
	case procExit:
		e.thread, e.process, e.code = le.Uint32(d), le.Uint32(d[4:]), le.Uint32(d[8:])
	default:
		return nil // user, group, session, name: not told
	}
	each(e)
	return nil
}
