package agent

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/health"
	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/respond"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// Deps are the stages that Run joins. A test gives memory twins.
type Deps struct {
	Sensors []sensor.Sensor
	Kernel  Kernel // nil: no sensor of this host uses the kernel's ring
	// Watch names the files and folders whose opening for reading is an event;
	// nil: nobody can see it.
	Watch func(paths []string) error
	// Scan says how often sensors look where nothing tells them of changes: at
	// files, and at processes, sockets and modules; nil: none does.
	Scan   func(files, live time.Duration)
	Enrich Enricher
	// Seed fills the table of processes while events come; nil: nothing to fill.
	Seed func(context.Context) error
	// Late is given what takes events that the stages make later, such as
	// digests that became known; nil is nobody.
	Late    func(sensor.Emit)
	Spool   *spool.Spool
	Ledger  *ledger.Ledger // the spool and the other stages tell it what they lose
	Encode  func(dst []byte, e *event.Event) ([]byte, error)
	Actions []respond.Action
	Formats []detect.Format // of rules, as all.Formats lists them
	Shipped fs.FS           // the rules that come with the program; nil is none
	// Connect returns the way to the manager, nil while the agent is not
	// enrolled. It is called at the start and at each reload.
	Connect func(Link) (Manager, error)
	// Reload reads the configuration again for a reload; nil keeps it.
	Reload func() (Settings, error)
	Asked  <-chan os.Signal // each asks for a reload; nil is never

	Proc string               // root of procfs; default /proc
	Self string               // entity id of the agent's own process, whose acts are no findings; "" is none
	Now  func() time.Time     // default time.Now
	CPU  func() time.Duration // of the program so far; default that of the process
	// Procs sets how many processors the program takes at once; nil leaves it.
	Procs func(n int)
	Exam  Exam
	Trace Tracer        // nil: system calls of a process cannot be listed
	Tick  time.Duration // of the ledger, the counters and the governor; default 1 s
	Wait  Backoff       // before a sensor is started again
	Log   *slog.Logger
}

// Exam is what the self-exam needs; without a command none is taken.
type Exam struct {
	Command []string // program and arguments that call act.Main
	Kernel  string   // release of the running kernel
}

// Kernel is what the sensors in the kernel share.
type Kernel interface {
	// Readings returns how many events the kernel dropped, by sensor and kind.
	Readings() []ledger.Reading
	// SetUrgent says what wakes the agent at once; files are executables that
	// are known to have one of the hashes.
	SetUrgent(u detect.Urgent, files []FileKey) error
	// OnEmpty has f called each time the kernel's sensors have told of all that
	// there was.
	OnEmpty(f func())
}

// FileKey names a file for the kernel.
type FileKey struct {
	Inode  int64
	Device int64 // the kernel's device number, as in event.File
}

// Enricher completes events in time order; see package enrich.
type Enricher interface {
	Enrich(e *event.Event)
	// SetHashing says whether programs are read for their digests, and whether
	// other files are that are written, as far as the CPU limit goes.
	SetHashing(programs, files bool)
	SetMaxSize(bytes int64)
	// SetHashFiles says whether all written files are read, or only programs.
	SetHashFiles(all bool)
	// Lineage returns the ancestors of a process with their command lines.
	Lineage(p *event.Process) *event.Ancestors
}

// Manager is the connection to the manager.
type Manager interface {
	// Run ships the spool and receives documents until ctx is done.
	Run(ctx context.Context) error
	// AgentID returns the id that the manager gave at enrolment.
	AgentID() string
	// State says for people how the connection is.
	State() string
}

// Link is what the agent gives to its connection.
type Link struct {
	Heartbeat func() *wirepb.Heartbeat
	// Policy and Rules put a verified document in force; an error means that
	// the one before stays.
	Policy func(version int64, p wire.Policy) error
	Rules  func(version int64, r wire.Rules) error
	// IOCs takes a part of a change of the indicators; done says that the
	// version is in force. IOCVersion is the version in force, 0 is none.
	IOCs       func(version int64, part wire.IOCs) (done bool, err error)
	IOCVersion func() int64
	// Task runs a task and calls done once.
	Task func(t wire.Task, done func(result, reason string))
}

// Backoff bounds the time before a sensor is started again: it doubles from
// First to Most, and starts anew when the sensor ran for Most.
type Backoff struct{ First, Most time.Duration }

func (d *Deps) defaults() {
	if d.Proc == "" {
		d.Proc = "/proc"
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.CPU == nil {
		d.CPU = health.OwnCPU
	}
	if d.Tick <= 0 {
		d.Tick = time.Second
	}
	if d.Wait.First <= 0 {
		d.Wait = Backoff{time.Second, time.Minute}
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
}
