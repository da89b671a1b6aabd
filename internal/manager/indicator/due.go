package indicator

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/ioc"
	"github.com/vedette-edr/vedette/internal/wire"
)

// changes is what brings an agent from one version to another.
type changes struct {
	base, version int64
	parts         [][]byte
}

// The bounds of a part and of a difference.
const (
	partLines = 6 << 20 // bytes of lines; packed they are about half of it or less
	maxDelta  = 50_000  // indicators; more are sent as a whole
	maxJump   = 1_000_000
)

// line is an indicator of a change as agents get it.
type line struct {
	ioc.Indicator
	Remove bool `json:"remove,omitempty"`
}

// Due returns the contents of the documents that bring an agent from the
// version that it has to the newest, and that version; none when it has it.
// An agent with a higher one, after this manager was restored from a backup,
// makes us number ours anew.
func (s *Store) Due(ctx context.Context, applied int64) (version int64, parts [][]byte, err error) {
	version = s.Version()
	if applied == version || version == 0 && applied == 0 {
		return version, nil, nil
	}
	if applied > version {
		if version, err = s.raise(ctx, applied); err != nil || version < applied {
			return version, nil, err
		}
		applied = 0
	}
	s.collecting.Lock()
	defer s.collecting.Unlock()
	s.mu.Lock()
	have := s.cache
	s.mu.Unlock()
	if have.base == applied && have.version == version && have.parts != nil {
		return version, have.parts, nil
	}
	c, err := s.collect(ctx, applied)
	if err != nil {
		return 0, nil, err
	}
	s.mu.Lock()
	s.cache = c
	s.mu.Unlock()
	return c.version, c.parts, nil
}

// Forget drops what Due keeps for the next agent that asks the same.
func (s *Store) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cache = changes{}
}

// raise gives the indicators a version above that of an agent.
func (s *Store) raise(ctx context.Context, applied int64) (int64, error) {
	version := s.Version()
	if applied-version > maxJump {
		return version, nil
	}
	err := s.db.Write(ctx, func(tx *sql.Tx) error {
		var total int64
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM iocs`).Scan(&total); err != nil {
			return fmt.Errorf("count indicators: %w", err)
		}
		return s.addVersion(ctx, tx, api.IOCVersion{Version: applied + 1, By: "manager", Comment: "numbered anew: a host had a higher version in force", Total: total})
	})
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version = max(s.version, applied+1)
	return s.version, nil
}

// collect reads the difference to a version, or all, from the database.
func (s *Store) collect(ctx context.Context, base int64) (changes, error) {
	c := changes{base: base}
	var p packer
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		p = packer{}
		var oldest, changed, removed int64
		row := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0), COALESCE(MIN(version), 0),
			(SELECT COUNT(*) FROM iocs WHERE changed > $1), (SELECT COUNT(*) FROM ioc_removed WHERE version > $1) FROM ioc_versions`, base)
		if err := row.Scan(&c.version, &oldest, &changed, &removed); err != nil {
			return fmt.Errorf("changes of indicators: %w", err)
		}
		from := base
		if base < oldest-1 || changed+removed > maxDelta {
			from = 0
		}
		p.base = from
		if from > 0 {
			if err := s.removedSince(ctx, tx, from, &p); err != nil {
				return err
			}
		}
		return s.changedSince(ctx, tx, from, &p)
	})
	if err == nil {
		c.parts, err = p.finish()
	}
	return c, err
}

func (s *Store) removedSince(ctx context.Context, tx *sql.Tx, base int64, p *packer) error {
	rows, err := tx.QueryContext(ctx, `SELECT value, type, source FROM ioc_removed WHERE version > $1`, base)
	if err != nil {
		return fmt.Errorf("removed indicators: %w", err)
	}
	return each(rows, func() error {
		l := line{Remove: true}
		var kind string
		if err := rows.Scan(&l.Value, &kind, &l.Source); err != nil {
			return err
		}
		if err := l.Type.UnmarshalText([]byte(kind)); err != nil {
			return err
		}
		return p.add(l)
	})
}

// changedSince adds indicators; those that have expired are sent too when they
// replace one that an agent may have.
func (s *Store) changedSince(ctx context.Context, tx *sql.Tx, base int64, p *packer) error {
	expired := int64(0)
	if base == 0 {
		expired = s.now().Unix()
	}
	rows, err := tx.QueryContext(ctx, `SELECT value, type, source, level, tags, note, ref, distance, expires FROM iocs
		WHERE changed > $1 AND (expires = 0 OR expires > $2)`, base, expired)
	if err != nil {
		return fmt.Errorf("changed indicators: %w", err)
	}
	return each(rows, func() error {
		var l line
		var kind, tags string
		var expires int64
		if err := rows.Scan(&l.Value, &kind, &l.Source, &l.Level, &tags, &l.Note, &l.Ref, &l.Distance, &expires); err != nil {
			return err
		}
		if err := l.Type.UnmarshalText([]byte(kind)); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(tags), &l.Tags); err != nil {
			return fmt.Errorf("tags of %s: %w", l.Value, err)
		}
		if expires > 0 {
			l.Expires = time.Unix(expires, 0).UTC()
		}
		return p.add(l)
	})
}

// packer makes parts of lines.
type packer struct {
	base  int64
	lines []byte
	out   [][]byte // packed; in finish with their heads
}

func (p *packer) add(l line) error {
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("write indicators: %w", err)
	}
	p.lines = append(append(p.lines, text...), '\n')
	if len(p.lines) < partLines {
		return nil
	}
	return p.pack()
}

// pack keeps the lines so far packed; how many parts there are is known only at
// the end.
func (p *packer) pack() error {
	packed, err := wire.Pack(p.lines)
	if err != nil {
		return err
	}
	p.out, p.lines = append(p.out, packed), p.lines[:0]
	return nil
}

func (p *packer) finish() ([][]byte, error) {
	if len(p.lines) > 0 || len(p.out) == 0 {
		if err := p.pack(); err != nil {
			return nil, err
		}
	}
	for n, packed := range p.out {
		content, err := wire.PackedIOCs(wire.IOCs{Base: p.base, Part: n + 1, Parts: len(p.out)}, packed)
		if err != nil {
			return nil, err
		}
		if len(content) > wire.MaxDocument {
			return nil, fmt.Errorf("a part of the indicators has %d bytes, packed: more than %d", len(content), wire.MaxDocument)
		}
		p.out[n] = content
	}
	return p.out, nil
}
