SELECT convert_to(concat('{"segment":', coalesce(
        (SELECT concat('{"metrics":', coalesce(
              (SELECT concat('{"asOf":', coalesce(to_json(t2.as_of), 'null'), ',"customers":', coalesce((t2.customers)::text, 'null'), ',"entered":', coalesce((t2.entered)::text, 'null'), ',"left":', coalesce((t2.gone)::text, 'null'), ',"profitPerCustomer":', coalesce('"' || CASE WHEN round(t2.gain / nullif(t2.shown, 0), 6) = round(round(t2.gain / nullif(t2.shown, 0), 6), 2) THEN round(round(t2.gain / nullif(t2.shown, 0), 6), 2)::text ELSE trim_scale(round(t2.gain / nullif(t2.shown, 0), 6))::text END || '"', 'null'), ',"lifetimeValue":"', CASE WHEN t2.lifetime_value = round(t2.lifetime_value, 2) THEN round(t2.lifetime_value, 2)::text ELSE trim_scale(t2.lifetime_value)::text END, '","repeatRate":', coalesce(((t2.repeaters::float8 / nullif(t2.shown, 0)))::text, 'null'), ',"repurchaseRate":', coalesce(((t2.rebuyers::float8 / nullif(t2.shown, 0)))::text, 'null'), ',"churnProbability":', coalesce((t2.churn_probability)::text, 'null'), ',"responseRate":', coalesce(((t2.responses::float8 / nullif(t2.contacts, 0)))::text, 'null'), ',"profitability":{"revenue":"', CASE WHEN t2.revenue = round(t2.revenue, 2) THEN round(t2.revenue, 2)::text ELSE trim_scale(t2.revenue)::text END, '","costOfGoods":"', CASE WHEN t2.cost_of_goods = round(t2.cost_of_goods, 2) THEN round(t2.cost_of_goods, 2)::text ELSE trim_scale(t2.cost_of_goods)::text END, '","costToServe":"', CASE WHEN t2.cost_to_serve = round(t2.cost_to_serve, 2) THEN round(t2.cost_to_serve, 2)::text ELSE trim_scale(t2.cost_to_serve)::text END, '","profit":"', CASE WHEN (t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost) = round((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost), 2) THEN round((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost), 2)::text ELSE trim_scale((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost))::text END, '","margin":', coalesce(((CASE WHEN t2.revenue > 0 AND t2.revenue <> t2.returns THEN ((t2.revenue - t2.returns - t2.cost_of_goods - t2.cost_to_serve - t2.marketing_cost) / (t2.revenue - t2.returns))::float8 END))::text, 'null'), ',"costCoverage":', coalesce(((CASE WHEN t2.revenue > 0 THEN (t2.known_revenue / t2.revenue)::float8 END))::text, 'null'), '}}') AS j
              FROM (WITH who AS MATERIALIZED (  SELECT w.customer_id, width_bucket(w.entered_at - interval '1 microsecond', $2::timestamptz[]) AS came, width_bucket(w.left_at - interval '1 microsecond', $2::timestamptz[]) AS went
                  FROM
                    (SELECT k.customer_id, k.entered_at[array_position(k.segments, t1.number)] AS entered_at,  'infinity'::timestamptz AS left_atFROM customer_segment k
                    WHERE k.segments @> ARRAY[t1.number]UNION ALLSELECT coalesce(l.survivor_id, k.customer_id), k.entered_at, k.left_atFROM segment_stay k LEFT JOIN customer_alias l ON l.customer_id = k.customer_idWHERE k.segment_id = t1.segment_id AND k.left_at > ($2::timestamptz[])[1]) w),span AS MATERIALIZED (  SELECT w.customer_id, w.lo, w.hi
                  FROM (    SELECT w.customer_id, w.went AS hi, greatest(w.came, 1, max(w.went) OVER (      PARTITION BY w.customer_id ORDER BY w.came ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING    )) AS lo
                    FROM who w  ) w
                  WHERE w.lo < w.hi ORDER BY w.customer_id), past AS MATERIALIZED (  SELECT array_agg(coalesce(
                        (SELECT max(l.as_of)
                        FROM snapshot_of_all l
                        WHERE l.as_of <= e.at), '-infinity')    ORDER BY e.n) AS of_all
                  FROM unnest($2::timestamptz[]) WITH ORDINALITY AS e (at, n))SELECT p.n, ($2::timestamptz[])[p.n + 1] AS as_of, CASE WHEN $4::boolean THEN coalesce(c.customers, 0) ELSE (CASE WHEN coalesce(c.customers, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) THEN 5 ELSE coalesce(c.customers, 0) END) END AS customers, CASE WHEN $4::boolean THEN coalesce(i.entered, 0) ELSE (CASE WHEN coalesce(i.entered, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) THEN 5 ELSE coalesce(i.entered, 0) END) END AS entered, CASE WHEN $4::boolean THEN coalesce(o.gone, 0) ELSE (CASE WHEN coalesce(o.gone, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) THEN 5 ELSE coalesce(o.gone, 0) END) END AS gone, CASE WHEN NOT h.hidden THEN c.customers END AS shown, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.revenue, 0) END AS revenue, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.known_revenue, 0) END AS known_revenue, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.returns, 0) END AS returns, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.cost_of_goods, 0) END AS cost_of_goods, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.cost_to_serve, 0) END AS cost_to_serve, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.marketing_cost, 0) END AS marketing_cost,  CASE WHEN h.hidden THEN 0 ELSE coalesce((f.revenue - f.returns - f.cost_of_goods - f.cost_to_serve - f.marketing_cost), 0) END AS gain,  CASE WHEN h.hidden THEN 0 ELSE coalesce(v.lifetime_value, 0) END AS lifetime_value,  CASE WHEN NOT h.hidden THEN v.churn_probability END AS churn_probability,  coalesce(d.repeaters, 0) AS repeaters, coalesce(b.rebuyers, 0) AS rebuyers, t.responses,  CASE WHEN NOT h.hidden THEN t.contacts END AS contactsFROM generate_series(1, (cardinality($2::timestamptz[]) - 1)) AS p (n)LEFT JOIN
                  (SELECT g.n, sum(s.many)::bigint AS customers
                  FROM generate_series(1, (cardinality($2::timestamptz[]) - 1)) AS g (n)JOIN
                    (SELECT s.lo, s.hi, count(*) AS many
                    FROM span s GROUP BY s.lo, s.hi) s ON s.lo <= g.n AND s.hi > g.nGROUP BY g.n) c ON c.n = p.nLEFT JOIN
                  (SELECT w.came AS n, count(*) AS entered
                  FROM who w GROUP BY w.came) i ON i.n = p.nLEFT JOIN
                  (SELECT w.went AS n, count(*) AS gone
                  FROM who w GROUP BY w.went) o ON o.n = p.nLEFT JOIN
                  (SELECT f.n, sum(f.revenue) AS revenue, sum(f.known_revenue) AS known_revenue, sum(f.returns) AS returns, sum(f.cost_of_goods) AS cost_of_goods, sum(f.cost_to_serve) AS cost_to_serve, sum(f.marketing_cost) AS marketing_costFROM
                    (SELECT 1, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost
                    FROM (  SELECT m.month, sum(m.revenue) AS revenue, sum(m.known_revenue) AS known_revenue, sum(m.returns) AS returns, sum(m.cost_of_goods) AS cost_of_goods, sum(m.cost_to_serve) AS cost_to_serve, sum(m.marketing_cost) AS marketing_cost
                      FROM span s CROSS JOIN LATERAL (    SELECT m.month, m.revenue, m.known_revenue, m.returns, m.cost_of_goods, m.cost_to_serve, m.marketing_cost
                        FROM customer_month m
                        WHERE m.customer_id = s.customer_id OFFSET 0  ) m GROUP BY m.month) m) f (n, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost) GROUP BY f.n) f ON f.n = p.nLEFT JOIN
                  (SELECT r.n, sum(g.lifetime_value) AS lifetime_value,  sum(g.churn) / nullif(sum(g.scored), 0) AS churn_probabilityFROM (  SELECT g.rows, sum(g.lifetime_value) AS lifetime_value, sum(g.churn) AS churn, count(g.churn) AS scored
                    FROM (    SELECT (greatest(s.lo, h.n)) * 1000 + (least(s.hi, h.next)) AS rows, h.lifetime_value,      h.churn_probability::float8 AS churn
                      FROM
                        (SELECT s.*
                        FROM span s
                        WHERE s.lo < (CASE WHEN ($2::timestamptz[])[cardinality($2::timestamptz[])] = $5::timestamptz THEN (cardinality($2::timestamptz[]) - 1) ELSE (cardinality($2::timestamptz[]) - 1) + 1 END) AND NOT EXISTS
                          (SELECT FROM customer_consent k
                          WHERE k.customer_id = s.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) OFFSET 0) s CROSS JOIN LATERAL (      SELECT h.lifetime_value, h.churn_probability, h.n,        least(width_bucket(h.as_of,
                              (SELECT p.of_all
                              FROM past p)), lead(h.n, 1, (CASE WHEN ($2::timestamptz[])[cardinality($2::timestamptz[])] = $5::timestamptz THEN (cardinality($2::timestamptz[]) - 1) ELSE (cardinality($2::timestamptz[]) - 1) + 1 END)) OVER (ORDER BY h.as_of)) AS next
                        FROM (        SELECT h.as_of, h.lifetime_value, h.churn_probability, greatest(width_bucket(h.as_of - interval '1 microsecond', $2::timestamptz[]), 1) AS n
                          FROM score_snapshot h
                          WHERE h.customer_id = s.customer_id          AND h.as_of >=
                            (SELECT p.of_all
                            FROM past p)[s.lo + 1] AND h.as_of <= ($2::timestamptz[])[least(s.hi, (CASE WHEN ($2::timestamptz[])[cardinality($2::timestamptz[])] = $5::timestamptz THEN (cardinality($2::timestamptz[]) - 1) ELSE (cardinality($2::timestamptz[]) - 1) + 1 END))]      ) h OFFSET 0    ) h
                      WHERE s.lo < h.next AND s.hi > h.n    UNION ALL    SELECT ((cardinality($2::timestamptz[]) - 1)) * 1000 + ((cardinality($2::timestamptz[]) - 1) + 1) AS rows, c.lifetime_value, c.churn_probability::float8
                      FROM customer_score c    JOIN span s ON s.customer_id = c.customer_id AND s.hi > (cardinality($2::timestamptz[]) - 1)
                      WHERE ($2::timestamptz[])[cardinality($2::timestamptz[])] = $5::timestamptz  ) g GROUP BY g.rows) g CROSS JOIN LATERAL generate_series(g.rows / 1000, g.rows % 1000 - 1) AS r (n) GROUP BY r.n) v ON v.n = p.nLEFT JOIN
                  (SELECT r.n, sum(g.repeaters)::bigint AS repeaters
                  FROM (  SELECT g.rows, count(*) AS repeaters
                    FROM (    SELECT (greatest(s.lo, t.n)) * 1000 + (s.hi) AS rows
                      FROM span s    CROSS JOIN LATERAL (      SELECT o.ordered_at AS at
                        FROM customer_order o
                        WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at < ($2::timestamptz[])[s.hi] ORDER BY o.ordered_at LIMIT 1    ) f    CROSS JOIN LATERAL (      SELECT width_bucket(o.ordered_at, $2::timestamptz[]) AS n
                        FROM customer_order o
                        WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at > f.at        AND o.ordered_at < ($2::timestamptz[])[s.hi] AND (o.ordered_at AT TIME ZONE $6::text)::date <> (f.at AT TIME ZONE $6::text)::date      ORDER BY o.ordered_at LIMIT 1    ) t  ) g GROUP BY g.rows) g CROSS JOIN LATERAL generate_series(g.rows / 1000, g.rows % 1000 - 1) AS r (n) GROUP BY r.n) d ON d.n = p.nLEFT JOIN
                  (SELECT b.n, count(*) AS rebuyers
                  FROM span s CROSS JOIN LATERAL (  SELECT o.n, lag(o.n) OVER (ORDER BY o.ordered_at) AS before
                    FROM (    SELECT o.ordered_at, width_bucket(o.ordered_at, $2::timestamptz[]) AS n
                      FROM customer_order o
                      WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL      AND o.ordered_at >= ($3::timestamptz || $2::timestamptz[])[s.lo] AND o.ordered_at < ($2::timestamptz[])[s.hi]  ) o) b
                  WHERE b.before = b.n - 1 AND b.n >= s.lo GROUP BY b.n) b ON b.n = p.nLEFT JOIN
                  (SELECT t.n, count(*) FILTER (WHERE t.kind = 'CAMPAIGN_SENT') AS contacts,  count(*) FILTER (WHERE t.kind = 'CAMPAIGN_RESPONSE') AS responsesFROM (  SELECT t.kind, t.n
                    FROM span s CROSS JOIN LATERAL (    SELECT t.kind, width_bucket(t.occurred_at, $2::timestamptz[]) AS n
                      FROM touchpoint t
                      WHERE t.customer_id = s.customer_id      AND t.occurred_at >= ($2::timestamptz[])[s.lo] AND t.occurred_at < ($2::timestamptz[])[s.hi]      AND t.kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE')      AND t.occurred_at >= ($2::timestamptz[])[1] AND t.occurred_at < ($2::timestamptz[])[cardinality($2::timestamptz[])] OFFSET 0  ) t) t GROUP BY t.n) t ON t.n = p.nCROSS JOIN LATERAL
                  (SELECT NOT $4::boolean AND coalesce(c.customers, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) AS hidden) h) t2), 'null'), ',"history":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"asOf":', coalesce(to_json(t3.as_of), 'null'), ',"customers":', coalesce((t3.customers)::text, 'null'), ',"entered":', coalesce((t3.entered)::text, 'null'), ',"left":', coalesce((t3.gone)::text, 'null'), ',"profitPerCustomer":', coalesce('"' || CASE WHEN round(t3.gain / nullif(t3.shown, 0), 6) = round(round(t3.gain / nullif(t3.shown, 0), 6), 2) THEN round(round(t3.gain / nullif(t3.shown, 0), 6), 2)::text ELSE trim_scale(round(t3.gain / nullif(t3.shown, 0), 6))::text END || '"', 'null'), ',"lifetimeValue":"', CASE WHEN t3.lifetime_value = round(t3.lifetime_value, 2) THEN round(t3.lifetime_value, 2)::text ELSE trim_scale(t3.lifetime_value)::text END, '","repeatRate":', coalesce(((t3.repeaters::float8 / nullif(t3.shown, 0)))::text, 'null'), ',"repurchaseRate":', coalesce(((t3.rebuyers::float8 / nullif(t3.shown, 0)))::text, 'null'), ',"churnProbability":', coalesce((t3.churn_probability)::text, 'null'), ',"responseRate":', coalesce(((t3.responses::float8 / nullif(t3.contacts, 0)))::text, 'null'), ',"profitability":{"revenue":"', CASE WHEN t3.revenue = round(t3.revenue, 2) THEN round(t3.revenue, 2)::text ELSE trim_scale(t3.revenue)::text END, '","profit":"', CASE WHEN (t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost) = round((t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost), 2) THEN round((t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost), 2)::text ELSE trim_scale((t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost))::text END, '"}}') AS j
              FROM (WITH who AS MATERIALIZED (  SELECT w.customer_id, width_bucket(w.entered_at - interval '1 microsecond', $7::timestamptz[]) AS came, width_bucket(w.left_at - interval '1 microsecond', $7::timestamptz[]) AS went
                  FROM
                    (SELECT k.customer_id, k.entered_at[array_position(k.segments, t1.number)] AS entered_at,  'infinity'::timestamptz AS left_atFROM customer_segment k
                    WHERE k.segments @> ARRAY[t1.number]UNION ALLSELECT coalesce(l.survivor_id, k.customer_id), k.entered_at, k.left_atFROM segment_stay k LEFT JOIN customer_alias l ON l.customer_id = k.customer_idWHERE k.segment_id = t1.segment_id AND k.left_at > ($7::timestamptz[])[1]) w),span AS MATERIALIZED (  SELECT w.customer_id, w.lo, w.hi
                  FROM (    SELECT w.customer_id, w.went AS hi, greatest(w.came, 1, max(w.went) OVER (      PARTITION BY w.customer_id ORDER BY w.came ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING    )) AS lo
                    FROM who w  ) w
                  WHERE w.lo < w.hi ORDER BY w.customer_id), past AS MATERIALIZED (  SELECT array_agg(coalesce(
                        (SELECT max(l.as_of)
                        FROM snapshot_of_all l
                        WHERE l.as_of <= e.at), '-infinity')    ORDER BY e.n) AS of_all
                  FROM unnest($7::timestamptz[]) WITH ORDINALITY AS e (at, n))SELECT p.n, ($7::timestamptz[])[p.n + 1] AS as_of, CASE WHEN $4::boolean THEN coalesce(c.customers, 0) ELSE (CASE WHEN coalesce(c.customers, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) THEN 5 ELSE coalesce(c.customers, 0) END) END AS customers, CASE WHEN $4::boolean THEN coalesce(i.entered, 0) ELSE (CASE WHEN coalesce(i.entered, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) THEN 5 ELSE coalesce(i.entered, 0) END) END AS entered, CASE WHEN $4::boolean THEN coalesce(o.gone, 0) ELSE (CASE WHEN coalesce(o.gone, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) THEN 5 ELSE coalesce(o.gone, 0) END) END AS gone, CASE WHEN NOT h.hidden THEN c.customers END AS shown, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.revenue, 0) END AS revenue, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.known_revenue, 0) END AS known_revenue, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.returns, 0) END AS returns, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.cost_of_goods, 0) END AS cost_of_goods, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.cost_to_serve, 0) END AS cost_to_serve, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.marketing_cost, 0) END AS marketing_cost,  CASE WHEN h.hidden THEN 0 ELSE coalesce((f.revenue - f.returns - f.cost_of_goods - f.cost_to_serve - f.marketing_cost), 0) END AS gain,  CASE WHEN h.hidden THEN 0 ELSE coalesce(v.lifetime_value, 0) END AS lifetime_value,  CASE WHEN NOT h.hidden THEN v.churn_probability END AS churn_probability,  coalesce(d.repeaters, 0) AS repeaters, coalesce(b.rebuyers, 0) AS rebuyers, t.responses,  CASE WHEN NOT h.hidden THEN t.contacts END AS contactsFROM generate_series(1, (cardinality($7::timestamptz[]) - 1)) AS p (n)LEFT JOIN
                  (SELECT g.n, sum(s.many)::bigint AS customers
                  FROM generate_series(1, (cardinality($7::timestamptz[]) - 1)) AS g (n)JOIN
                    (SELECT s.lo, s.hi, count(*) AS many
                    FROM span s GROUP BY s.lo, s.hi) s ON s.lo <= g.n AND s.hi > g.nGROUP BY g.n) c ON c.n = p.nLEFT JOIN
                  (SELECT w.came AS n, count(*) AS entered
                  FROM who w GROUP BY w.came) i ON i.n = p.nLEFT JOIN
                  (SELECT w.went AS n, count(*) AS gone
                  FROM who w GROUP BY w.went) o ON o.n = p.nLEFT JOIN
                  (SELECT f.n, sum(f.revenue) AS revenue, sum(f.known_revenue) AS known_revenue, sum(f.returns) AS returns, sum(f.cost_of_goods) AS cost_of_goods, sum(f.cost_to_serve) AS cost_to_serve, sum(f.marketing_cost) AS marketing_costFROM
                    (SELECT least(width_bucket((m.month + interval '14 days') AT TIME ZONE $6::text, $7::timestamptz[]), (cardinality($7::timestamptz[]) - 1)), revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost
                    FROM (  SELECT m.month, sum(m.revenue) AS revenue, sum(m.known_revenue) AS known_revenue, sum(m.returns) AS returns, sum(m.cost_of_goods) AS cost_of_goods, sum(m.cost_to_serve) AS cost_to_serve, sum(m.marketing_cost) AS marketing_cost
                      FROM span s CROSS JOIN LATERAL (    SELECT m.month, m.revenue, m.known_revenue, m.returns, m.cost_of_goods, m.cost_to_serve, m.marketing_cost
                        FROM customer_month m
                        WHERE m.customer_id = s.customer_id AND m.month >= $9::date AND m.month < $10::dateAND m.month >=
                          (SELECT array_agg((e.at AT TIME ZONE $6::text)::date ORDER BY e.n)FROM unnest($7::timestamptz[]) WITH ORDINALITY AS e (at, n))[s.lo] AND m.month < CASE WHEN s.hi > (cardinality($7::timestamptz[]) - 1) THEN $10::date ELSE
                          (SELECT array_agg((e.at AT TIME ZONE $6::text)::date ORDER BY e.n)FROM unnest($7::timestamptz[]) WITH ORDINALITY AS e (at, n))[s.hi] END OFFSET 0  ) m GROUP BY m.month) m UNION ALL SELECT (cardinality($7::timestamptz[]) - 1), -e.revenue, -e.known_revenue, -e.returns, -e.cost_of_goods, -e.cost_to_serve, -e.marketing_costFROM
                      (SELECT o.customer_id, o.ordered_at, o.total, o.known_revenue, 0, o.cost_of_goods, 0, 0
                      FROM customer_order o
                      WHERE true AND o.cancelled_at IS NULL AND o.ordered_at >= $11::timestamptz AND o.ordered_at < $12::timestamptz UNION ALL SELECT l.customer_id, r.returned_at, 0, 0, l.refund, -l.returned_cost, 0, 0
                      FROM order_return r JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                      WHERE true AND true AND o.cancelled_at IS NULL AND r.returned_at >= $11::timestamptz AND r.returned_at < $12::timestamptz UNION ALL SELECT t.customer_id, t.occurred_at, 0, 0, 0, 0, CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END, CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END
                      FROM touchpoint t
                      WHERE true AND t.cost <> 0 AND t.occurred_at >= $11::timestamptz AND t.occurred_at < $12::timestamptz) e (customer_id, at, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost) JOIN span s ON s.customer_id = e.customer_id AND s.hi > (cardinality($7::timestamptz[]) - 1)) f (n, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost) GROUP BY f.n) f ON f.n = p.nLEFT JOIN
                  (SELECT r.n, sum(g.lifetime_value) AS lifetime_value,  sum(g.churn) / nullif(sum(g.scored), 0) AS churn_probabilityFROM (  SELECT g.rows, sum(g.lifetime_value) AS lifetime_value, sum(g.churn) AS churn, count(g.churn) AS scored
                    FROM (    SELECT (greatest(s.lo, h.n)) * 1000 + (least(s.hi, h.next)) AS rows, h.lifetime_value,      h.churn_probability::float8 AS churn
                      FROM
                        (SELECT s.*
                        FROM span s
                        WHERE s.lo < (CASE WHEN ($7::timestamptz[])[cardinality($7::timestamptz[])] = $5::timestamptz THEN (cardinality($7::timestamptz[]) - 1) ELSE (cardinality($7::timestamptz[]) - 1) + 1 END) AND NOT EXISTS
                          (SELECT FROM customer_consent k
                          WHERE k.customer_id = s.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) OFFSET 0) s CROSS JOIN LATERAL (      SELECT h.lifetime_value, h.churn_probability, h.n,        least(width_bucket(h.as_of,
                              (SELECT p.of_all
                              FROM past p)), lead(h.n, 1, (CASE WHEN ($7::timestamptz[])[cardinality($7::timestamptz[])] = $5::timestamptz THEN (cardinality($7::timestamptz[]) - 1) ELSE (cardinality($7::timestamptz[]) - 1) + 1 END)) OVER (ORDER BY h.as_of)) AS next
                        FROM (        SELECT h.as_of, h.lifetime_value, h.churn_probability, greatest(width_bucket(h.as_of - interval '1 microsecond', $7::timestamptz[]), 1) AS n
                          FROM score_snapshot h
                          WHERE h.customer_id = s.customer_id          AND h.as_of >=
                            (SELECT p.of_all
                            FROM past p)[s.lo + 1] AND h.as_of <= ($7::timestamptz[])[least(s.hi, (CASE WHEN ($7::timestamptz[])[cardinality($7::timestamptz[])] = $5::timestamptz THEN (cardinality($7::timestamptz[]) - 1) ELSE (cardinality($7::timestamptz[]) - 1) + 1 END))]      ) h OFFSET 0    ) h
                      WHERE s.lo < h.next AND s.hi > h.n    UNION ALL    SELECT ((cardinality($7::timestamptz[]) - 1)) * 1000 + ((cardinality($7::timestamptz[]) - 1) + 1) AS rows, c.lifetime_value, c.churn_probability::float8
                      FROM customer_score c    JOIN span s ON s.customer_id = c.customer_id AND s.hi > (cardinality($7::timestamptz[]) - 1)
                      WHERE ($7::timestamptz[])[cardinality($7::timestamptz[])] = $5::timestamptz  ) g GROUP BY g.rows) g CROSS JOIN LATERAL generate_series(g.rows / 1000, g.rows % 1000 - 1) AS r (n) GROUP BY r.n) v ON v.n = p.nLEFT JOIN
                  (SELECT r.n, sum(g.repeaters)::bigint AS repeaters
                  FROM (  SELECT g.rows, count(*) AS repeaters
                    FROM (    SELECT (greatest(s.lo, t.n)) * 1000 + (s.hi) AS rows
                      FROM span s    CROSS JOIN LATERAL (      SELECT o.ordered_at AS at
                        FROM customer_order o
                        WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at < ($7::timestamptz[])[s.hi] ORDER BY o.ordered_at LIMIT 1    ) f    CROSS JOIN LATERAL (      SELECT width_bucket(o.ordered_at, $7::timestamptz[]) AS n
                        FROM customer_order o
                        WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at > f.at        AND o.ordered_at < ($7::timestamptz[])[s.hi] AND (o.ordered_at AT TIME ZONE $6::text)::date <> (f.at AT TIME ZONE $6::text)::date      ORDER BY o.ordered_at LIMIT 1    ) t  ) g GROUP BY g.rows) g CROSS JOIN LATERAL generate_series(g.rows / 1000, g.rows % 1000 - 1) AS r (n) GROUP BY r.n) d ON d.n = p.nLEFT JOIN
                  (SELECT b.n, count(*) AS rebuyers
                  FROM span s CROSS JOIN LATERAL (  SELECT o.n, lag(o.n) OVER (ORDER BY o.ordered_at) AS before
                    FROM (    SELECT o.ordered_at, width_bucket(o.ordered_at, $7::timestamptz[]) AS n
                      FROM customer_order o
                      WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL      AND o.ordered_at >= ($8::timestamptz || $7::timestamptz[])[s.lo] AND o.ordered_at < ($7::timestamptz[])[s.hi]  ) o) b
                  WHERE b.before = b.n - 1 AND b.n >= s.lo GROUP BY b.n) b ON b.n = p.nLEFT JOIN
                  (SELECT t.n, count(*) FILTER (WHERE t.kind = 'CAMPAIGN_SENT') AS contacts,  count(*) FILTER (WHERE t.kind = 'CAMPAIGN_RESPONSE') AS responsesFROM (  SELECT t.kind, t.n
                    FROM span s CROSS JOIN LATERAL (    SELECT t.kind, width_bucket(t.occurred_at, $7::timestamptz[]) AS n
                      FROM touchpoint t
                      WHERE t.customer_id = s.customer_id      AND t.occurred_at >= ($7::timestamptz[])[s.lo] AND t.occurred_at < ($7::timestamptz[])[s.hi]      AND t.kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE')      AND t.occurred_at >= ($7::timestamptz[])[1] AND t.occurred_at < ($7::timestamptz[])[cardinality($7::timestamptz[])] OFFSET 0  ) t) t GROUP BY t.n) t ON t.n = p.nCROSS JOIN LATERAL
                  (SELECT NOT $4::boolean AND coalesce(c.customers, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) AS hidden) h) t3
              WHERE t3.as_of >= t1.created_at ORDER BY t3.n) r), '],"weeks":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"asOf":', coalesce(to_json(t4.as_of), 'null'), ',"customers":', coalesce((t4.customers)::text, 'null'), ',"profitability":{"revenue":"', CASE WHEN t4.revenue = round(t4.revenue, 2) THEN round(t4.revenue, 2)::text ELSE trim_scale(t4.revenue)::text END, '","returns":"', CASE WHEN t4.returns = round(t4.returns, 2) THEN round(t4.returns, 2)::text ELSE trim_scale(t4.returns)::text END, '"}}') AS j
              FROM (WITH who AS MATERIALIZED (  SELECT w.customer_id, width_bucket(w.entered_at - interval '1 microsecond', $13::timestamptz[]) AS came, width_bucket(w.left_at - interval '1 microsecond', $13::timestamptz[]) AS went
                  FROM
                    (SELECT k.customer_id, k.entered_at[array_position(k.segments, t1.number)] AS entered_at,  'infinity'::timestamptz AS left_atFROM customer_segment k
                    WHERE k.segments @> ARRAY[t1.number]UNION ALLSELECT coalesce(l.survivor_id, k.customer_id), k.entered_at, k.left_atFROM segment_stay k LEFT JOIN customer_alias l ON l.customer_id = k.customer_idWHERE k.segment_id = t1.segment_id AND k.left_at > ($13::timestamptz[])[1]) w),span AS MATERIALIZED (  SELECT w.customer_id, w.lo, w.hi
                  FROM (    SELECT w.customer_id, w.went AS hi, greatest(w.came, 1, max(w.went) OVER (      PARTITION BY w.customer_id ORDER BY w.came ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING    )) AS lo
                    FROM who w  ) w
                  WHERE w.lo < w.hi ORDER BY w.customer_id), past AS MATERIALIZED (  SELECT array_agg(coalesce(
                        (SELECT max(l.as_of)
                        FROM snapshot_of_all l
                        WHERE l.as_of <= e.at), '-infinity')    ORDER BY e.n) AS of_all
                  FROM unnest($13::timestamptz[]) WITH ORDINALITY AS e (at, n))SELECT p.n, ($13::timestamptz[])[p.n + 1] AS as_of, CASE WHEN $4::boolean THEN coalesce(c.customers, 0) ELSE (CASE WHEN coalesce(c.customers, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) THEN 5 ELSE coalesce(c.customers, 0) END) END AS customers, CASE WHEN $4::boolean THEN coalesce(i.entered, 0) ELSE (CASE WHEN coalesce(i.entered, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) THEN 5 ELSE coalesce(i.entered, 0) END) END AS entered, CASE WHEN $4::boolean THEN coalesce(o.gone, 0) ELSE (CASE WHEN coalesce(o.gone, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) THEN 5 ELSE coalesce(o.gone, 0) END) END AS gone, CASE WHEN NOT h.hidden THEN c.customers END AS shown, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.revenue, 0) END AS revenue, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.known_revenue, 0) END AS known_revenue, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.returns, 0) END AS returns, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.cost_of_goods, 0) END AS cost_of_goods, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.cost_to_serve, 0) END AS cost_to_serve, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.marketing_cost, 0) END AS marketing_cost,  CASE WHEN h.hidden THEN 0 ELSE coalesce((f.revenue - f.returns - f.cost_of_goods - f.cost_to_serve - f.marketing_cost), 0) END AS gain,  CASE WHEN h.hidden THEN 0 ELSE coalesce(v.lifetime_value, 0) END AS lifetime_value,  CASE WHEN NOT h.hidden THEN v.churn_probability END AS churn_probability,  coalesce(d.repeaters, 0) AS repeaters, coalesce(b.rebuyers, 0) AS rebuyers, t.responses,  CASE WHEN NOT h.hidden THEN t.contacts END AS contactsFROM generate_series(1, (cardinality($13::timestamptz[]) - 1)) AS p (n)LEFT JOIN
                  (SELECT g.n, sum(s.many)::bigint AS customers
                  FROM generate_series(1, (cardinality($13::timestamptz[]) - 1)) AS g (n)JOIN
                    (SELECT s.lo, s.hi, count(*) AS many
                    FROM span s GROUP BY s.lo, s.hi) s ON s.lo <= g.n AND s.hi > g.nGROUP BY g.n) c ON c.n = p.nLEFT JOIN
                  (SELECT w.came AS n, count(*) AS entered
                  FROM who w GROUP BY w.came) i ON i.n = p.nLEFT JOIN
                  (SELECT w.went AS n, count(*) AS gone
                  FROM who w GROUP BY w.went) o ON o.n = p.nLEFT JOIN
                  (SELECT f.n, sum(f.revenue) AS revenue, sum(f.known_revenue) AS known_revenue, sum(f.returns) AS returns, sum(f.cost_of_goods) AS cost_of_goods, sum(f.cost_to_serve) AS cost_to_serve, sum(f.marketing_cost) AS marketing_costFROM
                    (SELECT e.n, e.revenue, e.known_revenue, e.returns, e.cost_of_goods, e.cost_to_serve, e.marketing_costFROM
                      (SELECT e.*, width_bucket(e.at, $13::timestamptz[]) AS n
                      FROM
                        (SELECT o.customer_id, o.ordered_at, o.total, o.known_revenue, 0, o.cost_of_goods, 0, 0
                        FROM customer_order o
                        WHERE true AND o.cancelled_at IS NULL AND o.ordered_at >= $15::timestamptz AND o.ordered_at < $16::timestamptz UNION ALL SELECT l.customer_id, r.returned_at, 0, 0, l.refund, -l.returned_cost, 0, 0
                        FROM order_return r JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                        WHERE true AND true AND o.cancelled_at IS NULL AND r.returned_at >= $15::timestamptz AND r.returned_at < $16::timestamptz UNION ALL SELECT t.customer_id, t.occurred_at, 0, 0, 0, 0, CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END, CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END
                        FROM touchpoint t
                        WHERE true AND t.cost <> 0 AND t.occurred_at >= $15::timestamptz AND t.occurred_at < $16::timestamptz) e (customer_id, at, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost)) eJOIN span s ON s.customer_id = e.customer_id AND e.n >= s.lo AND e.n < s.hi) f (n, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost) GROUP BY f.n) f ON f.n = p.nLEFT JOIN
                  (SELECT r.n, sum(g.lifetime_value) AS lifetime_value,  sum(g.churn) / nullif(sum(g.scored), 0) AS churn_probabilityFROM (  SELECT g.rows, sum(g.lifetime_value) AS lifetime_value, sum(g.churn) AS churn, count(g.churn) AS scored
                    FROM (    SELECT (greatest(s.lo, h.n)) * 1000 + (least(s.hi, h.next)) AS rows, h.lifetime_value,      h.churn_probability::float8 AS churn
                      FROM
                        (SELECT s.*
                        FROM span s
                        WHERE s.lo < (CASE WHEN ($13::timestamptz[])[cardinality($13::timestamptz[])] = $5::timestamptz THEN (cardinality($13::timestamptz[]) - 1) ELSE (cardinality($13::timestamptz[]) - 1) + 1 END) AND NOT EXISTS
                          (SELECT FROM customer_consent k
                          WHERE k.customer_id = s.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) OFFSET 0) s CROSS JOIN LATERAL (      SELECT h.lifetime_value, h.churn_probability, h.n,        least(width_bucket(h.as_of,
                              (SELECT p.of_all
                              FROM past p)), lead(h.n, 1, (CASE WHEN ($13::timestamptz[])[cardinality($13::timestamptz[])] = $5::timestamptz THEN (cardinality($13::timestamptz[]) - 1) ELSE (cardinality($13::timestamptz[]) - 1) + 1 END)) OVER (ORDER BY h.as_of)) AS next
                        FROM (        SELECT h.as_of, h.lifetime_value, h.churn_probability, greatest(width_bucket(h.as_of - interval '1 microsecond', $13::timestamptz[]), 1) AS n
                          FROM score_snapshot h
                          WHERE h.customer_id = s.customer_id          AND h.as_of >=
                            (SELECT p.of_all
                            FROM past p)[s.lo + 1] AND h.as_of <= ($13::timestamptz[])[least(s.hi, (CASE WHEN ($13::timestamptz[])[cardinality($13::timestamptz[])] = $5::timestamptz THEN (cardinality($13::timestamptz[]) - 1) ELSE (cardinality($13::timestamptz[]) - 1) + 1 END))]      ) h OFFSET 0    ) h
                      WHERE s.lo < h.next AND s.hi > h.n    UNION ALL    SELECT ((cardinality($13::timestamptz[]) - 1)) * 1000 + ((cardinality($13::timestamptz[]) - 1) + 1) AS rows, c.lifetime_value, c.churn_probability::float8
                      FROM customer_score c    JOIN span s ON s.customer_id = c.customer_id AND s.hi > (cardinality($13::timestamptz[]) - 1)
                      WHERE ($13::timestamptz[])[cardinality($13::timestamptz[])] = $5::timestamptz  ) g GROUP BY g.rows) g CROSS JOIN LATERAL generate_series(g.rows / 1000, g.rows % 1000 - 1) AS r (n) GROUP BY r.n) v ON v.n = p.nLEFT JOIN
                  (SELECT r.n, sum(g.repeaters)::bigint AS repeaters
                  FROM (  SELECT g.rows, count(*) AS repeaters
                    FROM (    SELECT (greatest(s.lo, t.n)) * 1000 + (s.hi) AS rows
                      FROM span s    CROSS JOIN LATERAL (      SELECT o.ordered_at AS at
                        FROM customer_order o
                        WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at < ($13::timestamptz[])[s.hi] ORDER BY o.ordered_at LIMIT 1    ) f    CROSS JOIN LATERAL (      SELECT width_bucket(o.ordered_at, $13::timestamptz[]) AS n
                        FROM customer_order o
                        WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at > f.at        AND o.ordered_at < ($13::timestamptz[])[s.hi] AND (o.ordered_at AT TIME ZONE $6::text)::date <> (f.at AT TIME ZONE $6::text)::date      ORDER BY o.ordered_at LIMIT 1    ) t  ) g GROUP BY g.rows) g CROSS JOIN LATERAL generate_series(g.rows / 1000, g.rows % 1000 - 1) AS r (n) GROUP BY r.n) d ON d.n = p.nLEFT JOIN
                  (SELECT b.n, count(*) AS rebuyers
                  FROM span s CROSS JOIN LATERAL (  SELECT o.n, lag(o.n) OVER (ORDER BY o.ordered_at) AS before
                    FROM (    SELECT o.ordered_at, width_bucket(o.ordered_at, $13::timestamptz[]) AS n
                      FROM customer_order o
                      WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL      AND o.ordered_at >= ($14::timestamptz || $13::timestamptz[])[s.lo] AND o.ordered_at < ($13::timestamptz[])[s.hi]  ) o) b
                  WHERE b.before = b.n - 1 AND b.n >= s.lo GROUP BY b.n) b ON b.n = p.nLEFT JOIN
                  (SELECT t.n, count(*) FILTER (WHERE t.kind = 'CAMPAIGN_SENT') AS contacts,  count(*) FILTER (WHERE t.kind = 'CAMPAIGN_RESPONSE') AS responsesFROM (  SELECT t.kind, t.n
                    FROM span s CROSS JOIN LATERAL (    SELECT t.kind, width_bucket(t.occurred_at, $13::timestamptz[]) AS n
                      FROM touchpoint t
                      WHERE t.customer_id = s.customer_id      AND t.occurred_at >= ($13::timestamptz[])[s.lo] AND t.occurred_at < ($13::timestamptz[])[s.hi]      AND t.kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE')      AND t.occurred_at >= ($13::timestamptz[])[1] AND t.occurred_at < ($13::timestamptz[])[cardinality($13::timestamptz[])] OFFSET 0  ) t) t GROUP BY t.n) t ON t.n = p.nCROSS JOIN LATERAL
                  (SELECT NOT $4::boolean AND coalesce(c.customers, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) AS hidden) h) t4
              WHERE t4.as_of >= t1.created_at ORDER BY t4.n) r), '],"few":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"asOf":', coalesce(to_json(t5.as_of), 'null'), ',"customers":', coalesce((t5.customers)::text, 'null'), '}') AS j
              FROM (WITH who AS MATERIALIZED (  SELECT w.customer_id, width_bucket(w.entered_at - interval '1 microsecond', $17::timestamptz[]) AS came, width_bucket(w.left_at - interval '1 microsecond', $17::timestamptz[]) AS went
                  FROM
                    (SELECT k.customer_id, k.entered_at[array_position(k.segments, t1.number)] AS entered_at,  'infinity'::timestamptz AS left_atFROM customer_segment k
                    WHERE k.segments @> ARRAY[t1.number]UNION ALLSELECT coalesce(l.survivor_id, k.customer_id), k.entered_at, k.left_atFROM segment_stay k LEFT JOIN customer_alias l ON l.customer_id = k.customer_idWHERE k.segment_id = t1.segment_id AND k.left_at > ($17::timestamptz[])[1]) w),span AS MATERIALIZED (  SELECT w.customer_id, w.lo, w.hi
                  FROM (    SELECT w.customer_id, w.went AS hi, greatest(w.came, 1, max(w.went) OVER (      PARTITION BY w.customer_id ORDER BY w.came ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING    )) AS lo
                    FROM who w  ) w
                  WHERE w.lo < w.hi ORDER BY w.customer_id), past AS MATERIALIZED (  SELECT array_agg(coalesce(
                        (SELECT max(l.as_of)
                        FROM snapshot_of_all l
                        WHERE l.as_of <= e.at), '-infinity')    ORDER BY e.n) AS of_all
                  FROM unnest($17::timestamptz[]) WITH ORDINALITY AS e (at, n))SELECT p.n, ($17::timestamptz[])[p.n + 1] AS as_of, CASE WHEN $4::boolean THEN coalesce(c.customers, 0) ELSE (CASE WHEN coalesce(c.customers, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) THEN 5 ELSE coalesce(c.customers, 0) END) END AS customers, CASE WHEN $4::boolean THEN coalesce(i.entered, 0) ELSE (CASE WHEN coalesce(i.entered, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) THEN 5 ELSE coalesce(i.entered, 0) END) END AS entered, CASE WHEN $4::boolean THEN coalesce(o.gone, 0) ELSE (CASE WHEN coalesce(o.gone, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) THEN 5 ELSE coalesce(o.gone, 0) END) END AS gone, CASE WHEN NOT h.hidden THEN c.customers END AS shown, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.revenue, 0) END AS revenue, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.known_revenue, 0) END AS known_revenue, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.returns, 0) END AS returns, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.cost_of_goods, 0) END AS cost_of_goods, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.cost_to_serve, 0) END AS cost_to_serve, CASE WHEN h.hidden THEN 0 ELSE coalesce(f.marketing_cost, 0) END AS marketing_cost,  CASE WHEN h.hidden THEN 0 ELSE coalesce((f.revenue - f.returns - f.cost_of_goods - f.cost_to_serve - f.marketing_cost), 0) END AS gain,  CASE WHEN h.hidden THEN 0 ELSE coalesce(v.lifetime_value, 0) END AS lifetime_value,  CASE WHEN NOT h.hidden THEN v.churn_probability END AS churn_probability,  coalesce(d.repeaters, 0) AS repeaters, coalesce(b.rebuyers, 0) AS rebuyers, t.responses,  CASE WHEN NOT h.hidden THEN t.contacts END AS contactsFROM generate_series(1, (cardinality($17::timestamptz[]) - 1)) AS p (n)LEFT JOIN
                  (SELECT g.n, sum(s.many)::bigint AS customers
                  FROM generate_series(1, (cardinality($17::timestamptz[]) - 1)) AS g (n)JOIN
                    (SELECT s.lo, s.hi, count(*) AS many
                    FROM span s GROUP BY s.lo, s.hi) s ON s.lo <= g.n AND s.hi > g.nGROUP BY g.n) c ON c.n = p.nLEFT JOIN
                  (SELECT w.came AS n, count(*) AS entered
                  FROM who w GROUP BY w.came) i ON i.n = p.nLEFT JOIN
                  (SELECT w.went AS n, count(*) AS gone
                  FROM who w GROUP BY w.went) o ON o.n = p.nLEFT JOIN
                  (SELECT f.n, sum(f.revenue) AS revenue, sum(f.known_revenue) AS known_revenue, sum(f.returns) AS returns, sum(f.cost_of_goods) AS cost_of_goods, sum(f.cost_to_serve) AS cost_to_serve, sum(f.marketing_cost) AS marketing_costFROM
                    (SELECT least(width_bucket((m.month + interval '14 days') AT TIME ZONE $6::text, $17::timestamptz[]), (cardinality($17::timestamptz[]) - 1)), revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost
                    FROM (  SELECT m.month, sum(m.revenue) AS revenue, sum(m.known_revenue) AS known_revenue, sum(m.returns) AS returns, sum(m.cost_of_goods) AS cost_of_goods, sum(m.cost_to_serve) AS cost_to_serve, sum(m.marketing_cost) AS marketing_cost
                      FROM span s CROSS JOIN LATERAL (    SELECT m.month, m.revenue, m.known_revenue, m.returns, m.cost_of_goods, m.cost_to_serve, m.marketing_cost
                        FROM customer_month m
                        WHERE m.customer_id = s.customer_id AND m.month >= $19::date AND m.month < $20::dateAND m.month >=
                          (SELECT array_agg((e.at AT TIME ZONE $6::text)::date ORDER BY e.n)FROM unnest($17::timestamptz[]) WITH ORDINALITY AS e (at, n))[s.lo] AND m.month < CASE WHEN s.hi > (cardinality($17::timestamptz[]) - 1) THEN $20::date ELSE
                          (SELECT array_agg((e.at AT TIME ZONE $6::text)::date ORDER BY e.n)FROM unnest($17::timestamptz[]) WITH ORDINALITY AS e (at, n))[s.hi] END OFFSET 0  ) m GROUP BY m.month) m UNION ALL SELECT (cardinality($17::timestamptz[]) - 1), -e.revenue, -e.known_revenue, -e.returns, -e.cost_of_goods, -e.cost_to_serve, -e.marketing_costFROM
                      (SELECT o.customer_id, o.ordered_at, o.total, o.known_revenue, 0, o.cost_of_goods, 0, 0
                      FROM customer_order o
                      WHERE true AND o.cancelled_at IS NULL AND o.ordered_at >= $21::timestamptz AND o.ordered_at < $22::timestamptz UNION ALL SELECT l.customer_id, r.returned_at, 0, 0, l.refund, -l.returned_cost, 0, 0
                      FROM order_return r JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                      WHERE true AND true AND o.cancelled_at IS NULL AND r.returned_at >= $21::timestamptz AND r.returned_at < $22::timestamptz UNION ALL SELECT t.customer_id, t.occurred_at, 0, 0, 0, 0, CASE WHEN t.campaign_id IS NULL THEN t.cost ELSE 0 END, CASE WHEN t.campaign_id IS NULL THEN 0 ELSE t.cost END
                      FROM touchpoint t
                      WHERE true AND t.cost <> 0 AND t.occurred_at >= $21::timestamptz AND t.occurred_at < $22::timestamptz) e (customer_id, at, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost) JOIN span s ON s.customer_id = e.customer_id AND s.hi > (cardinality($17::timestamptz[]) - 1)) f (n, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost) GROUP BY f.n) f ON f.n = p.nLEFT JOIN
                  (SELECT r.n, sum(g.lifetime_value) AS lifetime_value,  sum(g.churn) / nullif(sum(g.scored), 0) AS churn_probabilityFROM (  SELECT g.rows, sum(g.lifetime_value) AS lifetime_value, sum(g.churn) AS churn, count(g.churn) AS scored
                    FROM (    SELECT (greatest(s.lo, h.n)) * 1000 + (least(s.hi, h.next)) AS rows, h.lifetime_value,      h.churn_probability::float8 AS churn
                      FROM
                        (SELECT s.*
                        FROM span s
                        WHERE s.lo < (CASE WHEN ($17::timestamptz[])[cardinality($17::timestamptz[])] = $5::timestamptz THEN (cardinality($17::timestamptz[]) - 1) ELSE (cardinality($17::timestamptz[]) - 1) + 1 END) AND NOT EXISTS
                          (SELECT FROM customer_consent k
                          WHERE k.customer_id = s.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) OFFSET 0) s CROSS JOIN LATERAL (      SELECT h.lifetime_value, h.churn_probability, h.n,        least(width_bucket(h.as_of,
                              (SELECT p.of_all
                              FROM past p)), lead(h.n, 1, (CASE WHEN ($17::timestamptz[])[cardinality($17::timestamptz[])] = $5::timestamptz THEN (cardinality($17::timestamptz[]) - 1) ELSE (cardinality($17::timestamptz[]) - 1) + 1 END)) OVER (ORDER BY h.as_of)) AS next
                        FROM (        SELECT h.as_of, h.lifetime_value, h.churn_probability, greatest(width_bucket(h.as_of - interval '1 microsecond', $17::timestamptz[]), 1) AS n
                          FROM score_snapshot h
                          WHERE h.customer_id = s.customer_id          AND h.as_of >=
                            (SELECT p.of_all
                            FROM past p)[s.lo + 1] AND h.as_of <= ($17::timestamptz[])[least(s.hi, (CASE WHEN ($17::timestamptz[])[cardinality($17::timestamptz[])] = $5::timestamptz THEN (cardinality($17::timestamptz[]) - 1) ELSE (cardinality($17::timestamptz[]) - 1) + 1 END))]      ) h OFFSET 0    ) h
                      WHERE s.lo < h.next AND s.hi > h.n    UNION ALL    SELECT ((cardinality($17::timestamptz[]) - 1)) * 1000 + ((cardinality($17::timestamptz[]) - 1) + 1) AS rows, c.lifetime_value, c.churn_probability::float8
                      FROM customer_score c    JOIN span s ON s.customer_id = c.customer_id AND s.hi > (cardinality($17::timestamptz[]) - 1)
                      WHERE ($17::timestamptz[])[cardinality($17::timestamptz[])] = $5::timestamptz  ) g GROUP BY g.rows) g CROSS JOIN LATERAL generate_series(g.rows / 1000, g.rows % 1000 - 1) AS r (n) GROUP BY r.n) v ON v.n = p.nLEFT JOIN
                  (SELECT r.n, sum(g.repeaters)::bigint AS repeaters
                  FROM (  SELECT g.rows, count(*) AS repeaters
                    FROM (    SELECT (greatest(s.lo, t.n)) * 1000 + (s.hi) AS rows
                      FROM span s    CROSS JOIN LATERAL (      SELECT o.ordered_at AS at
                        FROM customer_order o
                        WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at < ($17::timestamptz[])[s.hi] ORDER BY o.ordered_at LIMIT 1    ) f    CROSS JOIN LATERAL (      SELECT width_bucket(o.ordered_at, $17::timestamptz[]) AS n
                        FROM customer_order o
                        WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at > f.at        AND o.ordered_at < ($17::timestamptz[])[s.hi] AND (o.ordered_at AT TIME ZONE $6::text)::date <> (f.at AT TIME ZONE $6::text)::date      ORDER BY o.ordered_at LIMIT 1    ) t  ) g GROUP BY g.rows) g CROSS JOIN LATERAL generate_series(g.rows / 1000, g.rows % 1000 - 1) AS r (n) GROUP BY r.n) d ON d.n = p.nLEFT JOIN
                  (SELECT b.n, count(*) AS rebuyers
                  FROM span s CROSS JOIN LATERAL (  SELECT o.n, lag(o.n) OVER (ORDER BY o.ordered_at) AS before
                    FROM (    SELECT o.ordered_at, width_bucket(o.ordered_at, $17::timestamptz[]) AS n
                      FROM customer_order o
                      WHERE o.customer_id = s.customer_id AND o.cancelled_at IS NULL      AND o.ordered_at >= ($18::timestamptz || $17::timestamptz[])[s.lo] AND o.ordered_at < ($17::timestamptz[])[s.hi]  ) o) b
                  WHERE b.before = b.n - 1 AND b.n >= s.lo GROUP BY b.n) b ON b.n = p.nLEFT JOIN
                  (SELECT t.n, count(*) FILTER (WHERE t.kind = 'CAMPAIGN_SENT') AS contacts,  count(*) FILTER (WHERE t.kind = 'CAMPAIGN_RESPONSE') AS responsesFROM (  SELECT t.kind, t.n
                    FROM span s CROSS JOIN LATERAL (    SELECT t.kind, width_bucket(t.occurred_at, $17::timestamptz[]) AS n
                      FROM touchpoint t
                      WHERE t.customer_id = s.customer_id      AND t.occurred_at >= ($17::timestamptz[])[s.lo] AND t.occurred_at < ($17::timestamptz[])[s.hi]      AND t.kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE')      AND t.occurred_at >= ($17::timestamptz[])[1] AND t.occurred_at < ($17::timestamptz[])[cardinality($17::timestamptz[])] OFFSET 0  ) t) t GROUP BY t.n) t ON t.n = p.nCROSS JOIN LATERAL
                  (SELECT NOT $4::boolean AND coalesce(c.customers, 0) < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL) AS hidden) h) t5
              WHERE t5.as_of >= t1.created_at ORDER BY t5.n) r), '],"membersAt":{"totalCount":',
            (SELECT CASE WHEN count(*) <= 100000 AND (NOT EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                  (SELECT t1.segment_id UNION SELECT m.named_id
                  FROM veil_names n CROSS JOIN LATERAL
                    (SELECT u.named_id
                    FROM segment_use u
                    WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                    FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                    WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                WHERE y.personal AND y.retired_at IS NULL) OR
                (SELECT count(*)
                FROM
                  (SELECT 1
                  FROM customer_segment k
                  WHERE k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $23::timestamptz UNION ALL SELECT 1
                  FROM segment_stay k
                  WHERE k.segment_id = t1.segment_id AND k.entered_at <= $23::timestamptz AND k.left_at > $23::timestamptz LIMIT 5) q) = 5) THEN count(*)::text ELSE 'null' END
            FROM
              (SELECT 1
              FROM customer t6
              WHERE t6.merged_into IS NULL AND t6.erased_at IS NULL AND t6.customer_id IN
                (SELECT k.customer_id
                FROM customer_segment k
                WHERE k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $23::timestamptz UNION ALL SELECT coalesce(l.survivor_id, k.customer_id)
                FROM segment_stay k LEFT JOIN customer_alias l ON l.customer_id = k.customer_id
                WHERE k.segment_id = t1.segment_id AND k.entered_at <= $23::timestamptz AND k.left_at > $23::timestamptz) AND (NOT EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                    (SELECT t1.segment_id UNION SELECT m.named_id
                    FROM veil_names n CROSS JOIN LATERAL
                      (SELECT u.named_id
                      FROM segment_use u
                      WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                      FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                      WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                  FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                  WHERE y.personal AND y.retired_at IS NULL) OR
                  (SELECT count(*)
                  FROM
                    (SELECT 1
                    FROM customer_segment k
                    WHERE k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $23::timestamptz UNION ALL SELECT 1
                    FROM segment_stay k
                    WHERE k.segment_id = t1.segment_id AND k.entered_at <= $23::timestamptz AND k.left_at > $23::timestamptz LIMIT 5) q) = 5) LIMIT 100001) t), ',"nodes":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"displayName":', CASE WHEN t7.display_name IS NOT NULL THEN '"***"' ELSE 'null' END, '}') AS j
              FROM (WITH along AS MATERIALIZED
                  (SELECT w.id, row_number() OVER () AS n
                  FROM
                    (SELECT o.id
                    FROM
                      (SELECT t8.customer_id AS id
                      FROM customer t8
                      WHERE t8.merged_into IS NULL AND t8.erased_at IS NULL AND (NOT EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                            (SELECT t1.segment_id UNION SELECT m.named_id
                            FROM veil_names n CROSS JOIN LATERAL
                              (SELECT u.named_id
                              FROM segment_use u
                              WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                              FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                              WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                          FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                          WHERE y.personal AND y.retired_at IS NULL) OR
                          (SELECT count(*)
                          FROM
                            (SELECT 1
                            FROM customer_segment k
                            WHERE k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $23::timestamptz UNION ALL SELECT 1
                            FROM segment_stay k
                            WHERE k.segment_id = t1.segment_id AND k.entered_at <= $23::timestamptz AND k.left_at > $23::timestamptz LIMIT 5) q) = 5) AND NOT (t1.member_count::float8 ^ 2 < 50 *
                          (SELECT c.reltuples
                          FROM pg_class c
                          WHERE c.oid = 'customer'::regclass)) ORDER BY t8.created_at DESC NULLS FIRST, t8.customer_id DESC LIMIT 20000) o
                    WHERE (EXISTS
                        (SELECT 1
                        FROM customer_segment k
                        WHERE k.customer_id = o.id AND k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $23::timestamptz) OR EXISTS
                        (SELECT 1
                        FROM segment_stay k
                        WHERE k.customer_id IN
                          (SELECT o.id UNION ALL SELECT l.customer_id
                          FROM customer_alias l
                          WHERE l.survivor_id = o.id) AND k.segment_id = t1.segment_id AND k.entered_at <= $23::timestamptz AND k.left_at > $23::timestamptz)) LIMIT 50) w LIMIT 50) SELECT a.id, a.n
                FROM along a
                WHERE
                  (SELECT count(*)
                  FROM along) = 50 UNION ALL
                  (SELECT w.id, row_number() OVER ()
                  FROM
                    (SELECT t8.customer_id AS id
                    FROM customer t8
                    WHERE t8.merged_into IS NULL AND t8.erased_at IS NULL AND (NOT EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                          (SELECT t1.segment_id UNION SELECT m.named_id
                          FROM veil_names n CROSS JOIN LATERAL
                            (SELECT u.named_id
                            FROM segment_use u
                            WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                            FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                            WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                        FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                        WHERE y.personal AND y.retired_at IS NULL) OR
                        (SELECT count(*)
                        FROM
                          (SELECT 1
                          FROM customer_segment k
                          WHERE k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $23::timestamptz UNION ALL SELECT 1
                          FROM segment_stay k
                          WHERE k.segment_id = t1.segment_id AND k.entered_at <= $23::timestamptz AND k.left_at > $23::timestamptz LIMIT 5) q) = 5) AND t8.customer_id = ANY (ARRAY
                        (SELECT k.customer_id
                        FROM customer_segment k
                        WHERE k.segments @> ARRAY[t1.number] AND k.entered_at[array_position(k.segments, t1.number)] <= $23::timestamptz UNION ALL SELECT coalesce(l.survivor_id, k.customer_id)
                        FROM segment_stay k LEFT JOIN customer_alias l ON l.customer_id = k.customer_id
                        WHERE k.segment_id = t1.segment_id AND k.entered_at <= $23::timestamptz AND k.left_at > $23::timestamptz)) AND
                      (SELECT count(*)
                      FROM along) < 50 ORDER BY t8.created_at DESC NULLS FIRST, t8.customer_id DESC LIMIT 50) w LIMIT 50)) p CROSS JOIN customer t7
              WHERE t7.customer_id = p.id ORDER BY p.n) r), ']},"changes":{"nodes":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"entered":', coalesce((t9.entered)::text, 'null'), ',"at":', coalesce(to_json(t9.at), 'null'), ',"cause":"', t9.cause, '","customer":', coalesce(
                    (SELECT concat('{"displayName":', CASE WHEN t10.display_name IS NOT NULL THEN '"***"' ELSE 'null' END, '}') AS j
                    FROM customer t10
                    WHERE t10.customer_id = coalesce(
                        (SELECT survivor_id
                        FROM customer_alias
                        WHERE customer_id = t9.customer_id), t9.customer_id)), 'null'), '}') AS j
              FROM
                (SELECT c.*, CASE WHEN c.entered THEN c.customer_id ELSE md5(uuid_send(c.customer_id))::uuid END AS change_id
                FROM
                  (SELECT k.customer_id, t1.segment_id, true AS entered, k.entered_at[array_position(k.segments, t1.number)] AS at, (ARRAY['DATA_CHANGED', 'TIME_PASSED', 'RULE_CHANGED', 'LIST_CHANGED', 'MERGED'])[k.causes[array_position(k.segments, t1.number)]::int] AS cause
                  FROM customer_segment k
                  WHERE k.segments @> ARRAY[t1.number] UNION ALL SELECT k.customer_id, k.segment_id, true, k.entered_at, k.entered_cause
                  FROM segment_stay k
                  WHERE k.segment_id = t1.segment_id UNION ALL SELECT k.customer_id, k.segment_id, false, k.left_at, k.left_cause
                  FROM segment_stay k
                  WHERE k.segment_id = t1.segment_id) c) t9
              WHERE NOT EXISTS
                (SELECT FROM segment w
                WHERE w.segment_id = t1.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                    (SELECT w.segment_id UNION SELECT m.named_id
                    FROM veil_names n CROSS JOIN LATERAL
                      (SELECT u.named_id
                      FROM segment_use u
                      WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                      FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                      WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                  FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                  WHERE y.personal AND y.retired_at IS NULL)) ORDER BY t9.at DESC NULLS FIRST, t9.change_id DESC LIMIT 50) r), ']}}') AS j
        FROM segment t1
        WHERE t1.key = $1::text), 'null'), '}'), 'UTF8')
