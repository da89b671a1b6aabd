// Package audit is the log of what people, programs and agents did. Each entry
// carries a SHA-256 over itself and the entry before it, so that a changed,
// removed or inserted entry shows. A Log is safe for concurrent use.
package audit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

// maxText bounds each text of an entry, which may come from outside; bytes.
const maxText = 4096

// Log is the audit log in the state database.
type Log struct {
	db  *state.DB
	now func() time.Time
}

// New returns the Log of a database; now is time.Now when nil.
func New(db *state.DB, now func() time.Time) *Log {
	if now == nil {
		now = time.Now
	}
	return &Log{db: db, now: now}
}

// Record appends an entry; it is on the disk when Record returns. ID, Hash and
// a missing time are set here.
func (l *Log) Record(ctx context.Context, e api.AuditEntry) error {
	return l.db.Write(ctx, func(tx *sql.Tx) error { return l.Append(ctx, tx, e) })
}

// Append appends entries in a transaction of somebody else, so that they stand
// or fall with what they tell of.
func (l *Log) Append(ctx context.Context, tx *sql.Tx, entries ...api.AuditEntry) error {
	if len(entries) == 0 {
		return nil
	}
	id, prev, err := head(ctx, tx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		id++
		e.ID = id
		if e.At.IsZero() {
			e.At = l.now()
		}
		e.At = e.At.UTC()
		if e.Outcome == "" {
			e.Outcome = "success"
		}
		for _, s := range []*string{&e.Actor, &e.Via, &e.Address, &e.Action, &e.Target, &e.Detail} {
			*s = clean(*s)
		}
		e.Hash = chain(prev, e)
		prev = e.Hash
		if _, err := tx.ExecContext(ctx, `INSERT INTO audit (id, at, actor, via, address, action, target, outcome, detail, hash)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			e.ID, e.At.UnixNano(), e.Actor, e.Via, e.Address, e.Action, e.Target, e.Outcome, e.Detail, e.Hash); err != nil {
			return fmt.Errorf("append to audit log: %w", err)
		}
	}
	return nil
}

func head(ctx context.Context, tx *sql.Tx) (id int64, hash string, err error) {
	err = tx.QueryRowContext(ctx, `SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1`).Scan(&id, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	if err != nil {
		return 0, "", fmt.Errorf("read head of audit log: %w", err)
	}
	return id, hash, nil
}

// clean bounds a text and makes it valid UTF-8, so that it is stored as hashed.
func clean(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\ufffd")
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}

// chain returns the hash of an entry that follows the one with the hash prev.
func chain(prev string, e api.AuditEntry) string {
	fields := []string{prev, strconv.FormatInt(e.ID, 10), strconv.FormatInt(e.At.UnixNano(), 10),
		e.Actor, e.Via, e.Address, e.Action, e.Target, e.Outcome, e.Detail}
	text, err := json.Marshal(fields) // of strings: cannot fail
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

const columns = `id, at, actor, via, address, action, target, outcome, detail, hash`

func scan(rows *sql.Rows) (api.AuditEntry, error) {
	var e api.AuditEntry
	var at int64
	err := rows.Scan(&e.ID, &at, &e.Actor, &e.Via, &e.Address, &e.Action, &e.Target, &e.Outcome, &e.Detail, &e.Hash)
	e.At = time.Unix(0, at).UTC()
	return e, err
}

// Entries returns entries, the newest first.
func (l *Log) Entries(ctx context.Context, q api.AuditQuery) (api.AuditList, error) {
	var out api.AuditList
	from, to := int64(0), int64(1<<62)
	if q.Range != (api.Range{}) {
		f, t, err := q.Bounds(l.now())
		if err != nil {
			return out, err
		}
		from, to = f.UnixNano(), t.UnixNano()
	}
	before := int64(1 << 62)
	if q.Cursor != "" {
		var err error
		if before, err = strconv.ParseInt(q.Cursor, 10, 64); err != nil {
			return out, &api.FieldError{Field: "query.cursor", Message: "is not what an answer said"}
		}
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 1000
	}
	action, prefix := q.Action, ""
	if strings.HasSuffix(action, ".") {
		action, prefix = "", action
	}
	err := l.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+columns+` FROM audit
			WHERE id < $1 AND at >= $2 AND at <= $3
			AND ($4 = '' OR actor = $4) AND ($5 = '' OR action = $5) AND ($6 = '' OR substr(action, 1, length($6)) = $6)
			AND ($7 = '' OR target = $7) ORDER BY id DESC LIMIT $8`, before, from, to, q.Actor, action, prefix, q.Target, limit+1)
		if err != nil {
			return fmt.Errorf("read audit log: %w", err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			e, err := scan(rows)
			if err != nil {
				return fmt.Errorf("read audit log: %w", err)
			}
			out.Entries = append(out.Entries, e)
		}
		return rows.Err()
	})
	if len(out.Entries) > limit {
		out.Entries = out.Entries[:limit]
		out.Next = strconv.FormatInt(out.Entries[limit-1].ID, 10)
	}
	return out, err
}

// Check reads the whole log and says whether its chain is unbroken.
func (l *Log) Check(ctx context.Context) (api.AuditCheck, error) {
	c := api.AuditCheck{Whole: true}
	err := l.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+columns+` FROM audit ORDER BY id`)
		if err != nil {
			return fmt.Errorf("check audit log: %w", err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			e, err := scan(rows)
			if err != nil {
				return fmt.Errorf("check audit log: %w", err)
			}
			c.Entries++
			if c.Whole && (e.ID != c.Entries || e.Hash != chain(c.Head, e)) {
				c.Whole, c.Broken = false, e.ID
			}
			c.Head = e.Hash
		}
		return rows.Err()
	})
	return c, err
}
