-- +goose Up
CREATE TABLE iocs (
    value       TEXT NOT NULL,               -- in the form in which it is looked up
    type        TEXT NOT NULL,
    source      TEXT NOT NULL,
    level       TEXT NOT NULL,
    tags        TEXT NOT NULL,               -- JSON
    note        TEXT NOT NULL,
    ref         TEXT NOT NULL,
    distance    BIGINT NOT NULL,
    expires     BIGINT NOT NULL,             -- seconds since 1970; 0: never
    created     BIGINT NOT NULL,
    created_by  TEXT NOT NULL,
    changed     BIGINT NOT NULL,             -- version that brought it as it is
    PRIMARY KEY (value, type, source)
);
CREATE INDEX iocs_changed ON iocs (changed);
CREATE INDEX iocs_source ON iocs (source, type);
CREATE INDEX iocs_type ON iocs (type);

-- what was removed, for agents that have it
CREATE TABLE ioc_removed (
    value       TEXT NOT NULL,
    type        TEXT NOT NULL,
    source      TEXT NOT NULL,
    version     BIGINT NOT NULL,
    PRIMARY KEY (value, type, source)
);
CREATE INDEX ioc_removed_version ON ioc_removed (version);

CREATE TABLE ioc_versions (
    version     BIGINT PRIMARY KEY,
    at          BIGINT NOT NULL,
    by          TEXT NOT NULL,
    comment     TEXT NOT NULL,
    added       BIGINT NOT NULL,
    replaced    BIGINT NOT NULL,
    removed     BIGINT NOT NULL,
    total       BIGINT NOT NULL              -- in force
);

-- +goose Down
DROP TABLE ioc_versions;
DROP TABLE ioc_removed;
DROP TABLE iocs;
