package rest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/user"
)

type sessionKey struct{}

type addressKey struct{}

func sessionOf(ctx context.Context) api.Session {
	s, _ := ctx.Value(sessionKey{}).(api.Session)
	return s
}

func addressOf(ctx context.Context) string {
	a, _ := ctx.Value(addressKey{}).(string)
	return a
}

func ownerOf(ctx context.Context) string {
	id, _ := user.From(ctx)
	return id.Name
}

func isAdmin(ctx context.Context) bool {
	id, _ := user.From(ctx)
	return id.Role == api.RoleAdmin
}

func forbidden(role string) error {
	return huma.Error403Forbidden("this needs the role " + role)
}

// identify finds out who makes a request, by key or by session, and leaves the
// decision to authorize.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, api.Prefix+"/") {
			next.ServeHTTP(w, r)
			return
		}
		address, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			address = r.RemoteAddr
		}
		ctx := context.WithValue(r.Context(), addressKey{}, address)
		if secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
			ctx = s.byKey(ctx, secret, address)
		} else if c, err := r.Cookie(Cookie); err == nil && c.Value != "" {
			ctx = s.bySession(ctx, w, c.Value, address)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func (s *Server) byKey(ctx context.Context, secret, address string) context.Context {
	id, err := s.Sessions.ByKey(ctx, secret, address)
	if err != nil {
		s.logIdentity(ctx, err, address)
		return ctx
	}
	return context.WithValue(user.With(ctx, id), sessionKey{}, api.Session{User: id.Name, Role: id.Role, MustChange: id.MustChange, KeyID: id.KeyID})
}

func (s *Server) bySession(ctx context.Context, w http.ResponseWriter, secret, address string) context.Context {
	id, session, fresh, err := s.Sessions.Resume(ctx, secret, address)
	if err != nil {
		s.logIdentity(ctx, err, address)
		return ctx
	}
	for _, c := range sessionCookie(fresh) {
		http.SetCookie(w, &c)
	}
	return context.WithValue(user.With(ctx, id), sessionKey{}, session)
}

func (s *Server) logIdentity(ctx context.Context, err error, address string) {
	if !errors.Is(err, user.ErrWrong) {
		s.log.ErrorContext(ctx, "identify request", "address", address, "error", err)
	}
}

// Still reports whether who made a request may still see events.
func (s *Server) Still(r *http.Request) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 10*time.Second)
	defer cancel()
	var id user.Identity
	var err error
	if secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		id, err = s.Sessions.ByKey(ctx, secret, addressOf(ctx))
	} else {
		id, err = s.Sessions.Alive(ctx, ownerOf(ctx), sessionOf(ctx))
	}
	return err == nil && allow(user.With(ctx, id), route{role: api.RoleViewer}) == nil
}

// authorize lets a request through when the role suffices.
func (s *Server) authorize(c huma.Context, next func(huma.Context)) {
	r, _ := c.Operation().Metadata["route"].(route)
	if r.role == "" {
		next(c)
		return
	}
	if err := allow(c.Context(), r); err != nil {
		status := http.StatusForbidden
		var se huma.StatusError
		if errors.As(err, &se) {
			status = se.GetStatus()
		}
		if status == http.StatusUnauthorized {
			c.SetHeader("WWW-Authenticate", `Bearer realm="vedette"`)
		}
		if werr := huma.WriteErr(s.api, c, status, err.Error()); werr != nil {
			s.log.Debug("write answer", "error", werr)
		}
		return
	}
	next(c)
}

func allow(ctx context.Context, r route) error {
	id, ok := user.From(ctx)
	switch {
	case !ok:
		return huma.Error401Unauthorized("log in, or send an API key")
	case id.MustChange && !r.early:
		return huma.Error403Forbidden("the password is a one-time password: change it first (PUT " + api.Prefix + "/session/password)")
	case !api.RoleCovers(id.Role, r.role):
		return forbidden(r.role)
	}
	return nil
}

func loginProblem(err error) error {
	var busy *user.TooMany
	switch {
	case errors.As(err, &busy):
		seconds := int(busy.Wait/time.Second) + 1
		return huma.ErrorWithHeaders(huma.Error429TooManyRequests("too many wrong passwords: try again in "+strconv.Itoa(seconds)+" s"),
			http.Header{"Retry-After": {strconv.Itoa(seconds)}})
	case errors.Is(err, user.ErrWrong):
		return huma.Error401Unauthorized("user or password is wrong, or the user is disabled")
	}
	return err
}
