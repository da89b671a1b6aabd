package enrich_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/enrich"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/all"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// enriched completes the events of a sensor.
type enriched struct {
	sensor.Sensor
	mu *sync.Mutex
	en *enrich.Enricher
}

func (s enriched) Run(ctx context.Context, emit sensor.Emit) error {
	return s.Sensor.Run(ctx, func(e *event.Event) {
		s.mu.Lock()
		s.en.Enrich(e)
		s.mu.Unlock()
		emit(e)
	})
}

// live runs all sensors of this host with an enricher behind them.
func live(t *testing.T) (*sensortest.Recorder, *enrich.Enricher) {
	t.Helper()
	k := sensortest.Kernel(t, kernel.Options{})
	// A busy machine may take long over a digest; what it does then is the
	// subject of other tests.
	en, err := enrich.New(enrich.Options{HashWait: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(en.Close)
	if err := en.Seed(context.Background()); err != nil {
		t.Fatal(err)
	}
	var sensors []sensor.Sensor
	var mu sync.Mutex
	for _, s := range all.Sensors(all.Options{Kernel: k}) {
		sensors = append(sensors, enriched{s, &mu, en})
	}
	return sensortest.Run(t, sensors...), en
}

func sha(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func ofPID(cmd *exec.Cmd, kinds ...event.Kind) func(*event.Event) bool {
	match := sensortest.Kinds(kinds...)
	return func(e *event.Event) bool {
		return e.Process != nil && e.Process.PID == int64(cmd.Process.Pid) && match(e)
	}
}

// Events of the kernel get digests, lineage, user and cgroup: from a file of
// the lower layer of the sandbox's overlay, one of the upper layer, a memfd and
// a file that removes itself at once.
func TestWA5_KernelEvents(t *testing.T) {
	r, en := live(t)
	sh, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(sh)
	if err != nil {
		t.Fatal(err)
	}
	upper, brief := "/usr/local/vedette-test-upper", filepath.Join(t.TempDir(), "brief")
	for _, path := range []string{upper, brief} {
		if err := os.WriteFile(path, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Remove(upper)
	fd, err := unix.MemfdCreate("vedette", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	memory := os.NewFile(uintptr(fd), "memory")
	defer memory.Close()
	if _, err := memory.Write(text); err != nil {
		t.Fatal(err)
	}
	tests := map[string]*exec.Cmd{
		"lower layer":    exec.Command(sh, "-c", "echo x > /tmp/vedette-test-out"),
		"upper layer":    exec.Command(upper, "-c", "echo x > /tmp/vedette-test-out"),
		"removes itself": exec.Command(brief, "-c", "rm -f "+brief+"; echo x > /tmp/vedette-test-out; read y"),
		"memfd":          {Path: "/proc/self/fd/3", Args: []string{"m", "-c", "echo x > /tmp/vedette-test-out; read y"}, ExtraFiles: []*os.File{memory}},
	}
	want := sha(t, sh)
	for name, cmd := range tests {
		t.Run(name, func(t *testing.T) {
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			start := r.Wait(t, "start", 1, ofPID(cmd, event.ProcessStart))[0]
			wrote := ofPID(cmd, event.FileWrite)
			// Between fork and execution the child may close what this program has written.
			write := r.Wait(t, "write", 1, func(e *event.Event) bool { return wrote(e) && e.File.Name == "vedette-test-out" })[0]
			fmt.Fprintln(in)
			_ = cmd.Wait()
			end := r.Wait(t, "end", 1, ofPID(cmd, event.ProcessEnd))[0]
			for _, e := range []*event.Event{start, write, end} {
				p := e.Process
				if p.Hash == nil || p.Hash.SHA256 != want {
					t.Errorf("%s: hash %+v, want %s", e.Kind, p.Hash, want)
				}
				if p.Parent == nil || p.Parent.PID != int64(os.Getpid()) || !strings.HasPrefix(p.Parent.Name, "enrich.test") || len(p.Ancestors.Names) < 2 {
					t.Errorf("%s: parent %+v, ancestors %+v", e.Kind, p.Parent, p.Ancestors)
				}
				if len(p.Args) < 2 || p.Executable == "" || p.CgroupPath == "" || e.User.Name != "root" {
					t.Errorf("%s: %+v of %+v", e.Kind, p, e.User)
				}
				if p.EntityID != start.Process.EntityID {
					t.Errorf("%s: entity id %s, at the start %s", e.Kind, p.EntityID, start.Process.EntityID)
				}
			}
			if write.File.Name != "vedette-test-out" || write.File.Owner != "root" {
				t.Errorf("file %+v", write.File)
			}
		})
	}
	// One may have started between the seed and the sensors, and ended since.
	if s := en.Stats(); s.Unknown > s.FromProc+1 {
		t.Errorf("processes that were seen only by their events: %+v", s)
	}
}

// The seed and the kernel's events give one process one id.
func TestWA5_SeedAndKernelAgree(t *testing.T) {
	older := exec.Command("sh", "-c", "read x; echo x > /tmp/vedette-test-older; read y")
	in, err := older.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := older.Start(); err != nil {
		t.Fatal(err)
	}
	r, en := live(t)
	fmt.Fprintln(in)
	e := r.Wait(t, "write", 1, ofPID(older, event.FileWrite))[0]
	fmt.Fprintln(in)
	_ = older.Wait()
	if p := e.Process; p.Name != "sh" && p.Name != "dash" || p.Parent.PID != int64(os.Getpid()) || len(p.Args) != 3 {
		t.Errorf("a process that is older than the sensors: %+v", p)
	}
	if s := en.Stats(); s.Unknown != 0 {
		t.Errorf("%+v", s)
	}
}

// A fork storm of 10,000 real processes: every start and every end has its
// parent.
func TestWA5_KernelForkStorm10k(t *testing.T) {
	r, en := live(t)
	runs := 10_000
	if testing.Short() { // an emulated processor
		runs = 1000
	}
	storm := exec.Command("sh", "-c", fmt.Sprintf("i=0; while [ $i -lt %d ]; do /bin/true; i=$((i+1)); done", runs))
	if err := storm.Run(); err != nil {
		t.Fatal(err)
	}
	child := func(k event.Kind) func(*event.Event) bool {
		return func(e *event.Event) bool {
			return e.Kind == k && e.Process.Parent != nil && e.Process.Parent.PID == int64(storm.Process.Pid) && e.Process.Name == "true"
		}
	}
	for _, k := range []event.Kind{event.ProcessStart, event.ProcessEnd} {
		r.Wait(t, k.String(), runs, child(k))
	}
	ids := map[string]bool{}
	for _, e := range r.All(child(event.ProcessStart)) {
		ids[e.Process.EntityID] = true
		if e.Process.Hash == nil || e.Process.Hash.SHA256 == "" && e.Process.Hash.Status == "" {
			t.Fatalf("no hash and no status: %+v", e.Process)
		}
	}
	s := en.Stats()
	t.Logf("%+v", s)
	if len(ids) != runs || s.Exited > 2048 || s.EvictedAlive != 0 || s.Hash.Files > 50 {
		t.Errorf("%d ids, %+v", len(ids), s)
	}
}
