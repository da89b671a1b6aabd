package log_test

import (
	"math"
	"testing"

	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/manager/log/logtest"
)

func TestStream(t *testing.T) {
	logtest.Check(t, func(t *testing.T, limit int64) logtest.Queue {
		s, err := log.Open(t.Context(), log.Options{
			Dir: t.TempDir(), MaxBytes: limit, Free: func(string) (uint64, error) { return math.MaxUint64, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
