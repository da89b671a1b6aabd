package agent

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestRowStatus(t *testing.T) {
	now := time.Now()
	calls, net := newSource("calls"), newSource("net")
	a := &Agent{started: event.At(now), sensors: newSupervisor(nil, last{}, time.Now)}
	a.sensors.ledger, a.sensors.emit = ledger.New(), func(*event.Event) {}
	for _, s := range []*source{calls, net} {
		a.sensors.watched = append(a.sensors.watched, &watched{sensor: s, name: s.name})
	}
	for range 3 {
		a.sensors.take(a.sensors.watched[1], &event.Event{Kind: event.NetListen})
	}
	a.sensors.take(a.sensors.watched[0], &event.Event{Kind: event.NetRaw})
	sensors := []SensorStatus{
		{Name: "calls", Rung: "tp_btf", Since: now.Add(time.Second), Reason: "tp_btf does not see: 32-bit programs"},
		{Name: "net", Rung: "sock_diag", Since: now, Reason: "tp_btf: no type information"},
		{Name: "file", Reason: "the kernel has no BPF"},
		{Name: "exec", Rung: "auditd", Kinds: []string{"process_start"}, Since: now},
	}
	totals := []ledger.Total{
		{Loss: ledger.Loss{Sensor: "net", Kind: "net_listen", State: ledger.Lost}, Count: 5},
		{Loss: ledger.Loss{Sensor: "net", State: ledger.Lost}, Count: 7},
		{Loss: ledger.Loss{Sensor: "net", Kind: "net_accept", State: ledger.Lost}, Count: 11},
		{Loss: ledger.Loss{Sensor: "net", Kind: "net_listen", State: ledger.Cut}, Count: 13},
	}
	rows := a.rowStatus(sensors, totals)
	if len(rows) != 34 {
		t.Fatalf("%d rows", len(rows))
	}
	find := func(name string) RowStatus {
		i := slices.IndexFunc(rows, func(r RowStatus) bool { return r.Row == name })
		return rows[i]
	}
	r := find("Network Socket Listen")
	if !slices.Equal(r.Sources, []string{"net.sock_diag", "calls.tp_btf"}) || r.Events != 4 || r.Lost != 12 || !r.Since.Equal(now.Add(time.Second)) ||
		!strings.Contains(r.Lacks, "net: tp_btf: no type information") || !strings.Contains(r.Lacks, "32-bit") {
		t.Errorf("%+v", r)
	}
	if r := find("File Creation"); len(r.Sources) != 0 || r.Lacks != "file: the kernel has no BPF" || !r.Since.IsZero() {
		t.Errorf("%+v", r)
	}
	if r := find("Process Creation"); !slices.Equal(r.Sources, []string{"exec.auditd"}) {
		t.Errorf("%+v", r)
	}
	if r := find("Process Termination"); len(r.Sources) != 0 || r.Lacks != "exec: auditd has no such events" {
		t.Errorf("%+v", r)
	}
	if r := find("DNS Query"); len(r.Sources) != 0 || !strings.Contains(r.Lacks, "no such sensor") {
		t.Errorf("%+v", r)
	}
	if r := find("Agent Start"); !slices.Equal(r.Sources, []string{"agent"}) || r.Lacks != "" {
		t.Errorf("%+v", r)
	}
}
