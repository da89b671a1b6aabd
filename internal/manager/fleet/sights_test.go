package fleet

import (
	"math"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// TestSights: what sees what comes with some heartbeats, holds until the next of
// them, and is told of one host only.
func TestSights(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	sensors := []*wirepb.Sensor{{Name: "file", Rung: "fanotify", Since: h.clock.UnixNano(), Reason: "tp_btf: no BTF"}}
	h.beat("a", &wirepb.Heartbeat{Epoch: 1, Sensors: sensors, Telemetry: &wirepb.Telemetry{
		Rows:    []*wirepb.Row{{Name: "File Creation", Weight: 1, Sensors: []string{"file"}, Sources: []string{"file.fanotify"}, Events: 7, Lost: 2, Since: h.clock.UnixNano()}, {Name: "Agent Start", Weight: 0.2}},
		Sources: []*wirepb.Source{{Sensor: "file", Unseen: "order", Better: []*wirepb.Better{{Rung: "tp_btf", Why: "no BTF", Needs: "Linux 5.17"}}}},
	}})
	h.beat("a", &wirepb.Heartbeat{Epoch: 1, Sensors: sensors})
	x, err := h.Host(t.Context(), "a")
	if err != nil || len(x.Rows) != 2 || x.Rows[0].Events != 7 || x.Rows[0].Lost != 2 || x.Rows[0].Sensors[0] != "file" || x.Rows[0].Sources[0] != "file.fanotify" || len(x.Rows[1].Sources) != 0 || !x.Rows[0].Since.Equal(h.clock) || !x.Rows[1].Since.IsZero() {
		t.Fatalf("%+v, %v", x.Rows, err)
	}
	want := api.Better{Rung: "tp_btf", Why: "no BTF", Needs: "Linux 5.17"}
	if s := x.Sensors[0]; s.Unseen != "order" || len(s.Better) != 1 || s.Better[0] != want {
		t.Errorf("%+v", s)
	}
	list, err := h.Hosts(t.Context(), api.HostQuery{})
	if err != nil || list.Hosts[0].Rows != nil || list.Hosts[0].Sensors[0].Better != nil {
		t.Errorf("the list has it too: %+v, %v", list.Hosts[0], err)
	}
}

// What a hostile agent sends is bounded.
func TestHostileSightsAreBounded(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	long := strings.Repeat("x", 10_000)
	sight := &wirepb.Telemetry{}
	for range 5000 {
		sight.Rows = append(sight.Rows, &wirepb.Row{Name: long, Weight: math.Inf(1), Sensors: make([]string, 5000), Sources: make([]string, 5000)})
		source := &wirepb.Source{Sensor: "file", Unseen: long}
		for range 100 {
			source.Better = append(source.Better, &wirepb.Better{Rung: long, Why: long, Needs: "\xff\x00"})
		}
		sight.Sources = append(sight.Sources, source)
	}
	h.beat("a", &wirepb.Heartbeat{Epoch: 1, Sensors: []*wirepb.Sensor{{Name: "file"}}, Telemetry: sight})
	x, err := h.Host(t.Context(), "a")
	if err != nil || len(x.Rows) != maxRows || len(x.Rows[0].Name) > 512 || x.Rows[0].Weight != 0 || len(x.Rows[0].Sensors) != maxRowSensors || len(x.Rows[0].Sources) != maxRowSensors {
		t.Errorf("%d rows, %v", len(x.Rows), err)
	}
	if s := x.Sensors[0]; len(s.Better) != maxBetter || len(s.Unseen) > 512 || len(s.Better[0].Why) > 512 {
		t.Errorf("%d better sources", len(s.Better))
	}
}
