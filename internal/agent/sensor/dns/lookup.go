package dns

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Of lookup.h and vedette.h.
const (
	maxAddresses     = 8
	recordUnreadable = 16
)

// lookup returns the event of a call that looked a name up, struct lookup.
func (d *decoder) lookup(r kernel.Record) (*event.Event, error) {
	c := kernel.NewCursor(r.Body)
	e := d.event(r, c.Actor())
	code := int32(c.U32())
	count, function := c.U32(), c.U32()
	c.U32()
	addresses := c.Bytes(maxAddresses * 20)
	name := c.Name(256)
	if err := c.Err(); err != nil {
		return nil, err
	}
	e.Rung = atFunction
	e.DNS = &event.DNS{Type: "query", Name: lower(name), ViaLibrary: true}
	for i := range min(count, maxAddresses) {
		if a, ok := address(addresses[i*20:]); ok && !slices.Contains(e.DNS.Resolved, a) {
			e.DNS.Resolved = append(e.DNS.Resolved, a)
		}
	}
	e.Outcome = "success"
	if code != 0 {
		e.Outcome, e.ErrorCode = "failure", failure(uint64(function), code)
	}
	if r.Flags&recordUnreadable != 0 {
		e.Reason = "the name could not be read from the memory of the process"
	}
	return e, nil
}

// lower writes a name as dns.question.name is written.
func lower(b []byte) string {
	return strings.TrimSuffix(strings.ToLower(string(b)), ".")
}

func address(b []byte) (string, bool) {
	switch b[0] {
	case unix.AF_INET:
		return netip.AddrFrom4([4]byte(b[4:])).String(), true
	case unix.AF_INET6:
		return netip.AddrFrom16([16]byte(b[4:])).Unmap().String(), true
	}
	return "", false
}

// failure names why a look-up failed: of getaddrinfo the codes of netdb.h, of
// the others the errno, or that there is no such host.
func failure(function uint64, code int32) string {
	if function != 1 {
		if code == -1 {
			return "HOST_NOT_FOUND"
		}
		return unix.ErrnoName(syscall.Errno(code))
	}
	switch code {
	case -2:
		return "EAI_NONAME"
	case -3:
		return "EAI_AGAIN"
	case -4:
		return "EAI_FAIL"
	case -5:
		return "EAI_NODATA"
	case -6:
		return "EAI_FAMILY"
	case -8:
		return "EAI_SERVICE"
	case -9:
		return "EAI_ADDRFAMILY"
	case -10:
		return "EAI_MEMORY"
	case -11:
		return "EAI_SYSTEM"
	}
	return fmt.Sprintf("EAI_%d", -code)
}
