package rest

import (
	"context"
	"fmt"

	"github.com/vedette-edr/vedette/internal/api"
)

func iocRoutes(s *Server) {
	add(s, route{method: "GET", path: "/iocs", id: "list-iocs", tag: "iocs", summary: "Indicators of compromise, the newest first", role: api.RoleViewer},
		func(ctx context.Context, q *api.IOCQuery) (*out[api.IOCList], error) {
			return show(s.IOCs.List(ctx, *q))
		})
	add(s, route{method: "POST", path: "/iocs", id: "add-iocs", tag: "iocs", summary: "Add indicators, and replace those of the same value and source; a wrong one refuses all", role: api.RoleAnalyst, large: true},
		func(ctx context.Context, i *body[api.IOCChange]) (*out[api.IOCChanged], error) {
			c, err := s.IOCs.Change(ctx, i.Body, ownerOf(ctx))
			return audited(ctx, s, "iocs.add", fmt.Sprintf("%d, the first %s %s", len(i.Body.Add), i.Body.Add[0].Value, i.Body.Comment), c, err)
		})
	add(s, route{method: "POST", path: "/iocs/remove", id: "remove-iocs", tag: "iocs", summary: "Remove indicators by values, type, source or expiry", role: api.RoleAnalyst, large: true},
		func(ctx context.Context, i *body[api.IOCRemoval]) (*out[api.IOCChanged], error) {
			c, err := s.IOCs.Remove(ctx, i.Body, ownerOf(ctx))
			return audited(ctx, s, "iocs.remove", fmt.Sprintf("%d: values %d, type %q, source %q, search %q, expired %v", c.Removed, len(i.Body.Values), i.Body.Type, i.Body.Source, i.Body.Search, i.Body.Expired), c, err)
		})
	add(s, route{method: "POST", path: "/iocs/test", id: "test-iocs", tag: "iocs", summary: "Which indicators values have, as an agent finds them", role: api.RoleViewer},
		func(ctx context.Context, i *body[api.IOCTest]) (*out[api.IOCTested], error) {
			return show(s.IOCs.Test(ctx, i.Body))
		})
	add(s, route{method: "GET", path: "/iocs/versions", id: "list-ioc-versions", tag: "iocs", summary: "History of the indicators, the newest first", role: api.RoleViewer},
		func(ctx context.Context, _ *in) (*out[api.IOCVersions], error) { return show(s.IOCs.Versions(ctx)) })
}
