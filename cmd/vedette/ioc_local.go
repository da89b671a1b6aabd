package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/ioc"
	"github.com/vedette-edr/vedette/internal/detect/ioc/feed"
)

// shownIOC is an indicator as it is listed.
type shownIOC struct {
	ID string `json:"id"`
	ioc.Indicator
}

// sameIOC is what makes an indicator the same as another: it replaces it.
type sameIOC struct {
	kind          ioc.Type
	value, source string
}

func same(i ioc.Indicator) sameIOC { return sameIOC{i.Type, i.Value, i.Source} }

// readLocal calls yield with each indicator of the file; one that is not there
// has none.
func (f *iocFlags) readLocal(yield feed.Yield) error {
	r, err := feed.ReadFile(f.file, feed.Options{}, yield)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && r.Refused > 0 {
		err = fmt.Errorf("%w: correct it, it was not changed", r.Problems[0])
	}
	if err != nil {
		return usageError{err}
	}
	return nil
}

// rewrite replaces the file as a whole with what keep says of its indicators,
// and with more.
func (f *iocFlags) rewrite(keep func(ioc.Indicator) bool, more []ioc.Indicator) error {
	next, err := os.CreateTemp(filepath.Dir(f.file), filepath.Base(f.file)+".*.new")
	if err != nil {
		return fmt.Errorf("write indicators: %w", err)
	}
	w := bufio.NewWriter(next)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	err = f.readLocal(func(i ioc.Indicator) error {
		if !keep(i) {
			return nil
		}
		return enc.Encode(i)
	})
	for _, i := range more {
		if err == nil {
			err = enc.Encode(i)
		}
	}
	for _, end := range []func() error{w.Flush, next.Sync, next.Close} {
		if e := end(); err == nil {
			err = e
		}
	}
	if err == nil {
		err = os.Rename(next.Name(), f.file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next.Name()))
	}
	return nil
}

// merge puts indicators into the file; what is there of the same value and
// source is replaced.
func (f *iocFlags) merge(is []ioc.Indicator) (added, replaced int, err error) {
	last := map[sameIOC]int{}
	for n, i := range is {
		last[same(i)] = n
	}
	var more []ioc.Indicator
	for n, i := range is {
		if last[same(i)] == n {
			more = append(more, i)
		}
	}
	err = f.rewrite(func(i ioc.Indicator) bool {
		if _, again := last[same(i)]; again {
			replaced++
			return false
		}
		return true
	}, more)
	return len(more) - replaced, replaced, err
}

// collect reads files and tells what is refused.
func (f *iocFlags) collect(c *cobra.Command, files []string, yield feed.Yield) (sum feed.Result, err error) {
	o, err := f.options(time.Now())
	if err != nil {
		return sum, err
	}
	for _, path := range files {
		r, err := readFeed(c.InOrStdin(), path, o, yield)
		if err != nil {
			return sum, usageError{err}
		}
		for _, p := range r.Problems {
			fmt.Fprintln(c.ErrOrStderr(), "refused:", plain(p.Error()))
		}
		if more := r.Refused - len(r.Problems); more > 0 {
			fmt.Fprintf(c.ErrOrStderr(), "refused: %d more of %s\n", more, path)
		}
		sum.Taken, sum.Refused, sum.Skipped = sum.Taken+r.Taken, sum.Refused+r.Refused, sum.Skipped+r.Skipped
		sum.Format = r.Format
	}
	return sum, nil
}

func readFeed(stdin io.Reader, path string, o feed.Options, yield feed.Yield) (feed.Result, error) {
	if path == "-" {
		return feed.Read("stdin", stdin, o, yield)
	}
	return feed.ReadFile(path, o, yield)
}

// values makes indicators of values that were typed.
func (f *iocFlags) values(args []string) ([]ioc.Indicator, error) {
	o, err := f.options(time.Now())
	if err != nil {
		return nil, err
	}
	var out []ioc.Indicator
	for _, v := range args {
		i := ioc.Indicator{Type: o.Type, Value: v, Source: o.Source, Level: o.Level, Tags: o.Tags, Note: f.note, Expires: o.Expires}
		if i.Type == ioc.None {
			if i.Type = ioc.Guess(v); i.Type == ioc.None {
				return nil, usageError{fmt.Errorf("%.80q is no hash, address, network, domain, URL or file name: say what it is with --type", v)}
			}
		}
		checked, err := i.Check()
		if err != nil {
			return nil, usageError{fmt.Errorf("%.80s: %w", v, err)}
		}
		out = append(out, checked)
	}
	return out, nil
}

// picks says whether an indicator is one that the flags select.
func (f *iocFlags) picks(values []string, now time.Time) (func(ioc.Indicator) bool, error) {
	o, err := f.options(now)
	if err != nil {
		return nil, err
	}
	var named []string
	for _, v := range values {
		named = append(named, v)
		if c, err := ioc.Canonical(ioc.Guess(v), v); err == nil {
			named = append(named, c)
		}
	}
	return func(i ioc.Indicator) bool {
		return (o.Type == ioc.None || i.Type == o.Type) && (f.source == "" || i.Source == f.source) &&
			strings.Contains(i.Value, strings.ToLower(f.value)) && (!f.expired || !i.Expires.IsZero() && !i.Expires.After(now)) &&
			(len(values) == 0 || slices.Contains(named, i.Value) || slices.Contains(named, i.ID()))
	}, nil
}

// compileIOCs makes a database of files in a folder of its own and opens it;
// the returned function closes and removes it.
func compileIOCs(files []string) (*ioc.Database, []feed.Result, func(), error) {
	dir, err := os.MkdirTemp("", "vedette-iocs-")
	if err != nil {
		return nil, nil, nil, fmt.Errorf("make a folder for indicators: %w", err)
	}
	remove := func() { _ = os.RemoveAll(dir) } // ours, and below the temporary folder
	path := filepath.Join(dir, "iocs.db")
	results, err := feed.Compile(path, files, feed.Options{})
	if err != nil {
		remove()
		return nil, nil, nil, usageError{err}
	}
	db, err := ioc.Open(path, ioc.Options{})
	if err != nil {
		remove()
		return nil, nil, nil, err
	}
	return db, results, func() { _ = db.Close(); remove() }, nil // was only read
}

// indicators opens what --iocs names, as a source of matches, and tells what of
// it is refused.
func (f *detectFlags) indicators(side io.Writer) ([]detect.Source, func(), error) {
	if len(f.iocs) == 0 {
		return nil, func() {}, nil
	}
	db, results, done, err := compileIOCs(f.iocs)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range results {
		for _, p := range r.Problems {
			fmt.Fprintln(side, "indicator refused:", plain(p.Error()))
		}
	}
	return []detect.Source{db}, done, nil
}
