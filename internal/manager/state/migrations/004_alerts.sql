-- +goose Up
CREATE TABLE alerts (
    number       BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    open_key     TEXT UNIQUE,              -- rule, host and process; null when closed
    status       TEXT NOT NULL,
    reason       TEXT NOT NULL DEFAULT '',
    assignee     TEXT NOT NULL DEFAULT '',
    rule_id      TEXT NOT NULL,
    rule_name    TEXT NOT NULL,
    rule_format  TEXT NOT NULL,
    level        TEXT NOT NULL,
    severity     BIGINT NOT NULL,
    host         TEXT NOT NULL,
    host_name    TEXT NOT NULL,
    entity_id    TEXT NOT NULL,
    process      TEXT NOT NULL,
    command_line TEXT NOT NULL,
    executable   TEXT NOT NULL,
    parent       TEXT NOT NULL,
    user_name    TEXT NOT NULL,
    pid          BIGINT NOT NULL,
    techniques   TEXT NOT NULL,            -- separated by spaces
    tactics      TEXT NOT NULL,            -- separated by line feeds
    ancestors    TEXT NOT NULL,            -- entity ids, the parent first, separated by spaces
    event_kind   TEXT NOT NULL,
    story        TEXT NOT NULL,
    findings     BIGINT NOT NULL,
    first_time   BIGINT NOT NULL,
    last_time    BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    updated      BIGINT NOT NULL,
    finding_id   TEXT NOT NULL,
    event_id     TEXT NOT NULL,
    finding      TEXT NOT NULL             -- newest finding_raise event as JSON
);
CREATE INDEX alerts_last ON alerts (last_time);
CREATE INDEX alerts_host ON alerts (host, status);
CREATE INDEX alerts_rule ON alerts (rule_id);

-- which events an alert is made of: the first thousand of each alert
CREATE TABLE alert_findings (
    finding_id   TEXT PRIMARY KEY,
    event_id     TEXT NOT NULL,
    alert        BIGINT NOT NULL REFERENCES alerts (number) ON DELETE CASCADE
);
CREATE INDEX alert_findings_event ON alert_findings (event_id);
CREATE INDEX alert_findings_alert ON alert_findings (alert);

CREATE TABLE alert_responses (
    event_id     TEXT PRIMARY KEY,
    alert        BIGINT NOT NULL REFERENCES alerts (number) ON DELETE CASCADE,
    at           BIGINT NOT NULL,
    action       TEXT NOT NULL,
    mode         TEXT NOT NULL,
    result       TEXT NOT NULL,
    reason       TEXT NOT NULL,
    entity_id    TEXT NOT NULL,
    pid          BIGINT NOT NULL,
    latency      BIGINT NOT NULL,
    task_id      TEXT NOT NULL
);
CREATE INDEX alert_responses_alert ON alert_responses (alert);

CREATE TABLE alert_history (
    number       BIGINT PRIMARY KEY,
    alert        BIGINT NOT NULL REFERENCES alerts (number) ON DELETE CASCADE,
    at           BIGINT NOT NULL,
    actor        TEXT NOT NULL,
    what         TEXT NOT NULL,
    before       TEXT NOT NULL DEFAULT '',
    after        TEXT NOT NULL DEFAULT '',
    text         TEXT NOT NULL DEFAULT ''
);
CREATE INDEX alert_history_alert ON alert_history (alert);

-- newest finding or response of each epoch of an agent that the alerts hold
CREATE TABLE alert_marks (
    host         TEXT NOT NULL,
    epoch        BIGINT NOT NULL,
    sequence     BIGINT NOT NULL,
    PRIMARY KEY (host, epoch)
);

-- +goose Down
DROP TABLE alert_marks;
DROP TABLE alert_history;
DROP TABLE alert_responses;
DROP TABLE alert_findings;
DROP TABLE alerts;
