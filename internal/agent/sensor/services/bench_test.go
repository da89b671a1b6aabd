package services

import (
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

// BenchmarkFollow is what an event of a file costs the pipeline that concerns
// no service.
func BenchmarkFollow(b *testing.B) {
	s := New(Options{Socket: "/nonexistent"})
	for _, p := range []string{"/home/u/src/project/x.o", "/var/log/syslog", "/tmp/x"} {
		b.Run(p, func(b *testing.B) {
			e := &event.Event{Kind: event.FileCreate, File: &event.File{Path: p}}
			for b.Loop() {
				s.Follow(e)
			}
			b.ReportMetric(float64(s.Missed()), "missed")
		})
	}
}
