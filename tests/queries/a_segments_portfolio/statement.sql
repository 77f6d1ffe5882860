SELECT convert_to(concat('{"segment":', coalesce(
        (SELECT concat('{"portfolio":', coalesce((WITH who_t2 AS
                (SELECT k.customer_id
                FROM customer_segment k
                WHERE k.segments @> ARRAY[t1.number] AND ($2::boolean OR NOT EXISTS
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
                      WHERE y.personal AND y.retired_at IS NULL)))), earned_t2 AS
                (SELECT f.customer_id, sum(f.profit) AS profit
                FROM
                  (SELECT f.customer_id, (f.revenue - f.returns - f.cost_of_goods - f.cost_to_serve - f.marketing_cost) AS profit
                  FROM who_t2 w JOIN
                    (SELECT f.*
                    FROM
                      (SELECT m.customer_id, m.revenue, m.known_revenue, m.returns, m.cost_of_goods, m.cost_to_serve, m.marketing_cost
                      FROM customer_month m
                      WHERE true AND m.month >= $3::date) f (customer_id, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost)) f ON f.customer_id = w.customer_id ORDER BY f.customer_id) f GROUP BY f.customer_id), signs_t2 AS
                (SELECT count(*) FILTER (WHERE e.profit > 0) AS gained, count(*) FILTER (WHERE e.profit < 0) AS lost
                FROM earned_t2 e), ever_t2 AS
                (SELECT coalesce(sum(s.lifetime_value), 0) AS lifetime_value, count(*) FILTER (WHERE s.profit > 0) AS gained, count(*) FILTER (WHERE s.profit < 0) AS lost
                FROM who_t2 w JOIN customer_score s ON s.customer_id = w.customer_id) SELECT concat('{"customers":', coalesce((CASE WHEN ($2::boolean OR NOT EXISTS
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
                          WHERE y.personal AND y.retired_at IS NULL))) THEN
                      (SELECT count(*)
                      FROM who_t2) ELSE 5 END)::text, 'null'), ',"profitableCustomers":', coalesce((
                      (SELECT e.gained
                      FROM signs_t2 e))::text, 'null'), ',"unprofitableCustomers":', coalesce((
                      (SELECT e.lost
                      FROM signs_t2 e))::text, 'null'), ',"lifetimeValue":"', CASE WHEN
                  (SELECT e.lifetime_value
                  FROM ever_t2 e) = round(
                    (SELECT e.lifetime_value
                    FROM ever_t2 e), 2) THEN round(
                    (SELECT e.lifetime_value
                    FROM ever_t2 e), 2)::text ELSE trim_scale(
                    (SELECT e.lifetime_value
                    FROM ever_t2 e))::text END, '","profitability":', coalesce(
                    (SELECT concat('{"revenue":"', CASE WHEN t3.revenue = round(t3.revenue, 2) THEN round(t3.revenue, 2)::text ELSE trim_scale(t3.revenue)::text END, '","profit":"', CASE WHEN (t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost) = round((t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost), 2) THEN round((t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost), 2)::text ELSE trim_scale((t3.revenue - t3.returns - t3.cost_of_goods - t3.cost_to_serve - t3.marketing_cost))::text END, '"}') AS j
                    FROM
                      (SELECT coalesce(sum(f.revenue), 0) AS revenue, coalesce(sum(f.known_revenue), 0) AS known_revenue, coalesce(sum(f.returns), 0) AS returns, coalesce(sum(f.cost_of_goods), 0) AS cost_of_goods, coalesce(sum(f.cost_to_serve), 0) AS cost_to_serve, coalesce(sum(f.marketing_cost), 0) AS marketing_cost
                      FROM who_t2 w JOIN
                        (SELECT f.*
                        FROM
                          (SELECT m.customer_id, m.revenue, m.known_revenue, m.returns, m.cost_of_goods, m.cost_to_serve, m.marketing_cost
                          FROM customer_month m
                          WHERE true AND m.month >= $3::date) f (customer_id, revenue, known_revenue, returns, cost_of_goods, cost_to_serve, marketing_cost)) f ON f.customer_id = w.customer_id) t3), 'null'), '}') AS j
              FROM (VALUES (true)) t2 (there)), 'null'), '}') AS j
        FROM segment t1
        WHERE t1.key = $1::text), 'null'), ',"hidden":', coalesce(
        (SELECT concat('{"portfolio":', coalesce((WITH who_t5 AS
                (SELECT k.customer_id
                FROM customer_segment k
                WHERE k.segments @> ARRAY[t4.number] AND ($2::boolean OR NOT EXISTS
                    (SELECT FROM segment w
                    WHERE w.segment_id = t4.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                        (SELECT w.segment_id UNION SELECT m.named_id
                        FROM veil_names n CROSS JOIN LATERAL
                          (SELECT u.named_id
                          FROM segment_use u
                          WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                          FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                          WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                      FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                      WHERE y.personal AND y.retired_at IS NULL)))), ever_t5 AS
                (SELECT coalesce(sum(s.lifetime_value), 0) AS lifetime_value, count(*) FILTER (WHERE s.profit > 0) AS gained, count(*) FILTER (WHERE s.profit < 0) AS lost
                FROM who_t5 w JOIN customer_score s ON s.customer_id = w.customer_id) SELECT concat('{"customers":', coalesce((CASE WHEN ($2::boolean OR NOT EXISTS
                        (SELECT FROM segment w
                        WHERE w.segment_id = t4.segment_id AND w.member_count < 5 AND EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                            (SELECT w.segment_id UNION SELECT m.named_id
                            FROM veil_names n CROSS JOIN LATERAL
                              (SELECT u.named_id
                              FROM segment_use u
                              WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                              FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                              WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                          FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                          WHERE y.personal AND y.retired_at IS NULL))) THEN
                      (SELECT count(*)
                      FROM who_t5) ELSE 5 END)::text, 'null'), ',"profitableCustomers":', coalesce((
                      (SELECT e.gained
                      FROM ever_t5 e))::text, 'null'), ',"lifetimeValue":"', CASE WHEN
                  (SELECT e.lifetime_value
                  FROM ever_t5 e) = round(
                    (SELECT e.lifetime_value
                    FROM ever_t5 e), 2) THEN round(
                    (SELECT e.lifetime_value
                    FROM ever_t5 e), 2)::text ELSE trim_scale(
                    (SELECT e.lifetime_value
                    FROM ever_t5 e))::text END, '","profitability":', coalesce(
                    (SELECT concat('{"profit":"', CASE WHEN (t6.revenue - t6.returns - t6.cost_of_goods - t6.cost_to_serve - t6.marketing_cost) = round((t6.revenue - t6.returns - t6.cost_of_goods - t6.cost_to_serve - t6.marketing_cost), 2) THEN round((t6.revenue - t6.returns - t6.cost_of_goods - t6.cost_to_serve - t6.marketing_cost), 2)::text ELSE trim_scale((t6.revenue - t6.returns - t6.cost_of_goods - t6.cost_to_serve - t6.marketing_cost))::text END, '"}') AS j
                    FROM
                      (SELECT coalesce(sum(f.revenue), 0) AS revenue, coalesce(sum(f.known_revenue), 0) AS known_revenue, coalesce(sum(f.returns), 0) AS returns, coalesce(sum(f.cost_of_goods), 0) AS cost_of_goods, coalesce(sum(f.cost_to_serve), 0) AS cost_to_serve, coalesce(sum(f.marketing_cost), 0) AS marketing_cost
                      FROM who_t5 w JOIN customer_month f ON f.customer_id = w.customer_id) t6), 'null'), '}') AS j
              FROM (VALUES (true)) t5 (there)), 'null'), '}') AS j
        FROM segment t4
        WHERE t4.key = $4::text), 'null'), '}'), 'UTF8')
