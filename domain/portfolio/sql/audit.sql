-- Signs that relationships weaken: {began} until {until}, against {before} until {began}, of the customers asked for. Three instants are
-- numbered: 1 is {before}, 2 is {began}, 3 is {until}.

-- What is known of each: of_all is the latest snapshot of everybody up to then, or else the earliest there is; what was
-- so is each one's latest snapshot from there on. Without any, or now, the live scores say it.
-- name: known
known AS MATERIALIZED (
  SELECT k.*, greatest(k.at, k.of_all) AS upto, k.of_all <= k.at AS sure, k.n = 3 AND k.at = {now} OR k.of_all IS NULL AS live
  FROM (
    SELECT x.n, x.at, coalesce(max(l.as_of) FILTER (WHERE l.as_of <= x.at), min(l.as_of)) AS of_all
    FROM (VALUES (1, {before}), (2, {began}), (3, {until})) x (n, at) LEFT JOIN snapshot_of_all l ON true GROUP BY x.n, x.at
  ) k
)

-- Of each customer then: 1, among the best; 2, 4 and 6, the risk bands; 8, not lapsed; 16, lapsed; 32, in the period.
-- name: state
later{n} AS MATERIALIZED (
  SELECT DISTINCT ON (h.customer_id) h.customer_id, {code} AS code FROM score_snapshot h
  WHERE h.as_of > (SELECT k.of_all FROM known k WHERE k.n = {n} AND NOT k.live)
    AND h.as_of <= (SELECT k.upto FROM known k WHERE k.n = {n}) ORDER BY h.customer_id, h.as_of DESC
),
state{n} AS (
  SELECT l.customer_id, l.code FROM later{n} l
  UNION ALL
  SELECT h.customer_id, {code} FROM score_snapshot h
  WHERE h.as_of = (SELECT k.of_all FROM known k WHERE k.n = {n} AND NOT k.live)
    AND NOT EXISTS (SELECT FROM later{n} l WHERE l.customer_id = h.customer_id)
  UNION ALL
  SELECT h.customer_id, {code} + CASE WHEN h.lifecycle_stage = 'LAPSED' AND h.lifecycle_since >= {began}
    AND h.lifecycle_since < {until} THEN 32 ELSE 0 END
  FROM customer_score h WHERE (SELECT k.live FROM known k WHERE k.n = {n}) AND h.as_of IS NOT NULL
)

-- name: code
CASE h.value_tier WHEN 'HIGH' THEN 1 ELSE 0 END + CASE h.risk_band WHEN 'LOW' THEN 2 WHEN 'MEDIUM' THEN 4 WHEN 'HIGH' THEN 6
  ELSE 0 END + CASE h.lifecycle_stage WHEN 'LAPSED' THEN 16 ELSE 8 END

-- The few who matter: who was among the best when a period began, and who lapsed in it. The three states of a customer are
-- put together in one pass over all.
-- name: moved
moved AS MATERIALIZED (
  SELECT m.* FROM (
    SELECT p.customer_id, p.y & 1 = 1 AS best_before, p.y & 6 > 0 AND p.y & 6 < p.x & 6 AS risen_before,
      p.y & 8 = 8 AND p.x & 16 = 16 AS left_before, p.x & 1 = 1 AS best, p.x & 6 > 0 AND p.x & 6 < p.z & 6 AS risen,
      p.z & 16 = 16 AND CASE WHEN (SELECT k.live FROM known k WHERE k.n = 3) THEN p.z & 32 = 32 ELSE p.x & 8 = 8 END AS gone
    FROM (
      SELECT u.customer_id, sum(u.code) & 63 AS y, sum(u.code) >> 6 & 63 AS x, sum(u.code) >> 12 AS z
      FROM (
        SELECT y.customer_id, y.code FROM state1 y
        UNION ALL SELECT x.customer_id, x.code << 6 FROM state2 x
        UNION ALL SELECT z.customer_id, z.code << 12 FROM state3 z
      ) u GROUP BY u.customer_id
    ) p
  ) m WHERE (m.best OR m.best_before OR m.gone OR m.left_before) AND {in_m}
),
best AS MATERIALIZED (
  SELECT m.* FROM moved m WHERE (m.best OR m.best_before)
    AND {willing}
)

-- name: said
said AS MATERIALIZED (
  SELECT t.customer_id, t.kind, t.satisfaction, t.recommend_score, t.occurred_at >= {began} AS recent
  FROM touchpoint t
  WHERE {in_t} AND t.occurred_at >= {before} AND t.occurred_at < {until} AND (t.satisfaction IS NOT NULL OR t.recommend_score IS NOT NULL
    OR t.kind IN ('COMPLAINT', 'UNSUBSCRIBE', 'SWITCHED_AWAY', 'COMPETITOR_OFFER'))
),
bought AS MATERIALIZED (
  SELECT m.customer_id, m.best, m.best_before, bool_or(o.ordered_at < {before}) AS long_ago,
    bool_or(o.ordered_at >= {before} AND o.ordered_at < {began}) AS before, bool_or(o.ordered_at >= {began}) AS again
  FROM best m JOIN customer_order o ON o.customer_id = m.customer_id
  WHERE o.cancelled_at IS NULL AND o.ordered_at >= {earlier} AND o.ordered_at < {until}
  GROUP BY m.customer_id, m.best, m.best_before
)

-- How often of each customer, in the period and before; of who left or came, whether.
-- name: counted
event (kind, customer_id, current, previous) AS (
  SELECT CASE s.kind WHEN 'COMPLAINT' THEN 'COMPLAINTS' ELSE 'UNSUBSCRIBES' END, s.customer_id,
    count(*) FILTER (WHERE s.recent), count(*) FILTER (WHERE NOT s.recent)
  FROM said s WHERE s.kind IN ('COMPLAINT', 'UNSUBSCRIBE') GROUP BY 1, 2
  UNION ALL
  SELECT 'COMPETITORS_COURTING_BEST', s.customer_id, count(*) FILTER (WHERE s.recent AND m.best),
    count(*) FILTER (WHERE NOT s.recent AND m.best_before)
  FROM said s JOIN best m ON m.customer_id = s.customer_id WHERE s.kind = 'COMPETITOR_OFFER' GROUP BY 2
  UNION ALL
  SELECT 'NEW_CUSTOMERS', s.customer_id, CASE WHEN s.first_order_at >= {began} THEN 1 ELSE 0 END,
    CASE WHEN s.first_order_at < {began} THEN 1 ELSE 0 END
  FROM customer_score s JOIN {who} w ON w.customer_id = s.customer_id
  WHERE s.first_order_at >= {before} AND s.first_order_at < {until}
  UNION ALL
  SELECT 'CUSTOMERS_SWITCHING_AWAY', g.customer_id, max(g.current), max(g.previous) FROM (
    SELECT m.customer_id, CASE WHEN m.gone THEN 1 ELSE 0 END AS current,
      CASE WHEN m.left_before THEN 1 ELSE 0 END AS previous FROM moved m WHERE m.gone OR m.left_before
    UNION ALL
    SELECT s.customer_id, CASE WHEN s.recent THEN 1 ELSE 0 END, CASE WHEN s.recent THEN 0 ELSE 1 END
    FROM said s WHERE s.kind = 'SWITCHED_AWAY'
  ) g GROUP BY g.customer_id
)

-- The chance that each customer's two counts are the other way round is a half: the sum of the differences, less one
-- for continuity, against the root of their squares. McNemar's where each is 0 or 1.
-- name: counts
SELECT x.kind, coalesce(sum(e.current), 0)::float8 AS current, coalesce(sum(e.previous), 0)::float8 AS previous,
  abs(sum(e.current - e.previous)) - 1 > {score} * sqrt(sum((e.current - e.previous) ^ 2)) AS significant,
  count(*) FILTER (WHERE e.current > 0) AS customers, count(*) FILTER (WHERE e.previous > 0) AS customers_before
FROM (VALUES ('COMPLAINTS'), ('UNSUBSCRIBES'), ('COMPETITORS_COURTING_BEST'), ('NEW_CUSTOMERS'),
  ('CUSTOMERS_SWITCHING_AWAY')) x (kind)
LEFT JOIN event e ON e.kind = x.kind GROUP BY x.kind

-- Two proportions with Yates' correction; x of n in the period, y of m before.
-- name: shares
SELECT s.*, CASE WHEN s.n > 0 AND s.m > 0 AND s.x + s.y > 0 AND s.x + s.y < s.n + s.m
  THEN abs(s.x / s.n - s.y / s.m) - (1 / s.n + 1 / s.m) / 2
    > {score} * sqrt((s.x + s.y) / (s.n + s.m) * (1 - (s.x + s.y) / (s.n + s.m)) * (1 / s.n + 1 / s.m)) END AS significant
FROM (
  SELECT 'BEST_CUSTOMERS_AT_RISK' AS kind, count(*) FILTER (WHERE m.best AND m.risen)::float8 AS x,
    count(*) FILTER (WHERE m.best)::float8 AS n, count(*) FILTER (WHERE m.best_before AND m.risen_before)::float8 AS y,
    count(*) FILTER (WHERE m.best_before)::float8 AS m
  FROM best m
  UNION ALL
  SELECT 'REPURCHASE_RATE_OF_BEST', count(*) FILTER (WHERE o.best AND o.before AND o.again),
    count(*) FILTER (WHERE o.best AND o.before), count(*) FILTER (WHERE o.best_before AND o.long_ago AND o.before),
    count(*) FILTER (WHERE o.best_before AND o.long_ago)
  FROM bought o
) s

-- Means of answers, with the variance of a ratio over customers (Cochran 1977): those of one are not independent.
-- name: means
SELECT s.kind, s.current, s.previous, s.n, s.m, s.many, s.many_before, CASE WHEN s.k > 4 AND s.l > 4 AND s.v + s.u > 0
  THEN z.score > {score} END AS significant
FROM (
  SELECT q.kind, q.current, q.previous, q.n, q.m, q.many, q.many_before, count(*) FILTER (WHERE q.a > 0)::float8 AS k,
    count(*) FILTER (WHERE q.b > 0)::float8 AS l,
    sum((q.s - q.current * q.a) ^ 2) FILTER (WHERE q.a > 0) / q.n ^ 2
      * count(*) FILTER (WHERE q.a > 0) / nullif(count(*) FILTER (WHERE q.a > 0) - 1, 0)::float8 AS v,
    sum((q.r - q.previous * q.b) ^ 2) FILTER (WHERE q.b > 0) / q.m ^ 2
      * count(*) FILTER (WHERE q.b > 0) / nullif(count(*) FILTER (WHERE q.b > 0) - 1, 0)::float8 AS u
  FROM (
    SELECT p.*, sum(p.s) OVER w / nullif(sum(p.a) OVER w, 0) AS current, sum(p.r) OVER w / nullif(sum(p.b) OVER w, 0) AS previous,
      sum(p.a) OVER w AS n, sum(p.b) OVER w AS m, count(*) FILTER (WHERE p.a > 0) OVER w AS many,
      count(*) FILTER (WHERE p.b > 0) OVER w AS many_before
    FROM (
      SELECT x.kind, s.customer_id, count(*) FILTER (WHERE s.recent)::float8 AS a,
        count(*) FILTER (WHERE NOT s.recent)::float8 AS b,
        coalesce(sum(x.answer) FILTER (WHERE s.recent), 0)::float8 AS s,
        coalesce(sum(x.answer) FILTER (WHERE NOT s.recent), 0)::float8 AS r
      FROM said s CROSS JOIN LATERAL (
        VALUES ('RECOMMEND_SCORE', s.recommend_score), ('AVERAGE_SATISFACTION', s.satisfaction)
      ) x (kind, answer) WHERE x.answer IS NOT NULL GROUP BY x.kind, s.customer_id
    ) p WINDOW w AS (PARTITION BY p.kind)
  ) q GROUP BY q.kind, q.current, q.previous, q.n, q.m, q.many, q.many_before
) s {deviate}

-- Whom signs concern that no filter describes.
-- name: concerned
concerned (kind, customer_id) AS (
  SELECT 'BEST_CUSTOMERS_AT_RISK', m.customer_id FROM best m WHERE m.best AND m.risen
  UNION ALL SELECT 'REPURCHASE_RATE_OF_BEST', o.customer_id FROM bought o WHERE o.best AND o.before AND NOT o.again
  UNION ALL SELECT 'COMPETITORS_COURTING_BEST', e.customer_id FROM event e
    WHERE e.kind = 'COMPETITORS_COURTING_BEST' AND e.current > 0
  UNION ALL SELECT DISTINCT 'RECOMMEND_SCORE', s.customer_id FROM said s WHERE s.recent AND s.recommend_score <= 6
  UNION ALL SELECT e.kind, e.customer_id FROM event e
    WHERE e.kind = 'CUSTOMERS_SWITCHING_AWAY' AND e.current > 0 AND {until} < {now}
)

-- name: named
SELECT c.kind, jsonb_build_object('id', jsonb_build_object('in', jsonb_agg({id} ORDER BY c.customer_id))) AS those
FROM concerned c GROUP BY c.kind HAVING count(*) <= {most}

-- name: within
jsonb_build_object('gte', {began}, 'lt', {until})

-- name: described
CASE x.kind
  WHEN 'NEW_CUSTOMERS' THEN jsonb_build_object('firstOrderAt', {within})
  WHEN 'COMPLAINTS' THEN jsonb_build_object('touchpoints', jsonb_build_object('where',
    jsonb_build_object('kind', jsonb_build_array('COMPLAINT'), 'occurredAt', {within})))
  WHEN 'UNSUBSCRIBES' THEN jsonb_build_object('touchpoints', jsonb_build_object('where',
    jsonb_build_object('kind', jsonb_build_array('UNSUBSCRIBE'), 'occurredAt', {within})))
  WHEN 'AVERAGE_SATISFACTION' THEN jsonb_build_object('touchpoints', jsonb_build_object('where',
    jsonb_build_object('satisfaction', jsonb_build_object('lte', 4), 'occurredAt', {within})))
  WHEN 'CUSTOMERS_SWITCHING_AWAY' THEN CASE WHEN {until} < {now} THEN i.those ELSE jsonb_build_object('any',
    jsonb_build_array(
      jsonb_build_object('lifecycleStage', jsonb_build_array('LAPSED'), 'lifecycleSince', {within}),
      jsonb_build_object('touchpoints', jsonb_build_object('where',
        jsonb_build_object('kind', jsonb_build_array('SWITCHED_AWAY'), 'occurredAt', {within}))))) END
  ELSE i.those
END

-- Which of the figures made of scores are known, and since when scores are.
-- name: sure
sure AS MATERIALIZED (
  SELECT NOT x.live AND x.upto < z.at AS risen, coalesce(y.sure, false) AS before, z.at = {now} OR coalesce(x.sure, false) AS gone,
    CASE WHEN y.of_all IS NULL THEN ' Best customers are those of now: no scores of before are kept.'
      WHEN NOT y.sure THEN ' No scores are kept of before ' || to_char(y.of_all AT TIME ZONE {zone}, 'YYYY-MM-DD')
        || ': until then, best customers are those of that day.' ELSE '' END AS note
  FROM known y JOIN known x ON x.n = 2 JOIN known z ON z.n = 3 WHERE y.n = 1
)

-- name: signal
signal AS (
  SELECT c.kind, c.current, c.previous, c.significant,
    trim(to_char(c.current, '999,999,999,990')) || CASE WHEN e.events AND c.customers > 0
      THEN ', of different customers: ' || trim(to_char(c.customers, '999,999,999,990')) ELSE '' END AS told,
    trim(to_char(c.previous, '999,999,999,990')) || CASE WHEN e.events AND c.customers_before > 0
      THEN ', of different customers: ' || trim(to_char(c.customers_before, '999,999,999,990')) ELSE '' END AS told_before
  FROM counts c
  CROSS JOIN LATERAL (SELECT c.kind NOT IN ('NEW_CUSTOMERS', 'CUSTOMERS_SWITCHING_AWAY') AS events) e
  UNION ALL
  SELECT s.kind, CASE s.kind WHEN 'REPURCHASE_RATE_OF_BEST' THEN s.x / nullif(s.n, 0) ELSE s.x END,
    CASE s.kind WHEN 'REPURCHASE_RATE_OF_BEST' THEN s.y / nullif(s.m, 0) ELSE s.y END, s.significant,
    trim(to_char(s.x, '999,999,999,990')) || ' of ' || trim(to_char(s.n, '999,999,999,990'))
      || coalesce(' (' || trim(to_char(100 * s.x / nullif(s.n, 0), '990.0')) || ' %)', ''),
    trim(to_char(s.y, '999,999,999,990')) || ' of ' || trim(to_char(s.m, '999,999,999,990'))
      || coalesce(' (' || trim(to_char(100 * s.y / nullif(s.m, 0), '990.0')) || ' %)', '')
  FROM shares s
  UNION ALL
  SELECT m.kind, m.current, m.previous, m.significant,
    coalesce(trim(to_char(m.current, '990.00')) || ', answers: ' || trim(to_char(m.n, '999,999,999,990')), 'no answers'),
    coalesce(trim(to_char(m.previous, '990.00')) || ', answers: ' || trim(to_char(m.m, '999,999,999,990')), 'no answers')
  FROM means m
)

-- name: signals
(WITH {made}
SELECT x.n, x.kind, t.current, t.previous, t.current - t.previous AS change,
  coalesce(s.significant AND t.current IS NOT NULL AND t.previous IS NOT NULL, false) AS significant,
  x.label || ': ' || CASE WHEN x.now THEN coalesce(s.told, 'no answers') ELSE 'not known' END || '; in the period before: '
    || CASE WHEN x.before THEN coalesce(s.told_before, 'no answers') ELSE 'not known' END || '.' || x.note AS detail,
  CASE WHEN g.those IS NOT NULL THEN x.kind END AS group_key, x.whom AS group_label, g.those AS group_where
FROM (
  SELECT v.n, v.kind, v.label, v.whom, CASE v.n WHEN 1 THEN k.risen WHEN 2 THEN k.gone ELSE true END AS now,
    v.n > 2 OR k.before AS before, CASE WHEN v.n IN (1, 3, 5) THEN k.note
      WHEN v.n = 2 AND NOT k.before THEN ' Who lapsed is known since scores are kept.' ELSE '' END AS note
  FROM sure k CROSS JOIN (VALUES {kinds}) v (n, kind, label, whom)
) x
LEFT JOIN signal s ON s.kind = x.kind
CROSS JOIN LATERAL (
  SELECT CASE WHEN x.now THEN s.current END AS current, CASE WHEN x.before THEN s.previous END AS previous
) t
LEFT JOIN ({named}) i ON i.kind = x.kind
CROSS JOIN LATERAL (SELECT CASE WHEN t.current IS NOT NULL THEN {described} END AS those) g) {b}
