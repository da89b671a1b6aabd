package offline

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/vedette-edr/vedette/internal/record"
)

// Input is a file or a pipe.
type Input struct {
	Name  string
	Size  int64
	Found bool // in a folder that was named, not named itself
	Open  func() (io.ReadCloser, error)
}

// Stdin is the name of standard input.
const Stdin = "-"

// Inputs lists the files that paths name: folders are walked in the order of
// their names, "-" is stdin.
func Inputs(paths []string, stdin io.Reader) ([]Input, error) {
	var out []Input
	for _, p := range paths {
		if p == Stdin {
			out = append(out, Input{Name: Stdin, Open: func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }})
			continue
		}
		info, err := os.Stat(p)
		if err != nil {
			return nil, fmt.Errorf("input: %w", err)
		}
		if !info.IsDir() {
			out = append(out, file(p, info.Size(), false))
			continue
		}
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if !d.Type().IsRegular() {
				return nil
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			out = append(out, file(path, info.Size(), true))
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("walk input %s: %w", p, err)
		}
	}
	return out, nil
}

func file(path string, size int64, found bool) Input {
	return Input{Name: path, Size: size, Found: found, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// open opens the input and counts the bytes that are read from it.
func (in *Input) open(formats []record.Format, count *int64) (record.Blocks, func(), error) {
	f, err := in.Open()
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) { // the name of the input stands before it
			err = fmt.Errorf("open: %w", path.Err)
		}
		return nil, nil, err
	}
	blocks, _, err := record.Open(formats, &counted{bufio.NewReaderSize(f, 64<<10), count})
	if err != nil {
		_ = f.Close() // it was only read
		return nil, nil, err
	}
	return blocks, func() { _ = f.Close() }, nil
}

type counted struct {
	r io.Reader
	n *int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	*c.n += int64(n)
	return n, err
}

func ended(err error) bool { return errors.Is(err, io.EOF) }
