package polled

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"

	"github.com/vedette-edr/vedette/internal/event"
)

// raw is a socket that reads or makes packets by itself.
type raw struct {
	inode    uint32
	uid      string
	kind     string // SOCK_RAW or SOCK_DGRAM
	family   string // ipv4, ipv6; empty for a packet socket
	protocol string
}

// Bounds of what is read.
const (
	maxRaw     = 4096
	maxModules = 4096
)

// lookSockets tells the raw and packet sockets that are new. One whose process
// is not found is told without, or in a scope not at all.
func (l *looker) lookSockets(now event.Time) {
	var fresh []raw
	wanted, here := map[uint32]bool{}, map[uint32]bool{}
	for _, list := range []struct{ file, family string }{{"net/raw", "ipv4"}, {"net/raw6", "ipv6"}, {"net/packet", ""}} {
		text, err := os.ReadFile(filepath.Join(l.o.Proc, list.file))
		if err != nil {
			continue // not in this kernel
		}
		for _, s := range parseRaw(text, list.family) {
			if here[s.inode] = true; !l.sockets[s.inode] {
				fresh = append(fresh, s)
				wanted[s.inode] = l.begun
			}
		}
	}
	l.sockets = here
	if !l.begun || len(fresh) == 0 {
		return
	}
	found, _ := l.owners.Find(wanted)
	for _, s := range fresh {
		e := &event.Event{
			Time: now, Kind: event.NetRaw, Call: &event.Call{Operation: s.kind},
			Net: &event.Net{Transport: "raw", Type: s.family, Protocol: s.protocol}, User: &event.User{ID: s.uid, EffectiveID: s.uid},
		}
		if s.family == "" {
			e.Net.Transport = "packet"
		}
		if p := found[s.inode]; p != nil {
			e.Process = &event.Process{EntityID: p.EntityID, PID: p.PID}
		} else if !l.whole {
			continue
		}
		l.tell(e)
	}
}

// parseRaw reads /proc/net/raw and raw6, or for no family /proc/net/packet.
// Lines that are none are skipped.
func parseRaw(text []byte, family string) []raw {
	var out []raw
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		s, ok := raw{}, false
		if family == "" {
			s, ok = parsePacket(f)
		} else {
			s, ok = parseInet(f, family)
		}
		if ok && s.inode != 0 {
			out = append(out, s)
		}
		if len(out) == maxRaw {
			break
		}
	}
	return out
}

// parseInet reads the fields of sl, local_address, rem_address, st, queues,
// tr:tm, retrnsmt, uid, timeout, inode. The port of the local address is the
// protocol.
func parseInet(f [][]byte, family string) (raw, bool) {
	if len(f) < 10 {
		return raw{}, false
	}
	_, port, ok := bytes.Cut(f[1], []byte(":"))
	protocol, err := strconv.ParseUint(string(port), 16, 16)
	inode, ok2 := number(f[9])
	_, ok3 := number(f[7])
	return raw{inode: inode, uid: string(f[7]), kind: "SOCK_RAW", family: family, protocol: strconv.FormatUint(protocol, 10)}, ok && err == nil && ok2 && ok3
}

// parsePacket reads the fields of sk, RefCnt, Type, Proto, Iface, R, Rmem, User,
// Inode.
func parsePacket(f [][]byte) (raw, bool) {
	if len(f) < 9 {
		return raw{}, false
	}
	protocol, err := strconv.ParseUint(string(f[3]), 16, 16)
	inode, ok := number(f[8])
	_, ok2 := number(f[7])
	kind := map[string]string{"2": "SOCK_DGRAM", "3": "SOCK_RAW"}[string(f[2])]
	return raw{inode: inode, uid: string(f[7]), kind: kind, protocol: strconv.FormatUint(protocol, 10)}, err == nil && ok && ok2 && kind != ""
}

func number(b []byte) (uint32, bool) {
	n, err := strconv.ParseUint(string(b), 10, 32)
	return uint32(n), err == nil
}

// parseModules reads the names of /proc/modules.
func parseModules(text []byte) []string {
	var out []string
	for line := range bytes.Lines(text) {
		name, _, ok := bytes.Cut(line, []byte(" "))
		if ok && len(name) > 0 && len(out) < maxModules {
			out = append(out, string(name))
		}
	}
	return out
}
