-- Customers who are no more: $1 of them, $2 now.

-- Also of whom nobody has looked at yet: somebody may be doing so, and is waited for.
-- name: rows
INSERT INTO customer_segment (customer_id, refreshed_at)
SELECT c, '-infinity'::timestamptz FROM unnest($1::uuid[]) AS c ORDER BY c ON CONFLICT DO NOTHING;

-- In a statement of its own: the next one knows which versions hold of those whom a version has taken meanwhile.
-- name: lock
SELECT s.customer_id FROM customer_segment s WHERE s.customer_id = ANY ($1::uuid[]) ORDER BY s.customer_id FOR UPDATE;

-- Never before they entered, nor before what the clock was followed to: who was waited for may have looked since $2.
-- name: leave
WITH gone AS (
  DELETE FROM customer_segment s WHERE s.customer_id = ANY ($1::uuid[]) RETURNING s.*
),
stays AS (
  INSERT INTO segment_stay (customer_id, segment_id, entered_at, entered_cause, left_at, left_cause)
  SELECT g.customer_id, v.segment_id, o.entered_at, {causes}[o.cause::int],
    greatest($2::timestamptz, o.entered_at, (SELECT w.swept_until FROM segment_sweep w)), '{merged}'
  FROM gone g CROSS JOIN LATERAL unnest(g.segments, g.entered_at, g.causes) AS o (number, entered_at, cause)
  JOIN segment v ON v.number = o.number ORDER BY g.customer_id, v.segment_id
  ON CONFLICT (customer_id, segment_id, entered_at) DO UPDATE SET left_at = excluded.left_at, left_cause = excluded.left_cause
)
SELECT n.number, count(*) AS gone FROM gone g CROSS JOIN LATERAL unnest(g.segments) AS n (number) GROUP BY n.number;

-- name: turned
DELETE FROM segment_turn t WHERE t.customer_id = ANY ($1::uuid[]);

-- name: counted
SELECT v.segment_id FROM segment v
WHERE v.segment_id IN (SELECT n.segment_id FROM segment_version n WHERE n.number = ANY ($1::bigint[]))
ORDER BY v.segment_id FOR NO KEY UPDATE;

-- name: count
UPDATE segment v SET member_count = v.member_count - n.gone
FROM unnest($1::bigint[], $2::bigint[]) AS n (number, gone) WHERE v.number = n.number;
