package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/config"
	"github.com/vedette-edr/vedette/internal/agent/enrich"
	"github.com/vedette-edr/vedette/internal/agent/health"
	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/respond"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/all"
	"github.com/vedette-edr/vedette/internal/agent/sensor/fanotify"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/logs"
	"github.com/vedette-edr/vedette/internal/agent/sensor/trace"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	formats "github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/rules"
)

const procRoot = "/proc"

// parts are the real stages of the agent, and what closes them.
type parts struct {
	deps    agent.Deps
	emit    atomic.Pointer[sensor.Emit] // takes late events once the agent runs
	closers []func() error              // last opened is closed first
	kernel  kernel.Options              // where proc and sysfs are mounted
}

func (p *parts) close() error {
	var errs []error
	for i := len(p.closers) - 1; i >= 0; i-- {
		errs = append(errs, p.closers[i]())
	}
	return errors.Join(errs...)
}

// assemble opens the real stages. k says where the kernel tells of itself.
func assemble(ctx context.Context, s agent.Settings, k kernel.Options, log *slog.Logger) (*parts, error) {
	p := &parts{kernel: k}
	p.deps = agent.Deps{
		Ledger: ledger.New(), Late: func(e sensor.Emit) { p.emit.Store(&e) }, Formats: formats.Formats(), Shipped: rules.Files, Proc: procRoot, CPU: health.OwnCPU, Exam: examParts(), Log: log,
	}
	if err := p.know(); err != nil {
		log.Warn("the agent does not know its own process: rules may find what it does itself", "error", err)
	}
	for _, open := range []func(context.Context, agent.Settings) error{
		p.openSpool, p.openEnricher, p.openSensors, p.openActions, p.openManager,
	} {
		if err := open(ctx, s); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	return p, nil
}

// know finds out which process the agent is, as its events name it.
func (p *parts) know() error {
	proc, err := procfs.Open(procRoot)
	if err != nil {
		return err
	}
	p.deps.Self, err = proc.EntityID(int64(os.Getpid()))
	return err
}

func (p *parts) openSpool(_ context.Context, s agent.Settings) error {
	sp, err := spool.Open(filepath.Join(s.StateDir, "spool"), spool.Options{
		MaxBytes: s.Policy.Spool.MaxSize, Boot: bootID(), Lost: func(l spool.Loss) { agent.SpoolLost(p.deps.Ledger, l) }, Logger: p.deps.Log,
	})
	if errors.Is(err, spool.ErrInUse) {
		return fmt.Errorf("another agent runs with state_dir %s: stop it, or name another folder with --state-dir: %w", s.StateDir, err)
	}
	if err != nil {
		return err
	}
	p.deps.Spool = sp
	p.closers = append(p.closers, sp.Close)
	encoder, err := wire.NewEncoder()
	if err != nil {
		return err
	}
	p.deps.Encode = encoder.Append
	return nil
}

func (p *parts) openEnricher(_ context.Context, s agent.Settings) error {
	en, err := enrich.New(enrich.Options{Proc: procRoot, HashMaxSize: s.Policy.Hash.MaxSize, Self: p.deps.Self, Late: p.late})
	if err != nil {
		return err
	}
	p.closers = append(p.closers, func() error { en.Close(); return nil })
	p.deps.Enrich, p.deps.Seed = en, en.Seed
	return nil
}

// late hands on an event that a worker of the enricher made.
func (p *parts) late(e *event.Event) {
	if emit := p.emit.Load(); emit != nil {
		(*emit)(e)
	}
}

func (p *parts) openSensors(_ context.Context, s agent.Settings) error {
	o := p.kernel
	o.RingSize, o.Private, o.Log = s.Kernel.RingSize, s.Kernel.Private, p.deps.Log
	o.Tampered = func(t kernel.Tampering) {
		p.deps.Ledger.Span(ledger.Loss{Stage: ledger.Kernel, State: ledger.Blind, Reason: "changed by somebody else: " + t.What}, t.From, t.To)
	}
	if s.Scope != "" {
		dir, err := os.Open(s.Scope)
		if err != nil {
			return fmt.Errorf("open scope: %w", err)
		}
		p.closers = append(p.closers, dir.Close)
		o.Scope = dir
	}
	k, err := kernel.Open(o)
	if err != nil {
		p.deps.Log.Warn("the kernel's sensors cannot be used; what the host has below them is, and what it misses is told", "error", err)
	} else {
		p.closers = append(p.closers, k.Close)
		p.deps.Kernel = kernelLink{k, p.deps.Log}
	}
	watch := fanotify.NewWatch()
	p.deps.Watch = func(paths []string) error {
		if k != nil {
			if err := k.SetWatch(paths); err != nil {
				return err
			}
		}
		return watch.Set(paths)
	}
	files, live := s.Policy.Scan.Times()
	filePace, livePace := sensor.NewPace(files), sensor.NewPace(live)
	p.deps.Scan = func(files, live time.Duration) { filePace.Set(files); livePace.Set(live) }
	p.deps.Trace = trace.New(trace.Options{Kernel: k, Reason: err, Proc: procRoot, Scope: s.Scope})
	p.deps.Sensors = all.Sensors(all.Options{Kernel: k, Reason: err, Proc: procRoot, Scope: s.Scope, Watch: watch, Files: filePace, Live: livePace, State: filepath.Join(s.StateDir, "sensors"), Logs: logSources(s.Logs), Audit: auditLog(s.Logs), Log: p.deps.Log})
	return nil
}

// logSources returns the logs that the configuration names.
func logSources(named []config.Log) []logs.Source {
	var out []logs.Source
	for _, l := range named {
		out = append(out, logs.Source{Path: l.Path, Journal: l.Journal, Format: l.LineFormat(), Start: l.From == "start"})
	}
	return out
}

// auditLog returns the audit log that the configuration names, "" for none.
func auditLog(named []config.Log) string {
	for _, l := range named {
		if l.LineFormat() == "auditd" {
			return l.Path
		}
	}
	return ""
}

func (p *parts) openActions(_ context.Context, s agent.Settings) error {
	h, err := respond.NewHost(procRoot, s.Scope)
	if err != nil {
		return err
	}
	p.deps.Actions = respond.All(h)
	return nil
}
