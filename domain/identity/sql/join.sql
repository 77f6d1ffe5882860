-- Customers of t_join (gone, into_id) are joined: ids keep leading to the survivor, facts stand under it.

-- name: create
CREATE TEMP TABLE t_join ON COMMIT DROP AS
SELECT j.* FROM unnest($1::uuid[], $2::uuid[]) AS j (gone, into_id);

-- name: alias
INSERT INTO customer_alias (customer_id, survivor_id, merged_at)
SELECT j.gone, j.into_id, $1::timestamptz FROM t_join j ORDER BY j.gone
ON CONFLICT (customer_id) DO UPDATE SET survivor_id = excluded.survivor_id, merged_at = excluded.merged_at;

-- name: aliases
UPDATE customer_alias a SET survivor_id = j.into_id FROM t_join j WHERE a.survivor_id = j.gone;

-- name: merged
UPDATE customer c SET merged_into = j.into_id, updated_at = $1 FROM t_join j
WHERE c.customer_id = j.gone OR c.merged_into = j.gone;

-- name: survivors
UPDATE customer c
SET last_touchpoint_at = greatest(c.last_touchpoint_at, g.last_touchpoint_at),
  acquisition_channel = CASE WHEN g.earlier THEN g.acquisition_channel ELSE c.acquisition_channel END,
  acquisition_source = CASE WHEN g.earlier THEN g.acquisition_source ELSE c.acquisition_source END,
  acquisition_at = CASE WHEN g.earlier THEN g.acquisition_at ELSE c.acquisition_at END,
  acquisition_campaign_id = CASE WHEN g.earlier THEN g.acquisition_campaign_id ELSE c.acquisition_campaign_id END
FROM (
  SELECT DISTINCT ON (j.into_id) j.into_id, g.acquisition_channel, g.acquisition_source, g.acquisition_at,
    g.acquisition_campaign_id, max(g.last_touchpoint_at) OVER (PARTITION BY j.into_id) AS last_touchpoint_at,
    g.acquisition_at < coalesce(s.acquisition_at, 'infinity') AND NOT EXISTS (
      SELECT FROM customer_statement t WHERE t.customer_id = j.into_id AND t.field = 'acquisition'
    ) AS earlier
  FROM t_join j JOIN customer g ON g.customer_id = j.gone JOIN customer s ON s.customer_id = j.into_id
  ORDER BY j.into_id, g.acquisition_at NULLS LAST, g.customer_id
) g WHERE c.customer_id = g.into_id;

-- name: months
INSERT INTO t_month
SELECT j.into_id, m.month, m.channel, m.category, m.orders, m.category_orders, m.units, m.returned_units, m.revenue,
  m.known_revenue, m.returns, m.cost_of_goods, m.touches, m.contacts, m.cost_to_serve, m.marketing_cost
FROM customer_month m JOIN t_join j ON j.gone = m.customer_id;

-- name: gone_months
DELETE FROM customer_month m USING t_join j WHERE m.customer_id = j.gone;

-- name: gone_scores
DELETE FROM customer_score s USING t_join j WHERE s.customer_id = j.gone;

-- name: gone_marks
DELETE FROM customer_mark m USING t_join j WHERE m.customer_id = j.gone;
