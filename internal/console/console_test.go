package console

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func ask(t *testing.T, h http.Handler, method, target string, header map[string]string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func read(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPageAndFallback(t *testing.T) {
	h := Handler()
	page := read(t, ask(t, h, "GET", "/", nil).Body)
	if !strings.Contains(page, `<div id="root">`) {
		t.Fatalf("no page at /: %s", page)
	}
	for _, target := range []string{"/alerts", "/alerts/0192-a.b", "/hosts/web-1.example.org", "/search?q=process.name%20%3D%20%27x%27", "/settings/users"} {
		res := ask(t, h, "GET", target, nil)
		if res.StatusCode != http.StatusOK || read(t, res.Body) != page {
			t.Errorf("%s: status %d, not the page", target, res.StatusCode)
		}
		if got := res.Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("%s: Cache-Control %q", target, got)
		}
	}
	for _, target := range []string{"/assets/gone-12345678.js", "/main.js", "/api/v1/alerts", "/api/v2/x"} {
		if res := ask(t, h, "GET", target, nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", target, res.StatusCode)
		}
	}
}

// TestPageLoadsOnlyItself follows what the page loads: all of it is there, has
// the right type, may be kept for ever, and nothing stands inline that the
// policy would refuse.
func TestPageLoadsOnlyItself(t *testing.T) {
	h := Handler()
	res := ask(t, h, "GET", "/", nil)
	if got := res.Header.Get("Content-Security-Policy"); got != Policy {
		t.Errorf("policy %q", got)
	}
	page := read(t, res.Body)
	if regexp.MustCompile(`<script(?:\s+[^>]*)?>[^<]`).MatchString(page) || strings.Contains(page, "style=") || strings.Contains(page, "<style") {
		t.Errorf("something stands inline: %s", page)
	}
	links := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(links) < 4 {
		t.Fatalf("found only %d links", len(links))
	}
	kinds := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
	for _, l := range links {
		if !strings.HasPrefix(l[1], "/") || strings.HasPrefix(l[1], "//") {
			t.Errorf("%s is from elsewhere", l[1])
			continue
		}
		res := ask(t, h, "GET", l[1], nil)
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", l[1], res.StatusCode)
		}
		if want := kinds[l[1][strings.LastIndex(l[1], "."):]]; res.Header.Get("Content-Type") != want {
			t.Errorf("%s: type %q, want %q", l[1], res.Header.Get("Content-Type"), want)
		}
		if got := res.Header.Get("Cache-Control"); strings.HasPrefix(l[1], "/assets/") && !strings.Contains(got, "immutable") {
			t.Errorf("%s: Cache-Control %q", l[1], got)
		}
	}
}

// TestNoAddressesOutside looks for data and foreign addresses that the policy
// would refuse, in the committed build.
func TestNoAddressesOutside(t *testing.T) {
	err := fs.WalkDir(dist, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := dist.ReadFile(name)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, ".css") && bytes.Contains(body, []byte("url(")) && regexp.MustCompile(`url\(['"]?(data:|https?:)`).Match(body) {
			t.Errorf("%s: an address that the policy refuses", name)
		}
		if strings.HasSuffix(name, ".map") {
			t.Errorf("%s: source maps are not shipped", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestGzip(t *testing.T) {
	h := Handler()
	plain := ask(t, h, "GET", "/", nil)
	want := read(t, plain.Body)
	res := ask(t, h, "GET", "/", map[string]string{"Accept-Encoding": "br;q=1.0, gzip;q=0.8"})
	if res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("headers %v", res.Header)
	}
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, z); got != want {
		t.Error("the unpacked page differs")
	}
	if res.Header.Get("ETag") == plain.Header.Get("ETag") {
		t.Error("both forms have the same tag")
	}
	for _, accept := range []string{"", "br", "gzip;q=0", "gzip; q=0"} {
		if res := ask(t, h, "GET", "/", map[string]string{"Accept-Encoding": accept}); res.Header.Get("Content-Encoding") != "" {
			t.Errorf("Accept-Encoding %q: answered in %s", accept, res.Header.Get("Content-Encoding"))
		}
	}
}

func TestNotModified(t *testing.T) {
	h := Handler()
	tag := ask(t, h, "GET", "/", nil).Header.Get("ETag")
	if res := ask(t, h, "GET", "/", map[string]string{"If-None-Match": tag}); res.StatusCode != http.StatusNotModified {
		t.Errorf("status %d, want 304", res.StatusCode)
	}
}

func TestOnlyReading(t *testing.T) {
	h := Handler()
	for _, m := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		if res := ask(t, h, m, "/", nil); res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: status %d", m, res.StatusCode)
		}
	}
	res := ask(t, h, "HEAD", "/", nil)
	if res.StatusCode != http.StatusOK || read(t, res.Body) != "" {
		t.Errorf("HEAD: status %d or a body", res.StatusCode)
	}
}

func TestMissingBuild(t *testing.T) {
	_, err := load(fstest.MapFS{"dist/icon.svg": {Data: []byte("<svg/>")}}, "dist")
	if err == nil {
		t.Fatal("a build without a page was taken")
	}
	res := ask(t, broken(err), "GET", "/", nil)
	if body := read(t, res.Body); res.StatusCode != http.StatusInternalServerError || !strings.Contains(body, "make console") {
		t.Errorf("status %d, %q does not say what to do", res.StatusCode, body)
	}
}
