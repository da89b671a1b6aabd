package query

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
)

// asked is what the tracks were asked for last.
type asked struct {
	hosts []string
	kinds []event.Kind
}

func (a *asked) Resolve(idOrName string) []string {
	if idOrName == "web-01" {
		return []string{"id-of-web-01"}
	}
	return nil
}

func (a *asked) Gaps(_ context.Context, hosts []string, _, _ time.Time, kinds []event.Kind) (api.Completeness, error) {
	a.hosts, a.kinds = hosts, kinds
	return api.Completeness{State: api.Complete}, nil
}

// TestCompletenessOfKinds checks that an answer tells of the gaps of the kinds
// that it could hold, and of no others.
func TestCompletenessOfKinds(t *testing.T) {
	r := newRig(t, Options{})
	tracks := &asked{}
	r.query = New(r.lake, tracks, Options{})
	all := event.Kinds()
	of := func(category string) []event.Kind {
		return slices.DeleteFunc(slices.Clone(all), func(k event.Kind) bool { return k.Category() != category })
	}
	but := func(k event.Kind) []event.Kind {
		return slices.DeleteFunc(slices.Clone(all), func(x event.Kind) bool { return x == k })
	}
	start, connect := event.ProcessStart, event.NetConnect
	for _, c := range []struct {
		in   api.EventSelect
		want []event.Kind // nil: all
	}{
		{api.EventSelect{}, nil},
		{api.EventSelect{Query: "process.name = 'x'"}, nil},
		{api.EventSelect{Kind: "process_start"}, []event.Kind{start}},
		{api.EventSelect{Kind: "net_connect, process_start", Query: "process.name = 'x'"}, []event.Kind{start, connect}},
		{api.EventSelect{Kind: "process_start", Query: "event.action = net_connect"}, nil}, // true of nothing
		{api.EventSelect{Query: "event.action = PROCESS_START and process.pid > 1"}, []event.Kind{start}},
		{api.EventSelect{Query: "event.category = network"}, of("network")},
		{api.EventSelect{Query: "not event.action = process_start"}, but(start)},
		{api.EventSelect{Query: "event.action != process_start"}, but(start)},
		{api.EventSelect{Query: "not (event.action = process_start and process.name = 'x')"}, nil},
		{api.EventSelect{Query: "event.action = process_start or process.name = 'x'"}, nil},
		{api.EventSelect{Query: "event.action in (process_start, net_connect)"}, []event.Kind{start, connect}},
	} {
		if _, err := r.query.Search(t.Context(), api.EventQuery{EventSelect: c.in}); err != nil {
			t.Fatalf("%+v: %v", c.in, err)
		}
		slices.Sort(c.want)
		if slices.Sort(tracks.kinds); !slices.Equal(tracks.kinds, c.want) {
			t.Errorf("%+v: asked of %v, want %v", c.in, tracks.kinds, c.want)
		}
	}
	for host, want := range map[string][]string{"web-01": {"id-of-web-01"}, "gone": nil, "": nil} {
		if _, err := r.query.Count(t.Context(), api.CountQuery{EventSelect: api.EventSelect{Host: host}, By: []string{"host.name"}}); err != nil || !slices.Equal(tracks.hosts, want) {
			t.Errorf("host %q: asked of %v: %v", host, tracks.hosts, err)
		}
	}
}
