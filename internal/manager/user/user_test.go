package user

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func open(t *testing.T) (*Store, *clock, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.db")
	db, err := state.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c := &clock{time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)}
	return New(db, Options{Now: c.now, Memory: 64}), c, path
}

func create(t *testing.T, s *Store, name, role string) string {
	t.Helper()
	c, err := s.Create(t.Context(), api.NewUser{Name: name, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return c.Password
}

func login(t *testing.T, s *Store, name, password string) string {
	t.Helper()
	secret, _, err := s.Login(t.Context(), api.Login{User: name, Password: password}, "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestFirstAdmin(t *testing.T) {
	s, _, _ := open(t)
	one, err := s.EnsureAdmin(t.Context())
	if err != nil || len(one) < 20 {
		t.Fatalf("%q, %v", one, err)
	}
	two, err := s.EnsureAdmin(t.Context())
	if err != nil || two == "" || two == one {
		t.Fatalf("a password that was never used: %q then %q, %v", one, two, err)
	}
	if _, _, err := s.Login(t.Context(), api.Login{User: Admin, Password: one}, "a"); !errors.Is(err, ErrWrong) {
		t.Fatalf("the password of the first start still works: %v", err)
	}
	secret := login(t, s, Admin, two)
	id, _, _, err := s.Resume(t.Context(), secret, "a")
	if err != nil || !id.MustChange || id.Role != api.RoleAdmin {
		t.Fatalf("%+v, %v", id, err)
	}
	if err := s.ChangePassword(t.Context(), Admin, api.PasswordChange{Old: two, New: "correct horse battery"}); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := s.Resume(t.Context(), secret, "a"); !errors.Is(err, ErrWrong) {
		t.Errorf("a session outlived its password: %v", err)
	}
	if three, err := s.EnsureAdmin(t.Context()); err != nil || three != "" {
		t.Errorf("password %q for an admin that has one, %v", three, err)
	}
	secret = login(t, s, Admin, "correct horse battery")
	if id, _, _, err := s.Resume(t.Context(), secret, "a"); err != nil || id.MustChange {
		t.Errorf("%+v, %v", id, err)
	}
}

func TestSessionEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		steps []time.Duration
		ends  bool
	}{
		"in use":            {[]time.Duration{7 * time.Hour, 7 * time.Hour, 7 * time.Hour}, false},
		"idle":              {[]time.Duration{7 * time.Hour, 8 * time.Hour}, true},
		"in use for a day":  {[]time.Duration{6 * time.Hour, 6 * time.Hour, 6 * time.Hour, 6 * time.Hour}, true},
		"back after a jump": {[]time.Duration{-time.Hour, time.Hour}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, c, _ := open(t)
			secret := login(t, s, "u", create2(t, s))
			var err error
			for _, d := range tc.steps {
				c.t = c.t.Add(d)
				var fresh string
				if _, _, fresh, err = s.Resume(t.Context(), secret, "a"); fresh != "" {
					secret = fresh
				}
			}
			if got := errors.Is(err, ErrWrong); got != tc.ends {
				t.Errorf("ended %v (%v), want %v", got, err, tc.ends)
			}
		})
	}
}

func create2(t *testing.T, s *Store) string { return create(t, s, "u", api.RoleViewer) }

func TestSessionRotates(t *testing.T) {
	s, c, _ := open(t)
	old := login(t, s, "u", create2(t, s))
	c.t = c.t.Add(time.Hour)
	_, _, fresh, err := s.Resume(t.Context(), old, "a")
	if err != nil || fresh == "" || fresh == old {
		t.Fatalf("no new secret after an hour: %q, %v", fresh, err)
	}
	if _, _, again, err := s.Resume(t.Context(), old, "a"); err != nil || again != "" {
		t.Errorf("a request under way with the old secret: %q, %v", again, err)
	}
	c.t = c.t.Add(overlap + time.Second)
	if _, _, _, err := s.Resume(t.Context(), old, "a"); !errors.Is(err, ErrWrong) {
		t.Errorf("the old secret still works: %v", err)
	}
	if _, _, _, err := s.Resume(t.Context(), fresh, "a"); err != nil {
		t.Errorf("the new secret does not work: %v", err)
	}
	if err := s.Logout(t.Context(), fresh); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := s.Resume(t.Context(), fresh, "a"); !errors.Is(err, ErrWrong) {
		t.Errorf("works after the logout: %v", err)
	}
}

func TestLoginIsSlowedDown(t *testing.T) {
	s, c, _ := open(t)
	password := create2(t, s)
	try := func(password, address string) error {
		_, _, err := s.Login(t.Context(), api.Login{User: "u", Password: password}, address)
		return err
	}
	for range 5 {
		if err := try("wrong", "evil"); !errors.Is(err, ErrWrong) {
			t.Fatal(err)
		}
	}
	var busy *TooMany
	if err := try(password, "evil"); !errors.As(err, &busy) {
		t.Fatalf("the sixth try was looked at: %v", err)
	}
	if err := try(password, "home"); err != nil {
		t.Errorf("somebody elsewhere is locked out: %v", err)
	}
	c.t = c.t.Add(busy.Wait)
	if err := try("wrong", "evil"); !errors.Is(err, ErrWrong) {
		t.Fatalf("after the wait: %v", err)
	}
	first := busy.Wait
	if err := try(password, "evil"); !errors.As(err, &busy) || busy.Wait < 2*first-time.Second/2 {
		t.Errorf("the wait does not grow: %v", err)
	}
	c.t = c.t.Add(busy.Wait)
	if err := try(password, "evil"); err != nil {
		t.Errorf("the right password after the wait: %v", err)
	}
	if err := try("wrong", "evil"); !errors.Is(err, ErrWrong) {
		t.Errorf("the count was not reset: %v", err)
	}
}

func TestTriesAreBounded(t *testing.T) {
	tr := newTries()
	now := time.Now()
	for i := range 3 * triesKept {
		tr.wrong("u", "10.0.0."+string(rune(i)), now)
	}
	if len(tr.seen) > triesKept {
		t.Errorf("%d identities are remembered", len(tr.seen))
	}
	tr.wrong("u", "x", now.Add(time.Hour))
	if len(tr.seen) > 3 {
		t.Errorf("%d identities an hour later", len(tr.seen))
	}
}

func TestTheLastAdminStays(t *testing.T) {
	s, _, _ := open(t)
	create(t, s, "a", api.RoleAdmin)
	create(t, s, "v", api.RoleViewer)
	yes := true
	for name, err := range map[string]error{
		"deleted":  s.Delete(t.Context(), "a"),
		"demoted":  second(s.Change(t.Context(), "a", api.UserChange{Role: api.RoleViewer})),
		"disabled": second(s.Change(t.Context(), "a", api.UserChange{Disabled: &yes})),
	} {
		if !errors.Is(err, state.ErrConflict) {
			t.Errorf("the last admin was %s: %v", name, err)
		}
	}
	if _, err := s.Change(t.Context(), "v", api.UserChange{Role: api.RoleAdmin}); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), "a"); err != nil {
		t.Errorf("one of two admins: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestKeys(t *testing.T) {
	s, c, _ := open(t)
	create(t, s, "ana", api.RoleAnalyst)
	ana := Identity{Name: "ana", Role: api.RoleAnalyst}
	if _, err := s.CreateKey(t.Context(), ana, api.NewKey{Name: "x", Role: api.RoleAdmin}); err == nil {
		t.Error("an analyst made a key of an admin")
	}
	k, err := s.CreateKey(t.Context(), ana, api.NewKey{Name: "x", Expire: "1d"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.ByKey(t.Context(), k.Secret, "a")
	if err != nil || id.Name != "ana" || id.Role != api.RoleAnalyst || id.Via != "key:"+k.Key.ID {
		t.Fatalf("%+v, %v", id, err)
	}
	if _, err := s.Change(t.Context(), "ana", api.UserChange{Role: api.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	if id, err := s.ByKey(t.Context(), k.Secret, "a"); err != nil || id.Role != api.RoleViewer {
		t.Errorf("the key kept the role of its user's better days: %+v, %v", id, err)
	}
	ks, err := s.Keys(t.Context(), "ana")
	if err != nil || len(ks) != 1 || ks[0].Used.IsZero() {
		t.Errorf("%+v, %v", ks, err)
	}
	if err := s.RevokeKey(t.Context(), "bob", k.Key.ID); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("somebody else's key was revoked: %v", err)
	}
	c.t = c.t.Add(24 * time.Hour)
	if _, err := s.ByKey(t.Context(), k.Secret, "a"); !errors.Is(err, ErrWrong) {
		t.Errorf("the key outlived its day: %v", err)
	}
	if err := s.RevokeKey(t.Context(), "ana", k.Key.ID); err != nil {
		t.Error(err)
	}
}

// TestWM16_SecretsAreNotInTheFile looks for every secret in the raw bytes of
// the database and its write-ahead log.
func TestWM16_SecretsAreNotInTheFile(t *testing.T) {
	s, _, path := open(t)
	password := create2(t, s)
	session := login(t, s, "u", password)
	key, err := s.CreateKey(context.Background(), Identity{Name: "u", Role: api.RoleViewer}, api.NewKey{Name: "k"})
	if err != nil {
		t.Fatal(err)
	}
	var raw []byte
	for _, f := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, b...)
	}
	if !strings.Contains(string(raw), "argon2id") {
		t.Fatal("the test looks into the wrong files")
	}
	for name, secret := range map[string]string{"password": password, "session": session, "key": key.Secret, "key without prefix": key.Secret[len(keyPrefix):]} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("the %s can be read in the database", name)
		}
	}
}

func TestDisabledUser(t *testing.T) {
	s, _, _ := open(t)
	password := create2(t, s)
	create(t, s, "a", api.RoleAdmin)
	session := login(t, s, "u", password)
	key, err := s.CreateKey(t.Context(), Identity{Name: "u", Role: api.RoleViewer}, api.NewKey{Name: "k"})
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	if _, err := s.Change(t.Context(), "u", api.UserChange{Disabled: &yes}); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := s.Resume(t.Context(), session, "a"); !errors.Is(err, ErrWrong) {
		t.Errorf("session: %v", err)
	}
	if _, err := s.ByKey(t.Context(), key.Secret, "a"); !errors.Is(err, ErrWrong) {
		t.Errorf("key: %v", err)
	}
	if _, _, err := s.Login(t.Context(), api.Login{User: "u", Password: password}, "b"); !errors.Is(err, ErrWrong) {
		t.Errorf("password: %v", err)
	}
}
