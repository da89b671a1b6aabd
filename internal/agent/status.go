package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/govern"
	"github.com/vedette-edr/vedette/internal/agent/health"
	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/notify"
	"github.com/vedette-edr/vedette/internal/agent/queue"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/wire"
)

// Status is how the agent is, as `vedette agent status` shows it.
type Status struct {
	Version   string         `json:"version"`
	AgentID   string         `json:"agent_id,omitempty"`
	HostName  string         `json:"host_name"`
	Started   time.Time      `json:"started"`
	Scope     string         `json:"scope,omitempty"`
	Manager   string         `json:"manager"`
	Policy    PolicyStatus   `json:"policy"`
	Rules     RulesStatus    `json:"rules"`
	Sensors   []SensorStatus `json:"sensors"`
	Telemetry []RowStatus    `json:"telemetry"` // by row of docs/telemetry.md
	Queue     queue.Stats    `json:"queue"`
	Spool     spool.Stats    `json:"spool"`
	Processed int64          `json:"processed"` // events since the start
	Resources Resources      `json:"resources"`
	Governor  govern.State   `json:"governor"`
	Alerts    notify.Status  `json:"alerts"`
	Losses    []ledger.Total `json:"losses"`
}

// PolicyStatus says which policy is in force.
type PolicyStatus struct {
	Source   string  `json:"source"` // manager or configuration
	Version  int64   `json:"version,omitempty"`
	Hash     string  `json:"hash"` // SHA-256 of the policy as JSON
	Respond  string  `json:"respond"`
	CPULimit float64 `json:"cpu_limit"`
}

// Resources is what the agent uses.
type Resources struct {
	CPUMillis    int64 `json:"cpu_millis"`
	ResidentSize int64 `json:"resident_size"`
}

// Status returns how the agent is.
func (a *Agent) Status() Status {
	totals := a.deps.Ledger.Totals()
	s := Status{
		Version: wire.Version(), HostName: a.pipe.host, Started: a.started.Std(), Scope: a.settings.Load().Scope,
		Manager: "not enrolled", Policy: a.policyStatus(), Rules: a.detect.Status(),
		Sensors: a.sensors.status(lostBySensor(totals)), Queue: a.queue.Stats(), Spool: a.deps.Spool.Stats(),
		Processed: a.pipe.processed.Load(),
		Resources: Resources{CPUMillis: health.OwnCPU().Milliseconds(), ResidentSize: health.OwnMemory()},
		Governor:  a.governor.State(), Alerts: a.notifier.Status(), Losses: totals,
	}
	s.Telemetry = a.rowStatus(s.Sensors, totals)
	if id := a.id.Load(); id != nil {
		s.AgentID = *id
	}
	if m := a.link.get(); m != nil {
		s.Manager = m.State()
	}
	return s
}

func (a *Agent) policyStatus() PolicyStatus {
	p := a.policy.get()
	s := PolicyStatus{Source: "configuration", Respond: p.Respond, CPULimit: p.CPULimit, Hash: PolicyHash(p)}
	a.link.mu.Lock()
	defer a.link.mu.Unlock()
	if a.link.policy > 0 {
		s.Source, s.Version = "manager", a.link.policy
	}
	return s
}

// PolicyHash returns the SHA-256 of a policy as JSON, in hexadecimal.
func PolicyHash(p wire.Policy) string {
	text, err := json.Marshal(p)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// lostBySensor sums the events that were lost, over all stages.
func lostBySensor(totals []ledger.Total) map[string]int64 {
	out := map[string]int64{}
	for _, t := range totals {
		if t.State == ledger.Lost {
			out[t.Sensor] += t.Count
		}
	}
	return out
}
