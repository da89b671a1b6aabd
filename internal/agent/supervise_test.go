package agent

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// late is a sensor that says how it is after a time.
type late struct {
	name    string
	after   time.Duration
	err     error
	started time.Time
}

func (l *late) Spec() sensor.Spec { return sensor.Spec{Name: l.name} }

func (l *late) Run(ctx context.Context, emit sensor.Emit) error {
	l.started = time.Now()
	select {
	case <-time.After(l.after):
	case <-ctx.Done():
		return nil
	}
	if l.err != nil {
		return l.err
	}
	emit(sensor.Took(l.name, "twin", "", event.At(time.Now())))
	<-ctx.Done()
	return nil
}

// The sensor of programs has the host for itself until it sees.
func TestFirstSensorComesAlone(t *testing.T) {
	tests := map[string]struct {
		first late
		off   bool
		waits time.Duration
	}{
		"sees":       {late{after: 200 * time.Millisecond}, false, 200 * time.Millisecond},
		"fails":      {late{after: 100 * time.Millisecond, err: sensor.ErrNotSupported}, false, 100 * time.Millisecond},
		"never says": {late{after: time.Hour}, false, headStart},
		"is off":     {late{after: time.Hour}, true, 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first, second := tc.first, late{name: "net"}
				first.name = "exec"
				s := newSupervisor([]sensor.Sensor{&first, &second}, last{}, time.Now)
				s.ledger, s.emit, s.log = ledger.New(), func(*event.Event) {}, slog.New(slog.DiscardHandler)
				s.wait = Backoff{First: time.Minute, Most: time.Hour}
				if tc.off {
					s.setOff([]string{"exec"})
				}
				ctx, stop := context.WithCancel(t.Context())
				begin := time.Now()
				done := make(chan struct{})
				go func() { s.run(ctx); close(done) }()
				time.Sleep(2 * headStart) // of the clock of synctest
				stop()
				<-done
				if got := second.started.Sub(begin); got != tc.waits {
					t.Errorf("the second sensor started after %v, want %v", got, tc.waits)
				}
			})
		})
	}
}
