package user

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

// keyPrefix lets people and scanners of repositories recognise a key.
const keyPrefix = "vedette_"

// maxKeys is the most API keys of one user.
const maxKeys = 100

// CreateKey makes an API key of a user, with at most the role of who asks.
func (s *Store) CreateKey(ctx context.Context, of Identity, in api.NewKey) (api.CreatedKey, error) {
	var c api.CreatedKey
	role := in.Role
	if role == "" {
		role = of.Role
	}
	if !api.RoleCovers(of.Role, role) {
		return c, &api.FieldError{Field: "body.role", Message: "is more than the own role " + of.Role}
	}
	now := s.now()
	c.Key = api.Key{ID: shortID(), Name: in.Name, User: of.Name, Role: role, Created: now.UTC()}
	var expires int64
	if in.Expire != "" {
		span, err := api.ParseSpan(in.Expire)
		if err != nil {
			return c, &api.FieldError{Field: "body.expire", Message: err.Error()}
		}
		c.Key.Expires = now.Add(span).UTC()
		expires = c.Key.Expires.UnixNano()
	}
	text := keyPrefix + secret()
	err := s.db.Write(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM api_keys WHERE user_name = $1`, of.Name).Scan(&n); err != nil {
			return err
		}
		if n >= maxKeys {
			return fmt.Errorf("user %s has %d keys: revoke one first: %w", of.Name, n, state.ErrConflict)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO api_keys (id, name, secret, user_name, role, created, expires)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, c.Key.ID, in.Name, digest(text), of.Name, role, now.UnixNano(), expires)
		return err
	})
	if err != nil {
		return api.CreatedKey{}, fmt.Errorf("create key: %w", err)
	}
	c.Secret = text
	return c, nil
}

func shortID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Keys returns the API keys of a user, of all when of is empty.
func (s *Store) Keys(ctx context.Context, of string) ([]api.Key, error) {
	var ks []api.Key
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT id, name, user_name, role, created, expires, used FROM api_keys
			WHERE $1 = '' OR user_name = $1 ORDER BY user_name, created`, of)
		if err != nil {
			return fmt.Errorf("list keys: %w", err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var k api.Key
			var created, expires, used int64
			if err := rows.Scan(&k.ID, &k.Name, &k.User, &k.Role, &created, &expires, &used); err != nil {
				return fmt.Errorf("list keys: %w", err)
			}
			k.Created, k.Expires, k.Used = at(created), at(expires), at(used)
			ks = append(ks, k)
		}
		return rows.Err()
	})
	return ks, err
}

// RevokeKey removes an API key of a user, of anybody when of is empty.
func (s *Store) RevokeKey(ctx context.Context, of, id string) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM api_keys WHERE id = $1 AND ($2 = '' OR user_name = $2)`, id, of)
		if err != nil {
			return fmt.Errorf("revoke key: %w", err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("key %s: %w", id, state.ErrNotFound))
		}
		return nil
	})
}

// ByKey returns who has an API key. The role is the lower one of key and user.
func (s *Store) ByKey(ctx context.Context, text, address string) (Identity, error) {
	id := Identity{Address: address}
	var userRole string
	var disabled bool
	var expires, used int64
	err := s.db.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT k.id, k.user_name, k.role, k.expires, k.used, u.role, u.disabled
			FROM api_keys k JOIN users u ON u.name = k.user_name WHERE k.secret = $1`, digest(text)).
			Scan(&id.KeyID, &id.Name, &id.Role, &expires, &used, &userRole, &disabled)
	})
	now := s.now()
	if errors.Is(err, sql.ErrNoRows) || err == nil && (disabled || expires > 0 && now.UnixNano() >= expires) {
		return Identity{}, ErrWrong
	}
	if err != nil {
		return Identity{}, fmt.Errorf("look up key: %w", err)
	}
	if !api.RoleCovers(userRole, id.Role) {
		id.Role = userRole
	}
	id.Via = "key:" + id.KeyID
	if now.Sub(at(used)) >= time.Minute {
		err = s.db.Write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE api_keys SET used = $1 WHERE id = $2`, now.UnixNano(), id.KeyID)
			return err
		})
	}
	return id, err
}
