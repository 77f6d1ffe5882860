-- Who entered and who left, of customers who were looked at: $1 of them, $2 now, $3 why, as a place in the causes.

-- Locked in the order of their ids, so that two looks at one customer come one after the other.
-- name: rows
INSERT INTO customer_segment (customer_id, refreshed_at)
SELECT c.customer_id, '-infinity' FROM customer c
WHERE c.customer_id = ANY ($1::uuid[]) AND c.merged_into IS NULL AND c.erased_at IS NULL ORDER BY c.customer_id
ON CONFLICT DO NOTHING;

-- name: lock
SELECT s.customer_id FROM customer_segment s WHERE s.customer_id = ANY ($1::uuid[]) ORDER BY s.customer_id FOR UPDATE;

-- {found} is who is in what of {evaluated}; {whom} everybody who was looked at, {now} when, {cause} why. Whoever is not
-- found is gone. What is being built is in nobody's history yet.
-- name: write
WITH found AS MATERIALIZED ({found}),
was AS (
  SELECT s.customer_id, s.segments AS old, s.entered_at, s.causes, n.now,
    CASE WHEN f.customer_id IS NULL OR EXISTS (
      SELECT FROM customer_merge m WHERE m.customer_id = s.customer_id AND m.merged_at > s.refreshed_at
    ) THEN {merged} ELSE {cause} END AS cause
  FROM customer_segment s LEFT JOIN found f ON f.customer_id = s.customer_id
  CROSS JOIN LATERAL (
    SELECT ARRAY(
      SELECT unnest(f.segments)
      UNION ALL SELECT o FROM unnest(s.segments) AS o WHERE o <> ALL ({evaluated}) AND f.customer_id IS NOT NULL
      ORDER BY 1
    ) AS now
  ) n
  WHERE s.customer_id = ANY ({whom}) AND s.segments <> n.now
),
gone AS (
  INSERT INTO segment_stay (customer_id, segment_id, entered_at, entered_cause, left_at, left_cause)
  SELECT w.customer_id, v.segment_id, o.entered_at, {causes}[o.cause::int], {now}, {causes}[w.cause::int]
  FROM was w CROSS JOIN LATERAL unnest(w.old, w.entered_at, w.causes) AS o (number, entered_at, cause)
  JOIN segment v ON v.number = o.number WHERE o.number <> ALL (w.now)
  ORDER BY w.customer_id, v.segment_id
  ON CONFLICT (customer_id, segment_id, entered_at) DO UPDATE SET left_at = excluded.left_at, left_cause = excluded.left_cause
  RETURNING segment_id
),
kept AS (
  SELECT w.customer_id, n.number, o.number IS NULL AS entered, coalesce(o.entered_at, {now}) AS entered_at,
    coalesce(o.cause, CASE WHEN v.number IS NULL THEN {built} ELSE w.cause END) AS cause, v.segment_id
  FROM was w CROSS JOIN LATERAL unnest(w.now) AS n (number)
  LEFT JOIN LATERAL unnest(w.old, w.entered_at, w.causes) AS o (number, entered_at, cause) ON o.number = n.number
  LEFT JOIN segment v ON v.number = n.number
),
written AS (
  UPDATE customer_segment s SET segments = w.now, entered_at = coalesce(k.entered_at, '{{}}'),
    causes = coalesce(k.causes, '{{}}'), refreshed_at = {now}
  FROM was w LEFT JOIN (
    SELECT k.customer_id, array_agg(k.entered_at ORDER BY k.number) AS entered_at,
      array_agg(k.cause ORDER BY k.number) AS causes
    FROM kept k GROUP BY k.customer_id
  ) k ON k.customer_id = w.customer_id
  WHERE s.customer_id = w.customer_id
)
SELECT c.segment_id, sum(c.change)::bigint AS change FROM (
  SELECT k.segment_id, 1 AS change FROM kept k WHERE k.entered AND k.segment_id IS NOT NULL
  UNION ALL SELECT g.segment_id, -1 FROM gone g
) c GROUP BY c.segment_id HAVING sum(c.change) <> 0 ORDER BY c.segment_id;

-- name: counted
SELECT v.segment_id FROM segment v WHERE v.segment_id = ANY ($1::uuid[]) ORDER BY v.segment_id FOR NO KEY UPDATE;

-- name: count
UPDATE segment v SET member_count = v.member_count + n.change
FROM unnest($1::uuid[], $2::bigint[]) AS n (segment_id, change) WHERE v.segment_id = n.segment_id;

-- The rules that membership follows: those that hold, and those that are being built.
-- name: rules
SELECT v.number, v.segment_id, v.rule, s.number IS DISTINCT FROM v.number AS building
FROM segment_version v JOIN segment s ON s.segment_id = v.segment_id
WHERE v.retired_at IS NULL AND s.archived_at IS NULL ORDER BY v.number;

-- name: everybody
SELECT c.customer_id FROM customer c WHERE c.customer_id > $1 ORDER BY c.customer_id LIMIT $2;

-- The version that has been built holds from now on. $1 the segment, $2 its version, $3 now, $4 the cause.
-- name: first
UPDATE segment s SET number = $2, refreshed_at = $3,
  member_count = (SELECT count(*) FROM customer_segment m WHERE m.segments @> ARRAY[$2::bigint])
WHERE s.segment_id = $1;

-- name: switch
WITH was AS (
  SELECT m.customer_id, m.segments, m.entered_at, m.causes,
    array_position(m.segments, $5::bigint) AS old, array_position(m.segments, $2::bigint) AS new
  FROM customer_segment m WHERE m.segments && ARRAY[$5::bigint, $2::bigint]
),
gone AS (
  INSERT INTO segment_stay (customer_id, segment_id, entered_at, entered_cause, left_at, left_cause)
  SELECT w.customer_id, $1, w.entered_at[w.old], {causes}[w.causes[w.old]::int], $3, {causes}[$4::int]
  FROM was w WHERE w.old IS NOT NULL AND w.new IS NULL ORDER BY w.customer_id
  ON CONFLICT (customer_id, segment_id, entered_at) DO UPDATE SET left_at = excluded.left_at, left_cause = excluded.left_cause
)
UPDATE customer_segment m SET segments = n.segments, entered_at = n.entered_at, causes = n.causes
FROM was w CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(o.number ORDER BY o.at), '{{}}') AS segments,
    coalesce(array_agg(CASE WHEN o.number <> $2 THEN o.entered_at WHEN w.old IS NULL THEN $3
      ELSE w.entered_at[w.old] END ORDER BY o.at), '{{}}') AS entered_at,
    coalesce(array_agg(CASE WHEN o.number <> $2 THEN o.cause WHEN w.old IS NULL THEN $4
      ELSE w.causes[w.old] END ORDER BY o.at), '{{}}') AS causes
  FROM unnest(w.segments, w.entered_at, w.causes) WITH ORDINALITY AS o (number, entered_at, cause, at)
  WHERE o.number <> $5
) n
WHERE m.customer_id = w.customer_id;

-- name: retire
UPDATE segment_version v SET retired_at = $2 WHERE v.number = $1;

-- name: how_many
SELECT reltuples::bigint FROM pg_class WHERE oid = 'customer'::regclass;

-- Whether rules name it.
-- name: is_named
SELECT EXISTS (SELECT FROM segment_use u WHERE u.named_id = $1);

-- The moment that membership is looked at: never before one that the clock was followed to.
-- name: moment
SELECT greatest(clock_timestamp(), (SELECT s.swept_until FROM segment_sweep s));

-- What a merge changed is told once.
-- name: seen
UPDATE customer_segment s SET refreshed_at = $2 WHERE s.customer_id = ANY ($1::uuid[]) AND EXISTS (
  SELECT FROM customer_merge m WHERE m.customer_id = s.customer_id AND m.merged_at > s.refreshed_at
);

-- name: members
SELECT m.customer_id FROM customer_segment m WHERE m.segments && ARRAY[$1::bigint, $2::bigint]
ORDER BY m.customer_id FOR UPDATE;

-- name: stands
SELECT EXISTS (SELECT FROM segment_version v WHERE v.number = $1 AND v.retired_at IS NULL);

-- After a look at everybody.
-- name: looked
UPDATE segment s SET refreshed_at = $1,
  member_count = (SELECT count(*) FROM customer_segment m WHERE m.segments @> ARRAY[s.number])
WHERE s.number IS NOT NULL AND s.archived_at IS NULL;
