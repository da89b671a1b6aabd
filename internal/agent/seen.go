package agent

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/vedette-edr/vedette/internal/event"
)

// last is what is known of the run before this one.
type last struct {
	Time  event.Time // of the last event that surely reached the disk; 0 when there was none
	Clean bool       // the agent ended in order
}

// seen is the file that says up to when the agent has seen everything. It is
// written each second in one piece, so that it also holds after kill -9.
type seen struct{ f *os.File }

func openSeen(dir string) (*seen, last, error) {
	f, err := os.OpenFile(filepath.Join(dir, "seen"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, last{}, fmt.Errorf("open seen file: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil {
		return nil, last{}, errors.Join(fmt.Errorf("read seen file: %w", err), f.Close())
	}
	var l last
	var t int64
	if n, err := fmt.Sscanf(string(text), "%d %t", &t, &l.Clean); n == 2 && err == nil && t > 0 {
		l.Time = event.Time(t)
	}
	return &seen{f}, l, nil
}

// upTo notes that all that was seen until t is on disk.
func (s *seen) upTo(t event.Time, clean bool) error {
	_, err := s.f.WriteAt(fmt.Appendf(nil, "%020d %-5t\n", int64(t), clean), 0)
	return err
}

func (s *seen) close() error { return errors.Join(s.f.Sync(), s.f.Close()) }
