-- +goose Up
ALTER TABLE rule_sets ADD COLUMN created_by TEXT NOT NULL DEFAULT 'manager';
ALTER TABLE rule_sets ADD COLUMN comment TEXT NOT NULL DEFAULT '';
ALTER TABLE rule_sets ADD COLUMN rules BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rule_sets ADD COLUMN stored TEXT NOT NULL DEFAULT '[]'; -- JSON: the files that are kept here, of this version

-- +goose Down
ALTER TABLE rule_sets DROP COLUMN stored;
ALTER TABLE rule_sets DROP COLUMN rules;
ALTER TABLE rule_sets DROP COLUMN comment;
ALTER TABLE rule_sets DROP COLUMN created_by;
