package rest

import (
	"context"
	"net/http"
	"strings"

	"github.com/vedette-edr/vedette/internal/api"
)

// contentPolicy lets the console load only what this server serves.
const contentPolicy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// protect sets the security headers and refuses what another site's page sends
// in the name of a logged-in person.
func (s *Server) protect(next http.Handler) http.Handler {
	origins := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Strict-Transport-Security", "max-age=31536000")
		if strings.HasPrefix(r.URL.Path, api.Prefix+"/") {
			h.Set("Cache-Control", "no-store")
		}
		if err := origins.Check(r); err != nil {
			http.Error(w, "this request comes from another site", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// limit bounds the size and the time of a request, and bears a reader that goes.
func (s *Server) limit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.timeout)
		defer cancel()
		most := int64(MaxBody)
		if s.large[r.Method+" "+r.URL.Path] {
			most = LargeBody
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		next.ServeHTTP(&patient{ResponseWriter: w}, r.WithContext(ctx))
	})
}
