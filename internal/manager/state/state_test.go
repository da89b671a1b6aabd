package state

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func open(t *testing.T, path string) *DB {
	t.Helper()
	d, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func addUser(ctx context.Context, d *DB, name string) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO users (name, role, password, created, password_set)
			VALUES ($1, 'viewer', '', 1, 1) ON CONFLICT (name) DO UPDATE SET role = excluded.role`, name)
		return err
	})
}

func countUsers(t *testing.T, d *DB) (n int) {
	t.Helper()
	if err := d.Read(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM users").Scan(&n)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOpenTwiceKeepsData(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a dir with % and ?", "state.db")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	d := open(t, path)
	if err := addUser(t.Context(), d, "a"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if n := countUsers(t, open(t, path)); n != 1 {
		t.Fatalf("%d users after reopening, want 1", n)
	}
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v (%v), want 0600", st.Mode(), err)
	}
}

func TestWriteRollsBack(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "state.db"))
	boom := errors.New("boom")
	err := d.Write(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec(`INSERT INTO users (name, role, password, created, password_set) VALUES ('x','viewer','',1,1)`); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
	if n := countUsers(t, d); n != 0 {
		t.Fatalf("%d users after a rollback", n)
	}
}

func TestReadersDoNotWaitForTheWriter(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "state.db"))
	err := d.Write(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec(`INSERT INTO users (name, role, password, created, password_set) VALUES ('x','viewer','',1,1)`); err != nil {
			return err
		}
		if n := countUsers(t, d); n != 0 {
			t.Errorf("reader sees %d rows of an open transaction", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadCannotWrite(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "state.db"))
	err := d.Read(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("DELETE FROM users")
		return err
	})
	if err == nil {
		t.Fatal("a read transaction could write")
	}
}

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	d := open(t, filepath.Join(dir, "state.db"))
	if err := addUser(t.Context(), d, "a"); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "copy.db")
	if err := d.Backup(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if n := countUsers(t, open(t, to)); n != 1 {
		t.Fatalf("backup holds %d users, want 1", n)
	}
	if err := d.Backup(t.Context(), to); err == nil {
		t.Fatal("backup overwrote a file")
	}
}

func TestDamagedFileSaysWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 400)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), path)
	if err == nil || !strings.Contains(err.Error(), "restore a backup") || !strings.Contains(err.Error(), path) {
		t.Fatalf("got %v", err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	d := open(t, path)
	if err := d.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "newer release") {
		t.Fatalf("got %v", err)
	}
}
