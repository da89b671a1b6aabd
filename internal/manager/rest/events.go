package rest

import (
	"context"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
)

type treeIn struct {
	ByID
	api.TreeQuery
}

type valuesIn struct {
	Name string `path:"name" maxLength:"128"`
	api.ValuesQuery
}

func eventRoutes(s *Server) {
	add(s, route{method: "GET", path: "/events/search", id: "search-events", tag: "events", summary: "Events that meet a condition", role: api.RoleViewer},
		func(ctx context.Context, q *api.EventQuery) (*out[api.EventList], error) {
			return show(s.Events.Search(ctx, *q))
		})
	add(s, route{method: "GET", path: "/events/count", id: "count-events", tag: "events", summary: "Number of events, by the values of fields when asked", role: api.RoleViewer},
		func(ctx context.Context, q *api.CountQuery) (*out[api.CountAnswer], error) {
			return show(s.Events.Count(ctx, *q))
		})
	add(s, route{method: "GET", path: "/events/histogram", id: "events-over-time", tag: "events", summary: "Number of events over time", role: api.RoleViewer},
		func(ctx context.Context, q *api.HistogramQuery) (*out[api.Histogram], error) {
			return show(s.Events.Histogram(ctx, *q))
		})
	add(s, route{method: "GET", path: "/events/{id}", id: "get-event", tag: "events", summary: "One event and the alerts that it is part of", role: api.RoleViewer},
		func(ctx context.Context, i *ByID) (*out[api.EventDetail], error) {
			e, err := s.Events.Event(ctx, i.ID)
			if err != nil {
				return nil, err
			}
			as, err := s.Alerts.OfEvent(ctx, i.ID)
			return show(api.EventDetail{Event: e, Alerts: as}, err)
		})
	add(s, route{method: "GET", path: "/events/{id}/tree", id: "get-tree", tag: "events", summary: "The process tree around the process of an event", role: api.RoleViewer},
		func(ctx context.Context, i *treeIn) (*out[api.Tree], error) {
			return show(s.Events.Tree(ctx, i.ID, i.TreeQuery))
		})
	add(s, route{method: "GET", path: "/fields", id: "list-fields", tag: "events", summary: "Fields and kinds of events, operators of conditions", role: api.RoleViewer},
		func(context.Context, *in) (*out[api.FieldList], error) { return &out[api.FieldList]{fieldList()}, nil })
	add(s, route{method: "GET", path: "/fields/{name}/values", id: "list-values", tag: "events", summary: "Values of a field, the most frequent first", role: api.RoleViewer},
		func(ctx context.Context, i *valuesIn) (*out[api.ValueList], error) {
			return show(s.Events.Values(ctx, i.Name, i.ValuesQuery))
		})
}

func fieldList() api.FieldList {
	l := api.FieldList{Operators: []string{"=", "!=", ">", "<", ">=", "<=", "contains", "startswith", "endswith", "matches", "in", "not in", "cidr", "exists"}}
	for _, f := range event.Fields() {
		l.Fields = append(l.Fields, api.FieldInfo{Name: f.Name, Type: typeName(f.Type), Ours: f.Ours, Doc: f.Doc})
	}
	for _, k := range event.Kinds() {
		l.Kinds = append(l.Kinds, api.KindInfo{Name: k.String(), Category: k.Category(), Doc: k.Doc()})
	}
	return l
}

func typeName(t event.Type) string {
	switch t {
	case event.Strings:
		return "list"
	case event.Int, event.OptInt64, event.Float:
		return "number"
	case event.Bool:
		return "boolean"
	case event.Instant:
		return "time"
	case event.Address:
		return "address"
	case event.KindName:
		return "kind"
	default:
		return "text"
	}
}
