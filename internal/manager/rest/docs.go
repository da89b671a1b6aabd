package rest

import (
	"embed"
	"net/http"

	"github.com/vedette-edr/vedette/internal/api"
)

//go:embed docs
var docs embed.FS

// docRoutes serves the description and a page that shows it. They hold nothing
// secret and need no login, so that programs can be generated from them.
func docRoutes(s *Server) {
	s.mux.HandleFunc("GET "+api.Prefix+"/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		b, err := s.Description()
		if err != nil {
			s.log.ErrorContext(r.Context(), "describe routes", "error", err)
			http.Error(w, "the description could not be made", http.StatusInternalServerError)
			return
		}
		if _, err := w.Write(b); err != nil {
			s.log.DebugContext(r.Context(), "write answer", "error", err)
		}
	})
	for path, file := range map[string]string{"/docs": "docs/index.html", "/docs/docs.js": "docs/docs.js", "/docs/docs.css": "docs/docs.css"} {
		s.mux.HandleFunc("GET "+api.Prefix+path, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, docs, file)
		})
	}
}
