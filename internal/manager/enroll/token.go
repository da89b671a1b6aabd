package enroll

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire"
)

// Bounds of a token's life.
const (
	tokenLife    = time.Hour
	maxTokenLife = 30 * 24 * time.Hour
	keepTokens   = 30 * 24 * time.Hour // after their end, for the list
)

// CreateToken makes a token; its secret is in the answer and nowhere else.
func (s *Service) CreateToken(ctx context.Context, in api.NewToken, by string) (api.CreatedToken, error) {
	life := tokenLife
	if in.Expire != "" {
		var err error
		if life, err = time.ParseDuration(in.Expire); err != nil || life < time.Minute || life > maxTokenLife {
			return api.CreatedToken{}, &api.FieldError{Field: "body.expire", Message: fmt.Sprintf("%.32q is no time from 1m to 720h, for example 1h or 30m", in.Expire)}
		}
	}
	if in.MaxUses < 0 {
		return api.CreatedToken{}, &api.FieldError{Field: "body.max_uses", Message: fmt.Sprintf("%d is negative", in.MaxUses)}
	}
	t := api.Token{Group: in.Group, By: by, Created: s.Now().UTC(), MaxUses: in.MaxUses}
	if t.Group == "" {
		t.Group = "default"
	}
	if err := s.checkGroup(ctx, t.Group); err != nil {
		return api.CreatedToken{}, err
	}
	if t.MaxUses == 0 {
		t.MaxUses = 1
	}
	t.Expires = t.Created.Add(life).Truncate(time.Second)
	id, err := newID()
	if err != nil {
		return api.CreatedToken{}, err
	}
	t.ID = id
	text := wire.Token{Addresses: s.Addresses(), Fingerprint: s.CA.Fingerprint(), Expires: t.Expires}
	if err := wire.CheckAddresses(text.Addresses); err != nil {
		return api.CreatedToken{}, fmt.Errorf("make token: %w: set agents.addresses in the manager's configuration", err)
	}
	if _, err := rand.Read(text.Secret[:]); err != nil {
		return api.CreatedToken{}, err
	}
	err = s.DB.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM enroll_tokens WHERE expires < $1`, t.Created.Add(-keepTokens).UnixNano()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO enroll_tokens (id, secret, group_name, made_by, created, expires, max_uses)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, t.ID, hashSecret(text.Secret), t.Group, by, t.Created.UnixNano(), t.Expires.UnixNano(), t.MaxUses)
		return err
	})
	if err != nil {
		return api.CreatedToken{}, fmt.Errorf("make token: %w", err)
	}
	secret := text.String()
	return api.CreatedToken{Token: t, Secret: secret, Command: "vedette agent enroll --token " + secret}, nil
}

// checkGroup refuses a group that is not there now, not at the first enrolment.
func (s *Service) checkGroup(ctx context.Context, name string) error {
	if s.Hosts == nil {
		return nil
	}
	groups, err := s.Hosts.Groups(ctx)
	if err != nil {
		return fmt.Errorf("make token: %w", err)
	}
	if !slices.ContainsFunc(groups, func(g api.Group) bool { return g.Name == name }) {
		return &api.FieldError{Field: "body.group", Message: fmt.Sprintf("there is no group %.64q", name)}
	}
	return nil
}

func hashSecret(secret [wire.SecretSize]byte) string {
	sum := sha256.Sum256(secret[:])
	return hex.EncodeToString(sum[:])
}

// Tokens lists the tokens, the newest first.
func (s *Service) Tokens(ctx context.Context) ([]api.Token, error) {
	out := []api.Token{}
	err := s.DB.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT id, group_name, made_by, created, expires, uses, max_uses, revoked
			FROM enroll_tokens ORDER BY created DESC, id`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var t api.Token
			var created, expires int64
			if err := rows.Scan(&t.ID, &t.Group, &t.By, &created, &expires, &t.Uses, &t.MaxUses, &t.Revoked); err != nil {
				return err
			}
			t.Created, t.Expires = time.Unix(0, created).UTC(), time.Unix(0, expires).UTC()
			out = append(out, t)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return out, nil
}

// RevokeToken makes a token worthless.
func (s *Service) RevokeToken(ctx context.Context, id string) error {
	return s.DB.Write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE enroll_tokens SET revoked = 1 WHERE id = $1`, id)
		if err != nil {
			return fmt.Errorf("revoke token %s: %w", id, err)
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("token %.64q: %w", id, state.ErrNotFound)
		}
		return nil
	})
}

// useToken counts one use of the token with the given text, when it has one left.
func (s *Service) useToken(ctx context.Context, text string) (t api.Token, err error) {
	parsed, err := wire.ParseToken(strings.TrimSpace(text))
	if err != nil {
		return t, fmt.Errorf("%w (%w)", ErrBadToken, err)
	}
	err = s.DB.Write(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `UPDATE enroll_tokens SET uses = uses + 1
			WHERE secret = $1 AND revoked = 0 AND expires > $2 AND (max_uses = 0 OR uses < max_uses)
			RETURNING id, group_name`, hashSecret(parsed.Secret), s.Now().UnixNano()).Scan(&t.ID, &t.Group)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrBadToken
		}
		return err
	})
	return t, err
}
