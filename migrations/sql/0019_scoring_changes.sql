-- Scoring of who has changed. One change a statement; statements are parted by a semicolon at line's end.

-- What was bought by then, so that only what came since is read: the ids of all orders in one number, and what their
-- lines hold. Null in rows of before, which are read anew once.
ALTER TABLE customer_tally ADD COLUMN IF NOT EXISTS mix BIGINT;

ALTER TABLE customer_tally ADD COLUMN IF NOT EXISTS basket BYTEA;
