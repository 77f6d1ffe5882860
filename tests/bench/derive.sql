-- What follows from the facts: months and scores, written in key order as the product writes sets. The scores' models are not run here: their figures are drawn from
-- the customer's id, so that they are spread like real ones and the same each time.

INSERT INTO customer_month (customer_id, month, channel, category, orders, category_orders, units, revenue,
                            known_revenue, returns, cost_of_goods, touches, cost_to_serve)
SELECT customer_id, month, channel, category, sum(orders), sum(category_orders), sum(units), sum(revenue),
       sum(revenue), sum(returns), sum(cost), sum(touches), sum(serve)
FROM (
  SELECT customer_id, date_trunc('month', ordered_at)::date AS month, channel, '' AS category, 1 AS orders,
         0 AS category_orders, 0 AS units, shipping AS revenue, returned AS returns, -returned_cost AS cost,
         0 AS touches, 0 AS serve
  FROM customer_order
  UNION ALL
  SELECT o.customer_id, date_trunc('month', o.ordered_at)::date, o.channel, p.category, 0,
         count(DISTINCT o.order_id)::int, sum(l.quantity)::int, sum(l.total - l.discount), 0,
         sum(l.quantity * l.unit_cost), 0, 0
  FROM customer_order o
  JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id
  JOIN product p ON p.product_id = l.product_id
  GROUP BY o.customer_id, 2, o.channel, p.category
  UNION ALL
  SELECT customer_id, date_trunc('month', occurred_at)::date, channel, '', 0, 0, 0, 0, 0, 0, count(*)::int, sum(cost)
  FROM touchpoint
  GROUP BY 1, 2, 3
) part
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4;

INSERT INTO value_model (value_model_id, family, parameters, customers, log_likelihood, calibrated_until, fitted_at,
                         in_use)
VALUES ('0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b', 'BG_NBD', '{"r": 0.24, "alpha": 4.4, "a": 0.79, "b": 2.4}', 1000,
        -9582.4, '2026-06-01Z', '2026-06-01Z', true);

INSERT INTO customer_score_a (customer_id, generation, as_of, order_count, first_order_at, last_order_at,
  repeat_purchases, recency_weeks, age_weeks, average_order_value, revenue, returns, cost_of_goods, cost_to_serve,
  profit, rfm_recency, rfm_frequency, rfm_monetary, predicted, predicted_low, predicted_high, lifetime_value,
  expected_revenue, expected_purchases, expected_profit, probability_alive, horizon_months, value_model_id,
  churn_probability, risk_band, rank_by_revenue, rank_by_profit, rank_by_value, rank_by_churn, ranked_of,
  value_decile, rank_exact, lifecycle_stage, lifecycle_since, value_tier)
WITH bought AS (
  SELECT customer_id, count(*)::int AS orders, min(ordered_at) AS first_at, max(ordered_at) AS last_at,
         sum(total) AS revenue
  FROM customer_order GROUP BY customer_id
), earned AS (
  SELECT customer_id, sum(returns) AS returns, sum(cost_of_goods) AS cost, sum(cost_to_serve) AS serve
  FROM customer_month GROUP BY customer_id
), drawn AS (
  SELECT c.customer_id, c.created_at, b.orders, b.first_at, b.last_at, coalesce(b.revenue, 0) AS revenue,
         coalesce(e.returns, 0) AS returns, coalesce(e.cost, 0) AS cost, coalesce(e.serve, 0) AS serve,
         coalesce(b.revenue, 0) - coalesce(e.returns, 0) - coalesce(e.cost, 0) - coalesce(e.serve, 0) AS profit,
         (hashtextextended(c.customer_id::text, 1) & 1048575) / 1048576.0::float8 AS luck,
         (hashtextextended(c.customer_id::text, 2) & 1048575) / 1048576.0::float8 AS alive
  FROM customer c LEFT JOIN bought b USING (customer_id) LEFT JOIN earned e USING (customer_id)
), valued AS (
  SELECT *, CASE WHEN orders > 0 THEN round((luck * 400 - 20 + orders * 11)::numeric, 6) END AS predicted FROM drawn
), placed AS (
  SELECT *, profit + predicted AS value,
         cume_dist() OVER (ORDER BY profit + predicted DESC NULLS LAST, customer_id) AS share,
         rank() OVER (ORDER BY revenue DESC) AS by_revenue, rank() OVER (ORDER BY profit DESC) AS by_profit,
         rank() OVER (ORDER BY profit + predicted DESC NULLS LAST) AS by_value, rank() OVER (ORDER BY alive) AS by_churn
  FROM valued
)
SELECT customer_id, 1, '2026-06-01Z', coalesce(orders, 0), first_at, last_at, greatest(coalesce(orders, 0) - 1, 0),
       extract(epoch FROM last_at - first_at) / 604800, extract(epoch FROM '2026-06-01Z' - first_at) / 604800,
       round(revenue / orders, 6), revenue, returns, cost, serve, profit,
       CASE WHEN orders > 0 THEN 1 + floor(luck * 5) END, CASE WHEN orders > 0 THEN least(orders, 5) END,
       CASE WHEN orders > 0 THEN 1 + floor(alive * 5) END, predicted, predicted * 0.5, predicted * 1.6, value,
       predicted * 2, CASE WHEN orders > 0 THEN luck * 6 END, round(predicted / 7, 6),
       CASE WHEN orders > 0 THEN alive END, 12, '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b',
       CASE WHEN orders > 0 THEN 1 - alive END,
       CASE WHEN orders IS NULL THEN NULL WHEN alive > 0.65 THEN 'LOW' WHEN alive > 0.3 THEN 'MEDIUM' ELSE 'HIGH' END,
       by_revenue, by_profit, by_value, by_churn, count(*) OVER (), 1 + floor(share * 9.999999), true,
       CASE WHEN orders IS NULL THEN 'PROSPECT' WHEN orders > 4 THEN 'LOYAL' ELSE 'ACTIVE' END, created_at,
       CASE WHEN orders IS NULL THEN NULL WHEN value < 0 THEN 'UNPROFITABLE' WHEN share <= 0.2 THEN 'HIGH'
            WHEN share <= 0.5 THEN 'MEDIUM' ELSE 'LOW' END
FROM placed
ORDER BY customer_id;
