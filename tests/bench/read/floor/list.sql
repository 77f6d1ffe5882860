SELECT row_to_json(answer) FROM (
  SELECT (SELECT row_to_json(x) FROM (
    SELECT coalesce(json_agg(node) FILTER (WHERE place <= 50), '[]') AS nodes,
           json_build_object('hasNextPage', count(*) > 50) AS "pageInfo"
    FROM (
      SELECT row_number() OVER () AS place, (SELECT row_to_json(n) FROM (
        SELECT 'cus_' || replace(r.customer_id::text, '-', '') AS id,
               CASE WHEN r.display_name IS NOT NULL THEN '***' END AS "displayName",
               CASE WHEN r.email IS NOT NULL THEN '***' END AS email,
               r.lifecycle_stage AS "lifecycleStage", r.value_tier AS "valueTier",
               r.last_touchpoint_at AS "lastTouchpointAt",
               (SELECT row_to_json(a) FROM (SELECT r.city, r.country) a) AS address,
               CASE WHEN r.rfm_recency IS NOT NULL THEN (SELECT row_to_json(a) FROM (
                 SELECT r.rfm_recency AS recency, r.rfm_frequency AS frequency, r.rfm_monetary AS monetary) a)
               END AS rfm,
               CASE WHEN r.churn_probability IS NOT NULL THEN (SELECT row_to_json(a) FROM (
                 SELECT r.churn_probability AS probability, r.risk_band AS band) a) END AS "churnRisk",
               CASE WHEN r.predicted IS NOT NULL THEN (SELECT row_to_json(a) FROM (
                 SELECT decimal(r.predicted) AS predicted, r.probability_alive AS "probabilityAlive") a) END AS "lifetimeValue"
      ) n) AS node
      FROM (
        SELECT c.customer_id, c.display_name, c.email, c.last_touchpoint_at, c.city, c.country, s.lifecycle_stage,
               s.value_tier, s.rfm_recency, s.rfm_frequency, s.rfm_monetary, s.churn_probability,
               s.risk_band, s.predicted, s.probability_alive
        FROM customer c JOIN customer_score s ON s.customer_id = c.customer_id
        WHERE c.merged_into IS NULL AND c.erased_at IS NULL AND s.value_tier = $1 AND s.risk_band = $2
        ORDER BY s.lifetime_value DESC NULLS LAST, s.customer_id DESC
        LIMIT 51
      ) r
    ) placed
  ) x) AS customers
) answer
