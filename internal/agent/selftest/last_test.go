package selftest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func report(rows ...Result) Report { return Report{Rows: rows, Summary: summarize(rows)} }

// TestKept: an exam is worse only by a row that passed in the last good one; a
// worse exam does not become what is compared with.
func TestKept(t *testing.T) {
	dir := t.TempDir()
	pass := func(name string, ok bool) Result { return Result{Row: name, Weight: 1, Pass: ok} }
	away := Result{Row: "b", Weight: 1, NotExercised: true}
	for i, tt := range []struct {
		now   Report
		worse []string
	}{
		{report(pass("a", true), pass("b", true), pass("c", false)), nil},
		{report(pass("a", true), away, pass("c", false)), nil},
		{report(pass("a", false), pass("b", true), pass("c", false)), []string{"a"}},
		{report(pass("a", false), pass("b", true), pass("c", true)), []string{"a"}},
		{report(pass("a", true), pass("b", true), pass("c", true)), nil},
		{report(pass("a", true), pass("b", false), pass("c", false)), []string{"b", "c"}},
	} {
		k, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if worse := k.Take(tt.now); !slices.Equal(worse, tt.worse) {
			t.Errorf("exam %d is worse by %v, want %v", i, worse, tt.worse)
		}
		if err := k.Save(dir); err != nil {
			t.Fatal(err)
		}
	}
	k, err := Load(dir)
	if err != nil || k.Last == nil || k.Last.Summary.Score != 1 || k.Passed == nil || k.Passed.Summary.Score != 3 {
		t.Errorf("kept %+v, %v", k, err)
	}
	info, err := os.Stat(filepath.Join(dir, file))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("kept file: %v, %v", info, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, text := range map[string]string{"not JSON": "{", "too large": strings.Repeat(" ", maxKept+1)} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if k, err := Load(dir); err == nil || !strings.Contains(err.Error(), "remove it") || k.Last != nil {
				t.Errorf("%+v, %v", k, err)
			}
		})
	}
}
