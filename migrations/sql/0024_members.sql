-- Members of lists come in by import. One change a statement; statements are parted by a semicolon at line's end.

-- Run again, it is added again.
-- squawk-ignore ban-drop-constraint
ALTER TABLE upload DROP CONSTRAINT IF EXISTS upload_kind_known;
ALTER TABLE upload ADD CONSTRAINT upload_kind_known CHECK (kind IN ('products', 'customers', 'orders', 'returns', 'touchpoints', 'members')) NOT VALID;
-- There are few uploads: looking them through takes a moment.
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE upload VALIDATE CONSTRAINT upload_kind_known;
