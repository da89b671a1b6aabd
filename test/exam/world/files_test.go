package main

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCertificate(t *testing.T) {
	now := time.Now()
	c, err := certificate("example.org", now)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	for name, good := range map[string]bool{"example.org": true, "example.com": false} {
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: now}); (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFiles(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "tool"), []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]int{"/a/b/tool": http.StatusOK, "/a/other": http.StatusNotFound} {
		w := httptest.NewRecorder()
		files(folder).ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
		if w.Code != want || want == http.StatusOK && w.Body.String() != "content" {
			t.Errorf("%s: %d %q", url, w.Code, w.Body)
		}
	}
}
