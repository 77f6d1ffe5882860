-- Everything that scoring reads of each customer, one row a customer, as of $as_of ($today is its day in $zone).
-- {of_customers} restricts every level to the customers that are asked for; empty for all of them.
SELECT
  customer.customer_id,
  coalesce(mark.wanted, 0) AS generation,
  customer.created_at,
  coalesce(array_position(ARRAY['PROSPECT', 'NEW', 'ACTIVE', 'LOYAL', 'AT_RISK', 'LAPSED', 'WON_BACK'],
    live.lifecycle_stage), 1) - 1 AS stage_before,
  live.lifecycle_since AS since_before,
  live.as_of AS scored_before,
  CASE WHEN refused.customer_id IS NULL THEN 0 ELSE 1 END AS unwilling,
  coalesce(bought.orders, 0) AS orders,
  coalesce(bought.purchases, 0) AS purchases,
  bought.first_at,
  bought.last_at,
  bought.first_day - $today::date AS first_day,
  bought.last_day - $today::date AS last_day,
  coalesce(bought.in_window, 0) AS in_window,
  bought.median_gap,
  bought.silence,
  bought.returned_on - $today::date AS returned_on,
  bought.purchases_before,
  CASE WHEN bought.returned_on IS NOT NULL THEN (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY gap)
    FROM (
      SELECT day - lag(day) OVER (ORDER BY day) AS gap
      FROM (
        SELECT DISTINCT (ordered_at AT TIME ZONE $zone)::date AS day FROM customer_order AS earlier
        WHERE earlier.customer_id = customer.customer_id AND cancelled_at IS NULL AND ordered_at < $as_of
      ) AS days
      WHERE day < bought.returned_on
    ) AS gaps
  ) END AS gap_before,
  coalesce(bought.repeat_profit, 0) AS repeat_profit,
  coalesce(bought.repeat_profit_squares, 0) AS repeat_profit_squares,
  coalesce(bought.repeat_revenue, 0) AS repeat_revenue,
  coalesce(bought.repeat_revenue_squares, 0) AS repeat_revenue_squares,
  coalesce(bought.window_profit, 0) AS window_profit,
  coalesce(bought.discounted, 0) AS discounted,
  bought.trend,
  coalesce(bought.ordered, 0) AS ordered,
  coalesce(earned.revenue, 0) AS revenue,
  coalesce(earned.returns, 0) AS returns,
  coalesce(earned.cost_of_goods, 0) AS cost_of_goods,
  coalesce(earned.cost_to_serve, 0) AS cost_to_serve,
  coalesce(earned.marketing_cost, 0) AS marketing_cost,
  coalesce(owed.overdue, 0) AS overdue,
  CASE WHEN live.as_of IS NULL OR live.generation < coalesce(mark.wanted, 0) THEN (
    SELECT count(DISTINCT line.product_id)
    FROM order_line AS line JOIN customer_order AS standing USING (customer_id, order_id)
    WHERE line.customer_id = customer.customer_id AND standing.customer_id = customer.customer_id
      AND standing.cancelled_at IS NULL
  ) ELSE live.product_count END AS products,
  CASE WHEN live.as_of IS NULL OR live.generation < coalesce(mark.wanted, 0) THEN (
    SELECT count(DISTINCT (SELECT category FROM product WHERE product.product_id = line.product_id))
    FROM order_line AS line JOIN customer_order AS standing USING (customer_id, order_id)
    WHERE line.customer_id = customer.customer_id AND standing.customer_id = customer.customer_id
      AND standing.cancelled_at IS NULL
  ) ELSE live.category_count END AS categories
FROM customer
LEFT JOIN customer_mark AS mark ON mark.customer_id = customer.customer_id {of_marks}
LEFT JOIN customer_score AS live ON live.customer_id = customer.customer_id {of_live}
LEFT JOIN (
  SELECT
    customer_id,
    sum(orders) AS orders,
    count(*) AS purchases,
    min(first_at) AS first_at,
    max(last_at) AS last_at,
    min(day) AS first_day,
    max(day) AS last_day,
    count(*) FILTER (WHERE day > $today::date - 365) AS in_window,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS median_gap,
    max(gap) FILTER (WHERE gap > 180 AND day > $today::date - 90) AS silence,
    max(day) FILTER (WHERE gap > 180 AND day > $today::date - 90) AS returned_on,
    max(nth) FILTER (WHERE gap > 180 AND day > $today::date - 90) - 1 AS purchases_before,
    sum(profit) FILTER (WHERE nth > 1) AS repeat_profit,
    sum(profit * profit) FILTER (WHERE nth > 1) AS repeat_profit_squares,
    sum(revenue::float8) FILTER (WHERE nth > 1) AS repeat_revenue,
    sum(revenue::float8 * revenue::float8) FILTER (WHERE nth > 1) AS repeat_revenue_squares,
    sum(profit) FILTER (WHERE day > $today::date - 365) AS window_profit,
    sum(discounted) AS discounted,
    sum(revenue) FILTER (WHERE day > ($today::date - interval '12 months')::date)::float8
      / nullif(sum(revenue) FILTER (
        WHERE day > ($today::date - interval '24 months')::date AND day <= ($today::date - interval '12 months')::date
      ), 0)::float8 AS trend,
    sum(revenue) AS ordered
  FROM (
    SELECT *, day - lag(day) OVER own AS gap, row_number() OVER own AS nth
    FROM (
      SELECT
        customer_id,
        (ordered_at AT TIME ZONE $zone)::date AS day,
        count(*) AS orders,
        min(ordered_at) AS first_at,
        max(ordered_at) AS last_at,
        sum(total) AS revenue,
        sum(total - cost_of_goods - returned + returned_cost)::float8 AS profit,
        count(*) FILTER (WHERE discount > 0) AS discounted
      FROM customer_order
      WHERE cancelled_at IS NULL AND ordered_at < $as_of {of_customers}
      GROUP BY 1, 2
    ) AS days
    WINDOW own AS (PARTITION BY customer_id ORDER BY day)
  ) AS numbered
  GROUP BY customer_id
) AS bought ON bought.customer_id = customer.customer_id
LEFT JOIN (
  SELECT
    customer_id,
    sum(revenue) AS revenue,
    sum(returns) AS returns,
    sum(cost_of_goods) AS cost_of_goods,
    sum(cost_to_serve) AS cost_to_serve,
    sum(marketing_cost) AS marketing_cost
  FROM customer_month
  WHERE true {of_customers}
  GROUP BY customer_id
) AS earned ON earned.customer_id = customer.customer_id
LEFT JOIN (
  SELECT customer_id, sum(greatest(total - returned - paid, 0)) AS overdue
  FROM customer_order
  WHERE due_at < $as_of AND ordered_at < $as_of AND paid_at IS NULL AND cancelled_at IS NULL {of_customers}
  GROUP BY customer_id
) AS owed ON owed.customer_id = customer.customer_id
LEFT JOIN (
  -- Today's word whatever the as-of: nobody is profiled in the past either who does not want it now.
  SELECT DISTINCT customer_id FROM customer_consent
  WHERE holds AND purpose = 'PROFILING' AND status IN ('DENIED', 'WITHDRAWN') {of_customers}
) AS refused ON refused.customer_id = customer.customer_id
WHERE customer.merged_into IS NULL AND customer.erased_at IS NULL {of_profile}
