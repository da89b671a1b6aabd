// Package state is the manager's small data: hosts, policies, users, alerts,
// tasks, the audit log, the lake's manifest. It is one SQLite file with goose
// migrations from the folder migrations/; every package of the manager keeps
// its own SQL and its own migration file (manager 001-, lake 020-, enroll
// 030-). The SQL is what SQLite and PostgreSQL both take: $n placeholders, ON
// CONFLICT, TEXT, BIGINT and BYTEA columns, times as nanoseconds since 1970.
//
// A DB is safe for concurrent use. There is one writer and a pool of readers
// that never wait for it. Every commit is synced to the disk before Write
// returns (synchronous=FULL): the lake's manifest, its marks and accepted tasks
// must outlive a power cut, and what is written often (heartbeats) is kept in
// memory and written in bulk, so that a faster, weaker mode would gain nothing.
package state

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Errors that packages of the manager wrap; the REST interface answers them
// with 404 and 409.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("conflict") // it exists already, or changed meanwhile
)

// DB is the open state database.
type DB struct {
	writer *sql.DB // one connection
	reader *sql.DB
	path   string
}

// Open opens the database file, creates it (mode 0600) when there is none, and
// brings its schema up to date.
func Open(ctx context.Context, path string) (*DB, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open state database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open state database: %w", err)
	}
	d := &DB{path: path}
	if d.writer, err = sql.Open("sqlite", dsn(path, "&_txlock=immediate")); err != nil {
		return nil, fmt.Errorf("open state database %s: %w", path, err)
	}
	d.writer.SetMaxOpenConns(1)
	if d.reader, err = sql.Open("sqlite", dsn(path, "&_pragma=query_only(1)")); err != nil {
		return nil, errors.Join(fmt.Errorf("open state database %s: %w", path, err), d.Close())
	}
	d.reader.SetMaxOpenConns(8)
	if err := d.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("state database %s: %w", path, explain(err)), d.Close())
	}
	return d, nil
}

func dsn(path, more string) string {
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" + more
}

func (d *DB) migrate(ctx context.Context) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, d.writer, dir, goose.WithAllowOutofOrder(true))
	if err != nil {
		return err
	}
	// a file of a newer release may hold what this one would destroy
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	sources := p.ListSources()
	if newest := sources[len(sources)-1].Version; have > newest {
		return fmt.Errorf("schema %d was written by a newer release (this one knows %d): run that release, or restore a backup", have, newest)
	}
	_, err = p.Up(ctx)
	return err
}

func explain(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case 26: // SQLITE_NOTADB
		return fmt.Errorf("%w: the file is damaged or of another program: restore a backup", err)
	case 11: // SQLITE_CORRUPT
		return fmt.Errorf("%w: the file is damaged: restore a backup with `vedette manager restore`", err)
	case 13: // SQLITE_FULL
		return fmt.Errorf("%w: free some space on the disk", err)
	case 5: // SQLITE_BUSY
		return fmt.Errorf("%w: another program holds the file", err)
	}
	return err
}

// Path returns the path of the database file.
func (d *DB) Path() string { return d.path }

// Read runs do in a read-only transaction: all its queries see one moment.
func (d *DB) Read(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := d.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin read: %w", explain(err))
	}
	defer func() { _ = tx.Rollback() }() // read-only: nothing to lose
	return do(tx)
}

// Write runs do in the only write transaction and commits when it returns nil;
// the change is on the disk when Write returns. Inside do, use tx only: Read
// and Write of the same goroutine would wait for it.
func (d *DB) Write(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := d.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin write: %w", explain(err))
	}
	defer func() { _ = tx.Rollback() }() // no effect after a commit
	if err := do(tx); err != nil {
		return explain(err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", explain(err))
	}
	return nil
}

// Backup writes a consistent copy of the database to the file to, which must
// not exist yet, while everybody goes on working.
func (d *DB) Backup(ctx context.Context, to string) error {
	if _, err := os.Stat(to); err == nil {
		return fmt.Errorf("back up state to %s: the file exists", to)
	}
	own, err := sql.Open("sqlite", dsn(d.path, "")) // the readers' connections cannot vacuum
	if err != nil {
		return fmt.Errorf("back up state to %s: %w", to, err)
	}
	_, err = own.ExecContext(ctx, "VACUUM INTO $1", to)
	if err = errors.Join(err, own.Close()); err != nil {
		return fmt.Errorf("back up state to %s: %w", to, explain(err))
	}
	return os.Chmod(to, 0o600)
}

// Close closes the database.
func (d *DB) Close() error {
	var errs []error
	if d.reader != nil {
		errs = append(errs, d.reader.Close())
	}
	if d.writer != nil {
		errs = append(errs, d.writer.Close())
	}
	return errors.Join(errs...)
}
