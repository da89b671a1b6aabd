// Package console serves the web console: the build of web/, which is
// committed in dist so that building the program needs no node. It knows
// nothing of the manager; the pages talk to the REST interface on the same
// origin.
//
// The handler keeps all files in memory, is immutable after Handler returns,
// and is safe for concurrent use.
package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed all:dist
var dist embed.FS

// Policy is the content security policy of every answer: nothing but what this
// server serves.
const Policy = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Handler returns what serves the console at the root of a server. Paths that
// are no file get the page, whose router decides.
func Handler() http.Handler {
	files, err := load(dist, "dist")
	if err != nil {
		return broken(err)
	}
	return files
}

// broken tells on every request that the program was built without the console.
func broken(err error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the console is missing in this build: run make console, then build again ("+err.Error()+")", http.StatusInternalServerError)
	})
}

// file is one file of the build.
type file struct {
	body      []byte
	zipped    []byte // nil when that is not smaller
	kind      string // MIME type
	tag       string // entity tag
	immutable bool   // its name holds a hash of its content
}

type site map[string]file // by path, immutable after load

const page = "/index.html"

func load(from fs.FS, root string) (site, error) {
	s := site{}
	err := fs.WalkDir(from, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		f, err := newFile(name, body)
		s[strings.TrimPrefix(name, root)] = f
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read console: %w", err)
	}
	if _, ok := s[page]; !ok {
		return nil, fmt.Errorf("read console: %s is missing", page)
	}
	return s, nil
}

func newFile(name string, body []byte) (file, error) {
	sum := sha256.Sum256(body)
	f := file{
		body:      body,
		kind:      kindOf(name),
		tag:       `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`,
		immutable: strings.Contains(name, "/assets/"),
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return f, fmt.Errorf("compress %s: %w", name, err)
	}
	if _, err := z.Write(body); err != nil {
		return f, fmt.Errorf("compress %s: %w", name, err)
	}
	if err := z.Close(); err != nil {
		return f, fmt.Errorf("compress %s: %w", name, err)
	}
	if b.Len() < len(body)*9/10 {
		f.zipped = b.Bytes()
	}
	return f, nil
}

// kindOf does not ask the system's table, which differs between machines.
func kindOf(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	default:
		if kind := mime.TypeByExtension(ext); kind != "" {
			return kind
		}
		return "application/octet-stream"
	}
}

// ServeHTTP answers with a file, or with the page for a path of its router.
func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", Policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "the console only answers GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	f, ok := s[r.URL.Path]
	if !ok {
		if !routed(r.URL.Path) {
			http.NotFound(w, r)
			return
		}
		f = s[page]
	}
	f.serve(w, r)
}

// routed reports whether a path may be one of the router; files and the REST
// interface are not.
func routed(p string) bool {
	return !strings.HasPrefix(p, "/assets/") && !strings.HasPrefix(p, "/api/") && path.Ext(p) != ".js" && path.Ext(p) != ".css" && path.Ext(p) != ".map"
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if f.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, tag := f.body, f.tag
	if f.zipped != nil && accepts(r.Header.Get("Accept-Encoding")) {
		body, tag = f.zipped, strings.TrimSuffix(f.tag, `"`)+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// accepts reports whether a list of encodings allows gzip.
func accepts(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == "gzip" || strings.TrimSpace(name) == "*" {
			weight = strings.ReplaceAll(weight, " ", "")
			return weight != "q=0" && weight != "q=0.0" && weight != "q=0.00" && weight != "q=0.000"
		}
	}
	return false
}
