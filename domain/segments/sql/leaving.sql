-- Customers who are no more: $1 of them, $2 now.

-- name: leave
WITH gone AS (
  DELETE FROM customer_segment s WHERE s.customer_id = ANY ($1::uuid[]) RETURNING s.*
),
stays AS (
  INSERT INTO segment_stay (customer_id, segment_id, entered_at, entered_cause, left_at, left_cause)
  SELECT g.customer_id, v.segment_id, o.entered_at, {causes}[o.cause::int], $2::timestamptz, '{merged}'
  FROM gone g CROSS JOIN LATERAL unnest(g.segments, g.entered_at, g.causes) AS o (number, entered_at, cause)
  JOIN segment v ON v.number = o.number ORDER BY g.customer_id, v.segment_id
  ON CONFLICT (customer_id, segment_id, entered_at) DO UPDATE SET left_at = excluded.left_at, left_cause = excluded.left_cause
  RETURNING segment_id
)
SELECT s.segment_id, count(*) AS gone FROM stays s GROUP BY s.segment_id;

-- name: turned
DELETE FROM segment_turn t WHERE t.customer_id = ANY ($1::uuid[]);

-- name: counted
SELECT v.segment_id FROM segment v WHERE v.segment_id = ANY ($1::uuid[]) ORDER BY v.segment_id FOR NO KEY UPDATE;

-- name: count
UPDATE segment v SET member_count = v.member_count - n.gone
FROM unnest($1::uuid[], $2::bigint[]) AS n (segment_id, gone) WHERE v.segment_id = n.segment_id;
