package dns

import "fmt"

// Types of records whose data is read.
const (
	typeA     = 1
	typeNS    = 2
	typeCNAME = 5
	typeSOA   = 6
	typePTR   = 12
	typeMX    = 15
	typeTXT   = 16
	typeAAAA  = 28
	typeSRV   = 33
	typeDNAME = 39
	typeSVCB  = 64
	typeHTTPS = 65
	typeSPF   = 99
)

// typeName names a type of record, as the registry of IANA does.
func typeName(n uint16) string {
	switch n {
	case typeA:
		return "A"
	case typeNS:
		return "NS"
	case typeCNAME:
		return "CNAME"
	case typeSOA:
		return "SOA"
	case 10:
		return "NULL"
	case typePTR:
		return "PTR"
	case 13:
		return "HINFO"
	case typeMX:
		return "MX"
	case typeTXT:
		return "TXT"
	case 25:
		return "KEY"
	case typeAAAA:
		return "AAAA"
	case typeSRV:
		return "SRV"
	case 35:
		return "NAPTR"
	case 37:
		return "CERT"
	case typeDNAME:
		return "DNAME"
	case 41:
		return "OPT"
	case 43:
		return "DS"
	}
	return laterTypeName(n)
}

func laterTypeName(n uint16) string {
	switch n {
	case 44:
		return "SSHFP"
	case 46:
		return "RRSIG"
	case 47:
		return "NSEC"
	case 48:
		return "DNSKEY"
	case 50:
		return "NSEC3"
	case 52:
		return "TLSA"
	case typeSVCB:
		return "SVCB"
	case typeHTTPS:
		return "HTTPS"
	case typeSPF:
		return "SPF"
	case 249:
		return "TKEY"
	case 250:
		return "TSIG"
	case 251:
		return "IXFR"
	case 252:
		return "AXFR"
	case 255:
		return "ANY"
	case 256:
		return "URI"
	case 257:
		return "CAA"
	}
	return fmt.Sprintf("TYPE%d", n)
}

// className names a class. The highest bit is a mark of multicast DNS.
func className(n uint16) string {
	switch n & 0x7fff {
	case 1:
		return "IN"
	case 3:
		return "CH"
	case 4:
		return "HS"
	case 254:
		return "NONE"
	case 255:
		return "ANY"
	}
	return fmt.Sprintf("CLASS%d", n)
}

// codeName names the outcome of an answer.
func codeName(n uint16) string {
	switch n {
	case 0:
		return "NOERROR"
	case 1:
		return "FORMERR"
	case 2:
		return "SERVFAIL"
	case 3:
		return "NXDOMAIN"
	case 4:
		return "NOTIMP"
	case 5:
		return "REFUSED"
	case 6:
		return "YXDOMAIN"
	case 7:
		return "YXRRSET"
	case 8:
		return "NXRRSET"
	case 9:
		return "NOTAUTH"
	case 10:
		return "NOTZONE"
	}
	return fmt.Sprintf("RCODE%d", n)
}

// operationName names what a message asks for.
func operationName(n uint16) string {
	switch n {
	case 0:
		return "QUERY"
	case 1:
		return "IQUERY"
	case 2:
		return "STATUS"
	case 4:
		return "NOTIFY"
	case 5:
		return "UPDATE"
	}
	return fmt.Sprintf("OPCODE%d", n)
}

// flagNames names the flags of the head, as ECS does.
func flagNames(flags uint16) []string {
	var out []string
	for _, f := range []struct {
		bit  uint16
		name string
	}{{1 << 10, "AA"}, {1 << 9, "TC"}, {1 << 8, "RD"}, {1 << 7, "RA"}, {1 << 5, "AD"}, {1 << 4, "CD"}} {
		if flags&f.bit != 0 {
			out = append(out, f.name)
		}
	}
	return out
}
