package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/user"
)

// Cookie is the name of the session's cookie; the prefix makes browsers refuse
// it from anywhere but this host over TLS.
const Cookie = "__Host-vedette"

type sessionOut struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      api.Session
}

type cookieOut struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

type sessionIn struct {
	Cookie string `cookie:"__Host-vedette" hidden:"true"`
}

func sessionRoutes(s *Server) {
	add(s, route{method: "POST", path: "/session", id: "login", tag: "session", summary: "Log in; the answer sets the session's cookie"}, s.login)
	add(s, route{method: "GET", path: "/session", id: "session", tag: "session", summary: "Who is logged in", role: api.RoleViewer, early: true}, s.session)
	add(s, route{method: "DELETE", path: "/session", id: "logout", tag: "session", summary: "Log out", role: api.RoleViewer, early: true, status: http.StatusNoContent}, s.logout)
	add(s, route{method: "PUT", path: "/session/password", id: "change-password", tag: "session", summary: "Change the own password; ends the user's other sessions", role: api.RoleViewer, early: true}, s.changePassword)
}

func sessionCookie(secret string) []http.Cookie {
	if secret == "" {
		return nil
	}
	return []http.Cookie{{Name: Cookie, Value: secret, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}}
}

func (s *Server) login(ctx context.Context, i *body[api.Login]) (*sessionOut, error) {
	address := addressOf(ctx)
	secret, session, err := s.Sessions.Login(ctx, i.Body, address)
	var busy *user.TooMany
	if errors.As(err, &busy) { // was not looked at, and must not fill the audit log
		return nil, loginProblem(err)
	}
	e := api.AuditEntry{Actor: i.Body.User, Address: address, Via: "session", Action: "session.login", Outcome: "success"}
	if err != nil {
		e.Outcome, e.Detail = "failure", err.Error()
	}
	if rerr := s.Audit.Record(ctx, e); rerr != nil {
		return nil, rerr
	}
	if err != nil {
		return nil, loginProblem(err)
	}
	return &sessionOut{SetCookie: sessionCookie(secret), Body: session}, nil
}

func (s *Server) session(ctx context.Context, _ *in) (*out[api.Session], error) {
	return &out[api.Session]{sessionOf(ctx)}, nil
}

func (s *Server) logout(ctx context.Context, i *sessionIn) (*cookieOut, error) {
	if i.Cookie != "" {
		if err := s.Sessions.Logout(ctx, i.Cookie); err != nil {
			return nil, err
		}
	}
	if err := s.record(ctx, "session.logout", "", ""); err != nil {
		return nil, err
	}
	return &cookieOut{SetCookie: []http.Cookie{{Name: Cookie, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: -1}}}, nil
}

func (s *Server) changePassword(ctx context.Context, i *body[api.PasswordChange]) (*sessionOut, error) {
	id, _ := user.From(ctx)
	err := s.Sessions.ChangePassword(ctx, id.Name, i.Body)
	if rerr := s.recordResult(ctx, "user.password", id.Name, err); rerr != nil {
		return nil, rerr
	}
	if err != nil {
		return nil, loginProblem(err)
	}
	// all sessions of the user ended with the old password; this is a new one
	secret, session, err := s.Sessions.Login(ctx, api.Login{User: id.Name, Password: i.Body.New}, id.Address)
	if err != nil {
		return nil, err
	}
	return &sessionOut{SetCookie: sessionCookie(secret), Body: session}, nil
}
