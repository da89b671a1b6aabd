// Package indicator keeps indicators of compromise in the state database, with
// a version for each change, and says what an agent that has a version lacks:
// the difference, or all of them.
//
// A Store is safe for concurrent use and starts no goroutine.
package indicator

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/ioc"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

// MaxIndicators is how many are kept: more do not go to agents at once.
const MaxIndicators = 2_000_000

// keptVersions is how many changes are remembered; an agent that is further
// behind gets all indicators.
const keptVersions = 1000

// Options configure a Store.
type Options struct {
	DB     *state.DB
	Dir    string // where a database to test values with is made; "" is the temporary folder
	Now    func() time.Time
	Logger *slog.Logger
}

// Store keeps indicators.
type Store struct {
	db  *state.DB
	dir string
	now func() time.Time
	log *slog.Logger

	collecting sync.Mutex // held while changes are read, so that they are read once; before mu

	mu      sync.Mutex
	version int64   // guarded by mu: newest
	total   int64   // guarded by mu: of the newest
	cache   changes // guarded by mu: what was asked for last
	tester  tester  // has a lock of its own
}

// New opens the indicators in the database.
func New(ctx context.Context, o Options) (*Store, error) {
	s := &Store{db: o.DB, dir: o.Dir, now: o.Now, log: o.Logger}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		row := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0), (SELECT COUNT(*) FROM iocs) FROM ioc_versions`)
		return row.Scan(&s.version, &s.total)
	})
	if err != nil {
		return nil, fmt.Errorf("read indicators: %w", err)
	}
	return s, nil
}

// Version returns the newest version; 0 while there never were indicators.
func (s *Store) Version() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Count returns how many indicators there are.
func (s *Store) Count() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// row is an indicator as it is stored.
type row struct {
	ioc.Indicator
	tags    string
	expires int64
}

// checked returns the indicators of a change as they are stored; the error is
// an *api.FieldError.
func checked(in []api.IOC) ([]row, error) {
	out := make([]row, len(in))
	for n, a := range in {
		fail := func(field, why string) error {
			return &api.FieldError{Field: fmt.Sprintf("body.add[%d].%s", n, field), Message: why}
		}
		i := ioc.Indicator{Value: a.Value, Source: a.Source, Level: a.Level, Tags: a.Tags, Note: a.Note, Ref: a.Ref, Distance: a.Distance, Expires: a.Expires}
		var ok bool
		switch {
		case a.Type == "":
			if i.Type = ioc.Guess(a.Value); i.Type == ioc.None {
				return nil, fail("value", fmt.Sprintf("%.80q is no hash, address, network, domain, URL or file name: give its type", a.Value))
			}
		default:
			if i.Type, ok = ioc.ParseType(a.Type); !ok {
				return nil, fail("type", fmt.Sprintf("%.40q is no type", a.Type))
			}
		}
		i, err := i.Check()
		if err != nil {
			field, why := "value", err.Error()
			if wrong, ok := err.(*ioc.FieldError); ok {
				field, why = wrong.Field, wrong.What
			}
			return nil, fail(field, why)
		}
		tags, err := json.Marshal(append([]string{}, i.Tags...))
		if err != nil {
			return nil, err
		}
		out[n] = row{Indicator: i, tags: string(tags)}
		if !i.Expires.IsZero() {
			out[n].expires = i.Expires.Unix()
		}
	}
	return out, nil
}

// Change adds and replaces indicators. A wrong one refuses all; the error is an
// *api.FieldError that says which.
func (s *Store) Change(ctx context.Context, c api.IOCChange, by string) (api.IOCChanged, error) {
	rows, err := checked(c.Add)
	if err != nil {
		return api.IOCChanged{}, err
	}
	return s.write(ctx, by, c.Comment, func(tx *sql.Tx, version int64, done *api.IOCChanged) error {
		p, err := s.newPutter(ctx, tx, version, by)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := p.put(ctx, r, done); err != nil {
				return err
			}
		}
		return s.bounds(ctx, tx)
	})
}

// bounds refuses what agents could not take.
func (s *Store) bounds(ctx context.Context, tx *sql.Tx) error {
	for _, b := range []struct {
		where string
		most  int64
		what  string
	}{{"", MaxIndicators, "indicators"}, {"WHERE type = 'regex'", ioc.MaxRegexps, "regexes"}, {"WHERE type = 'tlsh'", ioc.MaxTLSH, "TLSH digests"}} {
		var n int64
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM iocs `+b.where).Scan(&n); err != nil {
			return fmt.Errorf("count indicators: %w", err)
		}
		if n > b.most {
			return &api.FieldError{Field: "body.add", Message: fmt.Sprintf("there would be %d %s, more than %d: remove some first", n, b.what, b.most)}
		}
	}
	return nil
}

// putter stores indicators of one transaction.
type putter struct {
	insert, revive, update *sql.Stmt
	by                     string
	version, now           int64
}

func (s *Store) newPutter(ctx context.Context, tx *sql.Tx, version int64, by string) (*putter, error) {
	p := &putter{by: by, version: version, now: s.now().UnixNano()}
	for _, st := range []struct {
		into **sql.Stmt
		text string
	}{
		{&p.insert, `INSERT INTO iocs (value, type, source, level, tags, note, ref, distance, expires, created, created_by, changed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (value, type, source) DO NOTHING`},
		{&p.revive, `DELETE FROM ioc_removed WHERE value = $1 AND type = $2 AND source = $3`},
		{&p.update, `UPDATE iocs SET level = $4, tags = $5, note = $6, ref = $7, distance = $8, expires = $9, created_by = $10, changed = $11
			WHERE value = $1 AND type = $2 AND source = $3 AND (level <> $4 OR tags <> $5 OR note <> $6 OR ref <> $7 OR distance <> $8 OR expires <> $9)`},
	} {
		var err error
		if *st.into, err = tx.PrepareContext(ctx, st.text); err != nil { // closed with the transaction
			return nil, fmt.Errorf("store indicator: %w", err)
		}
	}
	return p, nil
}

// put adds an indicator, or changes the one of the same value and source.
func (p *putter) put(ctx context.Context, r row, done *api.IOCChanged) error {
	kind := r.Type.String()
	n, err := affected(p.insert.ExecContext(ctx, r.Value, kind, r.Source, r.Level, r.tags, r.Note, r.Ref, r.Distance, r.expires, p.now, p.by, p.version))
	if err != nil {
		return err
	}
	if done.Added += n; n == 1 {
		_, err = affected(p.revive.ExecContext(ctx, r.Value, kind, r.Source))
		return err
	}
	n, err = affected(p.update.ExecContext(ctx, r.Value, kind, r.Source, r.Level, r.tags, r.Note, r.Ref, r.Distance, r.expires, p.by, p.version))
	done.Replaced += n
	done.Unchanged += 1 - n
	return err
}

func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, fmt.Errorf("store indicator: %w", err)
	}
	return res.RowsAffected()
}

// write runs a change in one transaction under a new version; a change that
// changes nothing has none.
func (s *Store) write(ctx context.Context, by, comment string, do func(tx *sql.Tx, version int64, done *api.IOCChanged) error) (api.IOCChanged, error) {
	var done api.IOCChanged
	err := s.db.Write(ctx, func(tx *sql.Tx) error {
		done = api.IOCChanged{}
		var version int64
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM ioc_versions`).Scan(&version); err != nil {
			return fmt.Errorf("number indicators: %w", err)
		}
		if err := do(tx, version+1, &done); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM iocs`).Scan(&done.Total); err != nil {
			return fmt.Errorf("count indicators: %w", err)
		}
		if done.Version = version; done.Added+done.Replaced+done.Removed == 0 {
			return nil
		}
		done.Version++
		return s.addVersion(ctx, tx, api.IOCVersion{Version: done.Version, By: by, Comment: comment, Added: done.Added, Replaced: done.Replaced, Removed: done.Removed, Total: done.Total})
	})
	if err != nil {
		return api.IOCChanged{}, err
	}
	s.mu.Lock()
	s.version, s.total = max(s.version, done.Version), done.Total
	s.mu.Unlock()
	return done, nil
}

func (s *Store) addVersion(ctx context.Context, tx *sql.Tx, v api.IOCVersion) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO ioc_versions (version, at, by, comment, added, replaced, removed, total) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		v.Version, s.now().UnixNano(), v.By, v.Comment, v.Added, v.Replaced, v.Removed, v.Total); err != nil {
		return fmt.Errorf("number indicators: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM ioc_versions WHERE version <= $1`, v.Version-keptVersions); err != nil {
		return fmt.Errorf("forget old versions of indicators: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM ioc_removed WHERE version <= $1`, v.Version-keptVersions); err != nil {
		return fmt.Errorf("forget old versions of indicators: %w", err)
	}
	return nil
}
