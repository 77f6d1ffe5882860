-- What customers are and do, in words that can be counted: of those in {whom}, as of {now}, in the zone of {today}.

-- A row a customer, attribute and value; attributes are named as filters name them.
-- name: words
SELECT w.customer_id, x.attribute, x.value
FROM {whom} w
JOIN customer c ON c.customer_id = w.customer_id
JOIN customer_score s ON s.customer_id = w.customer_id
LEFT JOIN customer_summary m ON m.customer_id = w.customer_id
CROSS JOIN LATERAL (VALUES
  ('kind', c.kind), ('country', c.country), ('region', c.region), ('city', c.city), ('language', c.language),
  ('gender', c.gender), ('occupation', c.occupation), ('sector', c.sector), ('incomeBand', c.income_band),
  ('householdSize', CASE WHEN c.household_size >= 5 THEN '5 and more' ELSE c.household_size::text END),
  ('age', CASE WHEN c.birth_date > {today} - interval '25 years' THEN 'below 25'
    WHEN c.birth_date > {today} - interval '35 years' THEN '25 to 34'
    WHEN c.birth_date > {today} - interval '45 years' THEN '35 to 44'
    WHEN c.birth_date > {today} - interval '55 years' THEN '45 to 54'
    WHEN c.birth_date > {today} - interval '65 years' THEN '55 to 64'
    WHEN c.birth_date IS NOT NULL THEN '65 and more' END),
  ('acquisition.channel', c.acquisition_channel), ('acquisition.source', c.acquisition_source),
  ('lifecycleStage', CASE WHEN s.as_of IS NOT NULL THEN s.lifecycle_stage END),
  ('valueTier', s.value_tier), ('riskBand', s.risk_band), ('rfm', {rfm}),
  ('preferredChannel', m.preferred_channel),
  ('orderCount', CASE WHEN s.as_of IS NULL THEN NULL WHEN s.order_count < 2 THEN s.order_count::text
    WHEN s.order_count < 5 THEN '2 to 4' WHEN s.order_count < 10 THEN '5 to 9' ELSE '10 and more' END),
  ('categoryCount', CASE WHEN s.order_count = 0 THEN NULL WHEN s.category_count < 2 THEN '1 at most'
    WHEN s.category_count < 4 THEN '2 or 3' WHEN s.category_count < 8 THEN '4 to 7' ELSE '8 and more' END),
  ('lastOrderAt', {last_order}), ('firstOrderAt', {first_order}),
  ('discountShare', CASE WHEN s.discount_share = 0 THEN 'never with a discount'
    WHEN s.discount_share < 0.5 THEN 'less than half with a discount'
    WHEN s.discount_share IS NOT NULL THEN 'half and more with a discount' END),
  ('returnRate', CASE WHEN s.return_rate <= 0 THEN 'nothing came back' WHEN s.return_rate < 0.1 THEN 'below 10 %'
    WHEN s.return_rate IS NOT NULL THEN '10 % and more' END),
  ('revenueTrend', CASE WHEN s.revenue_trend < 0.8 THEN 'falls' WHEN s.revenue_trend <= 1.25 THEN 'level'
    WHEN s.revenue_trend IS NOT NULL THEN 'grows' END),
  ('recommendScore', CASE WHEN m.recommend_score < 7 THEN '0 to 6' WHEN m.recommend_score < 9 THEN '7 or 8'
    WHEN m.recommend_score IS NOT NULL THEN '9 or 10' END),
  ('openCases', CASE WHEN m.open_cases > 0 THEN '1 and more' END)
) AS x (attribute, value)
WHERE x.value <> '' AND length(x.value) <= 200
UNION ALL
SELECT DISTINCT b.customer_id, 'bought.category', b.category
FROM {whom} w JOIN customer_month b ON b.customer_id = w.customer_id
WHERE b.category <> '' AND b.category_orders > 0 AND length(b.category) <= 200
UNION ALL
SELECT u.customer_id, 'touchpoints.channel', u.channel
FROM (
  SELECT t.customer_id, t.channel, row_number() OVER (
      PARTITION BY t.customer_id ORDER BY sum(t.touches - t.contacts) DESC, t.channel COLLATE "C"
    ) AS place
  FROM {whom} w JOIN customer_month t ON t.customer_id = w.customer_id
  WHERE t.touches > t.contacts GROUP BY t.customer_id, t.channel
) u
WHERE u.place = 1
UNION ALL
SELECT n.customer_id, 'need.' || n.kind, n.name
FROM {whom} w JOIN customer_need n ON n.customer_id = w.customer_id WHERE length(n.name) <= 200
UNION ALL
SELECT a.customer_id, 'attributes.' || a.name, coalesce(a.text_value, a.boolean_value::text)
FROM {whom} w JOIN customer_attribute a ON a.customer_id = w.customer_id
WHERE NOT a.personal AND (a.boolean_value IS NOT NULL OR a.text_value <> '' AND length(a.text_value) <= 200)

-- Numbers, which are counted by quintiles of everybody's.
-- name: numbers
SELECT w.customer_id, x.attribute, x.number
FROM {whom} w JOIN customer_score s ON s.customer_id = w.customer_id
CROSS JOIN LATERAL (VALUES
  ('averageOrderValue', s.average_order_value::float8), ('profitability.profit', s.profit::float8),
  ('profitability.costToServe', s.cost_to_serve::float8)
) AS x (attribute, number)
WHERE s.order_count > 0 AND x.number IS NOT NULL
UNION ALL
SELECT a.customer_id, 'attributes.' || a.name, a.number_value
FROM {whom} w JOIN customer_attribute a ON a.customer_id = w.customer_id
WHERE NOT a.personal AND a.number_value IS NOT NULL

-- How the members of a segment differ: the largest difference first. Of very many members some, by their ids.
-- name: traits
WITH whom AS MATERIALIZED (
  SELECT k.customer_id FROM customer_segment k
  WHERE k.segments @> ARRAY[{segment}.number]
    AND {place} < 65536 * {most}::bigint / greatest({segment}.member_count, 1)
),
found AS (
  SELECT y.attribute, y.value, count(*) AS customers FROM ({words}) y GROUP BY y.attribute, y.value
  UNION ALL
  SELECT z.attribute, b.value, count(*) FROM ({numbers}) z
  JOIN trait_share b ON b.attribute = z.attribute AND b.banded
    AND (b.low IS NULL OR z.number >= b.low) AND (b.high IS NULL OR z.number < b.high)
  GROUP BY z.attribute, b.value
),
compared AS (
  SELECT t.attribute, t.value, coalesce(f.customers, 0) AS customers, t.share AS share_overall,
    coalesce(f.customers, 0)::float8 / a.customers AS share_in_segment
  FROM trait_share t LEFT JOIN found f ON f.attribute = t.attribute AND f.value = t.value
  CROSS JOIN (SELECT count(*) AS customers FROM whom) a
  WHERE a.customers > 0 AND (NOT t.personal OR {reads})
-- What was counted before it was declared personal:
    AND NOT EXISTS (SELECT FROM attribute_declaration n WHERE n.personal AND n.name = substr(t.attribute, 12)
      AND starts_with(t.attribute, 'attributes.'))
)
SELECT d.attribute, d.value, d.customers, d.share_in_segment, d.share_overall,
  round((2 * asin(sqrt(d.share_in_segment)) - 2 * asin(sqrt(d.share_overall)))::numeric, 9)::float8 AS effect_size
FROM compared d

-- The nightly count. Of very many customers some, by their ids: $1 in 65,536 of them.
-- name: whom
CREATE TEMP TABLE t_trait_whom ON COMMIT DROP AS
SELECT customer_id FROM customer
WHERE merged_into IS NULL AND erased_at IS NULL
  AND {place} < $1::int;

-- name: whom_known
ANALYZE t_trait_whom;

-- name: clear
DELETE FROM trait_share;

-- Of each attribute the commonest values, that at least five customers have.
-- name: count_words
INSERT INTO trait_share (attribute, value, personal, customers, share, as_of)
SELECT n.attribute, n.value, n.attribute = ANY ($2::text[]), n.customers,
  n.customers / (SELECT count(*) FROM t_trait_whom)::float8, $1
FROM (
  SELECT y.attribute, y.value, count(*) AS customers,
    row_number() OVER (PARTITION BY y.attribute ORDER BY count(*) DESC, y.value COLLATE "C") AS place
  FROM ({words}) y GROUP BY y.attribute, y.value HAVING count(*) >= 5
) n
WHERE n.place <= $3::int ORDER BY n.attribute COLLATE "C", n.value COLLATE "C";

-- Cut at fifths, to three digits; where many are alike, there are fewer bands.
-- name: count_numbers
INSERT INTO trait_share (attribute, value, banded, low, high, customers, share, as_of)
WITH numbers AS MATERIALIZED ({numbers}),
cuts AS (
  SELECT DISTINCT q.attribute, {three_digits} AS at
  FROM (
    SELECT n.attribute, percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY n.number) AS fifths
    FROM numbers n GROUP BY n.attribute
  ) q CROSS JOIN LATERAL unnest(q.fifths) AS c (at)
),
bands AS (
  SELECT c.attribute, lag(c.at) OVER w AS low, c.at AS high FROM cuts c WINDOW w AS (PARTITION BY c.attribute ORDER BY c.at)
  UNION ALL SELECT c.attribute, max(c.at), NULL FROM cuts c GROUP BY c.attribute
)
SELECT b.attribute, CASE WHEN b.low IS NULL THEN 'below ' || trim_scale(b.high)
    WHEN b.high IS NULL THEN trim_scale(b.low) || ' and more' ELSE trim_scale(b.low) || ' to below ' || trim_scale(b.high) END,
  true, b.low, b.high, count(*), count(*) / (SELECT count(*) FROM t_trait_whom)::float8, $1::timestamptz
FROM numbers n JOIN bands b ON b.attribute = n.attribute
  AND (b.low IS NULL OR n.number >= b.low::float8) AND (b.high IS NULL OR n.number < b.high::float8)
GROUP BY b.attribute, b.low, b.high HAVING count(*) >= 5
ORDER BY b.attribute COLLATE "C", b.low NULLS FIRST;

-- name: counted
SELECT count(*) FROM trait_share;
