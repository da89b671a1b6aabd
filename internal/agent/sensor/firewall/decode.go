package firewall

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

const (
	maxChanges = 64   // of a transaction that are told
	maxText    = 1024 // bytes of the description of one
)

// transaction is what one process changed at once.
type transaction struct {
	changes []change
	more    int    // changes that are not told
	lost    bool   // the kernel could not tell all
	port    uint32 // netlink address of the sender: the number of the process in its namespace, mostly
	pid     uint32 // in the first pid namespace
	name    string // of the process, 15 bytes
	tables  []string
	at      event.Time
	due     time.Time
}

// change is one object that came or went.
type change struct {
	object, text string
	gone         bool
}

// add takes a message; true when it ends the transaction.
func (t *transaction) add(m netlink.Message) bool {
	const subsystem = unix.NFNL_SUBSYS_NFTABLES
	if uint16(m.Header.Type)>>8 != subsystem || len(m.Data) < 4 {
		return false
	}
	kind, family := int(m.Header.Type&0xff), familyName(m.Data[0])
	d, err := netlink.NewAttributeDecoder(m.Data[4:])
	if err != nil {
		t.put("", change{object: "message", text: "malformed"})
		return false
	}
	t.port = m.Header.PID
	if kind == unix.NFT_MSG_NEWGEN {
		t.generation(d)
		return true
	}
	object, gone := objectName(kind)
	if object == "" {
		return false
	}
	table, text := describe(object, d)
	t.put(family+" "+table, change{object: object, gone: gone, text: strings.TrimSpace(family + " " + table + " " + text)})
	return false
}

func (t *transaction) put(table string, c change) {
	if table != "" && !slices.Contains(t.tables, table) && len(t.tables) < maxChanges {
		t.tables = append(t.tables, table)
	}
	if len(t.changes) == maxChanges {
		t.more++
		return
	}
	if len(c.text) > maxText {
		c.text = c.text[:maxText]
	}
	t.changes = append(t.changes, c)
}

// generation reads who ended the transaction.
func (t *transaction) generation(d *netlink.AttributeDecoder) {
	for d.Next() {
		switch d.Type() {
		case unix.NFTA_GEN_PROC_PID:
			if b := d.Bytes(); len(b) == 4 {
				t.pid = big32(b)
			}
		case unix.NFTA_GEN_PROC_NAME:
			t.name = d.String()
		}
	}
}

func big32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

func familyName(n byte) string {
	switch n {
	case unix.NFPROTO_INET:
		return "inet"
	case unix.NFPROTO_IPV4:
		return "ip"
	case unix.NFPROTO_IPV6:
		return "ip6"
	case unix.NFPROTO_ARP:
		return "arp"
	case unix.NFPROTO_BRIDGE:
		return "bridge"
	case unix.NFPROTO_NETDEV:
		return "netdev"
	}
	return fmt.Sprintf("family %d", n)
}

// objectName returns what a message is about and whether it went.
func objectName(kind int) (string, bool) {
	for _, o := range []struct {
		made, gone, destroyed int
		name                  string
	}{
		{unix.NFT_MSG_NEWTABLE, unix.NFT_MSG_DELTABLE, 0x1a, "table"},
		{unix.NFT_MSG_NEWCHAIN, unix.NFT_MSG_DELCHAIN, 0x1b, "chain"},
		{unix.NFT_MSG_NEWRULE, unix.NFT_MSG_DELRULE, 0x1c, "rule"},
		{unix.NFT_MSG_NEWSET, unix.NFT_MSG_DELSET, 0x1d, "set"},
		{unix.NFT_MSG_NEWSETELEM, unix.NFT_MSG_DELSETELEM, 0x1e, "element"},
		{unix.NFT_MSG_NEWOBJ, unix.NFT_MSG_DELOBJ, 0x1f, "object"},
		{unix.NFT_MSG_NEWFLOWTABLE, unix.NFT_MSG_DELFLOWTABLE, 0x20, "flowtable"},
	} {
		switch kind {
		case o.made:
			return o.name, false
		case o.gone, o.destroyed:
			return o.name, true
		}
	}
	return "", false
}

// describe reads the table and the rest of an object. In all of them the first
// attribute is the table, or the table's own name.
func describe(object string, d *netlink.AttributeDecoder) (table, text string) {
	var parts []string
	for d.Next() {
		switch t := int(d.Type()); {
		case t == 1:
			table = d.String()
		case object == "chain" && t == unix.NFTA_CHAIN_NAME,
			object == "rule" && t == unix.NFTA_RULE_CHAIN,
			(object == "set" || object == "object" || object == "flowtable" || object == "element") && t == 2:
			parts = append(parts, d.String())
		case object == "chain" && t == unix.NFTA_CHAIN_POLICY:
			if b := d.Bytes(); len(b) == 4 {
				parts = append(parts, "policy "+verdictName(int32(big32(b)), ""))
			}
		case object == "rule" && t == unix.NFTA_RULE_EXPRESSIONS:
			parts = append(parts, expressions(d.Bytes()))
		case object == "element" && t == unix.NFTA_SET_ELEM_LIST_ELEMENTS:
			parts = append(parts, hexes(d.Bytes()))
		}
	}
	return table, strings.Join(parts, " ")
}

// attributes calls f for each attribute of b.
func attributes(b []byte, f func(kind uint16, value []byte)) {
	d, err := netlink.NewAttributeDecoder(b)
	if err != nil {
		return
	}
	for n := 0; d.Next() && n < 256; n++ {
		f(d.Type(), d.Bytes())
	}
}

// expressions describes a rule.
func expressions(b []byte) string {
	var out []string
	attributes(b, func(_ uint16, element []byte) {
		var name string
		var data []byte
		attributes(element, func(kind uint16, value []byte) {
			switch kind {
			case unix.NFTA_EXPR_NAME:
				name = strings.TrimRight(string(value), "\x00")
			case unix.NFTA_EXPR_DATA:
				data = value
			}
		})
		out = append(out, expression(name, data))
	})
	return strings.Join(out, " ")
}

func expression(name string, data []byte) string {
	text := name
	attributes(data, func(kind uint16, value []byte) {
		switch {
		case name == "immediate" && kind == unix.NFTA_IMMEDIATE_DATA:
			text = verdict(value)
		case name == "cmp" && kind == unix.NFTA_CMP_DATA:
			attributes(value, func(k uint16, v []byte) {
				if k == unix.NFTA_DATA_VALUE {
					text = hex.EncodeToString(v)
				}
			})
		case (name == "match" || name == "target") && kind == 1: // of iptables
			text = strings.TrimRight(string(value), "\x00")
		case name == "lookup" && kind == unix.NFTA_LOOKUP_SET:
			text = "@" + strings.TrimRight(string(value), "\x00")
		}
	})
	return text
}

func verdict(b []byte) string {
	text := "immediate"
	attributes(b, func(kind uint16, value []byte) {
		if kind != unix.NFTA_DATA_VERDICT {
			return
		}
		code, chain := int32(0), ""
		attributes(value, func(k uint16, v []byte) {
			switch {
			case k == unix.NFTA_VERDICT_CODE && len(v) == 4:
				code = int32(big32(v))
			case k == unix.NFTA_VERDICT_CHAIN:
				chain = strings.TrimRight(string(v), "\x00")
			}
		})
		text = verdictName(code, chain)
	})
	return text
}

func verdictName(code int32, chain string) string {
	switch code {
	case 0:
		return "drop"
	case 1:
		return "accept"
	case -1:
		return "continue"
	case -3:
		return "jump " + chain
	case -4:
		return "goto " + chain
	case -5:
		return "return"
	}
	return fmt.Sprintf("verdict %d", code)
}

// hexes lists the keys of elements of a set.
func hexes(b []byte) string {
	var out []string
	attributes(b, func(_ uint16, element []byte) {
		attributes(element, func(kind uint16, value []byte) {
			if kind != unix.NFTA_SET_ELEM_KEY || len(out) >= maxChanges {
				return
			}
			attributes(value, func(k uint16, v []byte) {
				if k == unix.NFTA_DATA_VALUE {
					out = append(out, hex.EncodeToString(v))
				}
			})
		})
	})
	return strings.Join(out, ",")
}
