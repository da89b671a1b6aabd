package rest

import (
	"net/http"

	"github.com/vedette-edr/vedette/internal/api"
)

// stream opens the live stream for who may see events.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	if err := allow(r.Context(), route{role: api.RoleViewer}); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	s.Stream.ServeHTTP(w, r)
}
