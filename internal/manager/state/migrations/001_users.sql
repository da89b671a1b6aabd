-- +goose Up
CREATE TABLE users (
    name            TEXT PRIMARY KEY,
    role            TEXT NOT NULL,
    password        TEXT NOT NULL,              -- argon2id, PHC text form
    must_change     BIGINT NOT NULL DEFAULT 0,  -- 1 while the password is a one-time password
    disabled        BIGINT NOT NULL DEFAULT 0,
    created         BIGINT NOT NULL,
    password_set    BIGINT NOT NULL,
    last_login      BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE sessions (
    id              TEXT PRIMARY KEY,           -- SHA-256 of the cookie
    user_name       TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    created         BIGINT NOT NULL,            -- absolute expiry counts from here, also after a rotation
    rotated         BIGINT NOT NULL,
    used            BIGINT NOT NULL,
    ends            BIGINT NOT NULL DEFAULT 0,  -- when a secret that was rotated stops to work; 0: not rotated
    address         TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sessions_user ON sessions (user_name);

CREATE TABLE api_keys (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    secret          TEXT NOT NULL UNIQUE,       -- SHA-256 of the key
    user_name       TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    role            TEXT NOT NULL,              -- at most the role of the user
    created         BIGINT NOT NULL,
    expires         BIGINT NOT NULL DEFAULT 0,  -- 0 never
    used            BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX api_keys_user ON api_keys (user_name);

-- +goose Down
DROP TABLE api_keys;
DROP TABLE sessions;
DROP TABLE users;
