-- Why somebody is or is not in a segment.

-- The version that holds; where none does yet, the newest.
-- name: asked
SELECT s.kind, s.number, v.rule, {veiled} AS veiled FROM segment s
LEFT JOIN LATERAL (
  SELECT v.rule FROM segment_version v WHERE v.segment_id = s.segment_id
  ORDER BY v.number IS NOT DISTINCT FROM s.number DESC, v.number DESC LIMIT 1
) v ON true
WHERE s.segment_id = $1;

-- name: listed
SELECT (SELECT min(l.listed_at) FROM {listed} l WHERE l.customer_id = $1 AND l.segment_id = $2) AS listed_at,
  (SELECT k.entered_at[array_position(k.segments, $3::bigint)] FROM customer_segment k
   WHERE k.customer_id = $1 AND k.segments @> ARRAY[$3::bigint]) AS entered_at;

-- name: clauses
SELECT to_json(ARRAY[{holds}]::boolean[])::text AS holds, to_json(ARRAY[{values}]::text[])::text AS values,
  (SELECT k.entered_at[array_position(k.segments, {number})] FROM customer_segment k
   WHERE k.customer_id = {owner} AND k.segments @> ARRAY[{number}]) AS entered_at
FROM {origin} WHERE {owner} = $1;
