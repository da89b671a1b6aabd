package main

import (
	"net/netip"
	"testing"
)

func TestReply(t *testing.T) {
	ip := netip.MustParseAddr("192.0.2.1")
	name := "\x03www\x07example\x03org\x00"
	head := "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
	for _, tt := range []struct {
		name, in string
		answers  byte
		silent   bool
	}{
		{"address", head + name + "\x00\x01\x00\x01", 1, false},
		{"address of the other family", head + name + "\x00\x1c\x00\x01", 0, false},
		{"with additional records", head[:10] + "\x00\x01" + name + "\x00\x01\x00\x01" + "\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x00", 1, false},
		{"short", head + name, 0, true},
		{"no question", "\x12\x34", 0, true},
		{"an answer", "\x12\x34\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00" + name + "\x00\x01\x00\x01", 0, true},
		{"label past the end", head + "\x3fwww", 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := reply([]byte(tt.in), ip)
			if (b == nil) != tt.silent {
				t.Fatalf("answer %q", b)
			}
			if b == nil {
				return
			}
			if b[7] != tt.answers || string(b[:2]) != "\x12\x34" || b[2]&0x80 == 0 {
				t.Errorf("answer %q", b)
			}
			if got := string(b[len(b)-4:]); tt.answers == 1 && got != "\xc0\x00\x02\x01" {
				t.Errorf("address %q", got)
			}
		})
	}
}

func FuzzReply(f *testing.F) {
	f.Add([]byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01"))
	f.Fuzz(func(t *testing.T, q []byte) {
		if b := reply(q, netip.MustParseAddr("192.0.2.1")); len(b) > len(q)+16 {
			t.Errorf("%d bytes of answer to %d", len(b), len(q))
		}
	})
}
