-- How far the clock was followed; the first time, from now on.
-- name: until
INSERT INTO segment_sweep AS s (sweep_id, swept_until, before) VALUES (1, $1, $1)
ON CONFLICT (sweep_id) DO UPDATE SET before = s.swept_until, swept_until = greatest(s.swept_until, excluded.swept_until)
RETURNING before;

-- name: edge
SELECT DISTINCT {key} FROM {rows} WHERE {column} >= $1 AND {column} <= $2;
