package rest

import (
	"context"
	"net/http"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/user"
)

// Named is a request for one thing by its name.
type Named struct {
	Name string `path:"name" maxLength:"64"`
}

type namedBody[T any] struct {
	Named
	Body T
}

func userRoutes(s *Server) {
	add(s, route{method: "GET", path: "/users", id: "list-users", tag: "users", summary: "All users", role: api.RoleAdmin},
		func(ctx context.Context, _ *in) (*out[api.UserList], error) {
			us, err := s.Users.List(ctx)
			return show(api.UserList{Users: us}, err)
		})
	add(s, route{method: "POST", path: "/users", id: "create-user", tag: "users", summary: "Create a user; the one-time password is shown only in this answer", role: api.RoleAdmin, status: http.StatusCreated},
		func(ctx context.Context, i *body[api.NewUser]) (*out[api.CreatedUser], error) {
			u, err := s.Users.Create(ctx, i.Body)
			return audited(ctx, s, "user.create", i.Body.Name, u, err)
		})
	add(s, route{method: "PATCH", path: "/users/{name}", id: "change-user", tag: "users", summary: "Change role, disable, or reset the password", role: api.RoleAdmin},
		func(ctx context.Context, i *namedBody[api.UserChange]) (*out[api.CreatedUser], error) {
			u, err := s.Users.Change(ctx, i.Name, i.Body)
			return audited(ctx, s, "user.change", i.Name, u, err)
		})
	add(s, route{method: "DELETE", path: "/users/{name}", id: "delete-user", tag: "users", summary: "Delete a user, with sessions and keys", role: api.RoleAdmin, status: http.StatusNoContent},
		func(ctx context.Context, i *Named) (*struct{}, error) {
			err := s.Users.Delete(ctx, i.Name)
			return nil, s.done(ctx, "user.delete", i.Name, err)
		})
}

type keysIn struct {
	All bool `query:"all" doc:"of all users; needs the role admin"`
}

func keyRoutes(s *Server) {
	add(s, route{method: "GET", path: "/keys", id: "list-keys", tag: "keys", summary: "The own API keys", role: api.RoleViewer},
		func(ctx context.Context, i *keysIn) (*out[api.KeyList], error) {
			of := ownerOf(ctx)
			if i.All {
				if !isAdmin(ctx) {
					return nil, forbidden(api.RoleAdmin)
				}
				of = ""
			}
			ks, err := s.Users.Keys(ctx, of)
			return show(api.KeyList{Keys: ks}, err)
		})
	add(s, route{method: "POST", path: "/keys", id: "create-key", tag: "keys", summary: "Create an API key of the own user; the secret is shown only in this answer", role: api.RoleViewer, status: http.StatusCreated},
		func(ctx context.Context, i *body[api.NewKey]) (*out[api.CreatedKey], error) {
			id, _ := user.From(ctx)
			k, err := s.Users.CreateKey(ctx, id, i.Body)
			return audited(ctx, s, "key.create", i.Body.Name, k, err)
		})
	add(s, route{method: "DELETE", path: "/keys/{id}", id: "revoke-key", tag: "keys", summary: "Revoke an API key; an admin may revoke anybody's", role: api.RoleViewer, status: http.StatusNoContent},
		func(ctx context.Context, i *ByID) (*struct{}, error) {
			of := ownerOf(ctx)
			if isAdmin(ctx) {
				of = ""
			}
			err := s.Users.RevokeKey(ctx, of, i.ID)
			return nil, s.done(ctx, "key.revoke", i.ID, err)
		})
}

func tokenRoutes(s *Server) {
	add(s, route{method: "GET", path: "/tokens", id: "list-tokens", tag: "tokens", summary: "Enrolment tokens", role: api.RoleAdmin},
		func(ctx context.Context, _ *in) (*out[api.TokenList], error) {
			ts, err := s.Tokens.Tokens(ctx)
			return show(api.TokenList{Tokens: ts}, err)
		})
	add(s, route{method: "POST", path: "/tokens", id: "create-token", tag: "tokens", summary: "Create an enrolment token; the secret is shown only in this answer", role: api.RoleAdmin, status: http.StatusCreated},
		func(ctx context.Context, i *body[api.NewToken]) (*out[api.CreatedToken], error) {
			t, err := s.Tokens.CreateToken(ctx, i.Body, ownerOf(ctx))
			return audited(ctx, s, "token.create", t.Token.ID, t, err)
		})
	add(s, route{method: "DELETE", path: "/tokens/{id}", id: "revoke-token", tag: "tokens", summary: "Revoke an enrolment token", role: api.RoleAdmin, status: http.StatusNoContent},
		func(ctx context.Context, i *ByID) (*struct{}, error) {
			err := s.Tokens.RevokeToken(ctx, i.ID)
			return nil, s.done(ctx, "token.revoke", i.ID, err)
		})
}
