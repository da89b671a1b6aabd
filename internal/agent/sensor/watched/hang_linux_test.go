package watched_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

// hanging is a Watcher, and what it says that it does not see.
func (r *rig) hanging() (unseen chan string) {
	r.t.Helper()
	r.o.Every = sensor.NewPace(100 * time.Millisecond)
	r.w = watched.New(r.o)
	ctx, cancel := context.WithCancel(context.Background())
	unseen, done := make(chan string, 16), make(chan error, 1)
	go func() {
		done <- r.w.Run(ctx, r.emit, func(what ...string) { unseen <- strings.Join(what, ", ") })
	}()
	stop := func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				r.t.Error(err)
			}
		case <-time.After(20 * time.Second):
			r.t.Error("it does not stop")
		}
	}
	r.stop = func() { r.stop = func() {}; stop() }
	return unseen
}

func (r *rig) says(unseen chan string, ok func(string) bool) {
	r.t.Helper()
	late := time.After(30 * time.Second)
	for {
		select {
		case what := <-unseen:
			if ok(what) {
				return
			}
		case <-late:
			r.t.Fatal("it does not say so")
		}
	}
}

// TestAHomeThatHangs: a home on a file system that does not answer is told, and
// holds up nothing else; what was known of it stays, and what comes to be known
// when it answers was not made then.
func TestAHomeThatHangs(t *testing.T) {
	for _, known := range []bool{true, false} {
		t.Run(map[bool]string{true: "known before", false: "never seen"}[known], func(t *testing.T) {
			r := newRig(t, subject("/home/*/rc", "/home/*/conf.d/*"))
			r.write("home/ann/rc", "a=1\n")
			r.write("home/bob/rc", "b=1\n")
			r.write("home/bob/conf.d/x", "x=1\n")
			if known {
				r.start()
				r.stop()
			}
			answer := sensortest.Hang(t, filepath.Join(r.root, "home/bob"))
			unseen := r.hanging()
			r.says(unseen, func(s string) bool { return strings.Contains(s, filepath.Join(r.root, "home/bob")+", where") })
			r.write("home/ann/rc", "a=2\n")
			r.told(event.FileWrite, "/home/ann/rc", "", "editor")
			r.want("task_modify a value:1>2 by editor")
			answer()
			r.says(unseen, func(s string) bool { return s == "" })
			if !known { // its files are learned by a look
				r.says(quietFor(3*time.Second), func(string) bool { return true })
			}
			r.write("home/bob/rc", "b=2\n")
			r.told(event.FileWrite, "/home/bob/rc", "", "editor")
			r.want("task_modify b value:1>2 by editor")
		})
	}
}

// quietFor has a value after a time.
func quietFor(d time.Duration) chan string {
	c := make(chan string, 1)
	time.AfterFunc(d, func() { c <- "" })
	return c
}
