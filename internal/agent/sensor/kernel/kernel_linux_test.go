package kernel_test

import (
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOpenClose(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{RingSize: 1 << 16})
	k.Drain()
	if !k.Scoped() || k.Boot() == "" {
		t.Errorf("scoped %v, boot %q", k.Scoped(), k.Boot())
	}
	if n, err := k.Numbered(kernel.Exec); n != 0 || err != nil {
		t.Errorf("%d numbers without a sensor, %v", n, err)
	}
	losses, err := k.Losses()
	if len(losses) != 0 || err != nil {
		t.Errorf("losses %v, %v", losses, err)
	}
}

func TestBadOptions(t *testing.T) {
	scope := sensortest.Scope(t)
	if _, err := kernel.Open(kernel.Options{Scope: scope, RingSize: 1000}); err == nil || !strings.Contains(err.Error(), "ring") {
		t.Errorf("a ring of 1000 bytes: %v", err)
	}
}

func TestLimits(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	if err := k.SetUrgent(kernel.Urgent{Names: make([]string, 5000)}); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("5000 names: %v", err)
	}
	if err := k.SetWatch([]string{"etc/shadow"}); err == nil || !strings.Contains(err.Error(), "absolute") {
		t.Errorf("a relative path: %v", err)
	}
	if err := k.SetWatch([]string{"/etc/shadow", "/proc/"}); err != nil && !errors.Is(err, kernel.ErrWatchFull) {
		t.Errorf("a folder with more than the list holds: %v", err)
	}
	if err := k.SetWatch([]string{"/etc/shadow"}); err != nil {
		t.Errorf("a list that fits again: %v", err)
	}
}
