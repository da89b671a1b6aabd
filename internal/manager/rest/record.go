package rest

import (
	"context"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/user"
)

// record writes a success to the audit log.
func (s *Server) record(ctx context.Context, action, target, detail string) error {
	id, _ := user.From(ctx)
	return s.Audit.Record(ctx, api.AuditEntry{
		Actor: id.Name, Via: id.Via, Address: id.Address,
		Action: action, Target: target, Outcome: "success", Detail: detail,
	})
}

// recordResult writes what became of an action to the audit log.
func (s *Server) recordResult(ctx context.Context, action, target string, err error) error {
	if err == nil {
		return s.record(ctx, action, target, "")
	}
	id, _ := user.From(ctx)
	return s.Audit.Record(ctx, api.AuditEntry{
		Actor: id.Name, Via: id.Via, Address: id.Address,
		Action: action, Target: target, Outcome: "failure", Detail: err.Error(),
	})
}

// done records an action and returns its error.
func (s *Server) done(ctx context.Context, action, target string, err error) error {
	if rerr := s.recordResult(ctx, action, target, err); rerr != nil {
		return rerr
	}
	return err
}

// audited records an action and shows its answer.
func audited[T any](ctx context.Context, s *Server, action, target string, v T, err error) (*out[T], error) {
	return show(v, s.done(ctx, action, target, err))
}
