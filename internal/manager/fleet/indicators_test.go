package fleet

import (
	"fmt"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/indicator"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// withIOCs is a fleet that sends indicators.
func withIOCs(t *testing.T) (*house, *indicator.Store) {
	t.Helper()
	h := newHouse(t)
	s, err := indicator.New(t.Context(), indicator.Options{DB: h.db, Now: h.now})
	if err != nil {
		t.Fatal(err)
	}
	h.opts.IOCs = s
	h.restart()
	return h, s
}

// sent returns the parts of indicators among documents, after a check of their
// signatures.
func (h *house) sent(docs []*wirepb.Signed) (out []wire.IOCs) {
	h.t.Helper()
	for _, s := range docs {
		if s.Kind != wire.DocumentIOCs {
			continue
		}
		if err := h.verify(s, "a", nil); err != nil {
			h.t.Error(err)
		}
		i, err := wire.DecodeIOCs(s.Content)
		if err != nil {
			h.t.Fatal(err)
		}
		out = append(out, i)
	}
	return out
}

// TestWA20_ChangedIndicatorsAreSentWithinSeconds: a connected host gets what
// changed within five seconds, changes that come together go out together, and
// a host that connects later gets what it lacks; one that refused gets all.
func TestWA20_ChangedIndicatorsAreSentWithinSeconds(t *testing.T) {
	h, s := withIOCs(t)
	h.enrol("a")
	docs := h.connect("a", nil)
	if got := h.sent(drain(docs)); len(got) != 0 {
		t.Errorf("no indicators, but %+v", got)
	}
	add := func(values ...string) {
		t.Helper()
		var is []api.IOC
		for _, v := range values {
			is = append(is, api.IOC{Value: v})
		}
		if _, err := s.Change(t.Context(), api.IOCChange{Add: is}, "anna"); err != nil {
			t.Fatal(err)
		}
	}
	// seconds passes until something is sent and returns it
	seconds := func() ([]wire.IOCs, int) {
		t.Helper()
		for n := 1; n <= 6; n++ {
			h.pass(time.Second)
			if got := h.sent(drain(docs)); len(got) > 0 {
				return got, n
			}
		}
		return nil, 6
	}
	add("one.example.org")
	got, n := seconds()
	if len(got) != 1 || n > 5 || got[0].Base != 0 || got[0].Parts != 1 {
		t.Fatalf("after %d s: %+v", n, got)
	}
	for i := range 8 { // an import in batches, one a second
		add(fmt.Sprintf("more%d.example.org", i))
		h.pass(time.Second)
	}
	got, _ = seconds()
	if batches := h.sent(drain(docs)); len(got) == 0 || got[0].Base == 0 || len(batches) != 0 {
		t.Errorf("%+v, then %+v", got, batches)
	}
	x, err := h.Host(t.Context(), "a")
	if err != nil || len(x.Documents) != 3 || x.Documents[2].Kind != wire.DocumentIOCs || x.Documents[2].Wanted != s.Version() {
		t.Errorf("%+v, %v", x.Documents, err)
	}
	if err := h.Applied(t.Context(), "a", wire.DocumentIOCs, s.Version(), "disk is full"); err != nil {
		t.Fatal(err)
	}
	if got, _ = seconds(); len(got) != 0 {
		t.Errorf("a host that refused is not left alone: %+v", got)
	}
	h.pass(time.Minute)
	if got = h.sent(drain(docs)); len(got) == 0 || got[0].Base != 0 {
		t.Errorf("a host that refused gets all: %+v", got)
	}
	if err := h.Applied(t.Context(), "a", wire.DocumentIOCs, s.Version(), ""); err != nil {
		t.Fatal(err)
	}
	if x, err := h.Host(t.Context(), "a"); err != nil || x.Documents[2].Applied != s.Version() || x.Documents[2].Error != "" {
		t.Errorf("%+v, %v", x.Documents, err)
	}
	version := s.Version()
	h.Disconnect(t.Context(), "a", docs)
	add("away.example.org")
	h.pass(5 * time.Second)
	docs = h.connect("a", &wirepb.Hello{HostName: "host-a", Applied: map[string]int64{wire.DocumentIOCs: version}})
	if got, n := seconds(); len(got) != 1 || got[0].Base != version || n > 2 {
		t.Errorf("after the return: %+v", got)
	}
	h.pass(5 * time.Second)
	if got := h.sent(drain(docs)); len(got) != 0 {
		t.Errorf("sent twice: %+v", got)
	}
}
