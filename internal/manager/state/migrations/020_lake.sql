-- +goose Up
-- The manifest: what is not in it as live is no part of the history.
CREATE TABLE lake_segments (
    name            TEXT PRIMARY KEY,           -- of the file, without its extension
    state           TEXT NOT NULL,              -- live, merged, expired, aside
    day             BIGINT NOT NULL,            -- days since 1970 of max_ingested
    rows_stored     BIGINT NOT NULL,
    bytes           BIGINT NOT NULL,
    tail_at         BIGINT NOT NULL,
    tail_sum        BIGINT NOT NULL,
    min_time        BIGINT NOT NULL,
    max_time        BIGINT NOT NULL,
    min_ingested    BIGINT NOT NULL,
    max_ingested    BIGINT NOT NULL,
    changed         BIGINT NOT NULL             -- when it took its state
);
CREATE INDEX lake_segments_state ON lake_segments (state);

-- How far the events of an agent are in live segments.
CREATE TABLE lake_marks (
    agent           TEXT NOT NULL,
    epoch           BIGINT NOT NULL,
    lane            BIGINT NOT NULL,
    sequence        BIGINT NOT NULL,
    PRIMARY KEY (agent, epoch, lane)
);

-- How far each log is in live segments; written with the marks.
CREATE TABLE lake_positions (
    log             TEXT PRIMARY KEY,
    position        BIGINT NOT NULL
);

-- History that is not whole, for good.
CREATE TABLE lake_gaps (
    id              TEXT PRIMARY KEY,           -- of the cause, so that it is told once
    agent           TEXT NOT NULL,              -- empty: any
    from_time       BIGINT NOT NULL,
    to_time         BIGINT NOT NULL,
    lost            BIGINT NOT NULL,            -- -1 when unknown
    reason          TEXT NOT NULL
);

-- +goose Down
DROP TABLE lake_gaps;
DROP TABLE lake_positions;
DROP TABLE lake_marks;
DROP TABLE lake_segments;
