package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestWatchLines(t *testing.T) {
	for _, tt := range []struct{ name, then, want string }{
		{"changed", "root:x:0\nuser:y:1\n", linesChanged},
		{"the same", "root:x:1\nuser:x:1\n", linesSame},
		{"removed", "root:x:1\n", linesSame},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "passwd")
			write := func(text string) {
				if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
					t.Error(err)
				}
				if err := os.Rename(file+".new", file); err != nil {
					t.Error(err)
				}
			}
			write("root:x:0\nuser:x:1\n")
			stop := make(chan struct{})
			time.AfterFunc(300*time.Millisecond, func() { write(tt.then) })
			time.AfterFunc(900*time.Millisecond, func() { close(stop) })
			if got := watchLines("user", []string{file, file + ".none"}, stop); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	stop := make(chan struct{})
	close(stop)
	if got := watchLines("user", nil, stop); got != "" {
		t.Errorf("no account: %q", got)
	}
}
