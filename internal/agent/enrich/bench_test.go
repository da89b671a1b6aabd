package enrich

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// busyTable returns an Enricher that knows n processes with ten generations.
func busyTable(b testing.TB, n int64) *Enricher {
	en := newTest(b, func(o *Options) { o.Root = "/" })
	en.Enrich(started(1, 0, "/sbin/init", second))
	for i := int64(2); i <= n; i++ {
		e := started(i, max(1, i-1-i%10), "/usr/lib/application/bin/server", second, "--config", "/etc/application/server.conf", fmt.Sprint("--worker=", i))
		e.Process.WorkingDirectory = "/var/lib/application"
		e.Process.CgroupPath = "/system.slice/application.service"
		e.Process.Namespaces = &event.Namespaces{PID: 1, Mount: 2, Net: 3, UTS: 4}
		en.Enrich(e)
	}
	return en
}

func BenchmarkFileEvent(b *testing.B) {
	en := busyTable(b, 5000)
	e := wrote(0, "/var/log/x.log", second)
	p := make([]event.Process, 5001)
	for i := range p {
		p[i] = event.Process{EntityID: id(int64(i)), PID: int64(i)}
	}
	user := event.User{ID: "1000", GroupID: "1000", EffectiveID: "0", EffectiveGroupID: "0"}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.Process, e.User = &p[1+i*7919%5000], &user
		e.File.Name, e.File.Directory, e.File.Extension, e.File.Owner = "", "", "", ""
		en.Enrich(e)
	}
}

func BenchmarkExecEvent(b *testing.B) {
	en := busyTable(b, 5000)
	path := b.TempDir() + "/program"
	put(b, path, "program")
	age(b, path)
	file := image(b, path)
	warm := started(6000, 1, path, second)
	warm.File = file
	en.Enrich(warm)
	ids := make([]string, 4096)
	for i := range ids {
		ids[i] = fmt.Sprint("bench-", i)
	}
	const batch = 256
	starts, ends := make([]*event.Event, batch), make([]*event.Event, batch)
	now := second
	var inStart, inEnd time.Duration
	n := 0
	for b.Loop() { // one batch, of which only the enriching counts
		for i := range batch {
			now += 1_000_000
			n++
			f := *file
			f.Hash = nil
			starts[i] = &event.Event{Kind: event.ProcessStart, Time: now, File: &f, User: warm.User, Process: &event.Process{
				EntityID: ids[n%4096], PID: 7000, Executable: path, Args: []string{"program", "--verbose", "/tmp/x"}, Parent: &event.Parent{EntityID: id(9), PID: 9},
			}}
			ends[i] = &event.Event{Kind: event.ProcessEnd, Time: now, Process: &event.Process{EntityID: ids[n%4096], PID: 7000}}
		}
		began := time.Now()
		each(en, starts...)
		between := time.Now()
		each(en, ends...)
		inStart += between.Sub(began)
		inEnd += time.Since(between)
	}
	b.ReportMetric(float64(inStart.Nanoseconds())/float64(n), "ns/start")
	b.ReportMetric(float64(inEnd.Nanoseconds())/float64(n), "ns/end")
	if s := en.Stats().Hash; s.Hits == 0 || s.Misses > 1 {
		b.Fatalf("%+v", s)
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// 5,000 known processes take less than 10 MB.
func TestWA5_MemoryOf5000Processes(t *testing.T) {
	before := heap()
	en := busyTable(t, 5000)
	used := heap() - before
	s := en.Stats()
	t.Logf("%d processes: %d bytes of heap, %d estimated", s.Processes, used, s.Bytes)
	if used > 10<<20 || s.Processes != 5000 {
		t.Errorf("%d processes take %d bytes", s.Processes, used)
	}
	runtime.KeepAlive(en)
}
