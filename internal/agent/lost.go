package agent

import (
	"fmt"

	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/event"
)

// SpoolLost accounts for records that the spool will never hand out.
func SpoolLost(book *ledger.Ledger, l spool.Loss) {
	// Only of the lane itself: numbers between first and last belong to others
	// too, and what those told is not gone.
	if l.Lane == uint32(event.AgentLoss.Class()) {
		book.Gone(l.Epoch, l.First, l.Last)
	}
	account(book, ledger.Spool, l)
}

// Refused accounts for records that the manager will never take.
func Refused(book *ledger.Ledger, l spool.Loss) { account(book, ledger.Ship, l) }

func account(book *ledger.Ledger, stage string, l spool.Loss) {
	book.Add(ledger.Loss{
		Stage: stage, Sensor: laneName(l.Lane), State: ledger.Lost, Reason: l.Reason,
	}, l.Count, event.Time(l.From), event.Time(l.To))
}

// laneName says which events a lane of the spool holds.
func laneName(lane uint32) string {
	names := [...]string{"file reads", "file writes", "network", "other", "vital"}
	if int(lane) < len(names) {
		return names[lane]
	}
	return fmt.Sprintf("lane %d", lane)
}
