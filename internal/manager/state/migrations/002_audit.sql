-- +goose Up
CREATE TABLE audit (
    id      BIGINT PRIMARY KEY,            -- 1, 2, 3, ... without gaps
    at      BIGINT NOT NULL,
    actor   TEXT NOT NULL,
    via     TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '',
    action  TEXT NOT NULL,
    target  TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL,
    detail  TEXT NOT NULL DEFAULT '',
    hash    TEXT NOT NULL                  -- SHA-256 over the hash before and this entry
);
CREATE INDEX audit_at ON audit (at);

-- +goose Down
DROP TABLE audit;
