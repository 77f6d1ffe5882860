-- The night's base rates, $1 the instant: six numbers a group out of one look at all contacts, touches and cases.

-- name: forget
DELETE FROM response_rate;

-- Responses to these offers are recorded: the rows stand only until the rates are written.
-- name: tell
INSERT INTO response_rate (topic, channel, name, customers, trials, successes, rate, strength, low, high, is_told,
  as_of)
{sent}
SELECT 'OFFER', '', s.offer, 0, 0, 0, 0, 0, 0, 0, true, $1::timestamptz
FROM credited c JOIN sent s ON s.customer_id = c.customer_id AND s.touchpoint_id = c.touchpoint_id
WHERE s.offer IS NOT NULL GROUP BY s.offer;

-- How the customer stood with us when it went out, not today: who answered stands better since. Whether it is answered
-- is known when the 30 days are over that contacts.sql gives an answer; whatever came of it until then.
-- name: contacts
CREATE TEMP TABLE t_contact ON COMMIT DROP AS
{contacts}
SELECT c.customer_id, c.channel, c.offer, c.answered, c.at <= $1::timestamptz - interval '30 days' AS is_over, CASE
    WHEN c.last_at IS NULL THEN 'PROSPECT' WHEN c.last_at >= c.at - interval '180 days' THEN 'CURRENT' ELSE 'SILENT'
  END AS standing
FROM (
  SELECT a.*, (
    SELECT max(o.ordered_at) FROM customer_order o
    WHERE o.customer_id = a.customer_id AND o.ordered_at < a.at AND o.cancelled_at IS NULL
  ) AS last_at
  FROM contact a
) c;

-- Out of both counts is what may still be answered, and what was answered as soon: the one alone would tell too few
-- answers, the other alone too many. By the age alone, for those that a next contact cut short are not like the rest.
-- name: answers
WITH own AS (
  SELECT g.topic, g.channel, g.name, c.customer_id, (count(*) FILTER (WHERE c.is_over))::float8 AS n,
    (count(*) FILTER (WHERE c.is_over AND c.answered))::float8 AS r
  FROM t_contact c CROSS JOIN LATERAL (VALUES
    ('ALL', '', ''), ('CHANNEL', c.channel, ''), ('STANDING', c.channel, c.standing), ('OFFER', '', c.offer)
  ) AS g (topic, channel, name)
  WHERE g.name IS NOT NULL GROUP BY g.topic, g.channel, g.name, c.customer_id
)
SELECT o.topic, o.channel, o.name, count(*) FILTER (WHERE o.n > 0) AS customers, sum(o.n) AS trials,
  sum(o.r) AS successes, sum(o.n * o.n) AS squares, coalesce(sum(o.r * o.r / nullif(o.n, 0)), 0) AS ratios,
  coalesce(bool_or(f.is_told), false) AS is_told
FROM own o LEFT JOIN response_rate f ON f.topic = o.topic AND f.channel = o.channel AND f.name = o.name
GROUP BY o.topic, o.channel, o.name
HAVING o.topic <> 'OFFER' OR count(*) >= 5
ORDER BY o.topic, o.channel, o.name;

-- name: touches
WITH own AS (
  SELECT u.customer_id, u.channel, sum(u.x)::float8 AS x, sum(u.touches) AS touches, sum(u.cost) AS cost
  FROM (
    SELECT m.customer_id, m.channel, greatest(m.touches - m.contacts, 0) AS x,
      greatest(m.touches - m.contacts, 0) AS touches, m.cost_to_serve AS cost
    FROM customer_month m WHERE m.touches > 0 OR m.cost_to_serve <> 0
    UNION ALL
    SELECT c.customer_id, c.channel, 1, 0, 0 FROM t_contact c WHERE c.answered
  ) u
  GROUP BY u.customer_id, u.channel
), whole AS (
  SELECT o.customer_id, sum(o.x) AS n FROM own o GROUP BY o.customer_id HAVING sum(o.x) > 0
), everybody AS (
  SELECT count(*) AS customers, coalesce(sum(w.n), 0) AS trials, coalesce(sum(w.n * w.n), 0) AS squares FROM whole w
)
SELECT o.channel, e.customers, e.trials, sum(o.x) AS successes, e.squares, sum(o.x * o.x / w.n) AS ratios,
  round(sum(o.cost) / nullif(sum(o.touches), 0), 6) AS amount
FROM own o JOIN whole w ON w.customer_id = o.customer_id CROSS JOIN everybody e
GROUP BY o.channel, e.customers, e.trials, e.squares;

-- A resolved case made good where its customer bought again within 90 days; cases younger than that are not judged yet.
-- name: recoveries
WITH own AS (
  SELECT t.customer_id, count(*)::float8 AS n, (count(*) FILTER (WHERE EXISTS (
    SELECT 1 FROM customer_order o
    WHERE o.customer_id = t.customer_id AND o.cancelled_at IS NULL AND o.ordered_at > t.occurred_at
      AND o.ordered_at < t.occurred_at + interval '90 days'
  )))::float8 AS r
  FROM touchpoint t
  WHERE t.kind = 'CASE_RESOLVED' AND t.occurred_at <= $1::timestamptz - interval '90 days' GROUP BY t.customer_id
)
SELECT count(*) AS customers, coalesce(sum(o.n), 0) AS trials, coalesce(sum(o.r), 0) AS successes,
  coalesce(sum(o.n * o.n), 0) AS squares, coalesce(sum(o.r * o.r / o.n), 0) AS ratios
FROM own o;

-- name: purchases
SELECT count(DISTINCT m.customer_id) FILTER (WHERE m.orders > 0) AS customers, coalesce(sum(m.orders), 0) AS orders,
  round(sum(m.revenue - m.returns - m.cost_of_goods) / nullif(sum(m.orders), 0), 6) AS amount
FROM customer_month m;

-- name: keep
INSERT INTO response_rate (topic, channel, name, customers, trials, successes, rate, strength, low, high, amount,
  is_told, as_of)
SELECT r.*, $13::timestamptz FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
  $7::float8[], $8::float8[], $9::float8[], $10::float8[], $11::numeric[], $12::boolean[]) AS r;
