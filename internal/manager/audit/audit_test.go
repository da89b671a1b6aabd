package audit

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

func open(t *testing.T) (*Log, *state.DB) {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	clock := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	return New(db, func() time.Time { clock = clock.Add(time.Second); return clock }), db
}

func fill(t *testing.T, l *Log) {
	t.Helper()
	for i, action := range []string{"user.create", "user.delete", "task.give", "alert.change", "user.create"} {
		actor := []string{"anna", "bert"}[i%2]
		if err := l.Record(t.Context(), api.AuditEntry{Actor: actor, Action: action, Target: "x"}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEntries(t *testing.T) {
	l, _ := open(t)
	fill(t, l)
	for name, tc := range map[string]struct {
		q    api.AuditQuery
		want string
	}{
		"all":    {api.AuditQuery{}, "5 4 3 2 1"},
		"actor":  {api.AuditQuery{Actor: "bert"}, "4 2"},
		"action": {api.AuditQuery{Action: "user.create"}, "5 1"},
		"prefix": {api.AuditQuery{Action: "user."}, "5 2 1"},
		"range":  {api.AuditQuery{Range: api.Range{From: "2026-11-21T08:00:02Z", To: "2026-11-21T09:00:04+01:00"}}, "4 3 2"},
		"page":   {api.AuditQuery{Page: api.Page{Limit: 2, Cursor: "4"}}, "3 2"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := l.Entries(t.Context(), tc.q)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, e := range out.Entries {
				ids = append(ids, string(rune('0'+e.ID)))
			}
			if got := strings.Join(ids, " "); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			if (out.Next != "") != (name == "page") {
				t.Errorf("next is %q", out.Next)
			}
		})
	}
}

func TestChainShowsEveryChange(t *testing.T) {
	for name, harm := range map[string]string{
		"changed":  `UPDATE audit SET actor = 'nobody' WHERE id = 3`,
		"removed":  `DELETE FROM audit WHERE id = 3`,
		"inserted": `INSERT INTO audit (id, at, actor, action, outcome, hash) SELECT 6, at, actor, action, outcome, hash FROM audit WHERE id = 5`,
		"swapped":  `UPDATE audit SET target = CASE id WHEN 3 THEN 'y' ELSE 'x' END`,
	} {
		t.Run(name, func(t *testing.T) {
			l, db := open(t)
			fill(t, l)
			if c, err := l.Check(t.Context()); err != nil || !c.Whole || c.Entries != 5 || len(c.Head) != 64 {
				t.Fatalf("untouched log: %+v, %v", c, err)
			}
			if err := db.Write(t.Context(), func(tx *sql.Tx) error {
				_, err := tx.Exec(harm)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			c, err := l.Check(t.Context())
			if err != nil || c.Whole || c.Broken < 3 {
				t.Fatalf("got %+v, %v", c, err)
			}
		})
	}
}

func TestTextsFromOutsideAreBounded(t *testing.T) {
	l, _ := open(t)
	if err := l.Record(t.Context(), api.AuditEntry{Actor: strings.Repeat("é", 5000), Action: "a\xff\x00b"}); err != nil {
		t.Fatal(err)
	}
	out, err := l.Entries(t.Context(), api.AuditQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if e := out.Entries[0]; len(e.Actor) > maxText+4 || e.Action != "a\ufffdb" {
		t.Errorf("kept %d bytes of actor, action %q", len(e.Actor), e.Action)
	}
	if c, err := l.Check(t.Context()); err != nil || !c.Whole {
		t.Errorf("chain: %+v, %v", c, err)
	}
}
