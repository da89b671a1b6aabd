package rest

import (
	"context"

	"github.com/vedette-edr/vedette/internal/api"
)

type alertChangeIn struct {
	ByID
	Body api.AlertChange
}

type timelineIn struct {
	ByID
	api.TimelineQuery
}

func alertRoutes(s *Server) {
	add(s, route{method: "GET", path: "/alerts", id: "list-alerts", tag: "alerts", summary: "Alerts", role: api.RoleViewer},
		func(ctx context.Context, q *api.AlertQuery) (*out[api.AlertList], error) {
			return show(s.Alerts.Alerts(ctx, *q))
		})
	add(s, route{method: "PATCH", path: "/alerts", id: "change-alerts", tag: "alerts", summary: "Change many alerts alike: all of them or none", role: api.RoleAnalyst},
		func(ctx context.Context, i *body[api.AlertsChange]) (*out[api.AlertList], error) {
			as, err := s.changeAlerts(ctx, i.Body.IDs, i.Body.Change)
			return show(api.AlertList{Alerts: as, Total: int64(len(as))}, err)
		})
	add(s, route{method: "GET", path: "/alerts/groups", id: "list-alert-groups", tag: "alerts", summary: "Alerts grouped by rule, host and program", role: api.RoleViewer},
		func(ctx context.Context, q *api.AlertQuery) (*out[api.AlertGroups], error) {
			return show(s.Alerts.AlertGroups(ctx, *q))
		})
	add(s, route{method: "GET", path: "/alerts/{id}", id: "get-alert", tag: "alerts", summary: "One alert with why it fired, its history and related alerts", role: api.RoleViewer},
		func(ctx context.Context, i *ByID) (*out[api.AlertDetail], error) {
			return show(s.Alerts.Alert(ctx, i.ID))
		})
	add(s, route{method: "PATCH", path: "/alerts/{id}", id: "change-alert", tag: "alerts", summary: "Acknowledge, close, assign, or add a note", role: api.RoleAnalyst},
		func(ctx context.Context, i *alertChangeIn) (*out[api.Alert], error) {
			as, err := s.changeAlerts(ctx, []string{i.ID}, i.Body)
			if err != nil {
				return nil, err
			}
			return &out[api.Alert]{as[0]}, nil
		})
	add(s, route{method: "GET", path: "/alerts/{id}/timeline", id: "get-timeline", tag: "alerts", summary: "What happened around an alert", role: api.RoleViewer},
		func(ctx context.Context, i *timelineIn) (*out[api.Timeline], error) {
			return show(s.Alerts.Timeline(ctx, i.ID, i.TimelineQuery))
		})
}

func (s *Server) changeAlerts(ctx context.Context, ids []string, c api.AlertChange) ([]api.Alert, error) {
	as, err := s.Alerts.ChangeAlerts(ctx, ids, c, ownerOf(ctx))
	for _, id := range ids {
		if rerr := s.recordResult(ctx, "alert.change", id, err); rerr != nil {
			return nil, rerr
		}
	}
	return as, err
}
