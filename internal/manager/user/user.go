// Package user holds the people and programs that may use the manager: their
// passwords (argon2id), roles, sessions and API keys. The database holds only
// digests of secrets. A Store is safe for concurrent use.
package user

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

// ErrWrong says that a password, session or key is wrong, without which of
// them, or of whom.
var ErrWrong = errors.New("wrong user, password, session or key")

// Admin is the name of the first user.
const Admin = "admin"

// Options configure a Store.
type Options struct {
	Now      func() time.Time // time.Now when nil
	Idle     time.Duration    // a session ends when unused for so long; 8 h when zero
	Lifetime time.Duration    // a session ends after so long; 24 h when zero
	Rotate   time.Duration    // a session gets a new secret so often; 1 h when zero
	Memory   uint32           // KiB that argon2id takes for a password; 19 MiB when zero
}

// Store keeps users, sessions and keys in the state database.
type Store struct {
	db      *state.DB
	opts    Options
	now     func() time.Time
	tries   *tries
	hashing chan struct{} // bounds the memory of concurrent argon2id runs
}

// New returns the Store of a database.
func New(db *state.DB, o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Idle == 0 {
		o.Idle = 8 * time.Hour
	}
	if o.Lifetime == 0 {
		o.Lifetime = 24 * time.Hour
	}
	if o.Rotate == 0 {
		o.Rotate = time.Hour
	}
	if o.Memory == 0 {
		o.Memory = argonMemory
	}
	return &Store{db: db, opts: o, now: o.Now, tries: newTries(), hashing: make(chan struct{}, 2)}
}

const userColumns = `name, role, disabled, must_change, created, last_login,
	(SELECT COUNT(*) FROM api_keys WHERE user_name = users.name)`

func scanUser(row interface{ Scan(...any) error }) (api.User, error) {
	var u api.User
	var created, last int64
	err := row.Scan(&u.Name, &u.Role, &u.Disabled, &u.MustChange, &created, &last, &u.Keys)
	u.Created, u.LastLogin = at(created), at(last)
	return u, err
}

func at(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

// List returns all users by name.
func (s *Store) List(ctx context.Context) ([]api.User, error) {
	var us []api.User
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+userColumns+` FROM users ORDER BY name`)
		if err != nil {
			return fmt.Errorf("list users: %w", err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			u, err := scanUser(rows)
			if err != nil {
				return fmt.Errorf("list users: %w", err)
			}
			us = append(us, u)
		}
		return rows.Err()
	})
	return us, err
}

func get(ctx context.Context, tx *sql.Tx, name string) (api.User, error) {
	u, err := scanUser(tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE name = $1`, name))
	if errors.Is(err, sql.ErrNoRows) {
		return u, fmt.Errorf("user %s: %w", name, state.ErrNotFound)
	}
	return u, err
}

// Create makes a user with a one-time password.
func (s *Store) Create(ctx context.Context, in api.NewUser) (api.CreatedUser, error) {
	var c api.CreatedUser
	password := in.Password
	if password == "" {
		password = OneTimePassword()
		c.Password = password
	} else if len(password) < minPassword {
		return c, &api.FieldError{Field: "body.password", Message: fmt.Sprintf("has fewer than %d characters", minPassword)}
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return c, err
	}
	err = s.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := get(ctx, tx, in.Name); err == nil {
			return fmt.Errorf("user %s exists: %w", in.Name, state.ErrConflict)
		}
		now := s.now().UnixNano()
		if _, err := tx.ExecContext(ctx, `INSERT INTO users (name, role, password, must_change, created, password_set)
			VALUES ($1, $2, $3, 1, $4, $4)`, in.Name, in.Role, hash, now); err != nil {
			return fmt.Errorf("create user %s: %w", in.Name, err)
		}
		c.User, err = get(ctx, tx, in.Name)
		return err
	})
	return c, err
}

// Change changes what in holds. A new password or a disabled user ends the
// user's sessions; the last admin stays one.
func (s *Store) Change(ctx context.Context, name string, in api.UserChange) (api.CreatedUser, error) {
	var c api.CreatedUser
	var hash string
	if in.ResetPassword {
		c.Password = OneTimePassword()
		var err error
		if hash, err = s.hash(ctx, c.Password); err != nil {
			return c, err
		}
	}
	err := s.db.Write(ctx, func(tx *sql.Tx) error {
		u, err := get(ctx, tx, name)
		if err != nil {
			return err
		}
		was := u
		if in.Role != "" {
			if !slices.Contains(api.Roles(), in.Role) {
				return &api.FieldError{Field: "body.role", Message: "is none of " + strings.Join(api.Roles(), ", ")}
			}
			u.Role = in.Role
		}
		if in.Disabled != nil {
			u.Disabled = *in.Disabled
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET role = $1, disabled = $2 WHERE name = $3`, u.Role, number(u.Disabled), name); err != nil {
			return fmt.Errorf("change user %s: %w", name, err)
		}
		if hash != "" {
			if err := setPassword(ctx, tx, name, hash, true, s.now()); err != nil {
				return err
			}
		}
		if u.Disabled {
			if err := endSessions(ctx, tx, name); err != nil {
				return err
			}
		}
		if err := anAdminIsLeft(ctx, tx, was); err != nil {
			return err
		}
		c.User, err = get(ctx, tx, name)
		return err
	})
	return c, err
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func setPassword(ctx context.Context, tx *sql.Tx, name, hash string, mustChange bool, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `UPDATE users SET password = $1, must_change = $2, password_set = $3 WHERE name = $4`,
		hash, number(mustChange), now.UnixNano(), name); err != nil {
		return fmt.Errorf("set password of %s: %w", name, err)
	}
	return endSessions(ctx, tx, name)
}

func endSessions(ctx context.Context, tx *sql.Tx, name string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_name = $1`, name); err != nil {
		return fmt.Errorf("end sessions of %s: %w", name, err)
	}
	return nil
}

// anAdminIsLeft refuses a change of the user was that leaves no admin.
func anAdminIsLeft(ctx context.Context, tx *sql.Tx, was api.User) error {
	if was.Role != api.RoleAdmin || was.Disabled {
		return nil
	}
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM users WHERE role = $1 AND disabled = 0`, api.RoleAdmin).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("this is the last admin: make another one first: %w", state.ErrConflict)
	}
	return nil
}

// Delete removes a user with sessions and keys; the last admin stays.
func (s *Store) Delete(ctx context.Context, name string) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		was, err := get(ctx, tx, name)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM users WHERE name = $1`, name); err != nil {
			return fmt.Errorf("delete user %s: %w", name, err)
		}
		return anAdminIsLeft(ctx, tx, was)
	})
}

// EnsureAdmin makes the user admin when there is no user at all. It returns a
// one-time password for it, also when that of an earlier start was never used
// to set a password; otherwise "".
func (s *Store) EnsureAdmin(ctx context.Context) (password string, err error) {
	us, err := s.List(ctx)
	if err != nil {
		return "", err
	}
	if len(us) == 0 {
		c, err := s.Create(ctx, api.NewUser{Name: Admin, Role: api.RoleAdmin})
		return c.Password, err
	}
	i := slices.IndexFunc(us, func(u api.User) bool { return u.Name == Admin && u.MustChange && !u.Disabled })
	if i < 0 || len(us) > 1 {
		return "", nil
	}
	c, err := s.Change(ctx, Admin, api.UserChange{ResetPassword: true})
	return c.Password, err
}

// OneTimePassword returns a new password of 20 characters that are easy to read
// and to type, with 98 bits of chance.
func OneTimePassword() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789" // 31 of them
	var b strings.Builder
	for b.Len() < 24 {
		if b.Len()%6 == 5 {
			b.WriteByte('-')
			continue
		}
		b.WriteByte(letters[chance(len(letters))])
	}
	return strings.TrimSuffix(b.String(), "-")
}

// chance returns a number below n, each as likely as the others.
func chance(n int) int {
	limit := 256 - 256%n
	for {
		var one [1]byte
		_, _ = rand.Read(one[:]) // never fails
		if int(one[0]) < limit {
			return int(one[0]) % n
		}
	}
}

// secret returns 256 bits of chance as text.
func secret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
