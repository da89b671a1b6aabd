package program

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrograms(t *testing.T) {
	for _, p := range []Program{Journalctl()} {
		if p.Name == "" || len(p.paths) == 0 {
			t.Errorf("%+v is not whole", p)
		}
		for _, path := range p.paths {
			if !filepath.IsAbs(path) {
				t.Errorf("%s: %s is not a whole path", p.Name, path)
			}
		}
	}
}

func TestCommand(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tool")
	if err := os.WriteFile(file, []byte("#!/bin/sh\necho \"$1 $LC_ALL $HOME\"\npwd\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := Program{Name: "tool", paths: []string{filepath.Join(dir, "none"), file}}
	if _, err := p.Command(t.Context(), "x"); !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "tool in "+dir) {
		t.Errorf("a file that cannot be executed: %v", err)
	}
	if err := os.Chmod(file, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", "/home/secret")
	c, err := p.Command(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := c.Output(); err != nil || string(out) != "x C \n/\n" {
		t.Errorf("%q, %v", out, err)
	}
}
