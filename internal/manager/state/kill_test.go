package state

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// child names the database that the test program writes to when it was started
// by TestWM16_KillDuringWrites.
const child = "VEDETTE_TEST_STATE"

func TestMain(m *testing.M) {
	if path := os.Getenv(child); path != "" {
		if err := writeForEver(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeForEver writes pairs of users and prints the number of each pair that is
// committed.
func writeForEver(path string) error {
	ctx := context.Background()
	d, err := Open(ctx, path)
	if err != nil {
		return err
	}
	var n int
	if err := d.Read(ctx, func(tx *sql.Tx) error { return tx.QueryRow(`SELECT COUNT(*) / 2 FROM users`).Scan(&n) }); err != nil {
		return err
	}
	for ; ; n++ {
		if err := d.Write(ctx, func(tx *sql.Tx) error {
			for _, half := range []string{"a", "b"} {
				if _, err := tx.Exec(`INSERT INTO users (name, role, password, created, password_set) VALUES ($1, 'viewer', '', $2, $2)`, fmt.Sprint(half, n), n); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// TestWM16_KillDuringWrites kills a writer with SIGKILL again and again: the
// store opens, is whole, has everything that was committed and nothing by half.
func TestWM16_KillDuringWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	last := -1
	for round := range 5 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), child+"="+path)
		c.Stderr = os.Stderr
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if last, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
			if n == 10+13*round { // what it prints after this is read below
				if err := c.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = c.Wait() // was killed
		d := open(t, path)
		var check string
		var pairs, halves, newest int
		if err := d.Read(t.Context(), func(tx *sql.Tx) error {
			if err := tx.QueryRow(`PRAGMA integrity_check`).Scan(&check); err != nil {
				return err
			}
			return tx.QueryRow(`SELECT COUNT(*) FILTER (WHERE n = 2), COUNT(*) FILTER (WHERE n <> 2), MAX(created)
				FROM (SELECT created, COUNT(*) AS n FROM users GROUP BY created) p`).Scan(&pairs, &halves, &newest)
		}); err != nil {
			t.Fatal(err)
		}
		if check != "ok" || halves != 0 || newest < last || pairs != newest+1 {
			t.Fatalf("round %d: check %q, %d pairs, %d halves, newest %d, %d was committed", round, check, pairs, halves, newest, last)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
