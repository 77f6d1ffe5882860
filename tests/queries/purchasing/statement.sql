SELECT convert_to(concat('{"customer":', coalesce(
        (SELECT concat('{"purchasing":', coalesce(
              (SELECT concat('{"orderCount":', coalesce((t2.order_count)::text, 'null'), ',"averageOrderValue":', coalesce('"' || CASE WHEN t2.average_order_value = round(t2.average_order_value, 2) THEN round(t2.average_order_value, 2)::text ELSE trim_scale(t2.average_order_value)::text END || '"', 'null'), ',"medianDaysBetweenOrders":', coalesce((
                      (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY g.days)
                      FROM
                        (SELECT d.day - lag(d.day) OVER (ORDER BY d.day) AS days
                        FROM
                          (SELECT DISTINCT (o.ordered_at AT TIME ZONE $2::text)::date AS day
                          FROM customer_order o
                          WHERE o.customer_id = $1::uuid AND o.cancelled_at IS NULL AND o.ordered_at < $3::timestamptz) d) g))::text, 'null'), ',"outstanding":"', CASE WHEN t2.outstanding = round(t2.outstanding, 2) THEN round(t2.outstanding, 2)::text ELSE trim_scale(t2.outstanding)::text END, '","preferredTradingForm":', coalesce('"' || t2.trading_form || '"', 'null'), ',"productCount":', coalesce((
                      (SELECT count(DISTINCT l.product_id)
                      FROM order_line l JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id JOIN product p ON p.product_id = l.product_id
                      WHERE o.customer_id = $1::uuid AND o.cancelled_at IS NULL AND o.ordered_at < $3::timestamptz AND l.customer_id = $1::uuid))::text, 'null'), ',"categories":[',
                  (SELECT string_agg(r.j, ',')
                  FROM
                    (SELECT concat('{"category":', coalesce(to_json(t3.category), 'null'), ',"units":', coalesce((t3.units)::text, 'null'), ',"revenue":"', CASE WHEN t3.revenue = round(t3.revenue, 2) THEN round(t3.revenue, 2)::text ELSE trim_scale(t3.revenue)::text END, '"}') AS j
                    FROM
                      (SELECT nullif(coalesce(l.category, p.category), '') AS category, count(DISTINCT l.order_id) AS orders, sum(l.quantity) AS units, sum(l.total - l.discount) AS revenue, max(o.ordered_at) AS last_order_at
                      FROM order_line l JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id JOIN product p ON p.product_id = l.product_id
                      WHERE o.customer_id = $1::uuid AND o.cancelled_at IS NULL AND o.ordered_at < $3::timestamptz AND l.customer_id = $1::uuid AND nullif(coalesce(l.category, p.category), '') IS NOT NULL GROUP BY 1) t3 ORDER BY t3.revenue DESC, t3.category COLLATE "C") r), '],"products":[',
                  (SELECT string_agg(r.j, ',')
                  FROM
                    (SELECT concat('{"product":', coalesce(
                          (SELECT concat('{"sku":', coalesce(to_json(t5.sku), 'null'), '}') AS j
                          FROM product t5
                          WHERE t5.product_id = t4.product_id), 'null'), ',"revenue":"', CASE WHEN t4.revenue = round(t4.revenue, 2) THEN round(t4.revenue, 2)::text ELSE trim_scale(t4.revenue)::text END, '"}') AS j
                    FROM
                      (SELECT l.product_id, count(DISTINCT l.order_id) AS orders, sum(l.quantity) AS units, sum(l.total - l.discount) AS revenue, max(o.ordered_at) AS last_order_at
                      FROM order_line l JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id JOIN product p ON p.product_id = l.product_id
                      WHERE o.customer_id = $1::uuid AND o.cancelled_at IS NULL AND o.ordered_at < $3::timestamptz AND l.customer_id = $1::uuid GROUP BY l.product_id) t4 ORDER BY t4.revenue DESC, t4.product_id LIMIT 2) r), ']}') AS j
              FROM
                (SELECT count(*) AS order_count, min(o.ordered_at) AS first_order_at, max(o.ordered_at) AS last_order_at, round(sum(o.total) / nullif(count(*), 0), 6) AS average_order_value, count(*) FILTER (WHERE o.discount > 0)::float8 / nullif(count(*), 0) AS discount_share, (sum(o.total) FILTER (WHERE (o.ordered_at AT TIME ZONE $2::text)::date > $4::date - interval '12 months')  / nullif(sum(o.total) FILTER (WHERE (o.ordered_at AT TIME ZONE $2::text)::date > $4::date - interval '24 months'  AND (o.ordered_at AT TIME ZONE $2::text)::date <= $4::date - interval '12 months'), 0))::float8 AS revenue_trend, coalesce(sum(greatest(o.total - o.returned - o.paid, 0)) FILTER (WHERE o.paid_at IS NULL), 0) AS outstanding, coalesce(sum(greatest(o.total - o.returned - o.paid, 0)) FILTER (WHERE o.paid_at IS NULL AND o.due_at < $3::timestamptz), 0) AS overdue, mode() WITHIN GROUP (ORDER BY o.trading_form) AS trading_form
                FROM customer_order o
                WHERE o.customer_id = $1::uuid AND o.cancelled_at IS NULL AND o.ordered_at < $3::timestamptz) t2), 'null'), '}') AS j
        FROM customer t1
        WHERE t1.customer_id = $1::uuid), 'null'), '}'), 'UTF8'),
  (SELECT json_object_agg(customer_id, survivor_id)
  FROM customer_alias
  WHERE customer_id IN ($1::uuid))
