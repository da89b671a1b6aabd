// Package rest serves the manager's REST interface: routes with their roles,
// who is logged in, limits, security headers, the OpenAPI description and its
// offline page, and the live stream. What the routes show is in other packages
// behind the interfaces of deps.go.
//
// A Server is safe for concurrent use and starts no goroutine of its own.
package rest

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/vedette-edr/vedette/internal/api"
)

// Options configure a Server.
type Options struct {
	Deps
	Version string
	Logger  *slog.Logger
	Now     func() time.Time
	Console http.Handler  // serves what is not under api.Prefix; nil: nothing
	Timeout time.Duration // for one request, 60 s when zero
}

// Server answers people and programs.
type Server struct {
	Deps
	log     *slog.Logger
	now     func() time.Time
	api     huma.API
	mux     *http.ServeMux
	console http.Handler
	timeout time.Duration
	large   map[string]bool // methods and paths of routes with large bodies; immutable after New
}

// MaxBody is the largest body of a request, bytes.
const MaxBody = 2 << 20

// LargeBody is the largest body where rules and indicators are changed.
const LargeBody = 32 << 20

// New returns a Server with all routes.
func New(o Options) *Server {
	s := &Server{Deps: o.Deps, log: o.Logger, now: o.Now, console: o.Console, timeout: o.Timeout, mux: http.NewServeMux(), large: map[string]bool{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.timeout == 0 {
		s.timeout = time.Minute
	}
	s.api = humago.New(s.mux, describe(o.Version))
	s.api.UseMiddleware(s.authorize)
	for _, register := range routes() {
		register(s)
	}
	s.describeStream()
	for _, schema := range s.api.OpenAPI().Components.Schemas.Map() {
		listsAreLists(schema)
	}
	return s
}

// routes lists what registers routes, one function for each subject.
func routes() []func(*Server) {
	return []func(*Server){
		sessionRoutes, userRoutes, keyRoutes, tokenRoutes,
		overviewRoutes, hostRoutes, groupRoutes, alertRoutes,
		eventRoutes, ruleRoutes, ruleChangeRoutes, iocRoutes, taskRoutes, auditRoutes, docRoutes,
	}
}

// Handler returns what serves the REST interface and the console.
func (s *Server) Handler() http.Handler {
	root := http.NewServeMux()
	root.Handle(api.Prefix+"/", s.limit(s.mux))
	root.Handle("GET "+api.Prefix+"/stream", http.HandlerFunc(s.stream))
	if s.console != nil {
		root.Handle("/", s.console)
	}
	return s.protect(s.identify(root))
}

// route is what a route is called and who may use it.
type route struct {
	method  string
	path    string // below api.Prefix
	id      string
	tag     string
	summary string
	role    string // least role; empty: anybody, also without a login
	early   bool   // allowed while a one-time password was not changed yet
	status  int
	large   bool // its body may have LargeBody bytes
}

// in is a request without parameters.
type in struct{}

// out is an answer with a body.
type out[T any] struct{ Body T }

// body is a request with a body.
type body[T any] struct{ Body T }

// ByID is a request for one thing.
type ByID struct {
	ID string `path:"id" maxLength:"256"`
}

func add[I, O any](s *Server, r route, do func(ctx context.Context, i *I) (*O, error)) {
	op := huma.Operation{
		OperationID:  r.id,
		Method:       r.method,
		Path:         api.Prefix + r.path,
		Summary:      r.summary,
		Tags:         []string{r.tag},
		MaxBodyBytes: MaxBody,
		Metadata:     map[string]any{"route": r},
		Extensions:   map[string]any{"x-role": r.role},
		Errors:       []int{http.StatusUnprocessableEntity, http.StatusInternalServerError},
	}
	if r.large {
		op.MaxBodyBytes = LargeBody
		s.large[r.method+" "+op.Path] = true
	}
	if r.status != 0 {
		op.DefaultStatus = r.status
	}
	if r.role != "" {
		op.Security = []map[string][]string{{"session": {}}, {"key": {}}}
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	}
	huma.Register(s.api, op, func(ctx context.Context, i *I) (*O, error) {
		o, err := do(ctx, i)
		if err != nil {
			return nil, s.problem(ctx, r, err)
		}
		return o, nil
	})
}

// show wraps the answer of a part.
func show[T any](v T, err error) (*out[T], error) {
	if err != nil {
		return nil, err
	}
	return &out[T]{v}, nil
}
