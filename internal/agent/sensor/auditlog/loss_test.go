package auditlog

import (
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

// TestBadRecordsAreTold: a record of its own calls that cannot be read is a
// loss that is counted.
func TestBadRecordsAreTold(t *testing.T) {
	w := newTwin(t)
	r, _ := w.run(t, Exec)
	w.add(t, "type=SYSCALL msg=audit(yesterday:901): arch=c000003e syscall=59 success=yes\n"+
		"type=SYSCALL msg=audit(yesterday:902): arch=c000003e syscall=59 success=yes\n"+
		"type=SYSCALL msg=audit(yesterday:903): arch=c000003e syscall=42 success=yes\n")
	n := int64(0)
	for i := 1; n < 2; i++ {
		for _, e := range r.Wait(t, "the loss", i, func(e *event.Event) bool { return e.Kind == event.AgentLoss })[i-1:] {
			if !strings.Contains(e.Status.LossReason, "cannot be read: ") || e.Status.LossSensor != "exec" || e.Status.LossState != "lost" {
				t.Errorf("%+v", e.Status)
			}
			n += e.Status.LossCount.N
		}
	}
	if n != 2 {
		t.Errorf("%d are lost, want 2: the third is of another sensor", n)
	}
}
