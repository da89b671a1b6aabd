package manager

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sort"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/rest"
	"github.com/vedette-edr/vedette/internal/manager/user"
)

// matrix is who may do what; empty is everybody without a login. It stands here
// a second time so that a change of a route's role is made on purpose.
func matrix() map[string]string {
	m := map[string]string{
		"POST /session": "", "GET /health": "",
		"PATCH /alerts": api.RoleAnalyst, "PATCH /alerts/{id}": api.RoleAnalyst, "POST /tasks": api.RoleAnalyst,
		"POST /iocs": api.RoleAnalyst, "POST /iocs/remove": api.RoleAnalyst, "POST /iocs/test": api.RoleViewer, "POST /rules/lint": api.RoleViewer,
	}
	for _, r := range strings.Fields(`GET/session DELETE/session PUT/session/password GET/keys POST/keys DELETE/keys/{id} GET/overview GET/stats GET/hosts
		GET/hosts/{id} GET/hosts/{id}/completeness GET/completeness GET/groups GET/policies/{group} GET/policies/{group}/versions GET/alerts
		GET/alerts/groups GET/alerts/{id} GET/alerts/{id}/timeline GET/events/search GET/events/count GET/events/histogram GET/events/{id}
		GET/events/{id}/tree GET/fields GET/fields/{name}/values GET/rules GET/rules/{id} GET/rules/versions GET/rules/versions/{version} GET/iocs GET/iocs/versions GET/tasks GET/tasks/{id} GET/stream`) {
		method, path, _ := strings.Cut(r, "/")
		m[method+" /"+path] = api.RoleViewer
	}
	for _, r := range strings.Fields(`GET/users POST/users PATCH/users/{name} DELETE/users/{name} GET/tokens POST/tokens DELETE/tokens/{id} PATCH/hosts/{id}
		DELETE/hosts/{id} POST/groups DELETE/groups/{group} PUT/policies/{group} POST/rules/reload POST/rules/changes POST/rules/versions/{version}/rollback GET/audit GET/audit/check`) {
		method, path, _ := strings.Cut(r, "/")
		m[method+" /"+path] = api.RoleAdmin
	}
	return m
}

// described lists the routes of the OpenAPI description.
func described(t *testing.T) []string {
	t.Helper()
	text, err := rest.New(rest.Options{Version: "1"}).Description()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	var out []string
	for path, methods := range d.Paths {
		for method := range methods {
			out = append(out, strings.ToUpper(method)+" "+strings.TrimPrefix(path, api.Prefix))
		}
	}
	sort.Strings(out)
	return out
}

// TestWM3_RolesOfEveryRoute asks every route as nobody, as each role by API key
// and by session, and with a one-time password.
func TestWM3_RolesOfEveryRoute(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{})
	want := matrix()
	have := described(t)
	for _, r := range have {
		if _, ok := want[r]; !ok {
			t.Errorf("%s stands in no line of the matrix", r)
		}
		delete(want, r)
	}
	for r := range want {
		t.Errorf("%s stands in the matrix and is no route", r)
	}
	want = matrix()
	transport := &http.Transport{TLSClientConfig: clientTLS(t, m)}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	ask := func(route string, sign func(*http.Request)) int {
		method, path, _ := strings.Cut(route, " ")
		path = strings.NewReplacer("{id}", "none", "{name}", "none", "{group}", "none").Replace(path)
		r, err := http.NewRequest(method, m.URL()+api.Prefix+path, bytes.NewReader([]byte("{}")))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		sign(r)
		a, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, a.Body)
		_ = a.Body.Close()
		return a.StatusCode
	}
	for _, route := range have {
		if got := ask(route, func(*http.Request) {}); (got == http.StatusUnauthorized) != (want[route] != "") {
			t.Errorf("%s as nobody: %d", route, got)
		}
	}
	for _, role := range api.Roles() {
		fresh, err := m.users.Create(t.Context(), api.NewUser{Name: "the-" + role, Role: role})
		if err != nil {
			t.Fatal(err)
		}
		oneTime, _, err := m.users.Login(t.Context(), api.Login{User: "the-" + role, Password: fresh.Password}, "test")
		if err != nil {
			t.Fatal(err)
		}
		for _, route := range have {
			early := want[route] == "" || strings.HasSuffix(route, "/session") || strings.HasSuffix(route, "/session/password")
			if strings.HasPrefix(route, "DELETE /session") {
				continue // would end the session that the others need
			}
			got := ask(route, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: rest.Cookie, Value: oneTime}) })
			if (got == http.StatusForbidden) == early {
				t.Errorf("%s as %s with a one-time password: %d", route, role, got)
			}
		}
		if err := m.users.ChangePassword(t.Context(), "the-"+role, api.PasswordChange{Old: fresh.Password, New: "long enough for a test"}); err != nil {
			t.Fatal(err)
		}
		session, _, err := m.users.Login(t.Context(), api.Login{User: "the-" + role, Password: "long enough for a test"}, "test")
		if err != nil {
			t.Fatal(err)
		}
		key, err := m.users.CreateKey(context.Background(), user.Identity{Name: "the-" + role, Role: role}, api.NewKey{Name: "k"})
		if err != nil {
			t.Fatal(err)
		}
		for by, sign := range map[string]func(*http.Request){
			"key":     func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key.Secret) },
			"session": func(r *http.Request) { r.AddCookie(&http.Cookie{Name: rest.Cookie, Value: session}) },
		} {
			for _, route := range have {
				if route == "DELETE /session" && by == "session" {
					continue
				}
				got := ask(route, sign)
				allowed := want[route] == "" || api.RoleCovers(role, want[route])
				refused := got == http.StatusForbidden || got == http.StatusUnauthorized && want[route] != ""
				if refused == allowed && !(route == "PUT /session/password" && got == http.StatusUnprocessableEntity) {
					t.Errorf("%s as %s by %s: %d, allowed is %v", route, role, by, got, allowed)
				}
				if got >= 500 {
					t.Errorf("%s as %s by %s: %d", route, role, by, got)
				}
			}
		}
	}
}

// TestWM2_BlankCredentialsAreRefused: no, blank and wrong credentials are
// refused on every try, the first and the hundredth.
func TestWM2_BlankCredentialsAreRefused(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{})
	transport := &http.Transport{TLSClientConfig: clientTLS(t, m)}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for range 20 {
		for name, sign := range map[string]func(*http.Request){
			"none":           func(*http.Request) {},
			"blank key":      func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") },
			"blank basic":    func(r *http.Request) { r.SetBasicAuth("", "") },
			"wrong key":      func(r *http.Request) { r.Header.Set("Authorization", "Bearer vedette_x") },
			"blank cookie":   func(r *http.Request) { r.AddCookie(&http.Cookie{Name: rest.Cookie}) },
			"wrong cookie":   func(r *http.Request) { r.AddCookie(&http.Cookie{Name: rest.Cookie, Value: "x"}) },
			"foreign header": func(r *http.Request) { r.Header.Set("X-Api-Key", "") },
		} {
			r, err := http.NewRequest("GET", m.URL()+api.Prefix+"/hosts", nil)
			if err != nil {
				t.Fatal(err)
			}
			sign(r)
			a, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = a.Body.Close()
			if a.StatusCode != http.StatusUnauthorized {
				t.Fatalf("%s: %s", name, a.Status)
			}
		}
	}
	for _, in := range []string{`{}`, `{"user":"","password":""}`, `{"user":"admin","password":""}`, `{"user":"admin","password":" "}`} {
		a, err := client.Post(m.URL()+api.Prefix+"/session", "application/json", strings.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		if a.StatusCode < 400 || len(a.Cookies()) > 0 {
			t.Errorf("%s: %s", in, a.Status)
		}
	}
}

func TestSessionCookieOverTheWire(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{})
	transport := &http.Transport{TLSClientConfig: clientTLS(t, m)}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	login, _ := json.Marshal(api.Login{User: "admin", Password: m.FirstPassword()})
	a, err := client.Post(m.URL()+api.Prefix+"/session", "application/json", bytes.NewReader(login))
	if err != nil {
		t.Fatal(err)
	}
	_ = a.Body.Close()
	if len(a.Cookies()) != 1 {
		t.Fatalf("%s, %v", a.Status, a.Cookies())
	}
	c := a.Cookies()[0]
	if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie %+v", c)
	}
	for origin, want := range map[string]int{"": http.StatusOK, m.URL(): http.StatusOK, "https://evil.example": http.StatusForbidden, "null": http.StatusForbidden} {
		change, _ := json.Marshal(api.PasswordChange{Old: m.FirstPassword(), New: m.FirstPassword()}) // refused as the old one: 422 when let in
		r, err := http.NewRequest("PUT", m.URL()+api.Prefix+"/session/password", bytes.NewReader(change))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.AddCookie(c)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		a, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		if (a.StatusCode == http.StatusForbidden) != (want == http.StatusForbidden) {
			t.Errorf("origin %q: %s", origin, a.Status)
		}
	}
}

func TestProblemsNameTheField(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{})
	c := admin(t, m)
	for name, tc := range map[string]struct {
		method, path string
		body         any
		want         string
	}{
		"unknown parameter": {"GET", "/hosts?stauts=online", nil, "query.stauts"},
		"bad enum":          {"GET", "/hosts?status=up", nil, "query.status"},
		"bad time":          {"GET", "/events/search?from=yesterday", nil, "query.from"},
		"bad condition":     {"GET", "/events/search?query=process.name+%3D", nil, "query.query"},
		"limit too high":    {"GET", "/events/search?limit=10001", nil, "query.limit"},
		"bad cursor":        {"GET", "/alerts?cursor=x", nil, "query.cursor"},
		"bad role":          {"POST", "/users", map[string]string{"name": "x", "role": "root"}, "body.role"},
		"bad name":          {"POST", "/users", map[string]string{"name": "A B", "role": "viewer"}, "body.name"},
		"unknown member":    {"POST", "/users", map[string]string{"name": "x", "role": "viewer", "rolle": "x"}, "body.rolle"},
		"bad policy":        {"PUT", "/policies/default", map[string]string{"text": "a: [\n"}, "body.text"},
		"no reason":         {"PATCH", "/alerts/x", map[string]string{"status": "closed"}, "body.reason"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.Do(t.Context(), tc.method, tc.path, nil, tc.body, nil)
			p, ok := err.(*api.Problem)
			if !ok || p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusBadRequest || len(p.Errors) == 0 || p.Errors[0].Location != tc.want {
				t.Errorf("got %+v (%v), want %s", p, err, tc.want)
			}
		})
	}
	if err := c.Do(t.Context(), "POST", "/users", nil, map[string]string{"name": strings.Repeat("x", rest.MaxBody)}, nil); err == nil || !strings.Contains(err.Error(), "413") {
		t.Errorf("a body that is too large: %v", err)
	}
}

// TestGuessingIsSlowedDownAndDoesNotFillTheAuditLog guesses a password from one
// address: the answer is 429 with the time to wait, and most tries leave no
// entry.
func TestGuessingIsSlowedDownAndDoesNotFillTheAuditLog(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{})
	transport := &http.Transport{TLSClientConfig: clientTLS(t, m)}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	slowed := 0
	for range 40 {
		a, err := client.Post(m.URL()+api.Prefix+"/session", "application/json", strings.NewReader(`{"user":"admin","password":"guess"}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		switch {
		case a.StatusCode == http.StatusTooManyRequests && a.Header.Get("Retry-After") != "":
			slowed++
		case a.StatusCode != http.StatusUnauthorized:
			t.Fatal(a.Status)
		}
	}
	l, err := m.audit.Entries(t.Context(), api.AuditQuery{Action: "session.login"})
	if err != nil || slowed < 30 || len(l.Entries) > 10 || l.Entries[0].Outcome != "failure" {
		t.Errorf("%d of 40 slowed down, %d entries, %v", slowed, len(l.Entries), err)
	}
}
