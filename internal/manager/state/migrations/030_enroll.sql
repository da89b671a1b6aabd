-- +goose Up
CREATE TABLE enroll_tokens (
    id              TEXT PRIMARY KEY,
    secret          TEXT NOT NULL UNIQUE,       -- SHA-256 of the secret
    group_name      TEXT NOT NULL,
    made_by         TEXT NOT NULL,
    created         BIGINT NOT NULL,
    expires         BIGINT NOT NULL,
    uses            BIGINT NOT NULL DEFAULT 0,
    max_uses        BIGINT NOT NULL,            -- 0 without limit
    revoked         BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE enroll_agents (
    id              TEXT PRIMARY KEY,
    machine         TEXT NOT NULL DEFAULT '',
    host_name       TEXT NOT NULL DEFAULT '',
    group_name      TEXT NOT NULL,
    key_now         TEXT NOT NULL,              -- fingerprint of the key of the newest certificate
    key_before      TEXT NOT NULL DEFAULT '',   -- of the one before, until the newest was seen in use
    token           TEXT NOT NULL DEFAULT '',
    twin_of         TEXT NOT NULL DEFAULT '',   -- older agent with the same machine id, or that it was cloned from
    address         TEXT NOT NULL DEFAULT '',
    enrolled        BIGINT NOT NULL,
    issued          BIGINT NOT NULL,            -- newest certificate
    expires         BIGINT NOT NULL,            -- of it
    revoked         BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX enroll_agents_machine ON enroll_agents (machine);

-- +goose Down
DROP TABLE enroll_agents;
DROP TABLE enroll_tokens;
