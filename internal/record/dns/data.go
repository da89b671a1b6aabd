package dns

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
)

// data returns the data of a record as text, as it stands in a zone file; of
// types that are not known here, as hexadecimal digits. Data that is not what
// its type says is shown as digits too.
func (r *reader) data(kind uint16, begin, end int) (string, error) {
	b := r.b[begin:end]
	switch kind {
	case typeA:
		if len(b) == 4 {
			return netip.AddrFrom4([4]byte(b)).String(), nil
		}
	case typeAAAA:
		if len(b) == 16 {
			return netip.AddrFrom16([16]byte(b)).String(), nil
		}
	case typeCNAME, typeNS, typePTR, typeDNAME:
		return r.target("", begin)
	case typeMX:
		if len(b) > 2 {
			return r.target(fmt.Sprint(binary.BigEndian.Uint16(b)), begin+2)
		}
	case typeSRV:
		if len(b) > 6 {
			return r.target(fmt.Sprintf("%d %d %d", binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint16(b[4:])), begin+6)
		}
	case typeSVCB, typeHTTPS:
		if len(b) > 2 {
			return r.target(fmt.Sprint(binary.BigEndian.Uint16(b)), begin+2)
		}
	case typeSOA:
		return r.authority(begin)
	case typeTXT, typeSPF:
		if s, ok := texts(b); ok {
			return s, nil
		}
	}
	return digits(b), nil
}

// target returns the name at a place, with what stands before it.
func (r *reader) target(before string, at int) (string, error) {
	name, _, err := r.nameAt(at)
	if err != nil {
		return "", err
	}
	if name == "" {
		name = "."
	}
	if before != "" {
		name = before + " " + name
	}
	return name, nil
}

// authority returns the two names of a SOA: the server and who answers for it.
func (r *reader) authority(at int) (string, error) {
	server, next, err := r.nameAt(at)
	if err != nil {
		return "", err
	}
	return r.target(server, next)
}

// texts joins the texts of a record.
func texts(b []byte) (string, bool) {
	var out strings.Builder
	for len(b) > 0 {
		n := int(b[0])
		if n >= len(b) {
			return "", false
		}
		for _, c := range b[1 : 1+n] {
			if c < ' ' || c >= 127 {
				fmt.Fprintf(&out, "\\%03d", c)
			} else {
				out.WriteByte(c)
			}
		}
		b = b[1+n:]
	}
	return bounded(out.String()), true
}

func digits(b []byte) string { return bounded(hex.EncodeToString(b[:min(len(b), MaxData)])) }

func bounded(s string) string {
	if len(s) > MaxData {
		return s[:MaxData]
	}
	return s
}
