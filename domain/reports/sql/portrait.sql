-- What the report reads: sums over everybody, never a row of one customer.

-- name: customers
SELECT count(*) FROM customer WHERE merged_into IS NULL AND erased_at IS NULL;

-- name: run
-- The one whose scores are live: it may have been as of an instant in the past.
SELECT as_of FROM score_run ORDER BY finished_at DESC, score_run_id DESC LIMIT 1;

-- name: models
SELECT family, parameters, customers, log_likelihood, calibrated_until, fitted_at, in_use, warnings, holdout, back_test,
  residual IS NOT NULL AS corrected
FROM value_model ORDER BY in_use DESC, fitted_at DESC, value_model_id LIMIT 20;

-- name: histories
-- Who had bought by $cut, by what was known then (in days) and by the purchases that followed until $end.
SELECT x, t_x, t, later, count(*) AS n
FROM (
  SELECT
    count(*) FILTER (WHERE day <= $cut::date) - 1 AS x,
    max(day) FILTER (WHERE day <= $cut::date) - min(day) AS t_x,
    $cut::date - min(day) AS t,
    count(*) FILTER (WHERE day > $cut::date) AS later
  FROM (
    SELECT DISTINCT customer_id, (ordered_at AT TIME ZONE $zone)::date AS day
    FROM customer_order
    WHERE cancelled_at IS NULL AND ordered_at < $as_of
  ) AS days
  WHERE day <= $end::date
  GROUP BY customer_id
  HAVING min(day) <= $cut::date
) AS known
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4;

-- name: repeats
-- Repeat purchases a day, until $end, of who had bought by $cut.
SELECT day, count(*) AS purchases
FROM (
  SELECT day, min(day) OVER (PARTITION BY customer_id) AS first_day
  FROM (
    SELECT DISTINCT customer_id, (ordered_at AT TIME ZONE $zone)::date AS day
    FROM customer_order
    WHERE cancelled_at IS NULL AND ordered_at < $as_of
  ) AS days
  WHERE day <= $end::date
) AS own
WHERE first_day <= $cut::date AND day > first_day
GROUP BY 1
ORDER BY 1;

-- name: cohorts
-- By the month of the first purchase: how many bought in each month since.
SELECT cohort, month, count(*) AS buyers
FROM (
  SELECT month, min(month) OVER (PARTITION BY customer_id) AS cohort
  FROM (
    SELECT DISTINCT customer_id, date_trunc('month', ordered_at AT TIME ZONE $zone)::date AS month
    FROM customer_order
    WHERE cancelled_at IS NULL AND ordered_at < $as_of
  ) AS months
) AS own
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: earnings
-- The whole relationship, and what the months from $since to $month earned.
SELECT
  channel,
  category,
  sum(orders) AS orders,
  sum(category_orders) AS category_orders,
  sum(revenue - returns) AS revenue,
  sum(cost_of_goods) AS cost_of_goods,
  sum(cost_to_serve + marketing_cost) AS cost_of_contact,
  coalesce(sum(revenue - returns - cost_of_goods - cost_to_serve - marketing_cost)
    FILTER (WHERE month >= $since::date), 0) AS lately
FROM customer_month
WHERE month <= $month::date
GROUP BY 1, 2
ORDER BY channel COLLATE "C", category COLLATE "C";

-- name: deciles
SELECT
  value_decile AS decile, count(*) AS customers, sum(lifetime_value) AS value, sum(profit) AS profit,
  sum(predicted) AS predicted, min(lifetime_value) AS least, max(lifetime_value) AS most
FROM customer_score
WHERE value_decile IS NOT NULL AND lifetime_value IS NOT NULL
GROUP BY 1
ORDER BY 1;

-- name: rfm
SELECT
  rfm_recency AS recency, rfm_frequency AS frequency, rfm_monetary AS monetary, count(*) AS customers,
  sum(profit) AS profit
FROM customer_score
WHERE rfm_recency IS NOT NULL AND rfm_frequency IS NOT NULL AND rfm_monetary IS NOT NULL
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;

-- name: risks
SELECT risk_band AS band, value_tier AS tier, count(*) AS customers, sum(lifetime_value) AS value,
  sum(predicted) AS predicted
FROM customer_score
WHERE risk_band IS NOT NULL AND value_tier IS NOT NULL
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: stages
SELECT lifecycle_stage AS stage, count(*) AS customers, sum(profit) AS profit, sum(lifetime_value) AS value,
  avg(churn_probability) AS churn
FROM customer_score
GROUP BY 1
ORDER BY 1;

-- name: absences
SELECT told ->> 'score' AS score, told ->> 'reason' AS reason, count(*) AS customers
FROM customer_score, jsonb_array_elements(absences) AS told
GROUP BY 1, 2
ORDER BY 1, 2;
