package agent

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vedette-edr/vedette/internal/agent/config"
	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/respond"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/detect"
	formats "github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rule is a Sigma rule that matches executions of evil, and asks for a kill.
const rule = `title: Evil runs
id: 0e11aaaa-0000-4000-8000-000000000001
status: test
description: A program called evil was executed.
level: high
tags: [attack.execution, attack.t1059]
logsource:
  category: process_creation
  product: linux
detection:
  evil:
    Image|endswith: /evil
  condition: evil
vedette:
  actions: [kill]
`

const ruleID = "0e11aaaa-0000-4000-8000-000000000001"

// source is a sensor whose events the test gives; err ends the present run.
type source struct {
	name   string
	events chan *event.Event
	fail   chan error
	rungs  chan string // what each start says; empty channel says "twin"
}

func newSource(name string) *source {
	return &source{name: name, events: make(chan *event.Event), fail: make(chan error), rungs: make(chan string, 10)}
}

func (s *source) Spec() sensor.Spec {
	return sensor.Spec{Name: s.name, Doc: "A twin of " + s.name + ".", Rungs: []sensor.Rung{{Name: "twin"}}}
}

func (s *source) Run(ctx context.Context, emit sensor.Emit) error {
	rung := "twin"
	select {
	case rung = <-s.rungs:
	default:
	}
	emit(sensor.Took(s.name, rung, "", event.At(time.Now())))
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-s.fail:
			return err
		case e := <-s.events:
			e.Time = event.At(time.Now())
			emit(e)
		}
	}
}

// enricher is a twin that can be held up.
type enricher struct {
	hold    chan struct{} // nil or: each event waits for it
	mu      sync.Mutex
	hashing []bool
	maxSize int64
	all     []bool
}

func (n *enricher) Enrich(*event.Event) {
	if n.hold != nil {
		<-n.hold
	}
}

func (n *enricher) SetHashing(on, _ bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hashing = append(n.hashing, on)
}

func (n *enricher) SetMaxSize(size int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.maxSize = size
}

func (n *enricher) SetHashFiles(all bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, all)
}

func (n *enricher) Lineage(p *event.Process) *event.Ancestors {
	return &event.Ancestors{Names: []string{"bash"}, CommandLines: []string{"bash -l"}}
}

// ring is a twin of the kernel's side.
type ring struct {
	mu       sync.Mutex
	readings []ledger.Reading
	urgent   detect.Urgent
	files    []FileKey
}

func (r *ring) Readings() []ledger.Reading {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.readings)
}

func (r *ring) drop(sensor string, k event.Kind, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readings = append(r.readings, ledger.Reading{
		Loss:  ledger.Loss{Stage: ledger.Kernel, Sensor: sensor, Kind: k.String(), State: ledger.Lost, Reason: "ring full"},
		Total: n,
	})
}

func (r *ring) SetUrgent(u detect.Urgent, files []FileKey) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.urgent, r.files = u, files
	return nil
}

func (r *ring) OnEmpty(func()) {}

// killer is a twin of the kill action.
type killer struct {
	mu   sync.Mutex
	pids []int64
}

func (*killer) Spec() respond.Spec { return respond.Spec{Name: "kill"} }

func (k *killer) Run(_ context.Context, t respond.Target, rehearse bool) respond.Outcome {
	if rehearse {
		return respond.Outcome{Result: respond.Would}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pids = append(k.pids, t.PID)
	return respond.Outcome{Result: respond.Done}
}

// rig is an agent with twins around it and a real spool.
type rig struct {
	t        *testing.T
	settings Settings
	deps     Deps
	spool    spool.Options
	exec     *source
	file     *source
	enrich   *enricher
	kernel   *ring
	killer   *killer
	log      *logBuffer
	cancel   context.CancelFunc
	ended    chan error
	agent    *Agent
}

type logBuffer struct {
	mu   sync.Mutex
	text []byte
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	return len(p), nil
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, exec: newSource("exec"), file: newSource("file"), enrich: &enricher{}, kernel: &ring{}, killer: &killer{}, log: &logBuffer{}}
	c := config.Default()
	c.StateDir, c.RulesDir, c.Alerts.Journal, c.HostName = t.TempDir(), t.TempDir(), "", "host-1"
	r.settings = Settings{Config: c}
	r.write("evil.yml", rule)
	r.deps = Deps{
		Sensors: []sensor.Sensor{r.exec, r.file}, Kernel: r.kernel, Enrich: r.enrich, Formats: formats.Formats(),
		Actions: []respond.Action{r.killer}, CPU: func() time.Duration { return 0 },
		Tick: 5 * time.Millisecond, Wait: Backoff{time.Millisecond, 20 * time.Millisecond},
		Log: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	return r
}

func (r *rig) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.settings.RulesDir, name), []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// start opens the spool and runs the agent.
func (r *rig) start() {
	r.t.Helper()
	r.deps.Ledger = ledger.New()
	r.spool.Linger, r.spool.Logger = time.Millisecond, r.deps.Log
	book := r.deps.Ledger
	r.spool.Lost = func(l spool.Loss) { SpoolLost(book, l) }
	sp, err := spool.Open(filepath.Join(r.settings.StateDir, "spool"), r.spool)
	if err != nil {
		r.t.Fatal(err)
	}
	r.deps.Spool = sp
	enc, err := wire.NewEncoder()
	if err != nil {
		r.t.Fatal(err)
	}
	r.deps.Encode = enc.Append
	if r.agent, err = build(r.settings, r.deps); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel, r.ended = cancel, make(chan error, 1)
	go func() {
		defer r.agent.close()
		r.ended <- r.agent.run(ctx)
	}()
	r.t.Cleanup(func() { r.stop() })
}

// stop ends the agent and closes the spool; again is nothing.
func (r *rig) stop() {
	r.t.Helper()
	if r.cancel == nil {
		return
	}
	r.cancel()
	r.cancel = nil
	if err := <-r.ended; err != nil {
		r.t.Errorf("run: %v", err)
	}
	if err := r.deps.Spool.Close(); err != nil {
		r.t.Errorf("close spool: %v", err)
	}
}

// wait waits until ok is true.
func (r *rig) wait(what string, ok func() bool) {
	r.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	timeout := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-timeout:
			r.t.Fatalf("timed out: %s\n%s", what, r.log.String())
		}
	}
}

func execution(name string, pid int64) *event.Event {
	return &event.Event{
		Kind:    event.ProcessStart,
		Process: &event.Process{PID: pid, EntityID: name + "-id", Name: name, Executable: "/tmp/" + name, CommandLine: name + " --password=hunter2"},
	}
}

// stored reads all events of a closed spool, in the order of their numbers.
func (r *rig) stored() []*event.Event {
	r.t.Helper()
	sp, err := spool.Open(filepath.Join(r.settings.StateDir, "spool"), spool.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	defer sp.Close()
	return read(r.t, sp)
}

func read(t *testing.T, sp *spool.Spool) []*event.Event {
	t.Helper()
	dec, err := wire.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	defer dec.Close()
	var all []*event.Event
	for lane := range uint32(event.Classes) {
		for {
			records, err := sp.Read(lane, nil, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if len(records) == 0 {
				break
			}
			for _, rec := range records {
				err := dec.Events("", rec.Epoch, slices.Clone(rec.Payload), func(e *event.Event) error {
					if e.Sequence != rec.Sequence || e.Kind.Class() != event.Class(rec.Lane) {
						return errors.New("record and event differ")
					}
					c := *e
					all = append(all, &c)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *event.Event) int {
		if a.Epoch != b.Epoch {
			return int(a.Epoch - b.Epoch)
		}
		return int(a.Sequence - b.Sequence)
	})
	return all
}

func only(all []*event.Event, k event.Kind) []*event.Event {
	return slices.DeleteFunc(slices.Clone(all), func(e *event.Event) bool { return e.Kind != k })
}
