package spooltest_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/agent/spool/spooltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	spooltest.Run(t, func(*testing.T) spooltest.Queue { return spooltest.NewMemory() })
}

func TestSpool(t *testing.T) {
	spooltest.Run(t, func(t *testing.T) spooltest.Queue {
		s, err := spool.Open(t.TempDir(), spool.Options{Linger: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}

// Segments of a few records each, so that every check crosses files.
func TestSpoolOfSmallSegments(t *testing.T) {
	spooltest.Run(t, func(t *testing.T) spooltest.Queue {
		s, err := spool.Open(t.TempDir(), spool.Options{Linger: time.Millisecond, SegmentBytes: 100})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}
