package indicator

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

// clause is a condition in SQL with its arguments.
type clause struct {
	text []string
	args []any
}

// and adds a condition; ? stands for each argument.
func (c *clause) and(text string, args ...any) {
	for _, a := range args {
		c.args = append(c.args, a)
		text = strings.Replace(text, "?", "$"+strconv.Itoa(len(c.args)), 1)
	}
	c.text = append(c.text, text)
}

func (c *clause) where() string {
	if len(c.text) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.text, " AND ")
}

// picked is the condition of a query; the error names the field.
func (s *Store) picked(q api.IOCQuery, prefix string) (clause, error) {
	var c clause
	if q.Type != "" {
		t, ok := ioc.ParseType(q.Type)
		if !ok {
			return c, &api.FieldError{Field: prefix + "type", Message: fmt.Sprintf("%.40q is no type", q.Type)}
		}
		c.and("type = ?", t.String())
	}
	if q.Source != "" {
		c.and("source = ?", q.Source)
	}
	if q.Search != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(ioc.Refang(q.Search))) + "%"
		c.and(`(value LIKE ? ESCAPE '\' OR LOWER(note) LIKE ? ESCAPE '\' OR LOWER(tags) LIKE ? ESCAPE '\')`, like, like, like)
	}
	if q.Value != "" {
		c.and("value IN (?, ?)", q.Value, canonical(q.Value))
	}
	if q.Expired {
		c.and("expires > 0")
		c.and("expires <= ?", s.now().Unix())
	}
	return c, nil
}

// canonical returns a value in the form in which it is stored.
func canonical(value string) string {
	i, err := ioc.Indicator{Type: ioc.Guess(value), Value: value}.Check()
	if err != nil {
		return value
	}
	return i.Value
}

// List returns a page of indicators, the newest change first.
func (s *Store) List(ctx context.Context, q api.IOCQuery) (api.IOCList, error) {
	var out api.IOCList
	c, err := s.picked(q, "query.")
	if err != nil {
		return out, err
	}
	offset := 0
	if q.Cursor != "" {
		if offset, err = strconv.Atoi(q.Cursor); err != nil || offset < 0 {
			return out, &api.FieldError{Field: "query.cursor", Message: "is none of ours"}
		}
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 1000
	}
	err = s.db.Read(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM iocs`+c.where(), c.args...).Scan(&out.Matched); err != nil {
			return fmt.Errorf("count indicators: %w", err)
		}
		rows, err := tx.QueryContext(ctx, columns+c.where()+fmt.Sprintf(` ORDER BY changed DESC, value, type, source LIMIT %d OFFSET %d`, limit, offset), c.args...)
		if err != nil {
			return fmt.Errorf("list indicators: %w", err)
		}
		if err := each(rows, func() error {
			i, err := s.scan(rows)
			out.IOCs = append(out.IOCs, i)
			return err
		}); err != nil {
			return fmt.Errorf("list indicators: %w", err)
		}
		if offset > 0 {
			return nil
		}
		return s.sources(ctx, tx, &out)
	})
	if err != nil {
		return out, err
	}
	if offset+len(out.IOCs) < int(out.Matched) {
		out.Next = strconv.Itoa(offset + len(out.IOCs))
	}
	s.mu.Lock()
	out.Total, out.Version = s.total, s.version
	s.mu.Unlock()
	return out, s.addFindings(ctx, out.IOCs)
}

const columns = `SELECT value, type, source, level, tags, note, ref, distance, expires, created, created_by FROM iocs`

func (s *Store) sources(ctx context.Context, tx *sql.Tx, out *api.IOCList) error {
	rows, err := tx.QueryContext(ctx, `SELECT source, type, COUNT(*) FROM iocs GROUP BY source, type ORDER BY COUNT(*) DESC LIMIT 200`)
	if err != nil {
		return fmt.Errorf("sources of indicators: %w", err)
	}
	return each(rows, func() error {
		var x api.IOCSource
		err := rows.Scan(&x.Source, &x.Type, &x.Count)
		out.Sources = append(out.Sources, x)
		return err
	})
}

func (s *Store) scan(rows *sql.Rows) (api.IOC, error) {
	var i api.IOC
	var tags string
	var expires, created int64
	if err := rows.Scan(&i.Value, &i.Type, &i.Source, &i.Level, &tags, &i.Note, &i.Ref, &i.Distance, &expires, &created, &i.By); err != nil {
		return i, err
	}
	if err := json.Unmarshal([]byte(tags), &i.Tags); err != nil {
		return i, fmt.Errorf("tags of %s: %w", i.Value, err)
	}
	i.At = time.Unix(0, created).UTC()
	if expires > 0 {
		i.Expires = time.Unix(expires, 0).UTC()
		i.Expired = expires <= s.now().Unix()
	}
	t, _ := ioc.ParseType(i.Type) // as it was stored
	i.ID = ioc.Indicator{Type: t, Value: i.Value}.ID()
	return i, nil
}

// addFindings says how often indicators were found.
func (s *Store) addFindings(ctx context.Context, is []api.IOC) error {
	byID := map[string][]*api.IOC{}
	for n := range is {
		byID[is[n].ID] = append(byID[is[n].ID], &is[n])
	}
	return s.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT rule_id, COUNT(*), SUM(findings) FROM alerts WHERE rule_id LIKE 'ioc-%' GROUP BY rule_id`)
		if err != nil {
			return fmt.Errorf("count alerts of indicators: %w", err)
		}
		return each(rows, func() error {
			var id string
			var alerts, findings int64
			if err := rows.Scan(&id, &alerts, &findings); err != nil {
				return err
			}
			for _, i := range byID[id] {
				i.Alerts, i.Findings = alerts, findings
			}
			return nil
		})
	})
}

// each calls do for every row and closes the rows.
func each(rows *sql.Rows, do func() error) error {
	defer func() { _ = rows.Close() }() // its error is that of Err
	for rows.Next() {
		if err := do(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Remove removes the indicators that are picked.
func (s *Store) Remove(ctx context.Context, r api.IOCRemoval, by string) (api.IOCChanged, error) {
	if len(r.Values) == 0 && r.Type == "" && r.Source == "" && r.Search == "" && !r.Expired {
		return api.IOCChanged{}, &api.FieldError{Field: "body", Message: "say which: values, type, source, search or expired"}
	}
	base, err := s.picked(api.IOCQuery{Type: r.Type, Source: r.Source, Search: r.Search, Expired: r.Expired}, "body.")
	if err != nil {
		return api.IOCChanged{}, err
	}
	return s.write(ctx, by, r.Comment, func(tx *sql.Tx, version int64, done *api.IOCChanged) error {
		if len(r.Values) == 0 {
			return remove(ctx, tx, base, version, done)
		}
		for _, v := range r.Values {
			c := clause{text: append([]string{}, base.text...), args: append([]any{}, base.args...)}
			if value, kind, err := s.byID(ctx, tx, v); err == nil {
				c.and("value = ? AND type = ?", value, kind)
			} else if !errors.Is(err, sql.ErrNoRows) {
				return err
			} else {
				c.and("value IN (?, ?)", v, canonical(v))
			}
			if err := remove(ctx, tx, c, version, done); err != nil {
				return err
			}
		}
		return nil
	})
}

// byID returns the value and type of an id; sql.ErrNoRows when it is none.
func (s *Store) byID(ctx context.Context, tx *sql.Tx, id string) (value, kind string, err error) {
	rest, ok := strings.CutPrefix(id, "ioc-")
	name, _, ok2 := strings.Cut(rest, "-")
	t, ok3 := ioc.ParseType(name)
	if !ok || !ok2 || !ok3 {
		return "", "", sql.ErrNoRows
	}
	rows, err := tx.QueryContext(ctx, `SELECT DISTINCT value FROM iocs WHERE type = $1`, t.String())
	if err != nil {
		return "", "", fmt.Errorf("look up indicator %s: %w", id, err)
	}
	found := false
	err = each(rows, func() error {
		var v string
		if err := rows.Scan(&v); err != nil {
			return err
		}
		if !found && (ioc.Indicator{Type: t, Value: v}).ID() == id {
			value, found = v, true
		}
		return nil
	})
	if err == nil && !found {
		err = sql.ErrNoRows
	}
	return value, t.String(), err
}

func remove(ctx context.Context, tx *sql.Tx, c clause, version int64, done *api.IOCChanged) error {
	n := strconv.Itoa(len(c.args) + 1)
	if _, err := tx.ExecContext(ctx, `INSERT INTO ioc_removed (value, type, source, version) SELECT value, type, source, $`+n+` FROM iocs`+c.where()+
		` ON CONFLICT (value, type, source) DO UPDATE SET version = $`+n, append(append([]any{}, c.args...), version)...); err != nil {
		return fmt.Errorf("remove indicators: %w", err)
	}
	res, err := tx.ExecContext(ctx, `DELETE FROM iocs`+c.where(), c.args...)
	if err != nil {
		return fmt.Errorf("remove indicators: %w", err)
	}
	gone, err := res.RowsAffected()
	done.Removed += gone
	return err
}

// Versions returns the history, the newest first.
func (s *Store) Versions(ctx context.Context) (api.IOCVersions, error) {
	var out api.IOCVersions
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT version, at, by, comment, added, replaced, removed, total FROM ioc_versions ORDER BY version DESC`)
		if err != nil {
			return fmt.Errorf("history of indicators: %w", err)
		}
		return each(rows, func() error {
			var v api.IOCVersion
			var at int64
			err := rows.Scan(&v.Version, &at, &v.By, &v.Comment, &v.Added, &v.Replaced, &v.Removed, &v.Total)
			v.At = time.Unix(0, at).UTC()
			out.Versions = append(out.Versions, v)
			return err
		})
	})
	return out, err
}
