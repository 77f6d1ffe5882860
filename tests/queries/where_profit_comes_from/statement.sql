SELECT convert_to(concat('{"portfolio":', coalesce((WITH who_t1 AS
          (SELECT t4.customer_id
          FROM customer t4
          WHERE t4.merged_into IS NULL AND t4.erased_at IS NULL) SELECT concat('{"profitabilityBy":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"group":{"key":', coalesce(to_json(t2.group_key), 'null'), ',"label":', coalesce(to_json(t2.group_label), 'null'), ',"where":', coalesce(((CASE WHEN '{}'::jsonb ?| ARRAY
                        (SELECT jsonb_object_keys(t2.group_where)) THEN '{}'::jsonb || jsonb_build_object('all', coalesce('{}'::jsonb -> 'all', '[]') || jsonb_build_array(t2.group_where)) ELSE '{}'::jsonb || t2.group_where END))::text, 'null'), '},"customers":', coalesce((t2.customers)::text, 'null'), ',"profitability":{"revenue":"', CASE WHEN t2.revenue = round(t2.revenue, 2) THEN round(t2.revenue, 2)::text ELSE trim_scale(t2.revenue)::text END, '","profit":"', CASE WHEN (t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost) = round((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost), 2) THEN round((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost), 2)::text ELSE trim_scale((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost))::text END, '","margin":', coalesce(((CASE WHEN t2.revenue > 0 AND t2.revenue <> t2.returns THEN ((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost) / (t2.revenue - t2.returns))::float8 END))::text, 'null'), ',"costCoverage":', coalesce(((CASE WHEN t2.revenue > 0 THEN (t2.known_revenue / t2.revenue)::float8 END))::text, 'null'), '},"profitPerCustomer":"', CASE WHEN t2.each = round(t2.each, 2) THEN round(t2.each, 2)::text ELSE trim_scale(t2.each)::text END, '","shareOfProfit":', coalesce((t2.share)::text, 'null'), '}') AS j
              FROM
                (SELECT g.key AS group_key, CASE WHEN g.erased THEN 'Erased customers' ELSE CASE WHEN g.key = '' THEN 'Country not known' ELSE g.key END END AS group_label, CASE WHEN g.erased THEN '{"id":{"in":[]}}'::jsonb ELSE CASE WHEN g.key = '' THEN jsonb_build_object('any', jsonb_build_array(jsonb_build_object('country', '{"isNull":true}'::jsonb), jsonb_build_object('country', '{"eq":""}'::jsonb))) ELSE jsonb_build_object('country', jsonb_build_object('eq', g.key)) END END AS group_where, g.customers, g.revenue, g.known_revenue, g.returns, g.cost_of_goods, g.cost_to_serve, g.marketing_cost, (g.revenue - g.returns - g.cost_of_goods - g.cost_to_serve - g.marketing_cost) AS gain, coalesce(round((g.revenue - g.returns - g.cost_of_goods - g.cost_to_serve - g.marketing_cost) / nullif(g.customers, 0), 6), 0) AS each, ((g.revenue - g.returns - g.cost_of_goods - g.cost_to_serve - g.marketing_cost) / nullif(greatest(sum((g.revenue - g.returns - g.cost_of_goods - g.cost_to_serve - g.marketing_cost)) OVER (), 0), 0))::float8 AS share
                FROM (WITH member AS MATERIALIZED
                    (SELECT w.customer_id, coalesce(c.country, '') AS key
                    FROM who_t1 w LEFT JOIN customer c ON c.customer_id = w.customer_id), counted AS
                    (SELECT m.key, count(*) AS customers
                    FROM member m GROUP BY m.key ), earned AS ( SELECT m.key, coalesce(sum(f.revenue), 0) AS revenue, coalesce(sum(f.known_revenue), 0) AS known_revenue, coalesce(sum(f.returns), 0) AS returns, coalesce(sum(f.cost_of_goods), 0) AS cost_of_goods, coalesce(sum(f.cost_to_serve), 0) AS cost_to_serve, coalesce(sum(f.marketing_cost), 0) AS marketing_cost
                    FROM member m JOIN customer_month f ON f.customer_id = m.customer_id GROUP BY m.key ) SELECT c.key, c.customers, false AS erased, coalesce(f.revenue, 0) AS revenue, coalesce(f.known_revenue, 0) AS known_revenue, coalesce(f.returns, 0) AS returns, coalesce(f.cost_of_goods, 0) AS cost_of_goods, coalesce(f.cost_to_serve, 0) AS cost_to_serve, coalesce(f.marketing_cost, 0) AS marketing_cost
                  FROM counted c LEFT JOIN earned f ON f.key = c.key UNION ALL SELECT 'ERASED', 0, true, coalesce(sum(f.revenue), 0) AS revenue, coalesce(sum(f.known_revenue), 0) AS known_revenue, coalesce(sum(f.returns), 0) AS returns, coalesce(sum(f.cost_of_goods), 0) AS cost_of_goods, coalesce(sum(f.cost_to_serve), 0) AS cost_to_serve, coalesce(sum(f.marketing_cost), 0) AS marketing_cost
                  FROM customer_month f
                  WHERE f.customer_id IN
                    (SELECT c.customer_id
                    FROM customer c
                    WHERE c.erased_at IS NOT NULL) HAVING count(*) > 0) g ) t2 ORDER BY t2.gain DESC, t2.group_key COLLATE "C" LIMIT 50) r), '],"products":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"group":{"key":', coalesce(to_json(t3.group_key), 'null'), ',"label":', coalesce(to_json(t3.group_label), 'null'), ',"where":', coalesce(((CASE WHEN '{}'::jsonb ?| ARRAY
                        (SELECT jsonb_object_keys(t3.group_where)) THEN '{}'::jsonb || jsonb_build_object('all', coalesce('{}'::jsonb -> 'all', '[]') || jsonb_build_array(t3.group_where)) ELSE '{}'::jsonb || t3.group_where END))::text, 'null'), '},"customers":', coalesce((t3.customers)::text, 'null'), ',"profitability":{"profit":"', CASE WHEN (t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost) = round((t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost), 2) THEN round((t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost), 2)::text ELSE trim_scale((t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost))::text END, '"}}') AS j
              FROM
                (SELECT coalesce(p.sku, '') AS group_key, coalesce(p.name, 'Of no product') AS group_label, CASE WHEN p.product_id IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('bought', jsonb_build_object('product', jsonb_build_object('id', jsonb_build_object('eq', 'prd_' || replace(p.product_id::text, '-', '')))) || '{}'::jsonb) END AS group_where, g.customers, g.revenue, g.known_revenue, g.returns, g.cost_of_goods, g.cost_to_serve, g.marketing_cost, (g.revenue - g.returns - g.cost_of_goods - g.cost_to_serve - g.marketing_cost) AS gain, coalesce(round((g.revenue - g.returns - g.cost_of_goods - g.cost_to_serve - g.marketing_cost) / nullif(g.customers, 0), 6), 0) AS each, ((g.revenue - g.returns - g.cost_of_goods - g.cost_to_serve - g.marketing_cost) / nullif(greatest(sum((g.revenue - g.returns - g.cost_of_goods - g.cost_to_serve - g.marketing_cost)) OVER (), 0), 0))::float8 AS share
                FROM (WITH earned AS ( SELECT f.key AS key, coalesce(sum(f.revenue), 0) AS revenue, coalesce(sum(f.known_revenue), 0) AS known_revenue, coalesce(sum(f.returns), 0) AS returns, coalesce(sum(f.cost_of_goods), 0) AS cost_of_goods, coalesce(sum(f.cost_to_serve), 0) AS cost_to_serve, coalesce(sum(f.marketing_cost), 0) AS marketing_cost
                    FROM
                      (SELECT l.product_id AS key, sum(l.total - l.discount) AS revenue, sum(CASE WHEN l.unit_cost IS NULL THEN 0 ELSE l.total - l.discount END) AS known_revenue, 0 AS returns, sum(CASE WHEN l.unit_cost IS NULL THEN round(l.total *
                            (SELECT 1 - z.assumed_margin::numeric
                            FROM settings z), 6) ELSE l.quantity * l.unit_cost END) AS cost_of_goods, 0 AS cost_to_serve, 0 AS marketing_cost
                      FROM order_line l
                      WHERE true AND NOT EXISTS ( SELECT
                        FROM customer_order o
                        WHERE o.customer_id = l.customer_id AND o.order_id = l.order_id AND o.cancelled_at IS NOT NULL ) GROUP BY 1 UNION ALL SELECT l.product_id AS key, 0 AS revenue, 0 AS known_revenue, sum(l.refund) AS returns, -sum(l.returned_cost) AS cost_of_goods, 0 AS cost_to_serve, 0 AS marketing_cost
                      FROM return_line l LEFT JOIN order_return r ON r.customer_id = l.customer_id AND r.return_id = l.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                      WHERE o.cancelled_at IS NULL AND true AND coalesce(true , false) GROUP BY 1 UNION ALL SELECT '00000000-0000-0000-0000-000000000000'::uuid AS key, sum(o.shipping) AS revenue, sum(o.shipping) AS known_revenue, 0 AS returns, 0 AS cost_of_goods, 0 AS cost_to_serve, 0 AS marketing_cost
                      FROM customer_order o
                      WHERE o.cancelled_at IS NULL AND o.shipping <> 0 AND true  GROUP BY 1 UNION ALL SELECT '00000000-0000-0000-0000-000000000000'::uuid AS key, 0 AS revenue, 0 AS known_revenue, 0 AS returns, 0 AS cost_of_goods, sum(m.cost_to_serve) AS cost_to_serve, sum(m.marketing_cost) AS marketing_cost
                      FROM customer_month m
                      WHERE (m.cost_to_serve <> 0 OR m.marketing_cost <> 0) AND true  GROUP BY 1) f  GROUP BY 1 ), counted AS
                    (SELECT q.key, count(*) AS customers
                    FROM
                      (SELECT unnest(array_agg(DISTINCT q.key)) AS key
                      FROM
                        (SELECT l.customer_id, l.product_id AS key
                        FROM
                          (SELECT l.customer_id, l.order_id, l.product_id
                          FROM order_line l OFFSET 0) l
                        WHERE NOT EXISTS
                          (SELECT FROM customer c
                          WHERE c.customer_id = l.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)) AND NOT EXISTS ( SELECT
                          FROM customer_order o
                          WHERE o.customer_id = l.customer_id AND o.order_id = l.order_id AND o.cancelled_at IS NOT NULL )) q GROUP BY q.customer_id) q GROUP BY q.key) SELECT f.key, CASE WHEN f.key = '00000000-0000-0000-0000-000000000000'::uuid THEN
                    (SELECT count(*)
                    FROM who_t1 w) ELSE coalesce(c.customers, 0) END AS customers, coalesce(f.revenue, 0) AS revenue, coalesce(f.known_revenue, 0) AS known_revenue, coalesce(f.returns, 0) AS returns, coalesce(f.cost_of_goods, 0) AS cost_of_goods, coalesce(f.cost_to_serve, 0) AS cost_to_serve, coalesce(f.marketing_cost, 0) AS marketing_cost
                  FROM earned f LEFT JOIN counted c ON c.key = f.key) g LEFT JOIN product p ON p.product_id = g.key) t3 ORDER BY t3.gain DESC, t3.group_key COLLATE "C" LIMIT 2) r), ']}') AS j
        FROM (VALUES (true)) t1 (there)), 'null'), ',"winter":', coalesce((WITH who_t5 AS
          (SELECT t7.customer_id
          FROM customer t7
          WHERE t7.merged_into IS NULL AND t7.erased_at IS NULL AND (t7.country = ANY($10::text[]::text[]))) SELECT concat('{"profitabilityBy":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"group":{"key":', coalesce(to_json(t6.group_key), 'null'), ',"where":', coalesce(((CASE WHEN $9::jsonb ?| ARRAY
                        (SELECT jsonb_object_keys(t6.group_where)) THEN $9::jsonb || jsonb_build_object('all', coalesce($9::jsonb -> 'all', '[]') || jsonb_build_array(t6.group_where)) ELSE $9::jsonb || t6.group_where END))::text, 'null'), '},"customers":', coalesce((t6.customers)::text, 'null'), ',"profitability":{"revenue":"', CASE WHEN t6.revenue = round(t6.revenue, 2) THEN round(t6.revenue, 2)::text ELSE trim_scale(t6.revenue)::text END, '","profit":"', CASE WHEN (t6.revenue - t6.returns - t6.cost_of_goods - t6.cost_to_serve - t6.marketing_cost) = round((t6.revenue - t6.returns - t6.cost_of_goods - t6.cost_to_serve - t6.marketing_cost), 2) THEN round((t6.revenue - t6.returns - t6.cost_of_goods - t6.cost_to_serve - t6.marketing_cost), 2)::text ELSE trim_scale((t6.revenue - t6.returns - t6.cost_of_goods - t6.cost_to_serve - t6.marketing_cost))::text END, '"}}') AS j
              FROM
                (SELECT g.key AS group_key, upper(left(g.key, 1)) || lower(replace(substr(g.key, 2), '_', ' ')) AS group_label, jsonb_build_object('any', jsonb_build_array(jsonb_build_object('orders', jsonb_build_object('where', jsonb_build_object('channel', jsonb_build_array(g.key)) || jsonb_build_object('orderedAt', jsonb_build_object('gte', $7::timestamptz, 'lt', $8::timestamptz)))), jsonb_build_object('touchpoints', jsonb_build_object('where', jsonb_build_object('channel', jsonb_build_array(g.key)) || jsonb_build_object('occurredAt', jsonb_build_object('gte', $7::timestamptz, 'lt', $8::timestamptz)))))) AS group_where, g.customers, g.revenue, g.known_revenue, g.returns, g.cost_of_goods, g.cost_to_serve, g.marketing_cost, (g.revenue - g.returns - g.cost_of_goods - g.cost_to_serve - g.marketing_cost) AS gain, coalesce(round((g.revenue - g.returns - g.cost_of_goods - g.cost_to_serve - g.marketing_cost) / nullif(g.customers, 0), 6), 0) AS each, ((g.revenue - g.returns - g.cost_of_goods - g.cost_to_serve - g.marketing_cost) / nullif(greatest(sum((g.revenue - g.returns - g.cost_of_goods - g.cost_to_serve - g.marketing_cost)) OVER (), 0), 0))::float8 AS share
                FROM (WITH earned AS ( SELECT f.key AS key, coalesce(sum(f.revenue), 0) AS revenue, coalesce(sum(f.known_revenue), 0) AS known_revenue, coalesce(sum(f.returns), 0) AS returns, coalesce(sum(f.cost_of_goods), 0) AS cost_of_goods, coalesce(sum(f.cost_to_serve), 0) AS cost_to_serve, coalesce(sum(f.marketing_cost), 0) AS marketing_cost
                    FROM
                      (SELECT m.channel AS key, sum(m.revenue) AS revenue, sum(m.known_revenue) AS known_revenue, sum(m.returns) AS returns, sum(m.cost_of_goods) AS cost_of_goods, sum(m.cost_to_serve) AS cost_to_serve, sum(m.marketing_cost) AS marketing_cost
                      FROM customer_month m
                      WHERE m.customer_id IN
                        (SELECT w.customer_id
                        FROM who_t5 w)  AND m.month >= $1::date AND m.month < $2::date GROUP BY 1 UNION ALL SELECT o.channel AS key, sum(o.total) AS revenue, sum(o.known_revenue) AS known_revenue, 0 AS returns, sum(o.cost_of_goods) AS cost_of_goods, 0 AS cost_to_serve, 0 AS marketing_cost
                      FROM customer_order o
                      WHERE o.cancelled_at IS NULL AND o.customer_id IN
                        (SELECT w.customer_id
                        FROM who_t5 w)  AND o.ordered_at >= $3::timestamptz AND o.ordered_at < $4::timestamptz GROUP BY 1 UNION ALL SELECT coalesce(o.channel, r.channel, ( SELECT w.channel
                          FROM return_line x JOIN customer_order w ON w.customer_id = x.customer_id AND w.order_id = x.order_id
                          WHERE x.customer_id = r.customer_id AND x.return_id = r.return_id ORDER BY x.position LIMIT 1 ), ( SELECT w.channel
                          FROM customer_order w
                          WHERE w.customer_id = r.customer_id AND w.ordered_at <= r.returned_at ORDER BY w.ordered_at DESC, w.order_id LIMIT 1 ), 'OTHER') AS key, 0 AS revenue, 0 AS known_revenue, sum(l.refund) AS returns, -sum(l.returned_cost) AS cost_of_goods, 0 AS cost_to_serve, 0 AS marketing_cost
                      FROM return_line l LEFT JOIN order_return r ON r.customer_id = l.customer_id AND r.return_id = l.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                      WHERE o.cancelled_at IS NULL AND l.customer_id IN
                        (SELECT w.customer_id
                        FROM who_t5 w) AND coalesce(true  AND r.returned_at >= $3::timestamptz AND r.returned_at < $4::timestamptz, false) GROUP BY 1 UNION ALL SELECT t.channel AS key, 0 AS revenue, 0 AS known_revenue, 0 AS returns, 0 AS cost_of_goods, sum(CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END) AS cost_to_serve, sum(CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END) AS marketing_cost
                      FROM touchpoint t
                      WHERE t.customer_id IN
                        (SELECT w.customer_id
                        FROM who_t5 w)  AND t.occurred_at >= $3::timestamptz AND t.occurred_at < $4::timestamptz GROUP BY 1 UNION ALL SELECT o.channel AS key, sum(o.total) AS revenue, sum(o.known_revenue) AS known_revenue, 0 AS returns, sum(o.cost_of_goods) AS cost_of_goods, 0 AS cost_to_serve, 0 AS marketing_cost
                      FROM customer_order o
                      WHERE o.cancelled_at IS NULL AND o.customer_id IN
                        (SELECT w.customer_id
                        FROM who_t5 w)  AND o.ordered_at >= $5::timestamptz AND o.ordered_at < $6::timestamptz GROUP BY 1 UNION ALL SELECT coalesce(o.channel, r.channel, ( SELECT w.channel
                          FROM return_line x JOIN customer_order w ON w.customer_id = x.customer_id AND w.order_id = x.order_id
                          WHERE x.customer_id = r.customer_id AND x.return_id = r.return_id ORDER BY x.position LIMIT 1 ), ( SELECT w.channel
                          FROM customer_order w
                          WHERE w.customer_id = r.customer_id AND w.ordered_at <= r.returned_at ORDER BY w.ordered_at DESC, w.order_id LIMIT 1 ), 'OTHER') AS key, 0 AS revenue, 0 AS known_revenue, sum(l.refund) AS returns, -sum(l.returned_cost) AS cost_of_goods, 0 AS cost_to_serve, 0 AS marketing_cost
                      FROM return_line l LEFT JOIN order_return r ON r.customer_id = l.customer_id AND r.return_id = l.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                      WHERE o.cancelled_at IS NULL AND l.customer_id IN
                        (SELECT w.customer_id
                        FROM who_t5 w) AND coalesce(true  AND r.returned_at >= $5::timestamptz AND r.returned_at < $6::timestamptz, false) GROUP BY 1 UNION ALL SELECT t.channel AS key, 0 AS revenue, 0 AS known_revenue, 0 AS returns, 0 AS cost_of_goods, sum(CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END) AS cost_to_serve, sum(CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END) AS marketing_cost
                      FROM touchpoint t
                      WHERE t.customer_id IN
                        (SELECT w.customer_id
                        FROM who_t5 w)  AND t.occurred_at >= $5::timestamptz AND t.occurred_at < $6::timestamptz GROUP BY 1) f  GROUP BY 1 ), counted AS
                    (SELECT q.key, count(*) AS customers
                    FROM
                      (SELECT DISTINCT q.key, q.customer_id
                      FROM
                        (SELECT m.customer_id, m.channel AS key
                        FROM customer_month m
                        WHERE m.customer_id IN
                          (SELECT w.customer_id
                          FROM who_t5 w) AND (m.orders > 0 OR m.touches > 0) AND m.month >= $1::date AND m.month < $2::date UNION ALL SELECT o.customer_id, o.channel AS key
                        FROM customer_order o
                        WHERE o.customer_id IN
                          (SELECT w.customer_id
                          FROM who_t5 w) AND o.cancelled_at IS NULL AND o.ordered_at >= $3::timestamptz AND o.ordered_at < $4::timestamptz UNION ALL SELECT t.customer_id, t.channel AS key
                        FROM touchpoint t
                        WHERE t.customer_id IN
                          (SELECT w.customer_id
                          FROM who_t5 w) AND t.occurred_at >= $3::timestamptz AND t.occurred_at < $4::timestamptz UNION ALL SELECT o.customer_id, o.channel AS key
                        FROM customer_order o
                        WHERE o.customer_id IN
                          (SELECT w.customer_id
                          FROM who_t5 w) AND o.cancelled_at IS NULL AND o.ordered_at >= $5::timestamptz AND o.ordered_at < $6::timestamptz UNION ALL SELECT t.customer_id, t.channel AS key
                        FROM touchpoint t
                        WHERE t.customer_id IN
                          (SELECT w.customer_id
                          FROM who_t5 w) AND t.occurred_at >= $5::timestamptz AND t.occurred_at < $6::timestamptz) q) q GROUP BY q.key) SELECT f.key, CASE WHEN f.key = NULL THEN
                    (SELECT count(*)
                    FROM who_t5 w) ELSE coalesce(c.customers, 0) END AS customers, coalesce(f.revenue, 0) AS revenue, coalesce(f.known_revenue, 0) AS known_revenue, coalesce(f.returns, 0) AS returns, coalesce(f.cost_of_goods, 0) AS cost_of_goods, coalesce(f.cost_to_serve, 0) AS cost_to_serve, coalesce(f.marketing_cost, 0) AS marketing_cost
                  FROM earned f LEFT JOIN counted c ON c.key = f.key) g ) t6 ORDER BY t6.gain DESC, t6.group_key COLLATE "C" LIMIT 50) r), ']}') AS j
        FROM (VALUES (true)) t5 (there)), 'null'), '}'), 'UTF8')
