SELECT row_to_json(answer) FROM (
  SELECT (SELECT row_to_json(c) FROM (
    SELECT 'cus_' || replace(c.customer_id::text, '-', '') AS id, c.kind,
           CASE WHEN c.display_name IS NOT NULL THEN '***' END AS "displayName",
           CASE WHEN c.email IS NOT NULL THEN '***' END AS email,
           s.lifecycle_stage AS "lifecycleStage", s.lifecycle_since AS "lifecycleSince", s.value_tier AS "valueTier",
           c.last_touchpoint_at AS "lastTouchpointAt", c.created_at AS "createdAt",
           CASE WHEN c.acquisition_channel IS NOT NULL THEN (SELECT row_to_json(x) FROM (
             SELECT c.acquisition_channel AS "acquisitionChannel", c.acquisition_at AS "acquisitionAt") x)
           END AS acquisition,
           CASE WHEN c.country IS NOT NULL THEN (SELECT row_to_json(x) FROM (SELECT c.city, c.country) x) END AS address,
           (SELECT row_to_json(x) FROM (SELECT c.language) x) AS demographics,
           (SELECT row_to_json(x) FROM (
             SELECT o.count AS "orderCount", o.first AS "firstOrderAt", o.last AS "lastOrderAt",
                    decimal(o.mean) AS "averageOrderValue"
             FROM (SELECT count(*), min(ordered_at) AS first, max(ordered_at) AS last,
                          round(sum(total) / nullif(count(*), 0), 6) AS mean
                   FROM customer_order WHERE customer_id = $1 AND cancelled_at IS NULL) o) x) AS purchasing,
           (SELECT row_to_json(x) FROM (
             SELECT decimal(m.revenue) AS revenue, decimal(m.profit) AS profit
             FROM (SELECT coalesce(sum(revenue), 0) AS revenue,
                          coalesce(sum(revenue) - sum(returns) - sum(cost_of_goods) - sum(cost_to_serve)
                                   - sum(marketing_cost), 0) AS profit
                   FROM customer_month WHERE customer_id = $1) m) x) AS profitability,
           CASE WHEN s.rfm_recency IS NOT NULL THEN (SELECT row_to_json(x) FROM (
             SELECT s.rfm_recency AS recency, s.rfm_frequency AS frequency, s.rfm_monetary AS monetary) x) END AS rfm,
           CASE WHEN s.churn_probability IS NOT NULL THEN (SELECT row_to_json(x) FROM (
             SELECT s.churn_probability AS probability, s.risk_band AS band) x) END AS "churnRisk",
           CASE WHEN s.predicted IS NOT NULL THEN (SELECT row_to_json(x) FROM (
             SELECT decimal(s.predicted) AS predicted, s.probability_alive AS "probabilityAlive") x) END AS "lifetimeValue"
    FROM customer c JOIN customer_score s ON s.customer_id = c.customer_id
    WHERE c.customer_id = $1 AND c.merged_into IS NULL AND c.erased_at IS NULL
  ) c) AS customer
) answer
