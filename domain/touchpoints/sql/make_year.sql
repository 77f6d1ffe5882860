-- Writers to the default partition wait until this is committed: a row that slipped in would forbid the new year.
SET LOCAL lock_timeout = '2s';
LOCK TABLE touchpoint_default IN ACCESS EXCLUSIVE MODE;
CREATE TABLE touchpoint_{year:04} (LIKE touchpoint INCLUDING ALL);
WITH moved AS (
  DELETE FROM touchpoint_default
  WHERE occurred_at >= '{year:04}-01-01T00:00:00Z' AND occurred_at < '{next:04}-01-01T00:00:00Z' RETURNING *)
INSERT INTO touchpoint_{year:04} SELECT * FROM moved;
ALTER TABLE touchpoint ATTACH PARTITION touchpoint_{year:04}
  FOR VALUES FROM ('{year:04}-01-01T00:00:00Z') TO ('{next:04}-01-01T00:00:00Z');
SET LOCAL lock_timeout = DEFAULT
