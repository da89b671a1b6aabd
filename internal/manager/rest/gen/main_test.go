package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestGeneratedFilesAreFresh: what is committed is what the generator writes.
func TestGeneratedFilesAreFresh(t *testing.T) {
	dir, root := t.TempDir(), filepath.Join("..", "..", "..", "..")
	for _, sub := range []string{"web", "docs"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"web/openapi.json", "docs/api.md"} {
		want, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		have, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if string(have) != string(want) {
			t.Errorf("%s is stale: run make generate", file)
		}
	}
}
