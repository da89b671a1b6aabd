package rest

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/vedette-edr/vedette/internal/api"
)

func ruleRoutes(s *Server) {
	add(s, route{method: "GET", path: "/rules", id: "list-rules", tag: "rules", summary: "Rules in force, and what is wrong with a refused change", role: api.RoleViewer},
		func(ctx context.Context, q *api.RuleQuery) (*out[api.RuleList], error) {
			l, err := s.Rules.Rules(ctx)
			if err == nil {
				l.Rules, err = q.Pick(l.Rules)
			}
			return show(l, err)
		})
	add(s, route{method: "GET", path: "/rules/{id}", id: "get-rule", tag: "rules", summary: "One rule with its text", role: api.RoleViewer},
		func(ctx context.Context, i *ByID) (*out[api.RuleDetail], error) { return show(s.Rules.Rule(ctx, i.ID)) })
	add(s, route{method: "POST", path: "/rules/reload", id: "reload-rules", tag: "rules", summary: "Read the own rules again now; a bad one is refused as a whole", role: api.RoleAdmin},
		func(ctx context.Context, _ *in) (*out[api.RuleList], error) {
			l, err := s.Rules.Reload(ctx)
			return audited(ctx, s, "rules.reload", l.Hash, l, err)
		})
}

// ByVersion is a request for a version.
type ByVersion struct {
	Version int64 `path:"version" minimum:"0" doc:"0 is the one in force"`
}

type rollback struct {
	ByVersion
	Body api.RuleRollback
}

func ruleChangeRoutes(s *Server) {
	add(s, route{method: "POST", path: "/rules/changes", id: "change-rules", tag: "rules", summary: "Change the stored rules; a bad file refuses the change as a whole, and says which", role: api.RoleAdmin, large: true},
		func(ctx context.Context, i *body[api.RuleChange]) (*out[api.RuleChanged], error) {
			c, err := s.Rules.ChangeRules(ctx, i.Body, ownerOf(ctx))
			if i.Body.Preview {
				return show(c, err)
			}
			return audited(ctx, s, "rules.change", strings.Join(append(append([]string{i.Body.Comment}, c.Added...), append(c.Changed, c.Removed...)...), " "), c, err)
		})
	add(s, route{method: "POST", path: "/rules/lint", id: "lint-rule", tag: "rules", summary: "What is wrong in a rule file, and what it defines; nothing is kept", role: api.RoleViewer},
		func(ctx context.Context, i *body[api.RuleText]) (*out[api.RuleLint], error) {
			return show(s.Rules.LintRule(ctx, i.Body))
		})
	add(s, route{method: "GET", path: "/rules/versions", id: "list-rule-versions", tag: "rules", summary: "History of the rules, the newest first", role: api.RoleViewer},
		func(ctx context.Context, _ *in) (*out[api.RuleVersions], error) {
			return show(s.Rules.RuleVersions(ctx))
		})
	add(s, route{method: "GET", path: "/rules/versions/{version}", id: "get-rule-version", tag: "rules", summary: "A version of the rules with the files that were stored", role: api.RoleViewer},
		func(ctx context.Context, i *ByVersion) (*out[api.RuleVersionDetail], error) {
			return show(s.Rules.RuleVersion(ctx, i.Version))
		})
	add(s, route{method: "POST", path: "/rules/versions/{version}/rollback", id: "roll-back-rules", tag: "rules", summary: "Put the stored rules of an earlier version in force, as a new version", role: api.RoleAdmin},
		func(ctx context.Context, i *rollback) (*out[api.RuleChanged], error) {
			c, err := s.Rules.RollBackRules(ctx, i.Version, i.Body.Comment, ownerOf(ctx))
			return audited(ctx, s, "rules.rollback", fmt.Sprint(i.Version), c, err)
		})
}

func taskRoutes(s *Server) {
	add(s, route{method: "POST", path: "/tasks", id: "give-task", tag: "tasks", summary: "Kill or suspend the process of an event, or preview that", role: api.RoleAnalyst, status: http.StatusCreated},
		func(ctx context.Context, i *body[api.NewTask]) (*out[api.TaskAnswer], error) {
			a, err := s.Tasks.Give(ctx, i.Body, ownerOf(ctx))
			if i.Body.Preview {
				return show(a, err)
			}
			target := i.Body.EventID
			if a.Task != nil {
				target = a.Task.ID + " " + a.Task.Action + " " + a.Task.HostID + " " + a.Task.EntityID
			}
			return audited(ctx, s, "task.give", target, a, err)
		})
	add(s, route{method: "GET", path: "/tasks", id: "list-tasks", tag: "tasks", summary: "Tasks, the newest first", role: api.RoleViewer},
		func(ctx context.Context, q *api.TaskQuery) (*out[api.TaskList], error) {
			return show(s.Tasks.Tasks(ctx, *q))
		})
	add(s, route{method: "GET", path: "/tasks/{id}", id: "get-task", tag: "tasks", summary: "One task", role: api.RoleViewer},
		func(ctx context.Context, i *ByID) (*out[api.Task], error) { return show(s.Tasks.Task(ctx, i.ID)) })
}

func auditRoutes(s *Server) {
	add(s, route{method: "GET", path: "/audit", id: "list-audit", tag: "audit", summary: "What people and agents did, the newest first", role: api.RoleAdmin},
		func(ctx context.Context, q *api.AuditQuery) (*out[api.AuditList], error) {
			return show(s.Audit.Entries(ctx, *q))
		})
	add(s, route{method: "GET", path: "/audit/check", id: "check-audit", tag: "audit", summary: "Whether the chain of the audit log is unbroken", role: api.RoleAdmin},
		func(ctx context.Context, _ *in) (*out[api.AuditCheck], error) { return show(s.Audit.Check(ctx)) })
}

func overviewRoutes(s *Server) {
	add(s, route{method: "GET", path: "/overview", id: "overview", tag: "overview", summary: "What a person wants to know first", role: api.RoleViewer},
		func(ctx context.Context, q *api.Range) (*out[api.Overview], error) {
			from, to, err := q.Bounds(s.now())
			if err != nil {
				return nil, err
			}
			return show(s.Overviews.Overview(ctx, from, to))
		})
	add(s, route{method: "GET", path: "/stats", id: "stats", tag: "overview", summary: "Counts of the manager's data", role: api.RoleViewer},
		func(ctx context.Context, _ *in) (*out[api.Stats], error) { return show(s.Overviews.Stats(ctx)) })
	add(s, route{method: "GET", path: "/health", id: "health", tag: "overview", summary: "Whether the manager works"}, s.health)
}

func (s *Server) health(ctx context.Context, _ *in) (*out[api.Health], error) {
	h := api.Health{Status: "ok", Time: s.now().UTC()}
	st, err := s.Overviews.Stats(ctx)
	if err != nil {
		return nil, err
	}
	if len(st.Problems) > 0 {
		h.Status = "degraded"
	}
	return &out[api.Health]{h}, nil
}
