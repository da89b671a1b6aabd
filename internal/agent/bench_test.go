package agent

import (
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/queue"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	formats "github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/rules"
)

// BenchmarkPipeline is the cost of one execution from the queue into the spool,
// with the shipped rules and without the enricher.
func BenchmarkPipeline(b *testing.B) {
	sp, err := spool.Open(filepath.Join(b.TempDir(), "spool"), spool.Options{MaxBytes: 64 << 20, MaxPending: 64 << 20})
	if err != nil {
		b.Fatal(err)
	}
	defer sp.Close()
	enc, err := wire.NewEncoder()
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	d := &detector{formats: formats.Formats(), shipped: rules.Files, enrich: &enricher{}, log: log}
	if err := d.standalone("", true); err != nil {
		b.Fatal(err)
	}
	p := &pipeline{
		queue: queue.New(queue.Options{}), enrich: d.enrich, detect: d, spool: sp, encode: enc.Append, ledger: ledger.New(),
		host: "host", log: log, agent: &atomic.Pointer[string]{}, raised: func(*event.Event) {}, done: make(chan struct{}),
	}
	e := execution("true", 4711)
	e.Time, e.Process.Executable, e.Process.CommandLine = 1_790_000_000_000_000_000, "/usr/bin/true", "true --version"
	e.Process.Args = []string{"true", "--version"}
	e.Process.Parent = &event.Parent{Name: "bash", Executable: "/usr/bin/bash", CommandLine: "bash ./configure --prefix=/usr"}
	e.Process.WorkingDirectory = "/home/anna/src/project"
	e.User = &event.User{ID: "1000", Name: "anna"}
	e.File = &event.File{Path: "/usr/bin/true", Name: "true", Directory: "/usr/bin", Inode: 77, Mode: "0755"}
	b.ReportAllocs()
	for b.Loop() {
		p.queue.Push(e)
		p.handle(e)
		if p.queue.Stats().Events > 500 {
			drainAll(b, p.queue)
		}
	}
}

func drainAll(b *testing.B, q *queue.Queue) {
	for q.Stats().Events > 0 {
		if _, err := q.Next(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
