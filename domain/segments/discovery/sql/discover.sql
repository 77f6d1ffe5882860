-- Groups that customers fall into by what they do, saved as lists: from each customer's figures to who is in which.

-- What these customers ($1) do as of $2, packed: the id's 16 bytes, then each figure in four. Of who bought anything
-- and has not said no to being profiled.
-- name: behaviour
SELECT string_agg(uuid_send(f.customer_id) || {figures}, ''::bytea ORDER BY f.customer_id)
FROM (
  SELECT s.customer_id,
    greatest(extract(epoch FROM $2::timestamptz - s.last_order_at)::float8 / 86400, 0) AS recency,
    s.repeat_purchases + 1 AS frequency,
    s.profit,
    coalesce(s.average_order_value, 0) AS order_value,
    s.category_count AS categories,
    coalesce(s.discount_share, 0) AS discounts,
    coalesce(s.return_rate, 0) AS returns,
    coalesce(s.revenue_trend, 1) AS trend,
    greatest(extract(epoch FROM $2::timestamptz - s.first_order_at)::float8 / 86400, 0) AS tenure,
    coalesce(m.touches, 0) AS touches,
    coalesce(m.online / nullif(m.orders, 0), 0) AS online,
    coalesce(m.in_person / nullif(m.orders, 0), 0) AS in_person,
    coalesce(m.by_phone / nullif(m.orders, 0), 0) AS by_phone,
    coalesce(m.by_mail / nullif(m.orders, 0), 0) AS by_mail
  FROM customer_score s
  JOIN customer c ON c.customer_id = s.customer_id AND c.merged_into IS NULL AND c.erased_at IS NULL
  LEFT JOIN (
    SELECT m.customer_id, sum(m.orders)::float8 AS orders,
      sum(m.touches - m.contacts) FILTER (WHERE m.month >= ($2::timestamptz - interval '1 year')::date) AS touches,
      coalesce(sum(m.orders) FILTER (WHERE m.channel IN ('WEB', 'MOBILE_APP')), 0) AS online,
      coalesce(sum(m.orders) FILTER (WHERE m.channel = 'IN_PERSON'), 0) AS in_person,
      coalesce(sum(m.orders) FILTER (WHERE m.channel = 'PHONE'), 0) AS by_phone,
      coalesce(sum(m.orders) FILTER (WHERE m.channel = 'DIRECT_MAIL'), 0) AS by_mail
    FROM customer_month m WHERE m.customer_id = ANY ($1::uuid[]) GROUP BY m.customer_id
  ) m ON m.customer_id = s.customer_id
  WHERE s.customer_id = ANY ($1::uuid[]) AND s.order_count > 0 AND s.last_order_at IS NOT NULL AND {willing}
) f;

-- Of $1 who are in what the filter says.
-- name: meant
SELECT e.customer_id FROM ({found}) e WHERE e.segments @> ARRAY[{number}::bigint];

-- name: scratch
CREATE TEMP TABLE t_group (customer_id UUID NOT NULL, place BIGINT NOT NULL) ON COMMIT DROP;

-- name: scratch_known
ANALYZE t_group;

-- name: scratch_away
DROP TABLE t_group;

-- The segments that earlier runs made under this prefix: $1 its keys.
-- name: kin
SELECT s.segment_id, s.key, s.number, s.kind, s.archived_at FROM segment s WHERE s.key ~ $1 ORDER BY s.segment_id;

-- A first look at each, locked in the order of ids as the rounds do; who is being erased or merged is waited for.
-- name: rows
INSERT INTO customer_segment (customer_id, refreshed_at)
SELECT c.customer_id, '-infinity' FROM customer c JOIN t_group g ON g.customer_id = c.customer_id
WHERE c.merged_into IS NULL AND c.erased_at IS NULL
  AND NOT EXISTS (SELECT FROM customer_segment s WHERE s.customer_id = c.customer_id)
ORDER BY c.customer_id FOR KEY SHARE OF c
ON CONFLICT DO NOTHING;

-- $1 the numbers of the prefix; of who comes after $2, until $3.
-- name: lock
SELECT count(*) FROM (
  SELECT s.customer_id FROM customer_segment s
  WHERE s.customer_id > $2 AND s.customer_id <= $3
    AND (s.segments && $1::bigint[] OR s.customer_id IN (SELECT g.customer_id FROM t_group g))
  ORDER BY s.customer_id FOR UPDATE
) l;

-- Who was merged away or erased since is in no group.
-- name: gone
DELETE FROM t_group g WHERE NOT EXISTS (
  SELECT FROM customer c WHERE c.customer_id = g.customer_id AND c.merged_into IS NULL AND c.erased_at IS NULL
);

-- How many of each group were in which segment ($1).
-- name: overlaps
SELECT l.segment_id, g.place, count(DISTINCT l.customer_id) AS customers
FROM t_group g JOIN segment_listed l ON l.customer_id = g.customer_id
WHERE l.segment_id = ANY ($1::uuid[]) GROUP BY l.segment_id, g.place;

-- name: numbers
SELECT s.segment_id, s.number FROM segment s WHERE s.segment_id = ANY ($1::uuid[]);

-- name: create
INSERT INTO segment (segment_id, key, name, description, kind, search_fold, created_at, updated_at)
VALUES ($1, $2, $3, $4, 'DISCOVERED', $5, $6, $6);

-- name: update
UPDATE segment s SET name = $2, description = $3, search_fold = $4, updated_at = $5, archived_at = NULL
WHERE s.segment_id = $1;

-- name: names
SELECT s.name FROM segment s WHERE s.segment_id <> ALL ($1::uuid[]) AND s.archived_at IS NULL;

-- $1 the places, $2 the segments they became, $3 all segments of the prefix; of who comes after $4, until $5.
-- name: unlist
DELETE FROM segment_listed l WHERE l.segment_id = ANY ($3::uuid[]) AND l.customer_id > $4 AND l.customer_id <= $5
AND NOT EXISTS (
  SELECT FROM t_group g JOIN unnest($1::bigint[], $2::uuid[]) AS n (place, segment_id) ON n.place = g.place
  WHERE g.customer_id = l.customer_id AND n.segment_id = l.segment_id
);

-- $3 now.
-- name: list
INSERT INTO segment_listed (customer_id, segment_id, recorded_for, listed_at)
SELECT g.customer_id, n.segment_id, g.customer_id, $3::timestamptz
FROM t_group g JOIN unnest($1::bigint[], $2::uuid[]) AS n (place, segment_id) ON n.place = g.place
ORDER BY g.customer_id
ON CONFLICT DO NOTHING;

-- Who is in which from now on, and who has left: $1 the places, $2 the versions' numbers, $3 all numbers of the prefix,
-- $4 now, $5 the cause; of who comes after $6, until $7.
-- name: write
WITH was AS (
  SELECT s.customer_id, s.segments AS old, s.entered_at, s.causes, ARRAY(
      SELECT o FROM unnest(s.segments) AS o WHERE o <> ALL ($3::bigint[])
      UNION ALL SELECT g.number WHERE g.number IS NOT NULL ORDER BY 1
    ) AS now
  FROM customer_segment s LEFT JOIN (
    SELECT t.customer_id, n.number FROM t_group t JOIN unnest($1::bigint[], $2::bigint[]) AS n (place, number)
      ON n.place = t.place
  ) g ON g.customer_id = s.customer_id
  WHERE s.customer_id > $6 AND s.customer_id <= $7 AND (s.segments && $3::bigint[] OR g.customer_id IS NOT NULL)
  FOR UPDATE OF s -- of who was looked at meanwhile what was found
),
moved AS (SELECT w.* FROM was w WHERE w.old <> w.now),
left_it AS (
  INSERT INTO segment_stay (customer_id, segment_id, entered_at, entered_cause, left_at, left_cause)
  SELECT w.customer_id, v.segment_id, o.entered_at, {causes}[o.cause::int], greatest($4, o.entered_at), {causes}[$5::int]
  FROM moved w CROSS JOIN LATERAL unnest(w.old, w.entered_at, w.causes) AS o (number, entered_at, cause)
  JOIN segment v ON v.number = o.number WHERE o.number <> ALL (w.now)
  ORDER BY w.customer_id, v.segment_id
  ON CONFLICT (customer_id, segment_id, entered_at) DO UPDATE SET left_at = excluded.left_at, left_cause = excluded.left_cause
),
written AS (
  UPDATE customer_segment s SET segments = w.now, entered_at = k.entered_at, causes = k.causes,
    refreshed_at = greatest(s.refreshed_at, $4::timestamptz)
  FROM moved w CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(coalesce(o.entered_at, $4) ORDER BY n.number), '{{}}') AS entered_at,
      coalesce(array_agg(coalesce(o.cause, $5::bigint) ORDER BY n.number), '{{}}') AS causes
    FROM unnest(w.now) AS n (number)
    LEFT JOIN unnest(w.old, w.entered_at, w.causes) AS o (number, entered_at, cause) ON o.number = n.number
  ) k
  WHERE s.customer_id = w.customer_id
)
SELECT c.number, sum(c.change)::bigint AS change FROM (
  SELECT n.number, 1 AS change FROM moved w CROSS JOIN LATERAL unnest(w.now) AS n (number) WHERE n.number <> ALL (w.old)
  UNION ALL SELECT o.number, -1 FROM moved w CROSS JOIN LATERAL unnest(w.old) AS o (number)
  WHERE o.number <> ALL (w.now)
) c GROUP BY c.number HAVING sum(c.change) <> 0 ORDER BY c.number;

-- In a statement of its own, in the order of their ids as by all who count, after customers: who has counted is seen.
-- name: to_be_counted
SELECT s.segment_id FROM segment s WHERE s.segment_id = ANY ($1::uuid[]) ORDER BY s.segment_id FOR NO KEY UPDATE;

-- name: counted
UPDATE segment s SET refreshed_at = $2,
  member_count = (SELECT count(*) FROM customer_segment m WHERE m.segments @> ARRAY[s.number])
WHERE s.segment_id = ANY ($1::uuid[]);

-- name: put_away
UPDATE segment s SET archived_at = $2, updated_at = $2 WHERE s.segment_id = ANY ($1::uuid[]) AND s.archived_at IS NULL
  AND NOT EXISTS (
    SELECT FROM segment_use u JOIN segment r ON r.segment_id = u.segment_id
    WHERE u.named_id = s.segment_id AND r.archived_at IS NULL
  );

-- name: are_named
SELECT EXISTS (SELECT FROM segment_use u WHERE u.named_id = ANY ($1::uuid[]));

-- name: how_many
SELECT count(*) FROM customer_score s WHERE s.order_count > 0;
