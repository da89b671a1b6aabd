package agent

import (
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/event"
)

// What an agent_loss event told is told again when it is lost itself, and not
// when records of another lane are whose numbers lie around its own.
func TestSpoolLost(t *testing.T) {
	told := func(lane event.Class) (n int64) {
		book := ledger.New()
		book.Add(ledger.Loss{Stage: ledger.Kernel, State: ledger.Lost}, 100, 1, 2)
		e := book.Flush(3)[0]
		e.Epoch, e.Sequence = 7, 5
		book.Keep(e)
		SpoolLost(book, spool.Loss{Lane: uint32(lane), Epoch: 7, First: 1, Last: 9, Count: 3})
		for _, e := range book.Flush(4) {
			n += e.Status.LossCount.N
		}
		return n
	}
	if n := told(event.AgentLoss.Class()); n != 103 {
		t.Errorf("lost with its lane: %d told, want 103", n)
	}
	if n := told(event.FileWrite.Class()); n != 3 {
		t.Errorf("lost beside it: %d told, want 3", n)
	}
}
