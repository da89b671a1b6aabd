package sensor_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
)

func TestKeepIsWholeOrAsBefore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sensors")
	path := filepath.Join(dir, "state.json")
	for _, text := range []string{"first", "", "a longer one"} {
		if err := sensor.Keep(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Fatalf("%q %v, want %q", got, err, text)
		}
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	if err := sensor.Keep(filepath.Join(path, "below"), nil); err == nil {
		t.Error("a file was taken for a folder")
	}
	if err := os.Mkdir(filepath.Join(dir, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := sensor.Keep(filepath.Join(dir, "taken"), nil); err == nil {
		t.Error("a folder was replaced")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
}
