SELECT row_to_json(answer) FROM (
  SELECT (SELECT row_to_json(x) FROM (
    SELECT coalesce(json_agg(node), '[]') AS nodes FROM (
      SELECT (SELECT row_to_json(n) FROM (
        SELECT 'cus_' || replace(r.customer_id::text, '-', '') AS id,
               CASE WHEN r.display_name IS NOT NULL THEN '***' END AS "displayName",
               r.lifecycle_stage AS "lifecycleStage",
               (SELECT row_to_json(f) FROM (
                 SELECT decimal(m.revenue) AS revenue, decimal(m.returns) AS returns, decimal(m.goods) AS "costOfGoods",
                        decimal(m.serve) AS "costToServe", decimal(m.marketing) AS "marketingCost",
                        decimal(m.profit) AS profit
                 FROM (SELECT *, revenue - returns - goods - serve - marketing AS profit FROM (
                   SELECT coalesce(sum(revenue), 0) AS revenue, coalesce(sum(returns), 0) AS returns,
                          coalesce(sum(cost_of_goods), 0) AS goods, coalesce(sum(cost_to_serve), 0) AS serve,
                          coalesce(sum(marketing_cost), 0) AS marketing
                   FROM customer_month
                   WHERE customer_id = r.customer_id AND month >= $3 AND month < $4) sums) m) f) AS profitability
      ) n) AS node
      FROM (
        SELECT c.customer_id, c.display_name, s.lifecycle_stage
        FROM customer c JOIN customer_score s ON s.customer_id = c.customer_id
        WHERE c.merged_into IS NULL AND c.erased_at IS NULL AND s.value_tier = $1 AND s.risk_band = $2
        ORDER BY s.profit DESC NULLS LAST, s.customer_id DESC
        LIMIT 50
      ) r
    ) nodes
  ) x) AS customers
) answer
