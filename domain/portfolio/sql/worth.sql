-- What customers are worth, who comes and goes, and what would help: of {who}.

-- Ten groups by lifetime value, as ranks are cut: whoever ties shares the better one, so that a filter finds them.
-- name: deciles
SELECT d.decile, d.customers, d.lifetime_value, d.lowest, d.highest,
  coalesce((d.lifetime_value / nullif(sum(d.lifetime_value) OVER (), 0))::float8, 0) AS share,
  coalesce((sum(d.lifetime_value) OVER (ORDER BY d.decile) / nullif(sum(d.lifetime_value) OVER (), 0))::float8, 0)
    AS cumulative
FROM (
  SELECT r.decile, count(*) AS customers, sum(r.lifetime_value) AS lifetime_value, min(r.lifetime_value) AS lowest,
    max(r.lifetime_value) AS highest
  FROM (
    SELECT s.lifetime_value,
      least(10, 1 + (rank() OVER (ORDER BY s.lifetime_value DESC) - 1) * 10 / count(*) OVER ())::int AS decile
    FROM {who} w JOIN customer_score s ON s.customer_id = w.customer_id WHERE s.lifetime_value IS NOT NULL
  ) r GROUP BY r.decile
) d

-- name: grid
SELECT t.tier AS value_tier, b.band AS risk_band, coalesce(g.customers, 0) AS customers,
  coalesce(g.lifetime_value, 0) AS lifetime_value, coalesce(e.profit, 0) AS profit, t.place * 10 + b.place AS place
FROM unnest({tiers}) WITH ORDINALITY AS t (tier, place)
CROSS JOIN unnest({bands}) WITH ORDINALITY AS b (band, place)
LEFT JOIN (
  SELECT s.value_tier, s.risk_band, count(*) AS customers, sum(s.lifetime_value) AS lifetime_value
  FROM {who} w JOIN customer_score s ON s.customer_id = w.customer_id GROUP BY s.value_tier, s.risk_band
) g ON g.value_tier = t.tier AND g.risk_band = b.band
LEFT JOIN (
  SELECT s.value_tier, s.risk_band, sum(x.profit) AS profit
  FROM {earned} x JOIN customer_score s ON s.customer_id = x.customer_id GROUP BY s.value_tier, s.risk_band
) e ON e.value_tier = t.tier AND e.risk_band = b.band

-- name: needs
SELECT g.kind, g.name, g.customers, coalesce(e.profit, 0) AS profit, coalesce(v.lifetime_value, 0) AS lifetime_value
FROM (
  SELECT n.kind, n.name, count(*) AS customers FROM {who} w JOIN customer_need n ON n.customer_id = w.customer_id
  GROUP BY n.kind, n.name
) g
LEFT JOIN (
  SELECT n.kind, n.name, sum(x.profit) AS profit FROM {earned} x JOIN customer_need n ON n.customer_id = x.customer_id
  GROUP BY n.kind, n.name
) e ON e.kind = g.kind AND e.name = g.name
LEFT JOIN (
  SELECT n.kind, n.name, sum(s.lifetime_value) AS lifetime_value
  FROM {who} w JOIN customer_need n ON n.customer_id = w.customer_id
  JOIN customer_score s ON s.customer_id = w.customer_id GROUP BY n.kind, n.name
) v ON v.kind = g.kind AND v.name = g.name

-- Where each stood at the beginning and at the end: by the latest snapshot until then, live where it ends now. Once
-- there is one of everybody, nobody's from before it counts. Of whom there is none then: a prospect until the first
-- purchase, else nobody knows.
-- name: flow
SELECT f.stage_from, f.stage_until, count(*) AS customers FROM (
  SELECT {stage_from} AS stage_from, {stage_until} AS stage_until
  FROM {who} w JOIN customer_score s ON s.customer_id = w.customer_id {joined}
  WHERE {willing}
) f WHERE f.stage_from IS NOT NULL AND f.stage_until IS NOT NULL GROUP BY f.stage_from, f.stage_until

-- name: stage_then
coalesce({alias}.lifecycle_stage, CASE WHEN s.first_order_at >= {at} OR s.first_order_at IS NULL THEN 'PROSPECT' END)

-- name: joined_then
LEFT JOIN (
  SELECT DISTINCT ON (h.customer_id) h.customer_id, h.lifecycle_stage
  FROM {who} w JOIN score_snapshot h ON h.customer_id = w.customer_id
  WHERE h.as_of <= {at}
    AND h.as_of >= coalesce((SELECT max(l.as_of) FROM snapshot_of_all l WHERE l.as_of <= {at}), '-infinity')
  ORDER BY h.customer_id, h.as_of DESC
) {alias} ON {alias}.customer_id = w.customer_id

-- Whoever bought was won; what touches of them cost before that, and of those who have not bought yet.
-- name: acquisition
SELECT a.channel, coalesce(a.customers, 0) AS customers, coalesce(t.cost, 0) AS cost,
  round(coalesce(t.cost, 0) / nullif(a.customers, 0), 6) AS cost_each,
  round(a.lifetime_value / nullif(a.valued, 0), 6) AS value_each
FROM (
  SELECT c.acquisition_channel AS channel, count(*) FILTER (WHERE {won}) AS customers,
    sum(s.lifetime_value) FILTER (WHERE {won}) AS lifetime_value,
    count(s.lifetime_value) FILTER (WHERE {won}) AS valued
  FROM {who} w JOIN customer c ON c.customer_id = w.customer_id JOIN customer_score s ON s.customer_id = w.customer_id
  WHERE c.acquisition_channel IS NOT NULL GROUP BY c.acquisition_channel
) a
LEFT JOIN (
  SELECT c.acquisition_channel AS channel, sum(t.cost) AS cost
  FROM {who} w JOIN customer c ON c.customer_id = w.customer_id JOIN customer_score s ON s.customer_id = w.customer_id
  JOIN touchpoint t ON t.customer_id = w.customer_id
  WHERE c.acquisition_channel IS NOT NULL AND t.cost <> 0 AND t.occurred_at < {until} AND t.occurred_at >= {since}
    AND (s.first_order_at IS NULL OR t.occurred_at < s.first_order_at)
  GROUP BY c.acquisition_channel
) t ON t.channel = a.channel
WHERE a.customers > 0 OR t.cost <> 0

-- What is advised first for each, by the strategy; over which channel for most of them.
-- name: strategies
SELECT g.strategy, g.customers, g.expected_profit, g.as_of, z.base_currency AS money,
  round(g.expected_profit / g.customers, 2) AS each, h.channel, h.customers AS over_channel
FROM (
  SELECT n.strategy, count(*) AS customers, sum(n.expected_profit) AS expected_profit, max(n.as_of) AS as_of
  FROM ({advised}) n GROUP BY n.strategy
) g
CROSS JOIN settings z
LEFT JOIN (
  SELECT DISTINCT ON (q.strategy) q.strategy, q.channel, q.customers FROM (
    SELECT n.strategy, n.channel, count(*) AS customers FROM ({advised}) n WHERE n.channel IS NOT NULL
    GROUP BY n.strategy, n.channel
  ) q ORDER BY q.strategy, q.customers DESC, q.channel COLLATE "C"
) h ON h.strategy = g.strategy

-- name: advised
SELECT n.* FROM {who} w JOIN customer_next_action n ON n.customer_id = w.customer_id
WHERE {willing}
