package user

import "context"

// Identity is who makes a request, and how that was proved.
type Identity struct {
	Name       string
	Role       string
	Via        string // session, key:ID or command
	KeyID      string // of the API key, when that was used
	Address    string // where the request came from
	MustChange bool   // has a one-time password: may only change it
}

type identityKey struct{}

// With returns a context that carries who makes the request.
func With(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, id)
}

// From returns who makes the request; false when nobody proved an identity.
func From(ctx context.Context) (Identity, bool) {
	id, ok := ctx.Value(identityKey{}).(Identity)
	return id, ok
}
