package auth_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// TestCost prints what the sensor uses while nothing happens, and what a failed
// logon costs who fails. VEDETTE_COST is for how many seconds it looks.
func TestCost(t *testing.T) {
	seconds, err := strconv.Atoi(os.Getenv("VEDETTE_COST"))
	if err != nil {
		t.Skip("SKIPPED: prints figures only with VEDETTE_COST=seconds")
	}
	b := start(t, func(root string) { fill(t, root) })
	before := used(t, unix.RUSAGE_SELF)
	<-time.After(time.Duration(seconds) * time.Second)
	idle := used(t, unix.RUSAGE_SELF) - before
	t.Logf("idle: %v in %d s, %.3f %% of a core, with the ring's reader", idle, seconds, 100*idle.Seconds()/float64(seconds))

	service(t, "vedette-cost", "auth required pam_debug.so auth=auth_err")
	steps := strings.Repeat("a", 2000)
	with, without := time.Duration(1<<62), time.Duration(1<<62)
	for range 5 {
		at := used(t, unix.RUSAGE_CHILDREN)
		run(t, b.session("vedette-cost", "nobody", "", "", "", steps))
		now := used(t, unix.RUSAGE_CHILDREN)
		c := b.session("vedette-cost", "nobody", "", "", "", steps)
		c.Env = os.Environ() // the host's library: nobody looks
		run(t, c)
		with, without = min(with, now-at), min(without, used(t, unix.RUSAGE_CHILDREN)-now)
	}
	t.Logf("an attempt costs who makes it %v without and %v with", without/2000, with/2000)
}

// fill writes files of logons as those of a busy host.
func fill(t *testing.T, root string) {
	t.Helper()
	var text []byte
	for i := range 5000 {
		text = utmp.Native().Append(text, utmp.Record{Type: utmp.UserProcess, PID: int64(i), User: "alice", Time: 1780000000e9})
	}
	for _, dir := range []string{"var/log", "run"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"var/log/wtmp", "var/log/btmp", "run/utmp"} {
		if err := os.WriteFile(filepath.Join(root, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// used returns the CPU time that a program or its children used.
func used(t *testing.T, who int) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(who, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
