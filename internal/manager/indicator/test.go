package indicator

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

// tester holds a database of all indicators, made when it is asked for.
type tester struct {
	mu      sync.Mutex
	version int64         // guarded by mu
	db      *ioc.Database // guarded by mu
}

// Test says which indicators values have, as an agent finds them.
func (s *Store) Test(ctx context.Context, t api.IOCTest) (api.IOCTested, error) {
	s.tester.mu.Lock()
	defer s.tester.mu.Unlock()
	if err := s.prepare(ctx); err != nil {
		return api.IOCTested{}, err
	}
	var out api.IOCTested
	for _, v := range t.Values {
		for _, m := range s.tester.db.Match(ioc.Sample(v), nil) {
			hit := api.IOCHit{Value: v, ID: m.Rule.ID, Type: m.Rule.Source, Level: m.Rule.Level, Source: m.Rule.Path, Name: m.Rule.Name}
			for _, f := range m.Fields {
				if f.Name == "threat.indicator.name" {
					hit.Indicator = f.Value
				}
			}
			out.Hits = append(out.Hits, hit)
		}
	}
	return out, nil
}

// prepare makes the database when there is none of the newest version; the
// tester's mu is held.
func (s *Store) prepare(ctx context.Context) (err error) {
	version := s.Version()
	if s.tester.db != nil && s.tester.version == version {
		return nil
	}
	dir, err := os.MkdirTemp(s.dir, "iocs-test-")
	if err != nil {
		return fmt.Errorf("make a folder for indicators: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }() // what is open stays readable
	path := filepath.Join(dir, "iocs.db")
	b, err := ioc.Create(path)
	if err != nil {
		return err
	}
	if err := s.all(ctx, b); err != nil {
		return errors.Join(err, b.Abort())
	}
	if err := b.Close(); err != nil {
		return err
	}
	db, err := ioc.Open(path, ioc.Options{Now: s.now})
	if err != nil {
		return err
	}
	if s.tester.db != nil {
		err = s.tester.db.Close()
	}
	s.tester.db, s.tester.version = db, version
	return err
}

func (s *Store) all(ctx context.Context, b *ioc.Builder) error {
	return s.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, columns)
		if err != nil {
			return fmt.Errorf("read indicators: %w", err)
		}
		return each(rows, func() error {
			a, err := s.scan(rows)
			if err != nil {
				return err
			}
			i := ioc.Indicator{Value: a.Value, Source: a.Source, Level: a.Level, Tags: a.Tags, Note: a.Note, Ref: a.Ref, Distance: a.Distance, Expires: a.Expires}
			if err := i.Type.UnmarshalText([]byte(a.Type)); err != nil {
				return err
			}
			return b.Add(i)
		})
	})
}

// Close gives up the database of tests.
func (s *Store) Close() error {
	s.tester.mu.Lock()
	defer s.tester.mu.Unlock()
	if s.tester.db == nil {
		return nil
	}
	err := s.tester.db.Close()
	s.tester.db = nil
	return err
}
