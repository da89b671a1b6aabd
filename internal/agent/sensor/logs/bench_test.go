package logs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// execution is what auditd writes of one, seven records.
func execution(serial int, at time.Time) string {
	id := fmt.Sprintf("msg=audit(%d.%03d:%d):", at.Unix(), at.UnixMilli()%1000, serial)
	return "type=SYSCALL " + id + " arch=c000003e syscall=59 success=yes exit=0 a0=558e25052c70 a1=558e251641a0 a2=558e25160800 a3=1b6 items=2 ppid=29002 pid=2168 auid=1000 uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 sgid=1000 fsgid=1000 tty=pts0 ses=104 comm=\"dd\" exe=\"/bin/dd\" key=(null)\n" +
		"type=EXECVE " + id + " argc=4 a0=\"dd\" a1=\"if=/dev/zero\" a2=\"bs=1\" a3=\"count=1\"\n" +
		"type=CWD " + id + " cwd=\"/home/u\"\n" +
		"type=PATH " + id + " item=0 name=\"/bin/dd\" inode=20 dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0\n" +
		"type=PATH " + id + " item=1 name=\"/lib64/ld-linux-x86-64.so.2\" inode=29514 dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0\n" +
		"type=PROCTITLE " + id + " proctitle=64640069663D2F6465762F7A65726F0062733D3100636F756E743D31\n" +
		"type=EOE " + id + " \n"
}

// BenchmarkAuditLog reads an audit log as fast as it can; an operation is a
// record.
func BenchmarkAuditLog(b *testing.B) {
	log := filepath.Join(b.TempDir(), "audit.log")
	var text strings.Builder
	for i := range b.N/7 + 1 {
		text.WriteString(execution(i, time.Now()))
	}
	if err := os.WriteFile(log, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	want := int64(b.N/7+1) * 7
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	b.ResetTimer()
	before := used()
	err := New(Options{Sources: []Source{{Path: log, Format: "auditd", Start: true}}}).Run(ctx, func(e *event.Event) {
		if e.Kind == event.LogRecord && n.Add(1) == want {
			cancel()
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64((used()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// TestCost prints what following an audit log costs that grows by 10,000
// records a second: a tool for those who change it, not a check.
func TestCost(t *testing.T) {
	if os.Getenv("VEDETTE_LOAD") == "" {
		t.Skip("SKIPPED: measures; set VEDETTE_LOAD")
	}
	log := filepath.Join(t.TempDir(), "audit.log")
	appendTo(t, log, "")
	r := start(t, New(Options{Sources: []Source{{Path: log, Format: "auditd"}}, State: t.TempDir()}))
	f, err := os.OpenFile(log, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const seconds, perTick = 5, 14 // every 10 ms, 7 records each
	var texts []string
	for i := range perTick * 100 * seconds {
		texts = append(texts, execution(i, time.Now()))
	}
	begin, cpu := time.Now(), used()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i := 0; i < len(texts); i += perTick {
		<-tick.C
		if _, err := f.WriteString(strings.Join(texts[i:i+perTick], "")); err != nil {
			t.Fatal(err)
		}
	}
	r.Wait(t, "all records", 7*len(texts), records)
	wall := time.Since(begin)
	fmt.Printf("%d records in %v, %.1f %% of a core\n", 7*len(texts), wall.Round(time.Millisecond), 100*(used()-cpu).Seconds()/wall.Seconds())
}

// used returns the CPU time of this program so far.
func used() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
