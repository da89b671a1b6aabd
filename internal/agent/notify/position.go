package notify

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// position is a place in the alert file over its generations.
type position struct {
	Generation int64 `json:"generation"`
	Offset     int64 `json:"offset"`
}

func readPosition(path string) (position, error) {
	var p position
	text, err := os.ReadFile(path)
	if err != nil {
		return p, fmt.Errorf("read webhook position: %w", err)
	}
	if err := json.Unmarshal(text, &p); err != nil || p.Generation < 1 || p.Offset < 0 {
		return p, fmt.Errorf("%s: not a webhook position: remove the file to send only new alerts", path)
	}
	return p, nil
}

// writePosition replaces the file at once and durably.
func writePosition(path string, p position) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".position-")
	if err != nil {
		return fmt.Errorf("write webhook position: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error that counts is already there
		return fmt.Errorf("write webhook position: %w", err)
	}
	return nil
}

// lineReader reads whole lines and knows where the next one starts.
type lineReader struct {
	r      *bufio.Reader
	offset int64
}

func newLineReader(f io.ReadSeeker, offset int64) (*lineReader, error) {
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read alert file: %w", err)
	}
	return &lineReader{r: bufio.NewReaderSize(f, 64<<10), offset: offset}, nil
}

// next returns the next line; false when no whole one is left.
func (l *lineReader) next() ([]byte, bool, error) {
	line, err := l.r.ReadBytes('\n')
	if err == io.EOF {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read alert file: %w", err)
	}
	l.offset += int64(len(line))
	return line, true, nil
}

func countLines(path string, offset int64) int64 {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	lines, err := newLineReader(f, offset)
	if err != nil {
		return 0
	}
	for n := int64(0); ; {
		line, ok, err := lines.next()
		if err != nil || !ok {
			return n
		}
		if len(bytes.TrimSpace(line)) > 0 {
			n++
		}
	}
}

// eventID returns the event.id of an alert as JSON; empty when there is none.
func eventID(line []byte) string {
	var e struct {
		Event struct {
			ID string `json:"id"`
		} `json:"event"`
	}
	if json.Unmarshal(line, &e) != nil {
		return ""
	}
	return e.Event.ID
}
