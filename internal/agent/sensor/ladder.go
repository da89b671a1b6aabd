package sensor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// ErrNoRung says that no source of a sensor's events works on this host.
var ErrNoRung = errors.New("no source of events works on this host")

// ErrNotSupported says that a host lacks what a rung needs; the text names it
// and what to do.
var ErrNotSupported = errors.New("not supported by this host")

// Source is a rung that can be run. Run calls took once the source delivers,
// with what it does not see on this host besides its Limits, emits until ctx is
// done, when it returns nil, and returns an error when the source cannot be had
// or broke.
type Source struct {
	Rung
	Run func(ctx context.Context, emit Emit, took func(unseen ...string)) error
}

// Rungs returns the rungs of sources, for a Spec.
func Rungs(sources []Source) []Rung {
	out := make([]Rung, len(sources))
	for i, s := range sources {
		out[i] = s.Rung
	}
	return out
}

// reason says why the better rungs are not taken and what the taken one cannot
// see. What the best one never sees either is in its Spec: a host that has all
// that can be had is whole.
func (s Source) reason(best Rung, better, unseen []string) string {
	if s.Limits != "" && (!s.seesAsMuch(best) || len(unseen) > 0) {
		unseen = append([]string{s.Limits}, unseen...)
	}
	if len(unseen) > 0 {
		better = append(slices.Clone(better), s.Name+doesNotSee+strings.Join(unseen, ", "))
	}
	return strings.Join(better, "; ")
}

// seesAsMuch says whether all that r does not see is among what best does not see
// either: Limits are lists.
func (r Rung) seesAsMuch(best Rung) bool {
	never := strings.Split(best.Limits, ", ")
	return !slices.ContainsFunc(strings.Split(r.Limits, ", "), func(limit string) bool { return !slices.Contains(never, limit) })
}

// errOff is why a rung is not taken that the configuration does not want.
var errOff = errors.New("off by kernel.rungs_off of the configuration")

// offKey is where a context has the rungs that are not taken.
type offKey struct{}

// Without returns a context in which none of the rungs is taken.
func Without(ctx context.Context, rungs []string) context.Context {
	return context.WithValue(ctx, offKey{}, rungs)
}

// Off returns why a rung must not be taken, nil when it may be. Descend asks by
// itself; it is for a sensor whose rungs work side by side.
func Off(ctx context.Context, rung string) error {
	if rungs, _ := ctx.Value(offKey{}).([]string); slices.Contains(rungs, rung) {
		return errOff
	}
	return nil
}

// Descend runs the best source that works and comes down one when it breaks.
// Each that begins is told in an agent_sensor event with the reasons why the
// better ones failed. It returns nil when ctx is done and ErrNoRung, with the
// reasons, below the last rung. Rungs that Without names are not tried.
func Descend(ctx context.Context, name string, sources []Source, emit Emit, now func() event.Time) error {
	var reasons []string
	why := ErrNoRung
	for _, s := range sources {
		err := Off(ctx, s.Name)
		if err == nil {
			err = s.Run(ctx, emit, func(unseen ...string) {
				emit(Took(name, s.Name, s.reason(sources[0].Rung, reasons, unseen), now()))
			})
		}
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			err = errors.New("ended by itself")
		}
		reasons = append(reasons, fmt.Sprintf("%s: %v", s.Name, err))
		why = fmt.Errorf("%w; %s: %w", why, s.Name, err)
	}
	emit(Took(name, "", strings.Join(reasons, "; "), now()))
	return fmt.Errorf("sensor %s: %w", name, why)
}
