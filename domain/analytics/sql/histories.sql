-- Purchase histories to fit and to back-test with, one row a customer that had bought by $until.
-- Until $cut for the back-test; until $until for the fit itself, with the profit of repeat purchases as it stood then
-- (what was returned later had not been returned yet) and the purchases that came after it until $end. In an order that
-- no id decides, so that the same purchases give the same sums to the last bit.
SELECT
  first_day - $until::date AS first_day,
  count(*) FILTER (WHERE day <= $until::date) AS purchases,
  max(day) FILTER (WHERE day <= $until::date) - $until::date AS last_day,
  count(*) FILTER (WHERE day <= $cut::date) AS purchases_until_cut,
  coalesce(max(day) FILTER (WHERE day <= $cut::date) - $until::date, 0) AS last_until_cut,
  count(*) FILTER (WHERE day > $until::date AND day <= $end::date) AS later,
  coalesce(sum(profit) FILTER (WHERE nth > 1 AND day <= $until::date), 0) AS repeat_profit
FROM (
  SELECT
    days.customer_id,
    days.day,
    days.profit + coalesce(late.given_back, 0) AS profit,
    min(days.day) OVER (PARTITION BY days.customer_id) AS first_day,
    row_number() OVER (PARTITION BY days.customer_id ORDER BY days.day) AS nth
  FROM (
    SELECT
      customer_id,
      (ordered_at AT TIME ZONE $zone)::date AS day,
      sum(total - cost_of_goods - returned + returned_cost)::float8 AS profit
    FROM customer_order
    WHERE cancelled_at IS NULL AND ordered_at < $as_of
    GROUP BY 1, 2
  ) AS days
  LEFT JOIN (
    SELECT
      line.customer_id,
      (bought.ordered_at AT TIME ZONE $zone)::date AS day,
      sum(line.refund - line.returned_cost)::float8 AS given_back
    FROM order_return AS returned
    JOIN return_line AS line USING (customer_id, return_id)
    JOIN customer_order AS bought USING (customer_id, order_id)
    WHERE (returned.returned_at AT TIME ZONE $zone)::date > $until::date AND bought.cancelled_at IS NULL
    GROUP BY 1, 2
  ) AS late ON late.customer_id = days.customer_id AND late.day = days.day
) AS numbered
WHERE first_day <= $until::date
GROUP BY customer_id, first_day
ORDER BY 1, 2, 3, 4, 5, 6, 7
