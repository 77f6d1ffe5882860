-- Settings that recalculate. One change a statement; statements are parted by a semicolon at line's end.

-- A kind of job that counts anew what was worked out from settings: the wider set takes the place of the narrower.
-- squawk-ignore ban-drop-constraint
ALTER TABLE job DROP CONSTRAINT IF EXISTS job_kind_known;

ALTER TABLE job ADD CONSTRAINT job_kind_known CHECK (kind IN ('SCORE_CUSTOMERS', 'FIT_VALUE_MODEL', 'REFRESH_SEGMENTS', 'DISCOVER_SEGMENTS', 'RUN_CAMPAIGN', 'MEASURE_CAMPAIGN', 'IMPORT', 'EXPORT', 'SNAPSHOT_METRICS', 'ERASE_CUSTOMER', 'DELIVER_WEBHOOKS', 'RECALCULATE')) NOT VALID;

-- There are few jobs: looking them through takes a moment.
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE job VALIDATE CONSTRAINT job_kind_known;
