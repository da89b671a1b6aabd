package sigma_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

func records(b *testing.B, name string, keep func(*record.Record) bool) []*record.Record {
	var out []*record.Record
	lines(b, filepath.Join(data(b), "events", name), func(_ int, line []byte) {
		r, err := record.ParseJSON(line)
		if err != nil {
			b.Fatal(err)
		}
		if keep(r) {
			out = append(out, r)
		}
	})
	return out
}

func allOf(*record.Record) bool { return true }

func match[R expr.Record](b *testing.B, set *detect.Set, rs []R) {
	var ms []detect.Match
	for _, r := range rs { // warm up the pool
		ms = set.Match(r, ms[:0])
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime(b)
	for i := range b.N {
		ms = set.Match(rs[i%len(rs)], ms[:0])
	}
	b.ReportMetric(float64(b.N)/(processorTime(b)-before).Seconds(), "events/cpu-s")
}

// processorTime returns what the process has used, which other processes of
// the machine do not change.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func linuxRules(b *testing.B) []detect.File {
	var out []detect.File
	for _, f := range publicRules(b) {
		if strings.Contains(f.Text, "product: linux") {
			out = append(out, f)
		}
	}
	return out
}

// BenchmarkLinux is the public Linux rules on recorded Linux events.
func BenchmarkLinux(b *testing.B) {
	set, _ := detect.Load(detect.Options{Formats: all.Formats(), Records: true}, linuxRules(b))
	b.Logf("%d rules, %+v", len(set.Rules()), set.Stats())
	b.Run("benign", func(b *testing.B) { match(b, set, records(b, "linux_benign_dev.jsonl.gz", allOf)) })
	b.Run("attacks", func(b *testing.B) { match(b, set, records(b, "linux_art_derived.jsonl.gz", allOf)) })
}

// BenchmarkLinuxTyped is the same events as our own.
func BenchmarkLinuxTyped(b *testing.B) {
	set, _ := detect.Load(detect.Options{Formats: all.Formats()}, linuxRules(b))
	for name, file := range map[string]string{"benign": "linux_benign_dev.jsonl.gz", "attacks": "linux_art_derived.jsonl.gz"} {
		b.Run(name, func(b *testing.B) {
			var es []*event.Event
			for _, r := range records(b, file, allOf) {
				es = append(es, typed(r))
			}
			match(b, set, es)
		})
	}
}

// typed makes the event that our sensors would have made of a recorded one.
func typed(r *record.Record) *event.Event {
	text := func(name string) string { return r.Data(name).Text() }
	e := &event.Event{Kind: event.ProcessStart,
		Process: &event.Process{Executable: text("Image"), CommandLine: text("CommandLine"), WorkingDirectory: text("CurrentDirectory"),
			Parent: &event.Parent{Executable: text("ParentImage"), CommandLine: text("ParentCommandLine")}},
		User: &event.User{Name: text("User")}}
	switch r.Log.Channel {
	case "Linux-File":
		e.Kind, e.File = event.FileCreate, &event.File{Path: text("TargetFilename")}
	case "Linux-Network":
		e.Kind, e.Net = event.NetConnect, &event.Net{Direction: "egress"}
	}
	return e
}

// BenchmarkAll is all public rules on the natural mix of the recorded Windows
// events, and on process creation.
func BenchmarkAll(b *testing.B) {
	set, _ := detect.Load(detect.Options{Formats: all.Formats(), Records: true}, publicRules(b))
	b.Logf("%d rules, %+v", len(set.Rules()), set.Stats())
	n := 0
	b.Run("mix", func(b *testing.B) {
		match(b, set, records(b, "security_datasets.jsonl.gz", func(*record.Record) bool { n++; return n%20 == 1 }))
	})
	b.Run("process_creation", func(b *testing.B) {
		match(b, set, records(b, "security_datasets.jsonl.gz", func(r *record.Record) bool {
			return r.Log.Code == "1" && strings.Contains(r.Log.Channel, "Sysmon") || r.Log.Code == "4688"
		}))
	})
}
