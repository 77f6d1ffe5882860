SELECT convert_to(concat('{"portfolio":', coalesce((WITH who_t1 AS
          (SELECT t3.customer_id
          FROM customer t3
          WHERE t3.merged_into IS NULL AND t3.erased_at IS NULL), ever_t1 AS
          (SELECT coalesce(sum(s.lifetime_value), 0) AS lifetime_value, count(*) FILTER (WHERE s.profit > 0) AS gained, count(*) FILTER (WHERE s.profit < 0) AS lost
          FROM customer_score s
          WHERE NOT EXISTS
            (SELECT FROM customer c
            WHERE c.customer_id = s.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL))) SELECT concat('{"asOf":', coalesce(to_json($1::timestamptz), 'null'), ',"exact":', coalesce(((NOT false))::text, 'null'), ',"currency":', coalesce(to_json(
                (SELECT s.base_currency
                FROM settings s)), 'null'), ',"customers":', coalesce((
                (SELECT count(*)
                FROM who_t1))::text, 'null'), ',"profitableCustomers":', coalesce((
                (SELECT e.gained
                FROM ever_t1 e))::text, 'null'), ',"unprofitableCustomers":', coalesce((
                (SELECT e.lost
                FROM ever_t1 e))::text, 'null'), ',"lifetimeValue":"', CASE WHEN
            (SELECT e.lifetime_value
            FROM ever_t1 e) = round(
              (SELECT e.lifetime_value
              FROM ever_t1 e), 2) THEN round(
              (SELECT e.lifetime_value
              FROM ever_t1 e), 2)::text ELSE trim_scale(
              (SELECT e.lifetime_value
              FROM ever_t1 e))::text END, '","profitability":', coalesce(
              (SELECT concat('{"revenue":"', CASE WHEN t2.revenue = round(t2.revenue, 2) THEN round(t2.revenue, 2)::text ELSE trim_scale(t2.revenue)::text END, '","costOfGoods":"', CASE WHEN t2.cost_of_goods = round(t2.cost_of_goods, 2) THEN round(t2.cost_of_goods, 2)::text ELSE trim_scale(t2.cost_of_goods)::text END, '","costToServe":"', CASE WHEN t2.cost_to_serve = round(t2.cost_to_serve, 2) THEN round(t2.cost_to_serve, 2)::text ELSE trim_scale(t2.cost_to_serve)::text END, '","profit":"', CASE WHEN (t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost) = round((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost), 2) THEN round((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost), 2)::text ELSE trim_scale((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost))::text END, '","margin":', coalesce(((CASE WHEN t2.revenue > 0 AND t2.revenue <> t2.returns THEN ((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost) / (t2.revenue - t2.returns))::float8 END))::text, 'null'), ',"costCoverage":', coalesce(((CASE WHEN t2.revenue > 0 THEN (t2.known_revenue / t2.revenue)::float8 END))::text, 'null'), '}') AS j
              FROM
                (SELECT coalesce(sum(f.revenue), 0) AS revenue, coalesce(sum(f.known_revenue), 0) AS known_revenue, coalesce(sum(f.returns), 0) AS returns, coalesce(sum(f.cost_of_goods), 0) AS cost_of_goods, coalesce(sum(f.cost_to_serve), 0) AS cost_to_serve, coalesce(sum(f.marketing_cost), 0) AS marketing_cost
                FROM customer_month f) t2), 'null'), '}') AS j
        FROM (VALUES (true)) t1 (there)), 'null'), ',"winter":', coalesce((WITH who_t4 AS
          (SELECT t7.customer_id
          FROM customer t7
          WHERE t7.merged_into IS NULL AND t7.erased_at IS NULL AND (t7.country = ANY($13::text[]::text[]))), earned_t4 AS
          (SELECT f.customer_id, sum(f.profit) AS profit
          FROM
            (SELECT f.customer_id, (f.revenue - f.returns - f.cost_of_goods - f.cost_to_serve - f.marketing_cost) AS profit
            FROM who_t4 w JOIN
              (SELECT f.*
              FROM
                (SELECT m.customer_id, m.revenue, m.known_revenue, m.returns, m.cost_of_goods, m.cost_to_serve, m.marketing_cost
                FROM customer_month m
                WHERE true AND m.month >= $2::date AND m.month < $3::date UNION ALL SELECT o.customer_id, o.total, o.known_revenue, 0, o.cost_of_goods, 0, 0
                FROM customer_order o
                WHERE true AND o.cancelled_at IS NULL AND o.ordered_at >= $4::timestamptz AND o.ordered_at < $5::timestamptz UNION ALL SELECT l.customer_id, 0, 0, l.refund, -l.returned_cost, 0, 0
                FROM order_return r JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                WHERE true AND true AND o.cancelled_at IS NULL AND r.returned_at >= $4::timestamptz AND r.returned_at < $5::timestamptz UNION ALL SELECT t.customer_id, 0, 0, 0, 0, CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END, CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END
                FROM touchpoint t
                WHERE true AND t.cost <> 0 AND t.occurred_at >= $4::timestamptz AND t.occurred_at < $5::timestamptz UNION ALL SELECT o.customer_id, o.total, o.known_revenue, 0, o.cost_of_goods, 0, 0
                FROM customer_order o
                WHERE true AND o.cancelled_at IS NULL AND o.ordered_at >= $6::timestamptz AND o.ordered_at < $7::timestamptz UNION ALL SELECT l.customer_id, 0, 0, l.refund, -l.returned_cost, 0, 0
                FROM order_return r JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                WHERE true AND true AND o.cancelled_at IS NULL AND r.returned_at >= $6::timestamptz AND r.returned_at < $7::timestamptz UNION ALL SELECT t.customer_id, 0, 0, 0, 0, CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END, CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END
                FROM touchpoint t
                WHERE true AND t.cost <> 0 AND t.occurred_at >= $6::timestamptz AND t.occurred_at < $7::timestamptz) f (customer_id, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost)) f ON f.customer_id = w.customer_id ORDER BY f.customer_id) f GROUP BY f.customer_id), signs_t4 AS
          (SELECT count(*) FILTER (WHERE e.profit > 0) AS gained, count(*) FILTER (WHERE e.profit < 0) AS lost
          FROM earned_t4 e) SELECT concat('{"customers":', coalesce((
                (SELECT count(*)
                FROM who_t4))::text, 'null'), ',"profitableCustomers":', coalesce((
                (SELECT e.gained
                FROM signs_t4 e))::text, 'null'), ',"profitability":', coalesce(
              (SELECT concat('{"revenue":"', CASE WHEN t5.revenue = round(t5.revenue, 2) THEN round(t5.revenue, 2)::text ELSE trim_scale(t5.revenue)::text END, '","profit":"', CASE WHEN (t5.revenue - t5.returns - t5.cost_of_goods - t5.cost_to_serve - t5.marketing_cost) = round((t5.revenue - t5.returns - t5.cost_of_goods - t5.cost_to_serve - t5.marketing_cost), 2) THEN round((t5.revenue - t5.returns - t5.cost_of_goods - t5.cost_to_serve - t5.marketing_cost), 2)::text ELSE trim_scale((t5.revenue - t5.returns - t5.cost_of_goods - t5.cost_to_serve - t5.marketing_cost))::text END, '"}') AS j
              FROM
                (SELECT coalesce(sum(f.revenue), 0) AS revenue, coalesce(sum(f.known_revenue), 0) AS known_revenue, coalesce(sum(f.returns), 0) AS returns, coalesce(sum(f.cost_of_goods), 0) AS cost_of_goods, coalesce(sum(f.cost_to_serve), 0) AS cost_to_serve, coalesce(sum(f.marketing_cost), 0) AS marketing_cost
                FROM who_t4 w JOIN
                  (SELECT f.*
                  FROM
                    (SELECT m.customer_id, m.revenue, m.known_revenue, m.returns, m.cost_of_goods, m.cost_to_serve, m.marketing_cost
                    FROM customer_month m
                    WHERE true AND m.month >= $2::date AND m.month < $3::date UNION ALL SELECT o.customer_id, o.total, o.known_revenue, 0, o.cost_of_goods, 0, 0
                    FROM customer_order o
                    WHERE true AND o.cancelled_at IS NULL AND o.ordered_at >= $4::timestamptz AND o.ordered_at < $5::timestamptz UNION ALL SELECT l.customer_id, 0, 0, l.refund, -l.returned_cost, 0, 0
                    FROM order_return r JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                    WHERE true AND true AND o.cancelled_at IS NULL AND r.returned_at >= $4::timestamptz AND r.returned_at < $5::timestamptz UNION ALL SELECT t.customer_id, 0, 0, 0, 0, CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END, CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END
                    FROM touchpoint t
                    WHERE true AND t.cost <> 0 AND t.occurred_at >= $4::timestamptz AND t.occurred_at < $5::timestamptz UNION ALL SELECT o.customer_id, o.total, o.known_revenue, 0, o.cost_of_goods, 0, 0
                    FROM customer_order o
                    WHERE true AND o.cancelled_at IS NULL AND o.ordered_at >= $6::timestamptz AND o.ordered_at < $7::timestamptz UNION ALL SELECT l.customer_id, 0, 0, l.refund, -l.returned_cost, 0, 0
                    FROM order_return r JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                    WHERE true AND true AND o.cancelled_at IS NULL AND r.returned_at >= $6::timestamptz AND r.returned_at < $7::timestamptz UNION ALL SELECT t.customer_id, 0, 0, 0, 0, CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END, CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END
                    FROM touchpoint t
                    WHERE true AND t.cost <> 0 AND t.occurred_at >= $6::timestamptz AND t.occurred_at < $7::timestamptz) f (customer_id, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost)) f ON f.customer_id = w.customer_id) t5), 'null'), ',"history":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"asOf":', coalesce(to_json(t6.as_of), 'null'), ',"customers":', coalesce((t6.customers)::text, 'null'), ',"entered":', coalesce((t6.entered)::text, 'null'), ',"left":', coalesce((t6.gone)::text, 'null'), ',"profitability":{"revenue":"', CASE WHEN t6.revenue = round(t6.revenue, 2) THEN round(t6.revenue, 2)::text ELSE trim_scale(t6.revenue)::text END, '","profit":"', CASE WHEN (t6.revenue - t6.returns - t6.cost_of_goods - t6.cost_to_serve - t6.marketing_cost) = round((t6.revenue - t6.returns - t6.cost_of_goods - t6.cost_to_serve - t6.marketing_cost), 2) THEN round((t6.revenue - t6.returns - t6.cost_of_goods - t6.cost_to_serve - t6.marketing_cost), 2)::text ELSE trim_scale((t6.revenue - t6.returns - t6.cost_of_goods - t6.cost_to_serve - t6.marketing_cost))::text END, '"}}') AS j
              FROM (WITH who AS MATERIALIZED (  SELECT w.customer_id, width_bucket(w.entered_at - interval '1 microsecond', $8::timestamptz[]) AS came, width_bucket(w.left_at - interval '1 microsecond', $8::timestamptz[]) AS went
                  FROM
                    (SELECT w.customer_id, least(c.created_at, c.acquisition_at, s.first_order_at) AS entered_at,  'infinity'::timestamptz AS left_atFROM who_t4 w JOIN customer c ON c.customer_id = w.customer_id JOIN customer_score s ON s.customer_id = w.customer_id) w),span AS MATERIALIZED (  SELECT w.customer_id, w.lo, w.hi
                  FROM (    SELECT w.customer_id, w.went AS hi, greatest(w.came, 1, max(w.went) OVER (      PARTITION BY w.customer_id ORDER BY w.came ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING    )) AS lo
                    FROM who w  ) w
                  WHERE w.lo < w.hi ORDER BY w.customer_id), past AS MATERIALIZED (  SELECT array_agg(coalesce(
                        (SELECT max(l.as_of)
                        FROM snapshot_of_all l
                        WHERE l.as_of <= e.at), '-infinity')    ORDER BY e.n) AS of_all
                  FROM unnest($8::timestamptz[]) WITH ORDINALITY AS e (at, n)), erased AS MATERIALIZED
                  (SELECT e.customer_id, 1 AS lo, (cardinality($8::timestamptz[]) - 1) + 1 AS hi
                  FROM
                    (SELECT e.customer_id
                    FROM
                      (SELECT NULL::uuid AS customer_id
                      WHERE false) e) e)SELECT p.n, ($8::timestamptz[])[p.n + 1] AS as_of, coalesce(c.customers, 0) AS customers, coalesce(i.entered, 0) AS entered, coalesce(o.gone, 0) AS gone, CASE WHEN NOT h.hidden THEN c.customers END AS shown, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.revenue, 0) + coalesce(x.revenue, 0) END AS revenue, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.known_revenue, 0) + coalesce(x.known_revenue, 0) END AS known_revenue, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.returns, 0) + coalesce(x.returns, 0) END AS returns, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.cost_of_goods, 0) + coalesce(x.cost_of_goods, 0) END AS cost_of_goods, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.cost_to_serve, 0) + coalesce(x.cost_to_serve, 0) END AS cost_to_serve, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.marketing_cost, 0) + coalesce(x.marketing_cost, 0) END AS marketing_cost,  CASE WHEN h.hidden THEN 0 ELSE coalesce((f.revenue - f.returns - f.cost_of_goods - f.cost_to_serve - f.marketing_cost), 0) END AS gain,  CASE WHEN h.hidden THEN 0 ELSE coalesce(v.lifetime_value, 0) END AS lifetime_value,  CASE WHEN NOT h.hidden THEN v.churn_probability END AS churn_probability,  coalesce(d.repeaters, 0) AS repeaters, coalesce(b.rebuyers, 0) AS rebuyers, t.responses,  CASE WHEN NOT h.hidden THEN t.contacts END AS contactsFROM generate_series(1, (cardinality($8::timestamptz[]) - 1)) AS p (n)LEFT JOIN
                  (SELECT g.n, sum(s.many)::bigint AS customers
                  FROM generate_series(1, (cardinality($8::timestamptz[]) - 1)) AS g (n)JOIN
                    (SELECT s.lo, s.hi, count(*) AS many
                    FROM span s GROUP BY s.lo, s.hi) s ON s.lo <= g.n AND s.hi > g.nGROUP BY g.n) c ON c.n = p.nLEFT JOIN
                  (SELECT w.came AS n, count(*) AS entered
                  FROM who w GROUP BY w.came) i ON i.n = p.nLEFT JOIN
                  (SELECT w.went AS n, count(*) AS gone
                  FROM who w GROUP BY w.went) o ON o.n = p.nLEFT JOIN
                  (SELECT f.n, sum(f.revenue) AS revenue, sum(f.known_revenue) AS known_revenue, sum(f.returns) AS returns, sum(f.cost_of_goods) AS cost_of_goods, sum(f.cost_to_serve) AS cost_to_serve, sum(f.marketing_cost) AS marketing_costFROM
                    (SELECT e.n, e.revenue, e.known_revenue, e.returns, e.cost_of_goods, e.cost_to_serve, e.marketing_costFROM
                      (SELECT e.*, width_bucket(e.at, $8::timestamptz[]) AS n
                      FROM
                        (SELECT o.customer_id, o.ordered_at, o.total, o.known_revenue, 0, o.cost_of_goods, 0, 0
                        FROM customer_order o
                        WHERE true AND o.cancelled_at IS NULL AND o.ordered_at >= $10::timestamptz AND o.ordered_at < $11::timestamptz UNION ALL SELECT l.customer_id, r.returned_at, 0, 0, l.refund, -l.returned_cost, 0, 0
                        FROM order_return r JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                        WHERE true AND true AND o.cancelled_at IS NULL AND r.returned_at >= $10::timestamptz AND r.returned_at < $11::timestamptz UNION ALL SELECT t.customer_id, t.occurred_at, 0, 0, 0, 0, CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END, CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END
                        FROM touchpoint t
                        WHERE true AND t.cost <> 0 AND t.occurred_at >= $10::timestamptz AND t.occurred_at < $11::timestamptz) e (customer_id, at, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost)) eJOIN span s ON s.customer_id = e.customer_id AND e.n >= s.lo AND e.n < s.hi) f (n, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost) GROUP BY f.n) f ON f.n = p.nLEFT JOIN
                  (SELECT f.n, sum(f.revenue) AS revenue, sum(f.known_revenue) AS known_revenue, sum(f.returns) AS returns, sum(f.cost_of_goods) AS cost_of_goods, sum(f.cost_to_serve) AS cost_to_serve, sum(f.marketing_cost) AS marketing_costFROM
                    (SELECT e.n, e.revenue, e.known_revenue, e.returns, e.cost_of_goods, e.cost_to_serve, e.marketing_costFROM
                      (SELECT e.*, width_bucket(e.at, $8::timestamptz[]) AS n
                      FROM
                        (SELECT o.customer_id, o.ordered_at, o.total, o.known_revenue, 0, o.cost_of_goods, 0, 0
                        FROM customer_order o
                        WHERE true AND o.cancelled_at IS NULL AND o.ordered_at >= $10::timestamptz AND o.ordered_at < $11::timestamptz UNION ALL SELECT l.customer_id, r.returned_at, 0, 0, l.refund, -l.returned_cost, 0, 0
                        FROM order_return r JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                        WHERE true AND true AND o.cancelled_at IS NULL AND r.returned_at >= $10::timestamptz AND r.returned_at < $11::timestamptz UNION ALL SELECT t.customer_id, t.occurred_at, 0, 0, 0, 0, CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END, CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END
                        FROM touchpoint t
                        WHERE true AND t.cost <> 0 AND t.occurred_at >= $10::timestamptz AND t.occurred_at < $11::timestamptz) e (customer_id, at, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost)) eJOIN erased s ON s.customer_id = e.customer_id AND e.n >= s.lo AND e.n < s.hi) f (n, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost) GROUP BY f.n) x ON x.n = p.nLEFT JOIN
                  (SELECT r.n, sum(g.lifetime_value) AS lifetime_value,  sum(g.churn) / nullif(sum(g.scored), 0) AS churn_probabilityFROM (  SELECT g.rows, sum(g.lifetime_value) AS lifetime_value, sum(g.churn) AS churn, count(g.churn) AS scored
                    FROM (    SELECT (greatest(s.lo, h.n)) * 1000 + (least(s.hi, h.next)) AS rows, h.lifetime_value,      h.churn_probability::float8 AS churn
                      FROM
                        (SELECT s.*
                        FROM span s
                        WHERE s.lo < (CASE WHEN ($8::timestamptz[])[cardinality($8::timestamptz[])] = $1::timestamptz THEN (cardinality($8::timestamptz[]) - 1) ELSE (cardinality($8::timestamptz[]) - 1) + 1 END) AND NOT EXISTS
                          (SELECT FROM customer_consent k
                          WHERE k.customer_id = s.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) OFFSET 0) s CROSS JOIN LATERAL (      SELECT h.lifetime_value, h.churn_probability, h.n,        least(width_bucket(h.as_of,
                              (SELECT p.of_all
                              FROM past p)), lead(h.n, 1, (CASE WHEN ($8::timestamptz[])[cardinality($8::timestamptz[])] = $1::timestamptz THEN (cardinality($8::timestamptz[]) - 1) ELSE (cardinality($8::timestamptz[]) - 1) + 1 END)) OVER (ORDER BY h.as_of)) AS next
                        FROM (        SELECT h.as_of, h.lifetime_value, h.churn_probability, greatest(width_bucket(h.as_of - interval '1 microsecond', $8::timestamptz[]), 1) AS n
                          FROM score_snapshot h
                          WHERE h.customer_id = s.customer_id          AND h.as_of >=
                            (SELECT p.of_all
                            FROM past p)[s.lo + 1] AND h.as_of <= ($8::timestamptz[])[least(s.hi, (CASE WHEN ($8::timestamptz[])[cardinality($8::timestamptz[])] = $1::timestamptz THEN (cardinality($8::timestamptz[]) - 1) ELSE (cardinality($8::timestamptz[]) - 1) + 1 END))]      ) h OFFSET 0    ) h
                      WHERE s.lo < h.next AND s.hi > h.n    UNION ALL    SELECT ((cardinality($8::timestamptz[]) - 1)) * 1000 + ((cardinality($8::timestamptz[]) - 1) + 1) AS rows, c.lifetime_value, c.churn_probability::float8
                      FROM customer_score c    JOIN span s ON s.customer_id = c.customer_id AND s.hi > (cardinality($8::timestamptz[]) - 1)
                      WHERE ($8::timestamptz[])[cardinality($8::timestamptz[])] = $1::timestamptz  ) g GROUP BY g.rows) g CROSS JOIN LATERAL generate_series(g.rows / 1000, g.rows % 1000 - 1) AS r (n) GROUP BY r.n) v ON v.n = p.nLEFT JOIN
                  (SELECT r.n, sum(g.repeaters)::bigint AS repeaters
                  FROM (  SELECT g.rows, count(*) AS repeaters
                    FROM (    SELECT (greatest(s.lo, t.n)) * 1000 + (s.hi) AS rows
                      FROM span s    CROSS JOIN LATERAL (      SELECT o.ordered_at AS at
                        FROM customer_order o
                        WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at < ($8::timestamptz[])[s.hi] ORDER BY o.ordered_at LIMIT 1    ) f    CROSS JOIN LATERAL (      SELECT width_bucket(o.ordered_at, $8::timestamptz[]) AS n
                        FROM customer_order o
                        WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at > f.at        AND o.ordered_at < ($8::timestamptz[])[s.hi] AND (o.ordered_at AT TIME ZONE $12::text)::date <> (f.at AT TIME ZONE $12::text)::date      ORDER BY o.ordered_at LIMIT 1    ) t  ) g GROUP BY g.rows) g CROSS JOIN LATERAL generate_series(g.rows / 1000, g.rows % 1000 - 1) AS r (n) GROUP BY r.n) d ON d.n = p.nLEFT JOIN
                  (SELECT b.n, count(*) AS rebuyers
                  FROM span s CROSS JOIN LATERAL (  SELECT o.n, lag(o.n) OVER (ORDER BY o.ordered_at) AS before
                    FROM (    SELECT o.ordered_at, width_bucket(o.ordered_at, $8::timestamptz[]) AS n
                      FROM customer_order o
                      WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL      AND o.ordered_at >= ($9::timestamptz || $8::timestamptz[])[s.lo] AND o.ordered_at < ($8::timestamptz[])[s.hi]  ) o) b
                  WHERE b.before = b.n - 1 AND b.n >= s.lo GROUP BY b.n) b ON b.n = p.nLEFT JOIN
                  (SELECT t.n, count(*) FILTER (WHERE t.kind = 'CAMPAIGN_SENT') AS contacts,  count(*) FILTER (WHERE t.kind = 'CAMPAIGN_RESPONSE') AS responsesFROM (  SELECT t.kind, t.n
                    FROM span s CROSS JOIN LATERAL (    SELECT t.kind, width_bucket(t.occurred_at, $8::timestamptz[]) AS n
                      FROM touchpoint t
                      WHERE t.customer_id = s.customer_id      AND t.occurred_at >= ($8::timestamptz[])[s.lo] AND t.occurred_at < ($8::timestamptz[])[s.hi]      AND t.kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE')      AND t.occurred_at >= ($8::timestamptz[])[1] AND t.occurred_at < ($8::timestamptz[])[cardinality($8::timestamptz[])] OFFSET 0  ) t) t GROUP BY t.n) t ON t.n = p.nCROSS JOIN LATERAL
                  (SELECT false AS hidden) h) t6 ORDER BY t6.n) r), ']}') AS j
        FROM (VALUES (true)) t4 (there)), 'null'), '}'), 'UTF8')
