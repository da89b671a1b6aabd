package fleet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire"
)

// Observe takes accepted events, in the order of their lanes. Status events
// become gaps, results of tasks are noted, signs of life and rates are counted.
// Events that come twice count once. An error means that the database could not
// take them and they must come again; what an agent says wrong is none.
func (f *Fleet) Observe(ctx context.Context, events []*event.Event) error {
	now := f.now()
	f.costs.sample(events)
	status, learned, changed := f.count(now, events)
	if err := f.storeKinds(ctx, learned); err != nil {
		return err
	}
	if err := f.account(ctx, status); err != nil {
		return err
	}
	for _, agent := range changed {
		if err := f.heal(ctx, agent); err != nil {
			return err
		}
	}
	return nil
}

type pair struct{ sensor, kind string }

// count notes what needs no database and returns what does: status events,
// pairs of sensor and kind that are new, and hosts with a gap that may heal.
func (f *Fleet) count(now time.Time, events []*event.Event) (status []*event.Event, learned []pair, changed []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	touched := map[string]*host{}
	for _, e := range events {
		h := f.hosts[e.Agent]
		if h == nil || e.Epoch == wire.ManagerEpoch { // no sign of life
			continue
		}
		touched[e.Agent] = h
		h.rate.add(now, 1)
		h.alive(e.Epoch, int64(e.Time))
		l := lane{e.Epoch, uint32(e.Kind.Class())}
		h.seen[l] = max(h.seen[l], e.Sequence)
		if t := e.Time.Std(); t.After(h.lastEvent) {
			h.lastEvent, h.dirty = t, true
		}
		if e.Provider != "" && f.kinds.learn(clip(e.Provider), e.Kind.String()) {
			learned = append(learned, pair{clip(e.Provider), e.Kind.String()})
		}
		switch e.Kind {
		case event.AgentHealth:
			h.health(e)
		case event.AgentStart, event.AgentStop, event.AgentSensor, event.AgentLoss:
			status = append(status, e)
		case event.ResponseRun:
			if e.Response != nil && e.Response.TaskID != "" {
				status = append(status, e)
			}
		}
	}
	for id, h := range touched {
		if h.silent || len(h.lateLives()) > 0 {
			changed = append(changed, id)
		}
	}
	return status, learned, changed
}

// health takes over what a health event says; the Fleet's mu is held.
func (h *host) health(e *event.Event) {
	s := e.Status
	if s == nil || !e.Time.Std().After(h.facts.System.At) {
		return
	}
	h.facts.System = api.SystemUse{At: e.Time.Std(), CPUPercent: s.CPUPercent, MemoryUsed: s.MemoryUsed, MemoryTotal: s.MemoryTotal,
		DiskUsed: s.DiskUsed, DiskTotal: s.DiskTotal, Uptime: s.Uptime, NetworkReceived: s.NetReceived, NetworkSent: s.NetSent}
	h.dirty = true
}

func (f *Fleet) storeKinds(ctx context.Context, ps []pair) error {
	if len(ps) == 0 {
		return nil
	}
	return f.db.Write(ctx, func(tx *sql.Tx) error {
		for _, p := range ps {
			if _, err := tx.ExecContext(ctx, `INSERT INTO sensor_kinds (sensor, kind) VALUES ($1, $2) ON CONFLICT (sensor, kind) DO NOTHING`, p.sensor, p.kind); err != nil {
				return fmt.Errorf("store kinds of sensors: %w", err)
			}
		}
		return nil
	})
}

// statusEvent is an event that changes gaps, and the last sign of life before.
type statusEvent struct {
	*event.Event
	before int64
}

// account makes gaps of status events and notes results of tasks, each once and
// all in one transaction.
func (f *Fleet) account(ctx context.Context, events []*event.Event) error {
	fresh := f.unaccounted(events)
	if len(fresh) == 0 {
		return nil
	}
	err := f.db.Write(ctx, func(tx *sql.Tx) error {
		for _, e := range fresh {
			if err := f.accountOne(ctx, tx, e); err != nil {
				return fmt.Errorf("account for %s of %s: %w", e.Kind, e.Agent, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range fresh {
		ep := f.hosts[e.Agent].epochs[e.Epoch]
		if ep != nil {
			ep.accounted = max(ep.accounted, e.Sequence)
		}
	}
	return nil
}

func (f *Fleet) unaccounted(events []*event.Event) []statusEvent {
	f.mu.Lock()
	defer f.mu.Unlock()
	var fresh []statusEvent
	for _, e := range events {
		h := f.hosts[e.Agent]
		if ep := h.epochs[e.Epoch]; ep != nil && e.Sequence > ep.accounted {
			fresh = append(fresh, statusEvent{e, h.lastSignBefore(e)})
		}
	}
	return fresh
}

func (f *Fleet) accountOne(ctx context.Context, tx *sql.Tx, e statusEvent) error {
	// the mark is stored with the gap, so that neither comes without the other
	if _, err := tx.ExecContext(ctx, `INSERT INTO epochs (host, epoch, first_sign, last_sign, accounted) VALUES ($1, $2, $3, $3, $4)
		ON CONFLICT (host, epoch) DO UPDATE SET accounted = excluded.accounted`, e.Agent, e.Epoch, int64(e.Time), e.Sequence); err != nil {
		return err
	}
	switch e.Kind {
	case event.ResponseRun:
		return f.finishTask(ctx, tx, e.Agent, e.Response.TaskID, e.Response.Result, e.Response.Reason)
	case event.AgentStart:
		return agentStarted(ctx, tx, e.Event, e.before)
	case event.AgentStop:
		return agentStopped(ctx, tx, e.Event)
	case event.AgentSensor:
		return sensorTook(ctx, tx, e.Event)
	default:
		return lossTold(ctx, tx, e.Event)
	}
}

// gap is a row of the table gaps.
type gap struct {
	host                               string
	from, to                           int64 // to 0: open
	state, stage, sensor, kind, reason string
	lost                               int64 // 0 in a gap that is open or of unknown size is stored as -1
	epoch                              int64
}

func openGap(ctx context.Context, tx *sql.Tx, g gap) error {
	if g.lost == 0 {
		g.lost = -1
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO gaps (id, host, began, ended, state, stage, sensor, kind, lost, reason, epoch)
		VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM gaps), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		g.host, g.from, g.to, g.state, g.stage, g.sensor, g.kind, g.lost, g.reason, g.epoch)
	return err
}

// closeGaps ends the open gaps of a stage and sensor at a time; one that would
// last no time is removed.
func closeGaps(ctx context.Context, tx *sql.Tx, host, stage, sensor string, at int64) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM gaps WHERE host = $1 AND stage = $2 AND sensor = $3 AND ended = 0 AND began >= $4`,
		host, stage, sensor, at); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE gaps SET ended = $4 WHERE host = $1 AND stage = $2 AND sensor = $3 AND ended = 0`, host, stage, sensor, at)
	return err
}

// agentStopped begins the time in which the agent is stopped.
func agentStopped(ctx context.Context, tx *sql.Tx, e *event.Event) error {
	return openGap(ctx, tx, gap{host: e.Agent, from: int64(e.Time), state: api.Blind, stage: stageAgent, reason: reasonStopped})
}

// agentStarted ends the time in which the agent was stopped. Without a stop it
// ended without a word after its last sign of life.
func agentStarted(ctx context.Context, tx *sql.Tx, e *event.Event, before int64) error {
	var stopped int64
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM gaps WHERE host = $1 AND stage = $2 AND sensor = '' AND ended = 0`,
		e.Agent, stageAgent).Scan(&stopped); err != nil {
		return err
	}
	if stopped > 0 {
		return closeGaps(ctx, tx, e.Agent, stageAgent, "", int64(e.Time))
	}
	if before == 0 || int64(e.Time)-before < int64(time.Second) {
		return nil
	}
	return openGap(ctx, tx, gap{host: e.Agent, from: before, to: int64(e.Time), state: api.Blind, stage: stageAgent, reason: reasonDied, epoch: e.Epoch})
}

// sensorTook notes which rung a sensor took: none is blind, one that sees less
// than the best would is degraded.
func sensorTook(ctx context.Context, tx *sql.Tx, e *event.Event) error {
	s := e.Status
	if s == nil {
		s = &event.Status{}
	}
	name, from := clip(s.Sensor), int64(e.Time)
	if name == "" {
		name = clip(e.Provider)
	}
	if s.From > 0 && int64(s.From) < from {
		from = int64(s.From)
	}
	if err := closeGaps(ctx, tx, e.Agent, "sensor", name, from); err != nil {
		return err
	}
	g := gap{host: e.Agent, from: from, stage: "sensor", sensor: name, reason: clip(s.RungReason)}
	switch {
	case s.Rung == "":
		g.state = api.Blind
		if g.reason == "" {
			g.reason = "the sensor does not run"
		}
	case s.LossState != "":
		g.state, g.reason = api.Degraded, clip("uses "+s.Rung+": "+s.RungReason)
	default:
		return nil
	}
	return openGap(ctx, tx, g)
}

// lossTold notes what an agent said that it lost. Losses of one cause that
// follow each other within a second are one gap with the sum.
func lossTold(ctx context.Context, tx *sql.Tx, e *event.Event) error {
	s := e.Status
	if s == nil {
		return nil // says nothing
	}
	if s.LossStage == "notify" || s.LossStage == "respond" {
		return nil // no events are missing from the store
	}
	g := gap{host: e.Agent, from: int64(s.From), to: int64(s.To), state: api.Degraded, stage: clip(s.LossStage),
		sensor: clip(s.LossSensor), kind: clip(s.LossKind), reason: clip(s.LossReason), lost: -1}
	if s.LossState == "blind" {
		g.state = api.Blind
	}
	switch {
	case s.LossState == "aggregated" || s.LossState == "cut":
		g.lost = 0 // another event stands for them, or they are there in part
	case s.LossCount.OK && s.LossCount.N >= 0:
		g.lost = s.LossCount.N
	}
	if g.from <= 0 {
		g.from = int64(e.Time)
	}
	g.to = max(g.to, g.from)
	return joinGap(ctx, tx, g)
}

// joinGap stores a gap, or lengthens the one of the same cause before it.
func joinGap(ctx context.Context, tx *sql.Tx, g gap) error {
	var id, lost int64
	err := tx.QueryRowContext(ctx, `SELECT id, lost FROM gaps WHERE host = $1 AND stage = $2 AND sensor = $3 AND kind = $4 AND state = $5
		AND reason = $6 AND ended > 0 AND ended >= $7 AND began <= $8 ORDER BY id DESC LIMIT 1`,
		g.host, g.stage, g.sensor, g.kind, g.state, g.reason, g.from-int64(time.Second), g.to).Scan(&id, &lost)
	if errors.Is(err, sql.ErrNoRows) {
		return openGap(ctx, tx, g)
	}
	if err != nil {
		return err
	}
	switch {
	case g.lost >= 0 && lost >= 0:
		lost += g.lost
	case g.lost >= 0:
		lost = g.lost
	}
	_, err = tx.ExecContext(ctx, `UPDATE gaps SET lost = $1,
		began = CASE WHEN began > $2 THEN $2 ELSE began END, ended = CASE WHEN ended < $3 THEN $3 ELSE ended END WHERE id = $4`, lost, g.from, g.to, id)
	return err
}

// Loss is something that a stage of the manager lost.
type Loss struct {
	Host     string
	Stage    string // ingest, lake
	Sensor   string
	Kind     string
	Lost     int64     // -1 when unknown
	From, To time.Time // of the lost events; zero: now
	Reason   string
}

// Lost notes what a stage of the manager lost.
func (f *Fleet) Lost(ctx context.Context, l Loss) error {
	f.mu.Lock()
	known := f.hosts[l.Host] != nil
	f.mu.Unlock()
	if !known {
		return fmt.Errorf("loss of host %s: %w", l.Host, state.ErrNotFound)
	}
	if l.From.IsZero() {
		l.From = f.now()
	}
	if l.To.Before(l.From) {
		l.To = l.From
	}
	f.log.Warn("events lost", "agent", l.Host, "stage", l.Stage, "count", l.Lost, "reason", l.Reason)
	err := f.db.Write(ctx, func(tx *sql.Tx) error {
		return joinGap(ctx, tx, gap{host: l.Host, from: l.From.UnixNano(), to: l.To.UnixNano(), state: api.Degraded,
			stage: l.Stage, sensor: clip(l.Sensor), kind: clip(l.Kind), reason: clip(l.Reason), lost: l.Lost})
	})
	if err != nil {
		return fmt.Errorf("note loss: %w", err)
	}
	return nil
}
