-- Which values of products a customer chooses more than others do, by units that were kept. A lift is units over
-- those expected by everybody's share, each with two more: a few units prove little. A value's score is its share × ln of
-- its lift: how much of what is bought has it, times how unusual that is.
WITH owned AS MATERIALIZED (
  SELECT x.product_id, sum(x.units) AS units
  FROM (
    SELECT l.product_id, l.quantity - l.returned_quantity AS units
    FROM order_line l JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
    WHERE l.customer_id = {owner} AND o.customer_id = {owner} AND o.cancelled_at IS NULL AND o.ordered_at < {now}
    UNION ALL
    SELECT r.product_id, -r.quantity FROM return_line r WHERE r.customer_id = {owner} AND r.order_id IS NULL
  ) x
  WHERE {willing}
  GROUP BY x.product_id HAVING sum(x.units) > 0
), counted AS (
  SELECT v.attribute, v.value, sum(w.units) AS units, (SELECT sum(units) FROM owned) AS of_units
  FROM owned w JOIN product p ON p.product_id = w.product_id CROSS JOIN LATERAL ({valued}) v
  GROUP BY v.attribute, v.value
), measured AS (
  SELECT c.attribute, c.value, (c.units / c.of_units)::float8 AS share,
    (c.units::float8 + 2) / (c.of_units::float8 * s.share + 2) AS lift
  FROM counted c JOIN attribute_share s ON s.attribute = c.attribute AND s.value = c.value
)
SELECT m.attribute, m.value, m.share, m.lift, m.share * ln(m.lift) AS score FROM measured m WHERE m.lift > 1
