-- How far the clock was followed; the first time, from when there were segments on.
-- name: until
INSERT INTO segment_sweep AS s (sweep_id, swept_until, before)
SELECT 1, $1, least($1, (SELECT min(v.created_at) FROM segment v))
ON CONFLICT (sweep_id) DO UPDATE SET before = s.swept_until, swept_until = greatest(s.swept_until, excluded.swept_until)
RETURNING before;

-- Whom one edge has passed.
-- name: edge
SELECT {key} AS customer_id FROM {rows} WHERE {condition}

-- name: turned
INSERT INTO segment_turn (customer_id)
SELECT DISTINCT e.customer_id FROM ({edges}) e ORDER BY e.customer_id ON CONFLICT (customer_id) DO NOTHING

-- name: passed
SELECT EXISTS (SELECT FROM {table} c WHERE c.{column} > $1 AND c.{column} <= $2)

-- Some of those whom edges have passed. Who is in somebody else's hands is looked at there.
-- name: take
DELETE FROM segment_turn t WHERE t.customer_id IN (
  SELECT n.customer_id FROM segment_turn n ORDER BY n.customer_id LIMIT $1 FOR UPDATE SKIP LOCKED
) RETURNING t.customer_id;

-- name: wait
SELECT EXISTS (SELECT FROM segment_turn);

-- Whose own figures the clock has turned, which are worked out anew like those of who changed: something they owe is
-- overdue from now on, or an order that was dated ahead has been. Looked for over an hour, for a round that is on its
-- way may take them as of just before.
-- name: due
SELECT o.customer_id FROM customer_order o JOIN customer_score s ON s.customer_id = o.customer_id
WHERE o.due_at >= least($1::timestamptz, $2::timestamptz - interval '1 hour') AND o.due_at < $2::timestamptz
  AND s.as_of <= o.due_at AND o.paid_at IS NULL AND o.cancelled_at IS NULL
UNION
SELECT o.customer_id FROM customer_order o JOIN customer_score s ON s.customer_id = o.customer_id
WHERE o.ordered_at >= least($1::timestamptz, $2::timestamptz - interval '1 hour') AND o.ordered_at < $2::timestamptz
  AND s.as_of <= o.ordered_at AND o.recorded_at < o.ordered_at AND o.cancelled_at IS NULL;
