package feed

import (
	"errors"
	"fmt"
	"os"

	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

// ReadFile reads the indicators of a file.
func ReadFile(path string, o Options, yield Yield) (Result, error) {
	f, err := os.Open(path)
	if err != nil {
		return Result{}, fmt.Errorf("read indicators: %w", err)
	}
	defer func() { _ = f.Close() }() // was only read
	return Read(path, f, o, yield)
}

// Compile reads files of any format into a database at path. Indicators that
// are refused are in the results; a file that cannot be read is an error, and
// there is no database then.
func Compile(path string, files []string, o Options) ([]Result, error) {
	b, err := ioc.Create(path)
	if err != nil {
		return nil, err
	}
	var out []Result
	for _, f := range files {
		r, err := ReadFile(f, o, b.Add)
		if err != nil {
			return nil, errors.Join(err, b.Abort())
		}
		out = append(out, r)
	}
	return out, b.Close()
}
