package firewall

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

// message is one as the kernel sends it.
func message(t testing.TB, kind int, attributes ...netlink.Attribute) netlink.Message {
	t.Helper()
	b, err := netlink.MarshalAttributes(attributes)
	if err != nil {
		t.Fatal(err)
	}
	return netlink.Message{
		Header: netlink.Header{Type: netlink.HeaderType(unix.NFNL_SUBSYS_NFTABLES<<8 | kind), PID: 77},
		Data:   append([]byte{unix.NFPROTO_IPV4, 0, 0, 0}, b...),
	}
}

func text(s string) []byte { return append([]byte(s), 0) }

func TestTransaction(t *testing.T) {
	tr := &transaction{}
	for range 70 {
		if tr.add(message(t, unix.NFT_MSG_NEWTABLE, netlink.Attribute{Type: 1, Data: text("filter")})) {
			t.Fatal("a table ends the transaction")
		}
	}
	if tr.add(netlink.Message{Header: netlink.Header{Type: 1 << 8}, Data: make([]byte, 4)}) {
		t.Error("another subsystem ends the transaction")
	}
	if !tr.add(message(t, unix.NFT_MSG_NEWGEN,
		netlink.Attribute{Type: unix.NFTA_GEN_PROC_PID, Data: []byte{0, 0, 1, 2}}, netlink.Attribute{Type: unix.NFTA_GEN_PROC_NAME, Data: text("nft")})) {
		t.Fatal("the generation does not end the transaction")
	}
	s := New(Options{Proc: t.TempDir()})
	s.Follow(&event.Event{Kind: event.ProcessStart, Process: &event.Process{PID: 77, Name: "other", EntityID: "other"}})
	s.Follow(&event.Event{Kind: event.ProcessStart, Process: &event.Process{PID: 258, Name: "nft", EntityID: "x"}})
	e := s.event(tr)
	if e.Process == nil || e.Process.EntityID != "x" || e.Change.Name != "ip filter" || len(e.Change.After) != maxChanges || e.Reason != "70 changes, the first 64 are told" {
		t.Errorf("event %+v, process %+v, change %+v", e, e.Process, e.Change)
	}
	tr.name = "iptables"
	if e := s.event(tr); e.Process.EntityID != "" || e.Process.Name != "iptables" {
		t.Errorf("another process with the number is taken: %+v", e.Process)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(uint16(unix.NFT_MSG_NEWRULE), []byte{2, 0, 0, 0, 8, 0, 1, 0, 'a', 'b', 'c', 0, 12, 0, 4, 0x80, 8, 0, 1, 0x80, 4, 0, 1, 0})
	f.Add(uint16(unix.NFT_MSG_NEWGEN), []byte{0, 0, 0, 0, 8, 0, 2, 0, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, kind uint16, data []byte) {
		tr := &transaction{}
		tr.add(netlink.Message{Header: netlink.Header{Type: netlink.HeaderType(unix.NFNL_SUBSYS_NFTABLES<<8 | kind&0xff)}, Data: data})
		for _, c := range tr.changes {
			if c.object == "" || len(c.text) > maxText || strings.Count(c.text, "\n") > len(data) {
				t.Fatalf("change %+v", c)
			}
		}
	})
}

// TestWaitingIsBounded: of transactions that come faster than they are told, the
// oldest do not wait until their time.
func TestWaitingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Proc: t.TempDir()})
		var told atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		in, done := make(chan *transaction), make(chan error, 1)
		go func() { done <- s.tell(ctx, func(*event.Event) { told.Add(1) }, in, nil) }()
		const all = maxWaiting + 44
		for range all {
			in <- &transaction{changes: []change{{object: "rule"}}}
		}
		synctest.Wait()
		if n := told.Load(); n != all-maxWaiting {
			t.Errorf("%d are told before their time, want %d", n, all-maxWaiting)
		}
		time.Sleep(wait) // of the clock of synctest
		synctest.Wait()
		if n := told.Load(); n != all {
			t.Errorf("%d are told, want %d", n, all)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
