package selftest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// file is where the last exams are kept in the agent's state directory.
const file = "selftest.json"

// Kept is what is kept of exams.
type Kept struct {
	Passed *Report `json:"passed,omitempty"` // the last that was not worse than the one before
	Last   *Report `json:"last,omitempty"`
}

// maxKept bounds the file, bytes.
const maxKept = 1 << 20

// Load reads what is kept in a state directory; none is no error.
func Load(dir string) (Kept, error) {
	var k Kept
	info, err := os.Stat(filepath.Join(dir, file))
	if errors.Is(err, os.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return k, fmt.Errorf("read kept exam: %w", err)
	}
	if info.Size() > maxKept {
		return k, fmt.Errorf("read kept exam: %s has %d bytes, more than %d: remove it", filepath.Join(dir, file), info.Size(), maxKept)
	}
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return k, fmt.Errorf("read kept exam: %w", err)
	}
	if err := json.Unmarshal(text, &k); err != nil {
		return Kept{}, fmt.Errorf("read kept exam: %s: %w: remove it", filepath.Join(dir, file), err)
	}
	return k, nil
}

// Take keeps a new exam and returns the rows that are worse than in the last
// one that passed: those that then had their points, and now fail. Rows that
// could not be exercised now say nothing.
func (k *Kept) Take(r Report) []string {
	worse := Worse(k.Passed, r)
	k.Last = &r
	if len(worse) == 0 {
		k.Passed = &r
	}
	return worse
}

// Worse returns the rows with weight that passed before and fail now.
func Worse(before *Report, now Report) []string {
	if before == nil {
		return nil
	}
	passed := map[string]bool{}
	for _, r := range before.Rows {
		passed[r.Row] = r.Pass
	}
	var out []string
	for _, r := range now.Rows {
		if r.Weight > 0 && passed[r.Row] && !r.Pass && !r.NotExercised {
			out = append(out, r.Row)
		}
	}
	slices.Sort(out)
	return out
}

// Save writes what is kept, in one piece.
func (k Kept) Save(dir string) error {
	text, err := json.MarshalIndent(k, "", " ")
	if err != nil {
		return fmt.Errorf("keep exam: %w", err)
	}
	f, err := os.CreateTemp(dir, "."+file)
	if err != nil {
		return fmt.Errorf("keep exam: %w", err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, file))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error that counts is already there
		return fmt.Errorf("keep exam: %w", err)
	}
	return nil
}
