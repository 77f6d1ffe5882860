-- Who entered and who left, of customers who were looked at: {whom} says of whom; now, and why, as a place in the causes.

-- For a look at very many: a batch is bounded by its size, not by the time that a question may take.
-- name: room
SELECT set_config('work_mem', '192MB', true), set_config('statement_timeout', '0', true),
  set_config('enable_sort', 'off', true), set_config('enable_memoize', 'off', true);

-- Said of each table, whose rows are wanted seems to be said of fewer and fewer; and orders and their lines seem to be
-- strangers. What is then brought together row by row takes ten times as long.
-- name: table_by_table
SET LOCAL enable_nestloop = off;

-- name: as_ever
SET LOCAL enable_nestloop TO DEFAULT;

-- Locked in the order of their ids, so that two looks at one customer come one after the other.
-- name: rows
INSERT INTO customer_segment (customer_id, refreshed_at)
SELECT c.customer_id, '-infinity' FROM customer c
WHERE c.customer_id {whom} AND c.merged_into IS NULL AND c.erased_at IS NULL ORDER BY c.customer_id
ON CONFLICT DO NOTHING;

-- The same of a few, of whom mostly everybody has a row: who has none is found first, for to insert one where there is
-- one already costs much more than to look. Whom somebody else has just inserted has none yet, and is waited for.
-- name: rows_of_new
INSERT INTO customer_segment (customer_id, refreshed_at)
SELECT c.customer_id, '-infinity' FROM customer c
WHERE c.customer_id = ANY (ARRAY(
  SELECT w FROM unnest($1::uuid[]) AS w EXCEPT SELECT s.customer_id FROM customer_segment s WHERE s.customer_id {whom}
)) AND c.merged_into IS NULL AND c.erased_at IS NULL ORDER BY c.customer_id
ON CONFLICT DO NOTHING;

-- name: lock
SELECT s.customer_id FROM customer_segment s WHERE s.customer_id {whom} ORDER BY s.customer_id FOR UPDATE;

-- How many of these have been looked at before.
-- name: known
SELECT count(*) FROM customer_segment s WHERE s.customer_id {whom};

-- Nobody writes to the table until the commit, whether a customer has a row or not.
-- name: to_itself
LOCK TABLE customer_segment IN SHARE ROW EXCLUSIVE MODE;

-- Of those who have no row nobody was in anything before. {now} when, {cause} why, of all.
-- name: enter
INSERT INTO customer_segment (customer_id, segments, entered_at, causes, refreshed_at)
SELECT f.customer_id, f.segments, array_fill({now}, ARRAY[n.many]), array_fill({cause}, ARRAY[n.many]),
  CASE WHEN n.many > 0 THEN {now} ELSE '-infinity' END
FROM segment_found f CROSS JOIN LATERAL (SELECT cardinality(f.segments) AS many OFFSET 0) n
WHERE NOT EXISTS (SELECT FROM customer_segment s WHERE s.customer_id = f.customer_id) ORDER BY f.customer_id;

-- Of very many: found on both sides of a machine at once, which Postgres does for nothing that writes what is there.
-- name: find
CREATE TEMPORARY TABLE segment_found ON COMMIT DROP AS {found};

-- name: found
SELECT f.customer_id, f.segments FROM segment_found f;

-- Of a few: as they were told.
-- name: told
SELECT f.customer_id, f.segments::bigint[] AS segments FROM unnest($1::uuid[], $2::text[]) AS f (customer_id, segments);

-- name: forget
DROP TABLE segment_found;

-- {found} is who is in what; {whom} everybody who was looked at and locked, {now} when, {cause} why. Whoever is not found
-- is gone. {others} are the segments of s that were not asked about; {uncounted} those of which nobody asks how many
-- entered. What is being built is in nobody's history yet; what was given up is dropped with the next change. Mostly
-- somebody enters what was made last, and so comes `longer`: then nothing is put together anew.
-- name: write
WITH known AS MATERIALIZED (
  SELECT (SELECT coalesce(array_agg(v.number), '{{}}') FROM segment v WHERE v.number IS NOT NULL) AS held,
    (SELECT coalesce(array_agg(v.number), '{{}}') FROM segment_version v WHERE v.retired_at IS NULL) AS alive
),
found AS MATERIALIZED ({found}),
changed AS (
  SELECT s.customer_id, s.segments AS old, s.entered_at, s.causes, s.refreshed_at, n.now, k.others, f.customer_id IS NULL AS is_gone
  FROM unnest({whom}) AS l (customer_id) JOIN customer_segment s ON s.customer_id = l.customer_id
  LEFT JOIN found f ON f.customer_id = s.customer_id
  CROSS JOIN LATERAL (
    SELECT CASE WHEN f.customer_id IS NULL THEN '{{}}'::bigint[] ELSE {others} END AS others OFFSET 0
  ) k
  CROSS JOIN LATERAL (
    SELECT CASE WHEN f.customer_id IS NULL THEN '{{}}'::bigint[] WHEN cardinality(k.others) = 0 THEN f.segments
      WHEN cardinality(f.segments) = 0 THEN k.others
      WHEN k.others[cardinality(k.others)] < f.segments[1] THEN k.others || f.segments
      ELSE ARRAY(SELECT o FROM unnest(k.others || f.segments) AS o ORDER BY o) END AS now OFFSET 0
  ) n
  WHERE s.segments <> n.now
),
was AS MATERIALIZED (
  SELECT c.customer_id, c.old, c.entered_at, c.causes, n.now, l.longer,
    CASE WHEN l.longer THEN n.now[cardinality(c.old) + 1:] ELSE n.now END AS rest,
    CASE WHEN c.is_gone OR EXISTS (
      SELECT FROM customer_merge m WHERE m.customer_id = c.customer_id AND m.merged_at > c.refreshed_at
    ) THEN {merged}::bigint ELSE {cause} END AS cause
  FROM changed c CROSS JOIN known k
  CROSS JOIN LATERAL (
    SELECT CASE WHEN cardinality(c.others) = 0 OR c.others <@ k.alive THEN c.now
      ELSE ARRAY(SELECT o FROM unnest(c.now) AS o WHERE o = ANY (k.alive) ORDER BY o) END AS now OFFSET 0
  ) n
  CROSS JOIN LATERAL (SELECT n.now[1:cardinality(c.old)] = c.old AS longer OFFSET 0) l
),
gone AS (
  INSERT INTO segment_stay (customer_id, segment_id, entered_at, entered_cause, left_at, left_cause)
  SELECT w.customer_id, v.segment_id, o.entered_at, {causes}[o.cause::int], {now}, {causes}[w.cause::int]
  FROM was w CROSS JOIN LATERAL unnest(w.old, w.entered_at, w.causes) AS o (number, entered_at, cause)
  JOIN segment v ON v.number = o.number WHERE NOT w.longer AND o.number <> ALL (w.now)
  ORDER BY w.customer_id, v.segment_id
  ON CONFLICT (customer_id, segment_id, entered_at) DO UPDATE SET left_at = excluded.left_at, left_cause = excluded.left_cause
),
written AS (
  UPDATE customer_segment s SET segments = w.now, refreshed_at = {now},
    entered_at = CASE WHEN w.longer THEN w.entered_at || array_fill({now}, ARRAY[cardinality(w.rest)]) ELSE ARRAY(
      SELECT coalesce(w.entered_at[array_position(w.old, n.number)], {now})
      FROM unnest(w.now) WITH ORDINALITY AS n (number, at) ORDER BY n.at
    ) END,
    causes = CASE WHEN w.longer AND NOT w.rest && k.held THEN w.causes || array_fill({built}::bigint, ARRAY[cardinality(w.rest)])
      ELSE ARRAY(
        SELECT coalesce(w.causes[array_position(w.old, n.number)], CASE WHEN n.number = ANY (k.held) THEN w.cause ELSE {built} END)
        FROM unnest(w.now) WITH ORDINALITY AS n (number, at) ORDER BY n.at
      ) END
  FROM was w CROSS JOIN known k
  WHERE s.customer_id = w.customer_id
)
SELECT c.number, sum(c.change)::bigint AS change FROM (
  SELECT n.number, 1 AS change FROM was w CROSS JOIN LATERAL unnest(w.rest) AS n (number)
  WHERE NOT w.rest <@ {uncounted} AND (w.longer OR n.number <> ALL (w.old))
  UNION ALL SELECT o.number, -1 FROM was w CROSS JOIN LATERAL unnest(w.old) AS o (number)
  WHERE NOT w.longer AND o.number <> ALL (w.now)
) c GROUP BY c.number HAVING sum(c.change) <> 0 ORDER BY c.number;

-- The segments that versions are of, also of those that are being built or were given up.
-- name: counted
SELECT v.segment_id FROM segment v
WHERE v.segment_id IN (SELECT n.segment_id FROM segment_version n WHERE n.number = ANY ($1::bigint[]))
ORDER BY v.segment_id FOR NO KEY UPDATE;

-- By the version that holds when the segment is locked, which need not be the one that held when somebody was looked at.
-- name: count
UPDATE segment v SET member_count = v.member_count + n.change
FROM unnest($1::bigint[], $2::bigint[]) AS n (number, change) WHERE v.number = n.number;

-- The rules that membership follows: those that hold, and those that are being built.
-- name: rules
SELECT v.number, v.segment_id, v.rule, s.number IS DISTINCT FROM v.number AS building
FROM segment_version v JOIN segment s ON s.segment_id = v.segment_id
WHERE v.retired_at IS NULL AND s.archived_at IS NULL ORDER BY v.number;

-- Versions that have been built, and what they take the place of.
-- name: standing
SELECT v.segment_id, v.number, s.number AS before
FROM segment_version v JOIN segment s ON s.segment_id = v.segment_id
WHERE v.number = ANY ($1::bigint[]) AND v.retired_at IS NULL AND s.number IS DISTINCT FROM v.number ORDER BY v.segment_id;

-- They hold from now on.
-- name: held
UPDATE segment s SET number = n.number FROM unnest($1::uuid[], $2::bigint[]) AS n (segment_id, number)
WHERE s.segment_id = n.segment_id;

-- Its members stay in it. $1 the segment, $2 its version, $3 now, $4 the cause, $5 the version before. Whoever was looked
-- at since members were locked is locked here, or else what was found of them would be written over.
-- name: switch
WITH was AS MATERIALIZED (
  SELECT m.customer_id, m.segments, m.entered_at, m.causes, greatest($3::timestamptz, m.refreshed_at) AS now,
    array_position(m.segments, $5::bigint) AS old, array_position(m.segments, $2::bigint) AS new
  FROM customer_segment m WHERE m.segments && ARRAY[$5::bigint, $2::bigint] FOR UPDATE
),
gone AS (
  INSERT INTO segment_stay (customer_id, segment_id, entered_at, entered_cause, left_at, left_cause)
  SELECT w.customer_id, $1, w.entered_at[w.old], {causes}[w.causes[w.old]::int], w.now, {causes}[$4::int]
  FROM was w WHERE w.old IS NOT NULL AND w.new IS NULL ORDER BY w.customer_id
  ON CONFLICT (customer_id, segment_id, entered_at) DO UPDATE SET left_at = excluded.left_at, left_cause = excluded.left_cause
)
UPDATE customer_segment m SET segments = n.segments, entered_at = n.entered_at, causes = n.causes
FROM was w CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(o.number ORDER BY o.at), '{{}}') AS segments,
    coalesce(array_agg(CASE WHEN o.number <> $2 THEN o.entered_at WHEN w.old IS NULL THEN w.now
      ELSE w.entered_at[w.old] END ORDER BY o.at), '{{}}') AS entered_at,
    coalesce(array_agg(CASE WHEN o.number <> $2 THEN o.cause WHEN w.old IS NULL THEN $4
      ELSE w.causes[w.old] END ORDER BY o.at), '{{}}') AS causes
  FROM unnest(w.segments, w.entered_at, w.causes) WITH ORDINALITY AS o (number, entered_at, cause, at)
  WHERE o.number <> $5
) n
WHERE m.customer_id = w.customer_id;

-- name: retire
UPDATE segment_version v SET retired_at = $2 WHERE v.number = $1;

-- name: own_turn
SELECT pg_advisory_xact_lock(hashtextextended('segment ' || $1::text, 0));

-- name: with_others
SELECT pg_advisory_xact_lock_shared(hashtextextended('segment ' || $1::text, 0));

-- The moment that membership is looked at: never before one that the clock was followed to.
-- name: moment
SELECT greatest(clock_timestamp(), (SELECT s.swept_until FROM segment_sweep s));

-- What a merge changed is told once. By the few that were merged, not by all who were looked at.
-- name: seen
UPDATE customer_segment s SET refreshed_at = {now}::timestamptz
FROM (SELECT m.customer_id, max(m.merged_at) AS merged_at FROM customer_merge m WHERE m.customer_id {whom} GROUP BY 1) m
WHERE s.customer_id = m.customer_id AND m.merged_at > s.refreshed_at;

-- name: members
SELECT m.customer_id FROM customer_segment m WHERE m.segments && $1::bigint[]
ORDER BY m.customer_id FOR UPDATE;

-- In a statement of its own, in the order of their ids as by all who count, so that the next one, which counts, sees all
-- that was done by those who have counted; who has not yet adds theirs after our commit.
-- name: to_be_counted
SELECT v.segment_id FROM segment v WHERE v.segment_id = ANY ($1::uuid[]) ORDER BY v.segment_id FOR NO KEY UPDATE;

-- After a look at everybody: each is counted by the index; very many are counted in one go, which reads everybody once.
-- name: looked
UPDATE segment s SET refreshed_at = $1,
  member_count = (SELECT count(*) FROM customer_segment m WHERE m.segments @> ARRAY[s.number])
WHERE s.segment_id = ANY ($2::uuid[]) AND s.number IS NOT NULL;

-- name: members_of_all
SELECT n.number, count(*) AS count FROM customer_segment m CROSS JOIN LATERAL unnest(m.segments) AS n (number)
GROUP BY n.number;

-- name: looked_by_many
UPDATE segment s SET refreshed_at = $1, member_count = coalesce((
  SELECT n.count FROM unnest($3::bigint[], $4::bigint[]) AS n (number, count) WHERE n.number = s.number
), 0)
WHERE s.segment_id = ANY ($2::uuid[]) AND s.number IS NOT NULL;
