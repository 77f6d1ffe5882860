SELECT convert_to(concat('{"customer":', coalesce(
        (SELECT concat('{"whole":', coalesce(
              (SELECT concat('{"revenue":"', CASE WHEN t2.revenue = round(t2.revenue, 2) THEN round(t2.revenue, 2)::text ELSE trim_scale(t2.revenue)::text END, '","profit":"', CASE WHEN (t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost) = round((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost), 2) THEN round((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost), 2)::text ELSE trim_scale((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost))::text END, '","margin":', coalesce(((CASE WHEN t2.revenue > 0 AND t2.revenue <> t2.returns THEN ((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost) / (t2.revenue - t2.returns))::float8 END))::text, 'null'), ',"costCoverage":', coalesce(((CASE WHEN t2.revenue > 0 THEN (t2.known_revenue / t2.revenue)::float8 END))::text, 'null'), '}') AS j
              FROM
                (SELECT coalesce(sum(f.revenue), 0) AS revenue, coalesce(sum(f.known_revenue), 0) AS known_revenue, coalesce(sum(f.returns), 0) AS returns, coalesce(sum(f.cost_of_goods), 0) AS cost_of_goods, coalesce(sum(f.cost_to_serve), 0) AS cost_to_serve, coalesce(sum(f.marketing_cost), 0) AS marketing_cost
                FROM
                  (SELECT m.customer_id, m.revenue, m.known_revenue, m.returns, m.cost_of_goods, m.cost_to_serve, m.marketing_cost
                  FROM customer_month m
                  WHERE m.customer_id = $1::uuid) f (customer_id, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost)) t2), 'null'), ',"months":', coalesce(
              (SELECT concat('{"revenue":"', CASE WHEN t3.revenue = round(t3.revenue, 2) THEN round(t3.revenue, 2)::text ELSE trim_scale(t3.revenue)::text END, '","profit":"', CASE WHEN (t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost) = round((t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost), 2) THEN round((t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost), 2)::text ELSE trim_scale((t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost))::text END, '"}') AS j
              FROM
                (SELECT coalesce(sum(f.revenue), 0) AS revenue, coalesce(sum(f.known_revenue), 0) AS known_revenue, coalesce(sum(f.returns), 0) AS returns, coalesce(sum(f.cost_of_goods), 0) AS cost_of_goods, coalesce(sum(f.cost_to_serve), 0) AS cost_to_serve, coalesce(sum(f.marketing_cost), 0) AS marketing_cost
                FROM
                  (SELECT m.customer_id, m.revenue, m.known_revenue, m.returns, m.cost_of_goods, m.cost_to_serve, m.marketing_cost
                  FROM customer_month m
                  WHERE m.customer_id = $1::uuid AND m.month >= $2::date AND m.month < $3::date) f (customer_id, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost)) t3), 'null'), ',"edges":', coalesce(
              (SELECT concat('{"revenue":"', CASE WHEN t4.revenue = round(t4.revenue, 2) THEN round(t4.revenue, 2)::text ELSE trim_scale(t4.revenue)::text END, '","costToServe":"', CASE WHEN t4.cost_to_serve = round(t4.cost_to_serve, 2) THEN round(t4.cost_to_serve, 2)::text ELSE trim_scale(t4.cost_to_serve)::text END, '"}') AS j
              FROM
                (SELECT coalesce(sum(f.revenue), 0) AS revenue, coalesce(sum(f.known_revenue), 0) AS known_revenue, coalesce(sum(f.returns), 0) AS returns, coalesce(sum(f.cost_of_goods), 0) AS cost_of_goods, coalesce(sum(f.cost_to_serve), 0) AS cost_to_serve, coalesce(sum(f.marketing_cost), 0) AS marketing_cost
                FROM
                  (SELECT m.customer_id, m.revenue, m.known_revenue, m.returns, m.cost_of_goods, m.cost_to_serve, m.marketing_cost
                  FROM customer_month m
                  WHERE m.customer_id = $1::uuid AND m.month >= $4::date AND m.month < $5::date UNION ALL SELECT o.customer_id, o.total, o.known_revenue, 0, o.cost_of_goods, 0, 0
                  FROM customer_order o
                  WHERE o.customer_id = $1::uuid AND o.cancelled_at IS NULL AND o.ordered_at >= $6::timestamptz AND o.ordered_at < $7::timestamptz UNION ALL SELECT l.customer_id, 0, 0, l.refund, -l.returned_cost, 0, 0
                  FROM order_return r JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                  WHERE r.customer_id = $1::uuid AND l.customer_id = $1::uuid AND o.cancelled_at IS NULL AND r.returned_at >= $6::timestamptz AND r.returned_at < $7::timestamptz UNION ALL SELECT t.customer_id, 0, 0, 0, 0, CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END, CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END
                  FROM touchpoint t
                  WHERE t.customer_id = $1::uuid AND t.cost <> 0 AND t.occurred_at >= $6::timestamptz AND t.occurred_at < $7::timestamptz UNION ALL SELECT o.customer_id, o.total, o.known_revenue, 0, o.cost_of_goods, 0, 0
                  FROM customer_order o
                  WHERE o.customer_id = $1::uuid AND o.cancelled_at IS NULL AND o.ordered_at >= $8::timestamptz AND o.ordered_at < $9::timestamptz UNION ALL SELECT l.customer_id, 0, 0, l.refund, -l.returned_cost, 0, 0
                  FROM order_return r JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                  WHERE r.customer_id = $1::uuid AND l.customer_id = $1::uuid AND o.cancelled_at IS NULL AND r.returned_at >= $8::timestamptz AND r.returned_at < $9::timestamptz UNION ALL SELECT t.customer_id, 0, 0, 0, 0, CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END, CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END
                  FROM touchpoint t
                  WHERE t.customer_id = $1::uuid AND t.cost <> 0 AND t.occurred_at >= $8::timestamptz AND t.occurred_at < $9::timestamptz) f (customer_id, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost)) t4), 'null'), '}') AS j
        FROM customer t1
        WHERE t1.customer_id = $1::uuid), 'null'), '}'), 'UTF8'),
  (SELECT json_object_agg(customer_id, survivor_id)
  FROM customer_alias
  WHERE customer_id IN ($1::uuid))
