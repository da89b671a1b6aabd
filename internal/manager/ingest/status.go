package ingest

import (
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/vedette-edr/vedette/internal/manager/enroll"
)

// The codes tell the agent what it can do: Unauthenticated and
// PermissionDenied need a person, FailedPrecondition a renewal, AlreadyExists
// a renewal that makes it a host of its own, the others another try later.
func refusal(err error) error {
	code := codes.Internal
	for _, m := range []struct {
		err  error
		code codes.Code
	}{
		{enroll.ErrNoCertificate, codes.Unauthenticated},
		{enroll.ErrForeignCertificate, codes.Unauthenticated},
		{enroll.ErrExpired, codes.FailedPrecondition},
		{enroll.ErrSuperseded, codes.AlreadyExists},
		{enroll.ErrRevoked, codes.PermissionDenied},
		{enroll.ErrBadToken, codes.PermissionDenied},
		{enroll.ErrBadRequest, codes.InvalidArgument},
	} {
		if errors.Is(err, m.err) {
			code = m.code
			break
		}
	}
	if code == codes.Internal {
		return status.Error(code, "the manager has a problem of its own; its log says which")
	}
	return status.Error(code, err.Error())
}

func busy() error {
	return status.Error(codes.ResourceExhausted, "the manager is busy with other enrolments: try again in a moment")
}

func stopping() error {
	return status.Error(codes.Unavailable, "the manager is stopping")
}
