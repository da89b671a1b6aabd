package records

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
)

// stateFile is the name of what is kept over a restart.
const stateFile = "logons.json"

// saved is the content of the state file.
type saved struct {
	Version int                   `json:"version"`
	Key     []byte                `json:"key"`
	Logs    map[string]*logState  `json:"logs"`
	Users   map[string]*userState `json:"users"`
}

const (
	version  = 1
	maxState = 64 << 20
	keySize  = 16
)

// load reads what was known; the key is made where there is none.
func (t *Tracker) load() error {
	t.key = make([]byte, keySize)
	if _, err := rand.Read(t.key); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	if t.o.State == "" {
		return nil
	}
	path := filepath.Join(t.o.State, stateFile)
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read what was known of logons: %w", err)
	}
	if st.Size() > maxState {
		return fmt.Errorf("read what was known of logons: %s has %d bytes, at most %d are read", path, st.Size(), maxState)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read what was known of logons: %w", err)
	}
	var s saved
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("read what was known of logons from %s (it begins anew): %w", path, err)
	}
	if s.Version != version || len(s.Key) != keySize || !s.fits(int64(t.o.Layout.Size())) {
		return fmt.Errorf("read what was known of logons: %s is not of this version (it begins anew)", path)
	}
	t.key = s.Key
	for path, l := range s.Logs {
		t.host.logs[path] = l
	}
	for path, u := range s.Users {
		t.host.users[path] = u
	}
	return nil
}

// fits reports whether offsets are those of records.
func (s *saved) fits(size int64) bool {
	for _, l := range s.Logs {
		if l == nil || l.First < 0 || l.End < 0 || l.First%size != 0 || l.End%size != 0 || len(l.Sums) > 2*maxSums ||
			len(l.Sums) > 0 && l.First+int64(len(l.Sums))*size != l.End {
			return false
		}
	}
	for _, u := range s.Users {
		if u == nil {
			return false
		}
	}
	return true
}

// Save writes what is known when it changed since the last time.
func (t *Tracker) Save() error {
	if t.o.State == "" || !t.dirty {
		return nil
	}
	text, err := json.Marshal(saved{Version: version, Key: t.key, Logs: t.host.logs, Users: t.host.users})
	if err != nil {
		return fmt.Errorf("keep what is known of logons: %w", err)
	}
	if err := sensor.Keep(filepath.Join(t.o.State, stateFile), text); err != nil {
		return fmt.Errorf("keep what is known of logons: %w", err)
	}
	t.dirty = false
	return nil
}
