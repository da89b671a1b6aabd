// Package indicator keeps the indicators of compromise of an agent: a database
// in its state directory that the manager's documents change, or that is made
// of the files of a folder while no manager sent any. Matches go on with the
// database before until the new one is whole.
//
// Apply and Load belong to one goroutine at a time, which a lock sees to;
// matching is safe meanwhile.
package indicator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/ioc"
	"github.com/vedette-edr/vedette/internal/detect/ioc/feed"
	"github.com/vedette-edr/vedette/internal/wire"
)

// Store is the indicators of an agent.
type Store struct {
	dir  string
	live ioc.Live

	mu      sync.Mutex
	version int64         // guarded by mu: of the manager's indicators in force; 0 is none
	current *ioc.Database // guarded by mu: what live has; closed by live
	next    *change       // guarded by mu: of which parts are there
	print   string        // guarded by mu: of the folder when it was read
}

// change is a change whose parts come.
type change struct {
	version, base int64
	parts, part   int
	build         *ioc.Builder
	gone          map[key]bool // of the base: removed or replaced
	added         []ioc.Indicator
}

// key names an indicator of a source.
type key struct {
	kind          ioc.Type
	value, source string
}

func keyOf(i ioc.Indicator) key { return key{i.Type, i.Value, i.Source} }

const (
	prefix = "iocs-"
	suffix = ".db"
	local  = "local" + suffix
)

// Open opens the newest database of the manager that is whole; others are
// removed.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open indicators: %w", err)
	}
	s := &Store{dir: dir}
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open indicators: %w", err)
	}
	var versions []int64
	for _, n := range names {
		if v, ok := versionOf(n.Name()); ok {
			versions = append(versions, v)
		} else if n.Name() != local {
			_ = os.Remove(filepath.Join(dir, n.Name())) // half written before an end
		}
	}
	slices.Sort(versions)
	for _, v := range slices.Backward(versions) {
		if s.version > 0 {
			_ = os.Remove(s.path(v)) // an older one
			continue
		}
		db, err := ioc.Open(s.path(v), ioc.Options{})
		if err != nil {
			_ = os.Remove(s.path(v)) // damaged: the manager sends all again
			continue
		}
		if err := s.use(db); err != nil {
			return nil, err
		}
		s.version = v
	}
	return s, nil
}

func versionOf(name string) (int64, bool) {
	rest, ok := strings.CutPrefix(name, prefix)
	text, ok2 := strings.CutSuffix(rest, suffix)
	v, err := strconv.ParseInt(text, 10, 64)
	return v, ok && ok2 && err == nil && v > 0
}

func (s *Store) path(version int64) string {
	return filepath.Join(s.dir, prefix+strconv.FormatInt(version, 10)+suffix)
}

// use puts a database in force; mu is held or nobody else knows s.
func (s *Store) use(db *ioc.Database) error {
	s.current = db
	return s.live.Swap(db)
}

// Match appends a match for each indicator that rec has.
func (s *Store) Match(rec expr.Record, dst []detect.Match) []detect.Match {
	return s.live.Match(rec, dst)
}

// Version returns the version of the manager's indicators in force; 0 is none.
func (s *Store) Version() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Stats says what is in force; false when there are no indicators.
func (s *Store) Stats() (ioc.Stats, bool) { return s.live.Stats() }

// Close ends matching.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.drop()
	return errors.Join(err, s.live.Swap(nil))
}

func (s *Store) drop() error {
	if s.next == nil {
		return nil
	}
	err := s.next.build.Abort()
	s.next = nil
	return err
}

// Apply takes a part of a change; done says that it was the last and that the
// version is in force. After an error the parts so far are forgotten.
func (s *Store) Apply(version int64, part wire.IOCs) (done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.take(version, part); err != nil {
		return false, errors.Join(err, s.drop())
	}
	if part.Part < part.Parts {
		return false, nil
	}
	if err := s.finish(); err != nil {
		return false, errors.Join(err, s.drop())
	}
	return true, nil
}

func (s *Store) take(version int64, part wire.IOCs) error {
	if part.Part == 1 {
		if err := s.begin(version, part); err != nil {
			return err
		}
	}
	n := s.next
	if n == nil || n.version != version || n.base != part.Base || n.parts != part.Parts || n.part+1 != part.Part {
		return fmt.Errorf("indicators %d: part %d of %d does not follow the one before", version, part.Part, part.Parts)
	}
	n.part = part.Part
	for text := range bytes.Lines(part.Lines) {
		var l struct {
			ioc.Indicator
			Remove bool `json:"remove"`
		}
		if err := json.Unmarshal(text, &l); err != nil {
			return fmt.Errorf("indicators %d: %w", version, err)
		}
		if err := n.line(l.Indicator, l.Remove); err != nil {
			return fmt.Errorf("indicators %d: %w", version, err)
		}
	}
	return nil
}

// begin makes place for a change.
func (s *Store) begin(version int64, part wire.IOCs) error {
	if err := s.drop(); err != nil {
		return err
	}
	if part.Base != 0 && part.Base != s.version {
		return fmt.Errorf("indicators %d change version %d, %d is in force", version, part.Base, s.version)
	}
	b, err := ioc.Create(s.path(version))
	if err != nil {
		return err
	}
	s.next = &change{version: version, base: part.Base, parts: part.Parts, build: b, gone: map[key]bool{}}
	return nil
}

// line takes one indicator: of a whole set it goes to disk at once, of a
// difference when the base was copied.
func (n *change) line(i ioc.Indicator, remove bool) error {
	if n.base == 0 {
		return n.build.Add(i)
	}
	n.gone[keyOf(i)] = true
	if !remove {
		n.added = append(n.added, i)
	}
	return nil
}

// finish writes the database and puts it in force.
func (s *Store) finish() error {
	n := s.next
	if n.base != 0 {
		if err := n.merge(s.current); err != nil {
			return err
		}
	}
	s.next = nil // Close gives the file up itself
	if err := n.build.Close(); err != nil {
		return err
	}
	db, err := ioc.Open(s.path(n.version), ioc.Options{})
	if err != nil {
		return err
	}
	old := s.version
	s.version = n.version
	err = s.use(db)
	if old != 0 && old != n.version {
		err = errors.Join(err, os.Remove(s.path(old)))
	}
	return err
}

// merge writes what stays of the base, then what was added.
func (n *change) merge(base *ioc.Database) error {
	var failed error
	err := base.Each(func(i ioc.Indicator) bool {
		if !n.gone[keyOf(i)] {
			failed = n.build.Add(i)
		}
		return failed == nil
	})
	for _, i := range n.added {
		if err == nil && failed == nil {
			failed = n.build.Add(i)
		}
	}
	return errors.Join(err, failed)
}

// Load makes a database of the files of a folder, when they changed, and puts
// it in force; not while the manager's are. What of them was refused is in the
// results. A folder that is not there has no indicators.
func (s *Store) Load(folder string) ([]feed.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.version > 0 || folder == "" {
		return nil, nil
	}
	files, print, err := list(folder)
	if err != nil || print == s.print {
		return nil, err
	}
	if len(files) == 0 {
		s.print = print
		return nil, s.use(nil)
	}
	path := filepath.Join(s.dir, local)
	results, err := feed.Compile(path, files, feed.Options{})
	if err != nil {
		return nil, err
	}
	db, err := ioc.Open(path, ioc.Options{})
	if err != nil {
		return nil, err
	}
	s.print = print
	return results, s.use(db)
}

// list returns the files of a folder and what changes when they do.
func list(folder string) (files []string, print string, err error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "none", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("read indicators: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, "", fmt.Errorf("read indicators: %w", err)
		}
		files = append(files, filepath.Join(folder, e.Name()))
		print += fmt.Sprintf("%s %d %d\n", e.Name(), info.Size(), info.ModTime().UnixNano())
	}
	return files, print + "end", nil
}
