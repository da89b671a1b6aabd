package offline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/vedette-edr/vedette/internal/record"
)

// Marks say how far logs were read, so that the next run begins there. A file
// is known by its identity and its first bytes, not by its name: a log that was
// rotated goes on where it was, one that was emptied begins anew. Lines count
// when they are whole. Packed logs and event logs, which do not only grow at the
// end, are read again as a whole when they have changed.
type Marks struct {
	path  string
	files map[string]*mark
	base  map[string]int // number of the first line that is read, by input
}

// mark is how far one file was read.
type mark struct {
	Head     string `json:"head"`      // digest of the first bytes
	HeadSize int64  `json:"head_size"` // how many
	Offset   int64  `json:"offset"`
	Lines    int    `json:"lines"`
	Whole    bool   `json:"whole,omitempty"` // the file is read as a whole
}

const (
	headBytes    = 1024
	maxMarks     = 16 << 20 // bytes
	maxMarkFiles = 50_000
)

// OpenMarks reads marks; a file that is not there has none.
func OpenMarks(path string) (*Marks, error) {
	m := &Marks{path: path, files: map[string]*mark{}, base: map[string]int{}}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m, nil
	case err != nil:
		return nil, fmt.Errorf("read marks: %w", err)
	case len(text) > maxMarks:
		return nil, fmt.Errorf("marks %s: %d bytes, more than %d", path, len(text), maxMarks)
	}
	if err := json.Unmarshal(text, &m.files); err != nil {
		return nil, fmt.Errorf("marks %s: %w; remove the file to begin anew", path, err)
	}
	for key, k := range m.files {
		if k == nil || k.Offset < 0 || k.HeadSize < 0 || k.HeadSize > headBytes || k.Lines < 0 {
			return nil, fmt.Errorf("marks %s: %s is no mark; remove the file to begin anew", path, key)
		}
	}
	return m, nil
}

// Resume lets the inputs that are files begin where they were read to.
func (m *Marks) Resume(inputs []Input) ([]Input, error) {
	out := make([]Input, len(inputs))
	for i, in := range inputs {
		out[i] = in
		if in.Name == Stdin {
			continue
		}
		k, err := m.of(in.Name)
		if err != nil {
			return nil, err
		}
		if k == nil {
			continue
		}
		m.base[in.Name] = k.Lines
		out[i].Open = func() (io.ReadCloser, error) {
			f, err := os.Open(in.Name)
			if err != nil {
				return nil, err
			}
			if _, err := f.Seek(k.Offset, io.SeekStart); err != nil {
				return nil, errors.Join(err, f.Close())
			}
			return &whole{File: f, mark: k}, nil
		}
	}
	return out, nil
}

// of returns the mark of a file, a new one when it has none that is true; nil
// when it is no file that can be read again.
func (m *Marks) of(path string) (*mark, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil // the run says so
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, err
	}
	head := make([]byte, headBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	head = head[:n]
	key := identity(path, info)
	k := m.files[key]
	if k != nil && (k.HeadSize > int64(n) || digest(head[:k.HeadSize]) != k.Head || k.Offset > info.Size() || k.Whole && k.Offset != info.Size()) {
		k = nil
	}
	if k == nil {
		k = &mark{Whole: packed(head)}
		if len(m.files) >= maxMarkFiles {
			return nil, fmt.Errorf("marks %s: more than %d files; remove the file to begin anew", m.path, maxMarkFiles)
		}
		m.files[key] = k
	}
	k.Head, k.HeadSize = digest(head), int64(n)
	return k, nil
}

// packed reports whether a file that begins with head does not grow by lines.
func packed(head []byte) bool {
	for _, magic := range []string{"\x1f\x8b", "ElfFile\x00", "\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// Place gives a finding the number of its line in the whole file.
func (m *Marks) Place(f *Finding) {
	if f.Line != record.NoLine && f.Window == nil {
		f.Line += m.base[f.Input]
	}
}

// Save writes the marks. Call it when what was found is safe.
func (m *Marks) Save() error {
	text, err := json.Marshal(m.files)
	if err != nil {
		return fmt.Errorf("write marks: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(m.path), ".marks-*")
	if err != nil {
		return fmt.Errorf("write marks: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), m.path)
	}
	if err != nil {
		return fmt.Errorf("write marks: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// whole reads the whole lines of a file and moves its mark behind them.
type whole struct {
	*os.File
	mark *mark
	held []byte // begin of a line whose end is not there yet
	pass []byte // to give
	err  error
}

func (w *whole) Read(p []byte) (int, error) {
	for len(w.pass) == 0 {
		if w.err != nil {
			return 0, w.err
		}
		buf := make([]byte, 64<<10)
		n, err := w.File.Read(buf)
		w.err = err
		w.held = append(w.held, buf[:n]...)
		end := bytes.LastIndexByte(w.held, '\n') + 1
		if w.mark.Whole || len(w.held) > record.MaxLine {
			end = len(w.held)
		}
		w.pass, w.held = w.held[:end:end], append([]byte(nil), w.held[end:]...)
		w.mark.Offset += int64(len(w.pass))
		w.mark.Lines += bytes.Count(w.pass, []byte{'\n'})
	}
	n := copy(p, w.pass)
	w.pass = w.pass[n:]
	return n, nil
}
