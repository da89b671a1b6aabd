package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
)

// overlap is how long the old secret of a rotated session goes on to work, for
// requests that were under way.
const overlap = time.Minute

// Login checks a password and opens a session. A wrong user takes as long as a
// wrong password. Errors are ErrWrong and *TooMany.
func (s *Store) Login(ctx context.Context, in api.Login, address string) (string, api.Session, error) {
	now := s.now()
	if err := s.tries.check(in.User, address, now); err != nil {
		return "", api.Session{}, err
	}
	id, err := s.check(ctx, in.User, in.Password)
	if errors.Is(err, ErrWrong) {
		s.tries.wrong(in.User, address, now)
	}
	if err != nil {
		return "", api.Session{}, err
	}
	s.tries.right(in.User, address)
	id.Address = address
	text := secret()
	err = s.db.Write(ctx, func(tx *sql.Tx) error {
		ns := now.UnixNano()
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE created < $1 OR used < $2 OR (ends > 0 AND ends < $3)`,
			now.Add(-s.opts.Lifetime).UnixNano(), now.Add(-s.opts.Idle).UnixNano(), ns); err != nil {
			return fmt.Errorf("remove ended sessions: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO sessions (id, user_name, created, rotated, used, address)
			VALUES ($1, $2, $3, $3, $3, $4)`, digest(text), id.Name, ns, address); err != nil {
			return fmt.Errorf("open session: %w", err)
		}
		_, err := tx.ExecContext(ctx, `UPDATE users SET last_login = $1 WHERE name = $2`, ns, id.Name)
		return err
	})
	return text, s.describe(id, now, now), err
}

// check returns who has the name and the password.
func (s *Store) check(ctx context.Context, name, password string) (Identity, error) {
	id := Identity{Name: name, Via: "session"}
	var hash string
	var disabled bool
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT role, password, disabled, must_change FROM users WHERE name = $1`, name).
			Scan(&id.Role, &hash, &disabled, &id.MustChange)
	})
	if errors.Is(err, sql.ErrNoRows) {
		if _, err := s.hash(ctx, password); err != nil { // takes as long as a real check
			return id, err
		}
		return id, ErrWrong
	}
	if err != nil {
		return id, fmt.Errorf("check password: %w", err)
	}
	ok, err := s.matches(ctx, password, hash)
	if err != nil {
		return id, fmt.Errorf("check password of %s: %w", name, err)
	}
	if !ok || disabled {
		return id, ErrWrong
	}
	return id, nil
}

func (s *Store) describe(id Identity, created, used time.Time) api.Session {
	return api.Session{
		User: id.Name, Role: id.Role, MustChange: id.MustChange,
		Expires: created.Add(s.opts.Lifetime).UTC(), IdleEnds: used.Add(s.opts.Idle).UTC(),
	}
}

type sessionRow struct {
	id                           Identity
	created, rotated, used, ends int64
	disabled                     bool
}

// Resume returns who has the session, and a new secret when it was time for
// one. The error for a session that does not exist or has ended is ErrWrong.
func (s *Store) Resume(ctx context.Context, old, address string) (Identity, api.Session, string, error) {
	var r sessionRow
	r.id = Identity{Via: "session", Address: address}
	hash, now := digest(old), s.now()
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT s.user_name, s.created, s.rotated, s.used, s.ends, u.role, u.disabled, u.must_change
			FROM sessions s JOIN users u ON u.name = s.user_name WHERE s.id = $1`, hash).
			Scan(&r.id.Name, &r.created, &r.rotated, &r.used, &r.ends, &r.id.Role, &r.disabled, &r.id.MustChange)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Identity{}, api.Session{}, "", ErrWrong
	}
	if err != nil {
		return Identity{}, api.Session{}, "", fmt.Errorf("resume session: %w", err)
	}
	created, used := at(r.created), at(r.used)
	if r.disabled || now.Sub(created) >= s.opts.Lifetime || now.Sub(used) >= s.opts.Idle || r.ends > 0 && now.UnixNano() > r.ends {
		return Identity{}, api.Session{}, "", ErrWrong
	}
	fresh, err := s.touch(ctx, r, hash, address)
	return r.id, s.describe(r.id, created, now), fresh, err
}

// touch notes the use of a session, to the minute, and rotates its secret.
func (s *Store) touch(ctx context.Context, r sessionRow, hash, address string) (fresh string, err error) {
	now := s.now()
	if r.ends > 0 || now.Sub(at(r.used)) < time.Minute && now.Sub(at(r.rotated)) < s.opts.Rotate {
		return "", nil
	}
	err = s.db.Write(ctx, func(tx *sql.Tx) error {
		ns := now.UnixNano()
		if now.Sub(at(r.rotated)) < s.opts.Rotate {
			_, err := tx.ExecContext(ctx, `UPDATE sessions SET used = $1 WHERE id = $2`, ns, hash)
			return err
		}
		done, err := tx.ExecContext(ctx, `UPDATE sessions SET used = $1, ends = $2 WHERE id = $3 AND ends = 0`, ns, now.Add(overlap).UnixNano(), hash)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err // another request rotated it, or it was ended
		}
		text := secret()
		if _, err := tx.ExecContext(ctx, `INSERT INTO sessions (id, user_name, created, rotated, used, address)
			VALUES ($1, $2, $3, $4, $4, $5)`, digest(text), r.id.Name, r.created, ns, address); err != nil {
			return err
		}
		fresh = text
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("note use of session: %w", err)
	}
	return fresh, nil
}

// Alive returns who has an open session that Resume told of, whatever secret it
// has by now. The error for one that has ended is ErrWrong.
func (s *Store) Alive(ctx context.Context, name string, open api.Session) (Identity, error) {
	id := Identity{Name: name, Via: "session"}
	var disabled bool
	now := s.now()
	created := open.Expires.Add(-s.opts.Lifetime)
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT u.role, u.disabled, u.must_change FROM sessions s JOIN users u ON u.name = s.user_name
			WHERE s.user_name = $1 AND s.created = $2 LIMIT 1`, name, created.UnixNano()).Scan(&id.Role, &disabled, &id.MustChange)
	})
	if errors.Is(err, sql.ErrNoRows) || err == nil && (disabled || !now.Before(open.Expires)) {
		return Identity{}, ErrWrong
	}
	if err != nil {
		return Identity{}, fmt.Errorf("look at session: %w", err)
	}
	return id, nil
}

// Logout ends a session.
func (s *Store) Logout(ctx context.Context, old string) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		// with the secrets before and after a rotation, which share the start
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE EXISTS (
			SELECT 1 FROM sessions mine WHERE mine.id = $1 AND mine.user_name = sessions.user_name AND mine.created = sessions.created)`, digest(old))
		return err
	})
}

// ChangePassword changes the own password, which ends the user's sessions.
func (s *Store) ChangePassword(ctx context.Context, name string, in api.PasswordChange) error {
	now := s.now()
	if err := s.tries.check(name, "password change", now); err != nil {
		return err
	}
	if _, err := s.check(ctx, name, in.Old); err != nil {
		if errors.Is(err, ErrWrong) {
			s.tries.wrong(name, "password change", now)
		}
		return err
	}
	if in.New == in.Old {
		return &api.FieldError{Field: "body.new", Message: "is the old password"}
	}
	if len(in.New) < minPassword {
		return &api.FieldError{Field: "body.new", Message: fmt.Sprintf("has fewer than %d characters", minPassword)}
	}
	hash, err := s.hash(ctx, in.New)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sql.Tx) error { return setPassword(ctx, tx, name, hash, false, now) })
}
