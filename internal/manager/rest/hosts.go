package rest

import (
	"context"
	"net/http"

	"github.com/vedette-edr/vedette/internal/api"
)

type trackIn struct {
	ByID
	api.Range
}

type hostChangeIn struct {
	ByID
	Body api.HostChange
}

func hostRoutes(s *Server) {
	add(s, route{method: "GET", path: "/hosts", id: "list-hosts", tag: "hosts", summary: "Hosts with their health", role: api.RoleViewer},
		func(ctx context.Context, q *api.HostQuery) (*out[api.HostList], error) {
			return show(s.Hosts.Hosts(ctx, *q))
		})
	add(s, route{method: "GET", path: "/hosts/{id}", id: "get-host", tag: "hosts", summary: "One host, by id or name", role: api.RoleViewer},
		func(ctx context.Context, i *ByID) (*out[api.Host], error) { return show(s.Hosts.Host(ctx, i.ID)) })
	add(s, route{method: "PATCH", path: "/hosts/{id}", id: "change-host", tag: "hosts", summary: "Move a host to another group", role: api.RoleAdmin},
		func(ctx context.Context, i *hostChangeIn) (*out[api.Host], error) {
			h, err := s.Hosts.ChangeHost(ctx, i.ID, i.Body)
			return audited(ctx, s, "host.change", i.ID, h, err)
		})
	add(s, route{method: "DELETE", path: "/hosts/{id}", id: "delete-host", tag: "hosts", summary: "Forget a host: it is refused until it enrols again; its events and alerts stay", role: api.RoleAdmin, status: http.StatusNoContent},
		func(ctx context.Context, i *ByID) (*struct{}, error) {
			return nil, s.done(ctx, "host.delete", i.ID, s.Hosts.DeleteHost(ctx, i.ID))
		})
	add(s, route{method: "GET", path: "/hosts/{id}/completeness", id: "get-track", tag: "hosts", summary: "How whole the telemetry of a host is, over a range, for each sensor", role: api.RoleViewer},
		func(ctx context.Context, i *trackIn) (*out[api.Track], error) {
			from, to, err := i.Bounds(s.now())
			if err != nil {
				return nil, err
			}
			return show(s.Tracks.Track(ctx, i.ID, from, to))
		})
	add(s, route{method: "GET", path: "/completeness", id: "list-tracks", tag: "hosts", summary: "How whole the telemetry of all hosts is, over a range", role: api.RoleViewer},
		func(ctx context.Context, q *api.Range) (*out[api.TrackList], error) {
			from, to, err := q.Bounds(s.now())
			if err != nil {
				return nil, err
			}
			ts, err := s.Tracks.Tracks(ctx, from, to)
			return show(api.TrackList{Tracks: ts}, err)
		})
}

// InGroup is a request for one group.
type InGroup struct {
	Group string `path:"group" maxLength:"64"`
}

type policyIn struct {
	InGroup
	Body api.PolicyChange
}

func groupRoutes(s *Server) {
	add(s, route{method: "GET", path: "/groups", id: "list-groups", tag: "policies", summary: "Groups of hosts", role: api.RoleViewer},
		func(ctx context.Context, _ *in) (*out[api.GroupList], error) {
			gs, err := s.Hosts.Groups(ctx)
			return show(api.GroupList{Groups: gs}, err)
		})
	add(s, route{method: "POST", path: "/groups", id: "create-group", tag: "policies", summary: "Create a group of hosts, with the policy of the group default", role: api.RoleAdmin, status: http.StatusCreated},
		func(ctx context.Context, i *body[api.NewGroup]) (*out[api.Group], error) {
			g, err := s.Hosts.CreateGroup(ctx, i.Body.Name, ownerOf(ctx))
			return audited(ctx, s, "group.create", i.Body.Name, g, err)
		})
	add(s, route{method: "DELETE", path: "/groups/{group}", id: "delete-group", tag: "policies", summary: "Delete a group without hosts", role: api.RoleAdmin, status: http.StatusNoContent},
		func(ctx context.Context, i *InGroup) (*struct{}, error) {
			return nil, s.done(ctx, "group.delete", i.Group, s.Hosts.DeleteGroup(ctx, i.Group))
		})
	add(s, route{method: "GET", path: "/policies/{group}", id: "get-policy", tag: "policies", summary: "Policy in force of a group", role: api.RoleViewer},
		func(ctx context.Context, i *InGroup) (*out[api.Policy], error) {
			return show(s.Policies.Policy(ctx, i.Group))
		})
	add(s, route{method: "GET", path: "/policies/{group}/versions", id: "list-policy-versions", tag: "policies", summary: "All versions of a policy, the newest first", role: api.RoleViewer},
		func(ctx context.Context, i *InGroup) (*out[api.PolicyVersions], error) {
			ps, err := s.Policies.PolicyVersions(ctx, i.Group)
			return show(api.PolicyVersions{Policies: ps}, err)
		})
	add(s, route{method: "PUT", path: "/policies/{group}", id: "set-policy", tag: "policies", summary: "Replace the policy of a group; connected hosts get it within 5 s", role: api.RoleAdmin},
		func(ctx context.Context, i *policyIn) (*out[api.Policy], error) {
			p, err := s.Policies.SetPolicy(ctx, i.Group, i.Body, ownerOf(ctx))
			return audited(ctx, s, "policy.set", i.Group, p, err)
		})
}
