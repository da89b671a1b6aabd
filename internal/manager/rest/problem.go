package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/query"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

// problem turns the error of a part into an answer: what the caller did wrong
// is Named, what went wrong inside is logged and not shown.
func (s *Server) problem(ctx context.Context, r route, err error) error {
	var status huma.StatusError
	var field *api.FieldError
	var refused *api.RefusedError
	switch {
	case errors.As(err, &status):
		return err
	case errors.As(err, &field):
		return huma.Error422UnprocessableEntity("a field of the request is wrong", &huma.ErrorDetail{Message: field.Message, Location: field.Field})
	case errors.As(err, &refused):
		var details []error
		for _, p := range refused.Problems {
			details = append(details, &huma.ErrorDetail{Message: p.Message, Location: p.Where()})
		}
		return huma.Error422UnprocessableEntity("the change is refused as a whole, what was in force stays", details...)
	case errors.Is(err, state.ErrNotFound), errors.Is(err, query.ErrNotFound):
		return huma.Error404NotFound(err.Error())
	case errors.Is(err, state.ErrConflict):
		return huma.Error409Conflict(err.Error())
	case errors.Is(err, query.ErrBusy), errors.Is(err, query.ErrTimeout):
		return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable(err.Error()), http.Header{"Retry-After": {"5"}})
	case errors.Is(err, context.DeadlineExceeded):
		return huma.NewError(http.StatusServiceUnavailable, "the request took too long: ask for a shorter range or fewer rows")
	case errors.Is(err, context.Canceled):
		return huma.NewError(499, "the client went away")
	}
	s.log.ErrorContext(ctx, "answer request", "operation", r.id, "error", err)
	return huma.Error500InternalServerError("the manager could not do this; its log says why")
}
