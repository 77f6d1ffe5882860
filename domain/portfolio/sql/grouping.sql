-- What customers earned by group: key, how many customers the group has, and the amounts.

-- Customers are in groups, by their key; whoever is in several counts in each.
-- name: of_customers
WITH member AS MATERIALIZED ({members}),
counted AS (SELECT m.key, count(*) AS customers FROM member m GROUP BY m.key {enough}),
earned AS (
  SELECT m.key, {sums} FROM member m JOIN {amounts} f ON f.customer_id = m.customer_id GROUP BY m.key
)
SELECT c.key, c.customers, false AS erased, {told} FROM counted c LEFT JOIN earned f ON f.key = c.key {others}

-- What those had earned of whom nobody may know any more what they were; their amounts stay in totals.
-- name: of_erased
UNION ALL SELECT 'ERASED', 0, true, {sums} FROM {forgotten} HAVING count(*) > 0

-- Facts are in groups; the customers of a group are counted apart, once each.
-- name: of_facts
WITH earned AS (
  SELECT {key} AS key, {sums} FROM ({facts}) f {joined} GROUP BY 1
),
counted AS (SELECT q.key, count(*) AS customers FROM ({each_once}) q GROUP BY q.key)
SELECT f.key, CASE WHEN f.key = {nothing} THEN (SELECT count(*) FROM {who} w) ELSE coalesce(c.customers, 0) END
  AS customers, {told}
FROM earned f LEFT JOIN counted c ON c.key = f.key

-- name: few_once
SELECT DISTINCT q.key, q.customer_id FROM ({customers}) q

-- Of very many rows pairs would not fit into memory: sorted by customer they do, and next to nothing is left to tell apart.
-- name: many_once
SELECT unnest(array_agg(DISTINCT q.key)) AS key FROM ({customers}) q GROUP BY q.customer_id

-- Most customers are in many segments, so each amount is added many times: as a whole number of millionths where it
-- fits into one, which takes a fraction of the time. `each` has what each customer earned.
-- name: of_segments
SELECT v.segment_id AS key, e.customers, {told} FROM segment v
JOIN (
  SELECT f.number, count(*) AS customers, {sums} FROM (
    SELECT unnest(f.segments) AS number, {names} FROM (
      SELECT k.segments, {parts} FROM customer_segment k LEFT JOIN ({each}) f ON f.customer_id = k.customer_id
      WHERE {in_k} OFFSET 0
    ) f
  ) f GROUP BY f.number
) e ON e.number = v.number WHERE v.archived_at IS NULL AND {shown}

-- Over the whole relationship as filters know it, but for what only the months know; these in the order of their index,
-- for hashed they would not fit into memory.
-- name: each_ever
SELECT s.customer_id, s.revenue, m.known_revenue, s.returns, s.cost_of_goods, s.cost_to_serve, s.marketing_cost
FROM customer_score s LEFT JOIN (
  SELECT m.customer_id, sum(m.known_revenue) AS known_revenue
  FROM (SELECT m.customer_id, m.known_revenue FROM customer_month m ORDER BY m.customer_id) m GROUP BY m.customer_id
) m ON m.customer_id = s.customer_id

-- name: each_of_period
SELECT f.customer_id, {sums} FROM {theirs} GROUP BY f.customer_id

-- The values of a declared attribute: texts, yes or no, the years of days; numbers as they are where there are at most
-- {most} different ones, else in fifths, cut at three digits. To minus nothing nothing is added: they are one number.
-- name: attribute_members
WITH held AS MATERIALIZED (
  SELECT a.* FROM customer_attribute a JOIN {who} w ON w.customer_id = a.customer_id
  WHERE a.name = {attribute} AND ({reads} OR NOT a.personal)
),
cut AS (
  SELECT array_agg(DISTINCT p.at ORDER BY p.at) AS at FROM (
    SELECT {three_digits}::float8 AS at
    FROM (
      SELECT percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY h.number_value) AS fifths
      FROM held h HAVING count(DISTINCT h.number_value) > {most}
    ) q CROSS JOIN LATERAL unnest(q.fifths) AS c (at)
  ) p
)
SELECT w.customer_id, CASE
    WHEN h.text_value IS NOT NULL THEN h.text_value
    WHEN h.boolean_value IS NOT NULL THEN h.boolean_value::text
    WHEN h.date_value IS NOT NULL THEN extract(year FROM h.date_value)::text
    WHEN h.number_value IS NULL THEN ''
    WHEN cut.at IS NULL THEN (h.number_value + 0)::text
    WHEN width_bucket(h.number_value, cut.at) = 0 THEN '..' || cut.at[1]
    ELSE cut.at[width_bucket(h.number_value, cut.at)] || '..'
      || coalesce(cut.at[width_bucket(h.number_value, cut.at) + 1]::text, '')
  END AS key
FROM {who} w LEFT JOIN held h ON h.customer_id = w.customer_id CROSS JOIN cut
