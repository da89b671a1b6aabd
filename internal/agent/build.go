package agent

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/aggregate"
	"github.com/vedette-edr/vedette/internal/agent/config"
	"github.com/vedette-edr/vedette/internal/agent/govern"
	"github.com/vedette-edr/vedette/internal/agent/indicator"
	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/notify"
	"github.com/vedette-edr/vedette/internal/agent/queue"
	"github.com/vedette-edr/vedette/internal/agent/respond"
	"github.com/vedette-edr/vedette/internal/event"
)

// Settings is the configuration and its secrets.
type Settings = config.Loaded

// syncTime bounds how long the end of the agent waits for the disk.
const syncTime = 5 * time.Second

// startCPU is what the start may take above the CPU limit: types of the kernel
// and rules are read, programs that run are hashed for the first time, and what
// was kept of files, accounts and services is compared with what is.
const startCPU = 5 * time.Second

// build makes the stages and joins them; nothing runs yet.
func build(s Settings, d Deps) (*Agent, error) {
	d.defaults()
	a := &Agent{deps: d, started: event.At(d.Now()), policy: newPolicy(s.Policy)}
	a.settings.Store(&s)
	var before last
	var err error
	if a.seen, before, err = openSeen(s.StateDir); err != nil {
		return nil, err
	}
	iocs, err := indicator.Open(filepath.Join(s.StateDir, "iocs"))
	if err != nil {
		return nil, errors.Join(err, a.seen.close())
	}
	a.detect = &detector{formats: d.Formats, iocs: iocs, shipped: d.Shipped, enrich: d.Enrich, self: d.Self, kernel: d.Kernel, watch: d.Watch, log: d.Log}
	a.queue = queue.New(queue.Options{
		MaxEvents: s.Queue.MaxEvents, MaxBytes: s.Queue.MaxSize, Shed: a.shed, Urgent: a.detect.urgent,
	})
	if d.Late != nil {
		d.Late(a.queue.Push)
	}
	if d.Kernel != nil {
		d.Kernel.OnEmpty(a.queue.Flush)
	}
	a.governor, a.procs = govern.New(govern.Options{CPU: d.CPU, Start: startCPU, Ready: 120 * d.Tick}), govern.NewProcs(runtime.NumCPU())
	a.sensors = newSupervisor(d.Sensors, before, d.Now)
	a.noise = aggregate.New(a.queue.Push, a.joined)
	a.sensors.emit, a.sensors.ledger, a.sensors.wait, a.sensors.log = a.noise.Take, d.Ledger, d.Wait, d.Log
	a.responder = respond.New(respond.Options{
		Actions: d.Actions, Policy: a.policy.mode, Emit: a.queue.Push, Now: d.Now, Log: d.Log, Lost: a.lostResponses,
	})
	if a.notifier, err = notify.New(notifyOptions(s, a)); err != nil {
		return nil, errors.Join(err, a.seen.close())
	}
	a.pipe = a.newPipeline(hostName(s))
	a.link = newLink(a)
	a.exams = newExams(a, before)
	a.watchFiles(s)
	for _, name := range s.Kernel.RungsOff {
		if !a.hasRung(name) {
			d.Log.Warn("kernel.rungs_off names a rung that no sensor has", "rung", name)
		}
	}
	if err := a.start(s); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// start puts rules and policy in force: those that the manager sent before,
// else those of the configuration.
func (a *Agent) start(s Settings) error {
	if err := a.link.connect(); err != nil {
		return err
	}
	policy, rules := a.link.managed()
	if !rules {
		if err := a.detect.standalone(s.RulesDir, s.ShippedRules); err != nil {
			a.deps.Log.Error("rules were refused", "error", err)
		}
	}
	if err := a.detect.loadIndicators(s.IOCDir); err != nil {
		a.deps.Log.Error("indicators were refused", "error", err)
	}
	if !policy {
		return a.apply(s.Policy)
	}
	return nil
}

func (a *Agent) newPipeline(host string) *pipeline {
	p := &pipeline{
		queue: a.queue, enrich: a.deps.Enrich, detect: a.detect, spool: a.deps.Spool, encode: a.deps.Encode,
		ledger: a.deps.Ledger, host: host, log: a.deps.Log, agent: &a.id, raised: a.raised, now: a.now,
		sequence: a.deps.Spool.LastSequence(), done: make(chan struct{}),
	}
	p.followed(a.deps.Sensors)
	return p
}

func hostName(s Settings) string {
	if s.HostName != "" {
		return s.HostName
	}
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}

func notifyOptions(s Settings, a *Agent) notify.Options {
	o := notify.Options{
		Dir: s.AlertDir(), MaxSize: s.Alerts.MaxSize, Keep: s.Alerts.Keep, Journal: s.Alerts.Journal, Log: a.deps.Log,
		Lost: func(n int64, reason string) {
			now := a.now()
			a.deps.Ledger.Add(ledger.Loss{Stage: ledger.Notify, Sensor: "webhook", State: ledger.Lost, Reason: reason}, n, now, now)
		},
	}
	o.Webhook = webhook(s)
	return o
}

// webhook returns where alerts are posted; nil is nowhere.
func webhook(s Settings) *notify.Webhook {
	address := s.Secrets.WebhookURL.Reveal()
	if address == "" {
		address = s.Alerts.Webhook.URL
	}
	if address == "" {
		return nil
	}
	return &notify.Webhook{URL: address, Token: s.Secrets.WebhookToken.Reveal(), CAFile: s.Alerts.Webhook.CAFile}
}

// shed accounts for an event that the queue dropped.
func (a *Agent) shed(e *event.Event, reason string) {
	if reason == queue.ReasonClosed && e.Kind.Class() == event.ClassVital {
		a.mu.Lock()
		a.after = append(a.after, e)
		a.mu.Unlock()
		return
	}
	if e.Kind == event.AgentLoss {
		a.deps.Ledger.Restore(e)
		return
	}
	a.deps.Ledger.Add(ledger.Loss{
		Stage: ledger.Queue, Sensor: e.Provider, Kind: e.Kind.String(), State: ledger.Lost, Reason: reason,
	}, toldActs(e), e.Time, lastAct(e))
}

// toldActs is how many acts an event tells of.
func toldActs(e *event.Event) int64 {
	if e.Call != nil && e.Call.Count > 1 {
		return e.Call.Count
	}
	return 1
}

// lastAct is the time of the last of them.
func lastAct(e *event.Event) event.Time {
	if e.Call != nil && e.Call.Count > 1 {
		return max(e.Time, e.Call.Last)
	}
	return e.Time
}

// joined accounts for events that another stands for.
func (a *Agent) joined(j aggregate.Joined) {
	a.deps.Ledger.Add(ledger.Loss{
		Stage: ledger.Sensor, Sensor: j.Sensor, Kind: j.Kind.String(), State: ledger.Aggregated,
		Reason: "like events of one process in one folder are told together (policy aggregate_above)",
	}, j.Count, j.First, j.Last)
}

func (a *Agent) lostResponses(n int64, reason string) {
	now := a.now()
	a.deps.Ledger.Add(ledger.Loss{Stage: ledger.Respond, Sensor: "respond", State: ledger.Lost, Reason: reason}, n, now, now)
}

// alerts reports whether e is told by the local outputs.
func (a *Agent) alerts(e *event.Event) bool {
	s := a.settings.Load()
	if s.Alerts.When == "standalone" && a.id.Load() != nil {
		return false
	}
	if e.Finding == nil {
		return e.Response != nil
	}
	levels := config.Levels()
	return slices.Index(levels, e.Finding.Level) >= slices.Index(levels, s.Alerts.MinLevel)
}

func ruleOf(e *event.Event) string {
	switch {
	case e.Finding != nil:
		return e.Finding.RuleID
	case e.Response != nil:
		return e.Response.RuleID
	}
	return ""
}

func levelOf(e *event.Event) string {
	if e.Finding == nil {
		return ""
	}
	return e.Finding.Level
}
