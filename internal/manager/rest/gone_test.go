package rest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// hungUp is a ResponseWriter whose reader goes after the status.
type hungUp struct {
	header   http.Header
	statuses []int
	writes   int
}

func (h *hungUp) Header() http.Header { return h.header }
func (h *hungUp) WriteHeader(status int) {
	h.statuses = append(h.statuses, status)
}
func (h *hungUp) Write([]byte) (int, error) {
	h.writes++
	return 0, errors.New("broken pipe")
}

// TestReaderGoes checks that an answer whose reader goes has one status and no
// panic, whether the request knows already that it is over or not.
func TestReaderGoes(t *testing.T) {
	mux := http.NewServeMux()
	huma.Register(humago.New(mux, huma.DefaultConfig("t", "1")), huma.Operation{OperationID: "long", Method: http.MethodGet, Path: "/long"}, func(context.Context, *in) (*out[string], error) {
		return &out[string]{Body: strings.Repeat("x", 1<<20)}, nil
	})
	served := (&Server{timeout: time.Minute}).limit(mux)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, ctx := range map[string]context.Context{"the request is over": over, "the request goes on": t.Context()} {
		w := &hungUp{header: http.Header{}}
		served.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/long", nil))
		if !slices.Equal(w.statuses, []int{http.StatusOK}) || w.writes != 1 {
			t.Errorf("%s: statuses %v, %d writes", name, w.statuses, w.writes)
		}
	}
}
