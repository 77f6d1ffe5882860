SELECT convert_to(concat('{"portfolio":', coalesce((WITH who_t1 AS
          (SELECT t5.customer_id
          FROM customer t5
          WHERE t5.merged_into IS NULL AND t5.erased_at IS NULL) SELECT concat('{"relationshipAudit":', coalesce(
              (SELECT concat('{"over":{"from":', coalesce(to_json(t2.began), 'null'), ',"until":', coalesce(to_json(t2.ended), 'null'), '},"signals":[',
                  (SELECT string_agg(r.j, ',')
                  FROM
                    (SELECT concat('{"kind":"', t3.kind, '","current":', coalesce((t3.current)::text, 'null'), ',"previous":', coalesce((t3.previous)::text, 'null'), ',"change":', coalesce((t3.change)::text, 'null'), ',"significant":', coalesce((t3.significant)::text, 'null'), ',"group":', CASE WHEN t3.group_key IS NOT NULL THEN concat('{"key":', coalesce(to_json(t3.group_key), 'null'), ',"label":', coalesce(to_json(t3.group_label), 'null'), ',"where":', coalesce(((CASE WHEN '{}'::jsonb ?| ARRAY
                                (SELECT jsonb_object_keys(t3.group_where)) THEN '{}'::jsonb || jsonb_build_object('all', coalesce('{}'::jsonb -> 'all', '[]') || jsonb_build_array(t3.group_where)) ELSE '{}'::jsonb || t3.group_where END))::text, 'null'), '}') ELSE 'null' END, ',"detail":', coalesce(to_json(t3.detail), 'null'), '}') AS j
                    FROM (WITH known AS MATERIALIZED ( SELECT k.*, greatest(k.at, k.of_all) AS upto, k.of_all <= k.at AS sure, k.n = 3 AND k.at = $1::timestamptz OR k.of_all IS NULL AS live
                        FROM ( SELECT x.n, x.at, coalesce(max(l.as_of) FILTER (WHERE l.as_of <= x.at), min(l.as_of)) AS of_all
                          FROM (VALUES (1, ((CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END) - ($3::timestamptz - (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END)))), (2, (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END)), (3, $3::timestamptz)) x (n, at) LEFT JOIN snapshot_of_all l ON true GROUP BY x.n, x.at ) k ),later1 AS MATERIALIZED ( SELECT DISTINCT ON (h.customer_id) h.customer_id, CASE h.value_tier WHEN 'HIGH' THEN 1 ELSE 0 END + CASE h.risk_band WHEN 'LOW' THEN 2 WHEN 'MEDIUM' THEN 4 WHEN 'HIGH' THEN 6 ELSE 0 END + CASE h.lifecycle_stage WHEN 'LAPSED' THEN 16 ELSE 8 END AS code
                        FROM score_snapshot h
                        WHERE h.as_of >
                          (SELECT k.of_all
                          FROM known k
                          WHERE k.n = 1 AND NOT k.live) AND h.as_of <=
                          (SELECT k.upto
                          FROM known k
                          WHERE k.n = 1) ORDER BY h.customer_id, h.as_of DESC ), state1 AS ( SELECT l.customer_id, l.code
                        FROM later1 l UNION ALL SELECT h.customer_id, CASE h.value_tier WHEN 'HIGH' THEN 1 ELSE 0 END + CASE h.risk_band WHEN 'LOW' THEN 2 WHEN 'MEDIUM' THEN 4 WHEN 'HIGH' THEN 6 ELSE 0 END + CASE h.lifecycle_stage WHEN 'LAPSED' THEN 16 ELSE 8 END
                        FROM score_snapshot h
                        WHERE h.as_of =
                          (SELECT k.of_all
                          FROM known k
                          WHERE k.n = 1 AND NOT k.live) AND NOT EXISTS
                          (SELECT FROM later1 l
                          WHERE l.customer_id = h.customer_id) UNION ALL SELECT h.customer_id, CASE h.value_tier WHEN 'HIGH' THEN 1 ELSE 0 END + CASE h.risk_band WHEN 'LOW' THEN 2 WHEN 'MEDIUM' THEN 4 WHEN 'HIGH' THEN 6 ELSE 0 END + CASE h.lifecycle_stage WHEN 'LAPSED' THEN 16 ELSE 8 END + CASE WHEN h.lifecycle_stage = 'LAPSED' AND h.lifecycle_since >= (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END) AND h.lifecycle_since < $3::timestamptz THEN 32 ELSE 0 END
                        FROM customer_score h
                        WHERE
                          (SELECT k.live
                          FROM known k
                          WHERE k.n = 1) AND h.as_of IS NOT NULL ),later2 AS MATERIALIZED ( SELECT DISTINCT ON (h.customer_id) h.customer_id, CASE h.value_tier WHEN 'HIGH' THEN 1 ELSE 0 END + CASE h.risk_band WHEN 'LOW' THEN 2 WHEN 'MEDIUM' THEN 4 WHEN 'HIGH' THEN 6 ELSE 0 END + CASE h.lifecycle_stage WHEN 'LAPSED' THEN 16 ELSE 8 END AS code
                        FROM score_snapshot h
                        WHERE h.as_of >
                          (SELECT k.of_all
                          FROM known k
                          WHERE k.n = 2 AND NOT k.live) AND h.as_of <=
                          (SELECT k.upto
                          FROM known k
                          WHERE k.n = 2) ORDER BY h.customer_id, h.as_of DESC ), state2 AS ( SELECT l.customer_id, l.code
                        FROM later2 l UNION ALL SELECT h.customer_id, CASE h.value_tier WHEN 'HIGH' THEN 1 ELSE 0 END + CASE h.risk_band WHEN 'LOW' THEN 2 WHEN 'MEDIUM' THEN 4 WHEN 'HIGH' THEN 6 ELSE 0 END + CASE h.lifecycle_stage WHEN 'LAPSED' THEN 16 ELSE 8 END
                        FROM score_snapshot h
                        WHERE h.as_of =
                          (SELECT k.of_all
                          FROM known k
                          WHERE k.n = 2 AND NOT k.live) AND NOT EXISTS
                          (SELECT FROM later2 l
                          WHERE l.customer_id = h.customer_id) UNION ALL SELECT h.customer_id, CASE h.value_tier WHEN 'HIGH' THEN 1 ELSE 0 END + CASE h.risk_band WHEN 'LOW' THEN 2 WHEN 'MEDIUM' THEN 4 WHEN 'HIGH' THEN 6 ELSE 0 END + CASE h.lifecycle_stage WHEN 'LAPSED' THEN 16 ELSE 8 END + CASE WHEN h.lifecycle_stage = 'LAPSED' AND h.lifecycle_since >= (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END) AND h.lifecycle_since < $3::timestamptz THEN 32 ELSE 0 END
                        FROM customer_score h
                        WHERE
                          (SELECT k.live
                          FROM known k
                          WHERE k.n = 2) AND h.as_of IS NOT NULL ),later3 AS MATERIALIZED ( SELECT DISTINCT ON (h.customer_id) h.customer_id, CASE h.value_tier WHEN 'HIGH' THEN 1 ELSE 0 END + CASE h.risk_band WHEN 'LOW' THEN 2 WHEN 'MEDIUM' THEN 4 WHEN 'HIGH' THEN 6 ELSE 0 END + CASE h.lifecycle_stage WHEN 'LAPSED' THEN 16 ELSE 8 END AS code
                        FROM score_snapshot h
                        WHERE h.as_of >
                          (SELECT k.of_all
                          FROM known k
                          WHERE k.n = 3 AND NOT k.live) AND h.as_of <=
                          (SELECT k.upto
                          FROM known k
                          WHERE k.n = 3) ORDER BY h.customer_id, h.as_of DESC ), state3 AS ( SELECT l.customer_id, l.code
                        FROM later3 l UNION ALL SELECT h.customer_id, CASE h.value_tier WHEN 'HIGH' THEN 1 ELSE 0 END + CASE h.risk_band WHEN 'LOW' THEN 2 WHEN 'MEDIUM' THEN 4 WHEN 'HIGH' THEN 6 ELSE 0 END + CASE h.lifecycle_stage WHEN 'LAPSED' THEN 16 ELSE 8 END
                        FROM score_snapshot h
                        WHERE h.as_of =
                          (SELECT k.of_all
                          FROM known k
                          WHERE k.n = 3 AND NOT k.live) AND NOT EXISTS
                          (SELECT FROM later3 l
                          WHERE l.customer_id = h.customer_id) UNION ALL SELECT h.customer_id, CASE h.value_tier WHEN 'HIGH' THEN 1 ELSE 0 END + CASE h.risk_band WHEN 'LOW' THEN 2 WHEN 'MEDIUM' THEN 4 WHEN 'HIGH' THEN 6 ELSE 0 END + CASE h.lifecycle_stage WHEN 'LAPSED' THEN 16 ELSE 8 END + CASE WHEN h.lifecycle_stage = 'LAPSED' AND h.lifecycle_since >= (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END) AND h.lifecycle_since < $3::timestamptz THEN 32 ELSE 0 END
                        FROM customer_score h
                        WHERE
                          (SELECT k.live
                          FROM known k
                          WHERE k.n = 3) AND h.as_of IS NOT NULL ),moved AS MATERIALIZED ( SELECT m.*
                        FROM ( SELECT p.customer_id, p.y & 1 = 1 AS best_before, p.y & 6 > 0 AND p.y & 6 < p.x & 6 AS risen_before, p.y & 8 = 8 AND p.x & 16 = 16 AS left_before, p.x & 1 = 1 AS best, p.x & 6 > 0 AND p.x & 6 < p.z & 6 AS risen, p.z & 16 = 16 AND CASE WHEN
                            (SELECT k.live
                            FROM known k
                            WHERE k.n = 3) THEN p.z & 32 = 32 ELSE p.x & 8 = 8 END AS gone
                          FROM ( SELECT u.customer_id, sum(u.code) & 63 AS y, sum(u.code) >> 6 & 63 AS x, sum(u.code) >> 12 AS z
                            FROM ( SELECT y.customer_id, y.code
                              FROM state1 y UNION ALL SELECT x.customer_id, x.code << 6
                              FROM state2 x UNION ALL SELECT z.customer_id, z.code << 12
                              FROM state3 z ) u GROUP BY u.customer_id ) p ) m
                        WHERE (m.best OR m.best_before OR m.gone OR m.left_before) AND NOT EXISTS
                          (SELECT FROM customer c
                          WHERE c.customer_id = m.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)) ), best AS MATERIALIZED ( SELECT m.*
                        FROM moved m
                        WHERE (m.best OR m.best_before) AND NOT EXISTS
                          (SELECT FROM customer_consent k
                          WHERE k.customer_id = m.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) ),said AS MATERIALIZED ( SELECT t.customer_id, t.kind, t.satisfaction, t.recommend_score, t.occurred_at >= (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END) AS recent
                        FROM touchpoint t
                        WHERE NOT EXISTS
                          (SELECT FROM customer c
                          WHERE c.customer_id = t.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)) AND t.occurred_at >= ((CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END) - ($3::timestamptz - (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END))) AND t.occurred_at < $3::timestamptz AND (t.satisfaction IS NOT NULL OR t.recommend_score IS NOT NULL OR t.kind IN ('COMPLAINT', 'UNSUBSCRIBE', 'SWITCHED_AWAY', 'COMPETITOR_OFFER')) ), bought AS MATERIALIZED ( SELECT m.customer_id, m.best, m.best_before, bool_or(o.ordered_at < ((CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END) - ($3::timestamptz - (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END)))) AS long_ago, bool_or(o.ordered_at >= ((CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END) - ($3::timestamptz - (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END))) AND o.ordered_at < (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END)) AS before, bool_or(o.ordered_at >= (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END)) AS again
                        FROM best m JOIN customer_order o ON o.customer_id = m.customer_id
                        WHERE o.cancelled_at IS NULL AND o.ordered_at >= (((CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END) - ($3::timestamptz - (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END))) - ($3::timestamptz - (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END))) AND o.ordered_at < $3::timestamptz GROUP BY m.customer_id, m.best, m.best_before ),event (kind, customer_id, current, previous) AS ( SELECT CASE s.kind WHEN 'COMPLAINT' THEN 'COMPLAINTS' ELSE 'UNSUBSCRIBES' END, s.customer_id, count(*) FILTER (WHERE s.recent), count(*) FILTER (WHERE NOT s.recent)
                        FROM said s
                        WHERE s.kind IN ('COMPLAINT', 'UNSUBSCRIBE') GROUP BY 1, 2 UNION ALL SELECT 'COMPETITORS_COURTING_BEST', s.customer_id, count(*) FILTER (WHERE s.recent AND m.best), count(*) FILTER (WHERE NOT s.recent AND m.best_before)
                        FROM said s JOIN best m ON m.customer_id = s.customer_id
                        WHERE s.kind = 'COMPETITOR_OFFER' GROUP BY 2 UNION ALL SELECT 'NEW_CUSTOMERS', s.customer_id, CASE WHEN s.first_order_at >= (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END) THEN 1 ELSE 0 END, CASE WHEN s.first_order_at < (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END) THEN 1 ELSE 0 END
                        FROM customer_score s JOIN who_t1 w ON w.customer_id = s.customer_id
                        WHERE s.first_order_at >= ((CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END) - ($3::timestamptz - (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END))) AND s.first_order_at < $3::timestamptz UNION ALL SELECT 'CUSTOMERS_SWITCHING_AWAY', g.customer_id, max(g.current), max(g.previous)
                        FROM ( SELECT m.customer_id, CASE WHEN m.gone THEN 1 ELSE 0 END AS current, CASE WHEN m.left_before THEN 1 ELSE 0 END AS previous
                          FROM moved m
                          WHERE m.gone OR m.left_before UNION ALL SELECT s.customer_id, CASE WHEN s.recent THEN 1 ELSE 0 END, CASE WHEN s.recent THEN 0 ELSE 1 END
                          FROM said s
                          WHERE s.kind = 'SWITCHED_AWAY' ) g GROUP BY g.customer_id ),counts AS
                        (SELECT x.kind, coalesce(sum(e.current), 0)::float8 AS current, coalesce(sum(e.previous), 0)::float8 AS previous, abs(sum(e.current - e.previous)) - 1 > 2.575829303549 * sqrt(sum((e.current - e.previous) ^ 2)) AS significant, count(*) FILTER (WHERE e.current > 0) AS customers, count(*) FILTER (WHERE e.previous > 0) AS customers_before
                        FROM (VALUES ('COMPLAINTS'), ('UNSUBSCRIBES'), ('COMPETITORS_COURTING_BEST'), ('NEW_CUSTOMERS'), ('CUSTOMERS_SWITCHING_AWAY')) x (kind) LEFT JOIN event e ON e.kind = x.kind GROUP BY x.kind),shares AS
                        (SELECT s.*, CASE WHEN s.n > 0 AND s.m > 0 AND s.x + s.y > 0 AND s.x + s.y < s.n + s.m THEN abs(s.x / s.n - s.y / s.m) - (1 / s.n + 1 / s.m) / 2 > 2.575829303549 * sqrt((s.x + s.y) / (s.n + s.m) * (1 - (s.x + s.y) / (s.n + s.m)) * (1 / s.n + 1 / s.m)) END AS significant
                        FROM ( SELECT 'BEST_CUSTOMERS_AT_RISK' AS kind, count(*) FILTER (WHERE m.best AND m.risen)::float8 AS x, count(*) FILTER (WHERE m.best)::float8 AS n, count(*) FILTER (WHERE m.best_before AND m.risen_before)::float8 AS y, count(*) FILTER (WHERE m.best_before)::float8 AS m
                          FROM best m UNION ALL SELECT 'REPURCHASE_RATE_OF_BEST', count(*) FILTER (WHERE o.best AND o.before AND o.again), count(*) FILTER (WHERE o.best AND o.before), count(*) FILTER (WHERE o.best_before AND o.long_ago AND o.before), count(*) FILTER (WHERE o.best_before AND o.long_ago)
                          FROM bought o ) s),means AS
                        (SELECT s.kind, s.current, s.previous, s.n, s.m, s.many, s.many_before, CASE WHEN s.k > 4 AND s.l > 4 AND s.v + s.u > 0 THEN z.score > 2.575829303549 END AS significant
                        FROM ( SELECT q.kind, q.current, q.previous, q.n, q.m, q.many, q.many_before, count(*) FILTER (WHERE q.a > 0)::float8 AS k, count(*) FILTER (WHERE q.b > 0)::float8 AS l, sum((q.s - q.current * q.a) ^ 2) FILTER (WHERE q.a > 0) / q.n ^ 2 * count(*) FILTER (WHERE q.a > 0) / nullif(count(*) FILTER (WHERE q.a > 0) - 1, 0)::float8 AS v, sum((q.r - q.previous * q.b) ^ 2) FILTER (WHERE q.b > 0) / q.m ^ 2 * count(*) FILTER (WHERE q.b > 0) / nullif(count(*) FILTER (WHERE q.b > 0) - 1, 0)::float8 AS u
                          FROM ( SELECT p.*, sum(p.s) OVER w / nullif(sum(p.a) OVER w, 0) AS current, sum(p.r) OVER w / nullif(sum(p.b) OVER w, 0) AS previous, sum(p.a) OVER w AS n, sum(p.b) OVER w AS m, count(*) FILTER (WHERE p.a > 0) OVER w AS many, count(*) FILTER (WHERE p.b > 0) OVER w AS many_before
                            FROM ( SELECT x.kind, s.customer_id, count(*) FILTER (WHERE s.recent)::float8 AS a, count(*) FILTER (WHERE NOT s.recent)::float8 AS b, coalesce(sum(x.answer) FILTER (WHERE s.recent), 0)::float8 AS s, coalesce(sum(x.answer) FILTER (WHERE NOT s.recent), 0)::float8 AS r
                              FROM said s CROSS JOIN LATERAL ( VALUES ('RECOMMEND_SCORE', s.recommend_score), ('AVERAGE_SATISFACTION', s.satisfaction) ) x (kind, answer)
                              WHERE x.answer IS NOT NULL GROUP BY x.kind, s.customer_id ) p WINDOW w AS (PARTITION BY p.kind) ) q GROUP BY q.kind, q.current, q.previous, q.n, q.m, q.many, q.many_before ) s CROSS JOIN LATERAL
                          (SELECT ((s.v + s.u) ^ 2 / nullif(s.v ^ 2 / (s.k - 1) + s.u ^ 2 / (s.l - 1), 0)) - 0.5 AS a, (abs(s.current - s.previous) / sqrt(nullif(s.v + s.u, 0))) AS t, ((s.v + s.u) ^ 2 / nullif(s.v ^ 2 / (s.k - 1) + s.u ^ 2 / (s.l - 1), 0)) AS f) za CROSS JOIN LATERAL
                          (SELECT 48 * za.a ^ 2 AS b, sqrt(za.a * ln(1 + least(za.t, 1e12) ^ 2 / za.f)) AS z) zb CROSS JOIN LATERAL
                          (SELECT CASE WHEN za.f IS NULL THEN za.t ELSE zb.z + (zb.z ^ 3 + 3 * zb.z) / zb.b - (4 * zb.z ^ 7 + 33 * zb.z ^ 5 + 240 * zb.z ^ 3 + 855 * zb.z) / (10 * zb.b * (zb.b + 0.8 * zb.z ^ 4 + 100)) END AS score) z),sure AS MATERIALIZED ( SELECT NOT x.live AND x.upto < z.at AS risen, coalesce(y.sure, false) AS before, z.at = $1::timestamptz OR coalesce(x.sure, false) AS gone, CASE WHEN y.of_all IS NULL THEN ' Best customers are those of now: no scores of before are kept.' WHEN NOT y.sure THEN ' No scores are kept of before ' || to_char(y.of_all AT TIME ZONE $4::text, 'YYYY-MM-DD') || ': until then, best customers are those of that day.' ELSE '' END AS note
                        FROM known y JOIN known x ON x.n = 2 JOIN known z ON z.n = 3
                        WHERE y.n = 1 ),signal AS ( SELECT c.kind, c.current, c.previous, c.significant, trim(to_char(c.current, '999,999,999,990')) || CASE WHEN e.events AND c.customers > 0 THEN ', of different customers: ' || trim(to_char(c.customers, '999,999,999,990')) ELSE '' END AS told, trim(to_char(c.previous, '999,999,999,990')) || CASE WHEN e.events AND c.customers_before > 0 THEN ', of different customers: ' || trim(to_char(c.customers_before, '999,999,999,990')) ELSE '' END AS told_before
                        FROM counts c CROSS JOIN LATERAL
                          (SELECT c.kind NOT IN ('NEW_CUSTOMERS', 'CUSTOMERS_SWITCHING_AWAY') AS events) e UNION ALL SELECT s.kind, CASE s.kind WHEN 'REPURCHASE_RATE_OF_BEST' THEN s.x / nullif(s.n, 0) ELSE s.x END, CASE s.kind WHEN 'REPURCHASE_RATE_OF_BEST' THEN s.y / nullif(s.m, 0) ELSE s.y END, s.significant, trim(to_char(s.x, '999,999,999,990')) || ' of ' || trim(to_char(s.n, '999,999,999,990')) || coalesce(' (' || trim(to_char(100 * s.x / nullif(s.n, 0), '990.0')) || ' %)', ''), trim(to_char(s.y, '999,999,999,990')) || ' of ' || trim(to_char(s.m, '999,999,999,990')) || coalesce(' (' || trim(to_char(100 * s.y / nullif(s.m, 0), '990.0')) || ' %)', '')
                        FROM shares s UNION ALL SELECT m.kind, m.current, m.previous, m.significant, coalesce(trim(to_char(m.current, '990.00')) || ', answers: ' || trim(to_char(m.n, '999,999,999,990')), 'no answers'), coalesce(trim(to_char(m.previous, '990.00')) || ', answers: ' || trim(to_char(m.m, '999,999,999,990')), 'no answers')
                        FROM means m ),concerned (kind, customer_id) AS ( SELECT 'BEST_CUSTOMERS_AT_RISK', m.customer_id
                        FROM best m
                        WHERE m.best AND m.risen UNION ALL SELECT 'REPURCHASE_RATE_OF_BEST', o.customer_id
                        FROM bought o
                        WHERE o.best AND o.before AND NOT o.again UNION ALL SELECT 'COMPETITORS_COURTING_BEST', e.customer_id
                        FROM event e
                        WHERE e.kind = 'COMPETITORS_COURTING_BEST' AND e.current > 0 UNION ALL SELECT DISTINCT 'RECOMMEND_SCORE', s.customer_id
                        FROM said s
                        WHERE s.recent AND s.recommend_score <= 6 UNION ALL SELECT e.kind, e.customer_id
                        FROM event e
                        WHERE e.kind = 'CUSTOMERS_SWITCHING_AWAY' AND e.current > 0 AND $3::timestamptz < $1::timestamptz ) SELECT x.n, x.kind, t.current, t.previous, t.current - t.previous AS change, coalesce(s.significant AND t.current IS NOT NULL AND t.previous IS NOT NULL, false) AS significant, x.label || ': ' || CASE WHEN x.now THEN coalesce(s.told, 'no answers') ELSE 'not known' END || '; in the period before: ' || CASE WHEN x.before THEN coalesce(s.told_before, 'no answers') ELSE 'not known' END || '.' || x.note AS detail, CASE WHEN g.those IS NOT NULL THEN x.kind END AS group_key, x.whom AS group_label, g.those AS group_where
                      FROM ( SELECT v.n, v.kind, v.label, v.whom, CASE v.n WHEN 1 THEN k.risen WHEN 2 THEN k.gone ELSE true END AS now, v.n > 2 OR k.before AS before, CASE WHEN v.n IN (1, 3, 5) THEN k.note WHEN v.n = 2 AND NOT k.before THEN ' Who lapsed is known since scores are kept.' ELSE '' END AS note
                        FROM sure k CROSS JOIN (VALUES (1, 'BEST_CUSTOMERS_AT_RISK', 'Best customers who came into a higher risk band', 'Best customers whose risk has risen'), (2, 'CUSTOMERS_SWITCHING_AWAY', 'Customers who left', 'Customers who left'), (3, 'REPURCHASE_RATE_OF_BEST', 'Best customers who bought again, of those who bought in the period before', 'Best customers who did not buy again'), (4, 'NEW_CUSTOMERS', 'Customers who ordered for the first time', 'New customers'), (5, 'COMPETITORS_COURTING_BEST', 'Offers of competitors to best customers', 'Best customers whom competitors courted'), (6, 'RECOMMEND_SCORE', 'Mean recommend score', 'Customers who answered 0 to 6'), (7, 'COMPLAINTS', 'Complaints', 'Customers who complained'), (8, 'UNSUBSCRIBES', 'Unsubscribes', 'Customers who unsubscribed'), (9, 'AVERAGE_SATISFACTION', 'Mean satisfaction', 'Customers who answered 0 to 4')) v (n, kind, label, whom) ) x LEFT JOIN signal s ON s.kind = x.kind CROSS JOIN LATERAL ( SELECT CASE WHEN x.now THEN s.current END AS current, CASE WHEN x.before THEN s.previous END AS previous ) t LEFT JOIN
                        (SELECT c.kind, jsonb_build_object('id', jsonb_build_object('in', jsonb_agg('cus_' || replace(c.customer_id::text, '-', '') ORDER BY c.customer_id))) AS those
                        FROM concerned c GROUP BY c.kind HAVING count(*) <= 1000) i ON i.kind = x.kind CROSS JOIN LATERAL
                        (SELECT CASE WHEN t.current IS NOT NULL THEN CASE x.kind WHEN 'NEW_CUSTOMERS' THEN jsonb_build_object('firstOrderAt', jsonb_build_object('gte', (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END), 'lt', $3::timestamptz)) WHEN 'COMPLAINTS' THEN jsonb_build_object('touchpoints', jsonb_build_object('where', jsonb_build_object('kind', jsonb_build_array('COMPLAINT'), 'occurredAt', jsonb_build_object('gte', (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END), 'lt', $3::timestamptz)))) WHEN 'UNSUBSCRIBES' THEN jsonb_build_object('touchpoints', jsonb_build_object('where', jsonb_build_object('kind', jsonb_build_array('UNSUBSCRIBE'), 'occurredAt', jsonb_build_object('gte', (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END), 'lt', $3::timestamptz)))) WHEN 'AVERAGE_SATISFACTION' THEN jsonb_build_object('touchpoints', jsonb_build_object('where', jsonb_build_object('satisfaction', jsonb_build_object('lte', 4), 'occurredAt', jsonb_build_object('gte', (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END), 'lt', $3::timestamptz)))) WHEN 'CUSTOMERS_SWITCHING_AWAY' THEN CASE WHEN $3::timestamptz < $1::timestamptz THEN i.those ELSE jsonb_build_object('any', jsonb_build_array( jsonb_build_object('lifecycleStage', jsonb_build_array('LAPSED'), 'lifecycleSince', jsonb_build_object('gte', (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END), 'lt', $3::timestamptz)), jsonb_build_object('touchpoints', jsonb_build_object('where', jsonb_build_object('kind', jsonb_build_array('SWITCHED_AWAY'), 'occurredAt', jsonb_build_object('gte', (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END), 'lt', $3::timestamptz)))))) END ELSE i.those END END AS those) g) t3 ORDER BY t3.n) r), ']}') AS j
              FROM
                (SELECT (CASE WHEN isfinite($2::timestamptz) THEN least($2::timestamptz, $3::timestamptz) ELSE greatest($3::timestamptz - interval '90 days', '0001-01-01Z'::timestamptz) END) AS began, $3::timestamptz AS ended) t2), 'null'), ',"processQualityBy":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"group":{"key":', coalesce(to_json(t4.group_key), 'null'), ',"label":', coalesce(to_json(t4.group_label), 'null'), ',"where":', coalesce(((CASE WHEN '{}'::jsonb ?| ARRAY
                        (SELECT jsonb_object_keys(t4.group_where)) THEN '{}'::jsonb || jsonb_build_object('all', coalesce('{}'::jsonb -> 'all', '[]') || jsonb_build_array(t4.group_where)) ELSE '{}'::jsonb || t4.group_where END))::text, 'null'), '},"quality":{"averageSatisfaction":', coalesce((t4.satisfaction)::text, 'null'), ',"complaintsPerThousandOrders":', coalesce((t4.complaints)::text, 'null'), '}}') AS j
              FROM
                (SELECT g.*, g.key AS group_key, upper(left(g.key, 1)) || lower(replace(substr(g.key, 2), '_', ' ')) AS group_label, jsonb_build_object('any', jsonb_build_array(jsonb_build_object('touchpoints', jsonb_build_object('where', jsonb_build_object('channel', jsonb_build_array(g.key)) || (CASE WHEN false THEN '{}'::jsonb ELSE jsonb_build_object('occurredAt', jsonb_strip_nulls(jsonb_build_object('gte', CASE WHEN isfinite($2::timestamptz) THEN to_char($2::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') END, 'lt', CASE WHEN isfinite($3::timestamptz) THEN to_char($3::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') END))) END))), jsonb_build_object('orders', jsonb_build_object('where', jsonb_build_object('channel', jsonb_build_array(g.key)) || (CASE WHEN false THEN '{}'::jsonb ELSE jsonb_build_object('orderedAt', jsonb_strip_nulls(jsonb_build_object('gte', CASE WHEN isfinite($2::timestamptz) THEN to_char($2::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') END, 'lt', CASE WHEN isfinite($3::timestamptz) THEN to_char($3::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') END))) END))))) AS group_where
                FROM (WITH touched AS
                    (SELECT t.customer_id, t.occurred_at, t.kind, t.channel, t.function, t.source, t.handled_by, t.case_number, t.order_id, t.product_id, t.satisfaction, t.recommend_score
                    FROM touchpoint t
                    WHERE NOT EXISTS
                      (SELECT FROM customer c
                      WHERE c.customer_id = t.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)) AND t.occurred_at < $3::timestamptz AND (t.kind IN ('CASE_OPENED', 'CASE_RESOLVED') AND t.case_number IS NOT NULL OR t.occurred_at >= $2::timestamptz AND (t.kind = 'COMPLAINT' OR t.satisfaction IS NOT NULL OR t.recommend_score IS NOT NULL))), named AS
                    (SELECT DISTINCT l.customer_id, l.order_id, p.category
                    FROM touched t JOIN customer_order o ON o.customer_id = t.customer_id AND o.order_id = t.order_id JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id JOIN product p ON p.product_id = l.product_id
                    WHERE t.product_id IS NULL AND o.cancelled_at IS NULL), turn AS
                    (SELECT t.customer_id, min(t.occurred_at) FILTER (WHERE t.kind = 'CASE_OPENED') AS opened, max(t.occurred_at) FILTER (WHERE t.kind = 'CASE_RESOLVED') AS resolved, (array_agg(t.key ORDER BY t.occurred_at, t.key) FILTER (WHERE t.kind = 'CASE_OPENED'))[1] AS opened_key, (array_agg(t.key) FILTER (WHERE t.kind = 'CASE_RESOLVED'))[1] AS resolved_key, (array_agg(t.order_id ORDER BY t.occurred_at) FILTER (WHERE t.order_id IS NOT NULL))[1] AS order_id, (array_agg(t.product_id ORDER BY t.occurred_at) FILTER (WHERE t.product_id IS NOT NULL))[1] AS product_id
                    FROM
                      (SELECT t.*, count(*) FILTER (WHERE t.kind = 'CASE_RESOLVED') OVER (PARTITION BY t.customer_id, t.source, t.case_number ORDER BY t.occurred_at, t.kind ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS turn
                      FROM
                        (SELECT t.*, t.channel AS key
                        FROM touched t) t
                      WHERE true AND t.case_number IS NOT NULL AND t.kind IN ('CASE_OPENED', 'CASE_RESOLVED')) t GROUP BY t.customer_id, t.source, t.case_number, t.turn), opened AS
                    (SELECT t.opened_key AS key, count(*) AS cases
                    FROM turn t
                    WHERE t.opened >= $2::timestamptz GROUP BY 1), resolved AS
                    (SELECT t.resolved_key AS key, count(*) AS cases, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch
                        FROM t.resolved - t.opened)::float8 / 3600) AS hours
                    FROM turn t
                    WHERE t.resolved >= $2::timestamptz GROUP BY 1), answered AS
                    (SELECT t.channel AS key, count(*) FILTER (WHERE t.kind = 'COMPLAINT') AS complaints, avg(t.satisfaction)::float8 AS satisfaction, avg(t.recommend_score)::float8 AS recommend
                    FROM touched t
                    WHERE t.occurred_at >= $2::timestamptz AND (t.kind = 'COMPLAINT' OR t.satisfaction IS NOT NULL OR t.recommend_score IS NOT NULL) GROUP BY 1), ordered AS
                    (SELECT o.channel AS key, count(*) AS orders, count(*) FILTER (WHERE o.delivered_at <= o.promised_at) AS on_time, count(*) FILTER (WHERE o.promised_at < $1::timestamptz OR o.delivered_at <= $1::timestamptz AND o.promised_at IS NOT NULL) AS due
                    FROM customer_order o
                    WHERE NOT EXISTS
                      (SELECT FROM customer c
                      WHERE c.customer_id = o.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)) AND o.cancelled_at IS NULL AND o.ordered_at >= $2::timestamptz AND o.ordered_at < $3::timestamptz GROUP BY 1), everything AS
                    (SELECT ''::text AS key, count(*) AS orders, count(*) FILTER (WHERE o.delivered_at <= o.promised_at) AS on_time, count(*) FILTER (WHERE o.promised_at < $1::timestamptz OR o.delivered_at <= $1::timestamptz AND o.promised_at IS NOT NULL) AS due
                    FROM customer_order o
                    WHERE NOT EXISTS
                      (SELECT FROM customer c
                      WHERE c.customer_id = o.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)) AND o.cancelled_at IS NULL AND o.ordered_at >= $2::timestamptz AND o.ordered_at < $3::timestamptz GROUP BY 1) SELECT k.key, coalesce(e.cases, 0) AS opened, coalesce(r.cases, 0) AS resolved, r.hours, n.on_time::float8 / nullif(n.due, 0) AS on_time, 1000 * coalesce(a.complaints, 0)::float8 / nullif(
                      (SELECT o.orders
                      FROM everything o), 0) AS complaints, a.satisfaction, a.recommend
                  FROM
                    (SELECT key
                    FROM opened UNION SELECT key
                    FROM resolved UNION SELECT key
                    FROM answered UNION SELECT key
                    FROM ordered) k (key) LEFT JOIN opened e ON e.key = k.key LEFT JOIN resolved r ON r.key = k.key LEFT JOIN answered a ON a.key = k.key LEFT JOIN ordered n ON n.key = k.key
                  WHERE k.key IS NOT NULL) g) t4 ORDER BY t4.satisfaction NULLS LAST, t4.key COLLATE "C" LIMIT 3) r), ']}') AS j
        FROM (VALUES (true)) t1 (there)), 'null'), '}'), 'UTF8')
