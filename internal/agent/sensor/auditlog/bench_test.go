package auditlog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// BenchmarkRecords reads an audit log of executions, seven records each, by
// the rungs that want them and that do not. An operation is a record.
func BenchmarkRecords(b *testing.B) {
	for name, of := range map[string]func(Options) sensor.Source{"exec": Exec, "file": File} {
		b.Run(name, func(b *testing.B) {
			log := filepath.Join(b.TempDir(), "audit.log")
			var text strings.Builder
			n := b.N/7 + 1
			for i := range n {
				text.WriteString(strings.ReplaceAll(strings.ReplaceAll(now(curl), ":900", fmt.Sprintf(":%d", i)), "pid=4242", fmt.Sprintf("pid=%d", 5_000_000+i)))
				fmt.Fprintf(&text, "type=EOE msg=audit(1.5:%d): \n", i)
			}
			text.WriteString(now(connects(500, n, "yes", 0, "02000050010203040000000000000000")))
			last := fmt.Sprintf("type=SYSCALL msg=audit(1700000000.1:%d): arch=c000003e syscall=231 pid=1 ppid=0\ntype=EOE msg=audit(1.5:%d):\n", n+1, n+1)
			last += now(about(n+2, 87, [4]string{"0", "0", "0", "0"}, `DELETE "/last"`))
			if err := os.WriteFile(log, []byte(now("type=SYSCALL msg=audit(1700000000.1:0): arch=c000003e syscall=59\ntype=SYSCALL msg=audit(1700000000.1:0): arch=c000003e syscall=87\n")), 0o600); err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			count := 0
			b.ReportAllocs()
			err := of(Options{Path: log}).Run(ctx, func(e *event.Event) {
				count++
				if e.Kind == event.ProcessEnd || e.Kind == event.FileDelete {
					cancel()
				}
			}, func(...string) {
				f, err := os.OpenFile(log, os.O_WRONLY|os.O_APPEND, 0)
				if err != nil {
					b.Fatal(err)
				}
				defer f.Close()
				if _, err := f.WriteString(text.String() + last); err != nil {
					b.Fatal(err)
				}
				b.ResetTimer()
			})
			b.StopTimer()
			if err != nil {
				b.Fatal(err)
			}
			if name == "exec" && count != n+1 {
				b.Errorf("%d events of %d executions", count, n)
			}
		})
	}
}
