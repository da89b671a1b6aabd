-- +goose Up
CREATE TABLE host_groups (
    name        TEXT PRIMARY KEY,
    created     BIGINT NOT NULL,
    created_by  TEXT NOT NULL
);

CREATE TABLE hosts (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    group_name  TEXT NOT NULL REFERENCES host_groups (name),
    enrolled    BIGINT NOT NULL,
    last_seen   BIGINT NOT NULL DEFAULT 0,   -- newest heartbeat, manager's clock
    last_event  BIGINT NOT NULL DEFAULT 0,   -- newest event, host's clock
    facts       TEXT NOT NULL DEFAULT '{}'   -- JSON: what the last hello, heartbeat and health event said
);
CREATE INDEX hosts_name ON hosts (name);

CREATE TABLE policies (
    version     BIGINT PRIMARY KEY,          -- over all groups, so that it grows when a host changes its group
    group_name  TEXT NOT NULL REFERENCES host_groups (name) ON DELETE CASCADE,
    text        TEXT NOT NULL,
    created     BIGINT NOT NULL,
    created_by  TEXT NOT NULL,
    comment     TEXT NOT NULL DEFAULT ''
);
CREATE INDEX policies_group ON policies (group_name, version);

CREATE TABLE rule_sets (
    version     BIGINT PRIMARY KEY,
    hash        TEXT NOT NULL,
    created     BIGINT NOT NULL
);

CREATE TABLE host_documents (
    host        TEXT NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
    kind        TEXT NOT NULL,
    applied     BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    error       TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (host, kind)
);

CREATE TABLE tasks (
    version     BIGINT PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    host        TEXT NOT NULL,
    host_name   TEXT NOT NULL,
    action      TEXT NOT NULL,
    entity_id   TEXT NOT NULL,
    pid         BIGINT NOT NULL,
    process     TEXT NOT NULL,
    start       BIGINT NOT NULL,
    event_id    TEXT NOT NULL,
    alert_id    TEXT NOT NULL,
    created_by  TEXT NOT NULL,
    reason      TEXT NOT NULL,
    created     BIGINT NOT NULL,
    expires     BIGINT NOT NULL,
    sent        BIGINT NOT NULL DEFAULT 0,
    finished    BIGINT NOT NULL DEFAULT 0,
    status      TEXT NOT NULL,
    result      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX tasks_host ON tasks (host, status);

-- intervals in which the telemetry of a host is not whole
CREATE TABLE gaps (
    id          BIGINT PRIMARY KEY,
    host        TEXT NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
    began       BIGINT NOT NULL,
    ended       BIGINT NOT NULL,             -- 0: still open
    state       TEXT NOT NULL,
    stage       TEXT NOT NULL,
    sensor      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    lost        BIGINT NOT NULL,             -- -1: unknown
    reason      TEXT NOT NULL,
    epoch       BIGINT NOT NULL DEFAULT 0    -- of the agent_start event that ended it
);
CREATE INDEX gaps_host ON gaps (host, began);
CREATE INDEX gaps_ended ON gaps (ended);

-- first and last sign of life of each epoch, and its newest status event that
-- the gaps account for
CREATE TABLE epochs (
    host        TEXT NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
    epoch       BIGINT NOT NULL,
    first_sign  BIGINT NOT NULL,
    last_sign   BIGINT NOT NULL,
    accounted   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (host, epoch)
);

CREATE TABLE sensor_kinds (
    sensor      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    PRIMARY KEY (sensor, kind)
);

-- +goose Down
DROP TABLE sensor_kinds;
DROP TABLE epochs;
DROP TABLE gaps;
DROP TABLE tasks;
DROP TABLE host_documents;
DROP TABLE rule_sets;
DROP TABLE policies;
DROP TABLE hosts;
DROP TABLE host_groups;
