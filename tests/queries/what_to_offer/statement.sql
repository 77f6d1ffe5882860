SELECT convert_to(concat('{"customer":', coalesce(
        (SELECT concat((WITH t1recommended AS MATERIALIZED (WITH whose AS MATERIALIZED ( SELECT w.customer_id
                FROM
                  (SELECT $1::uuid::uuid AS customer_id) w
                WHERE NOT EXISTS ( SELECT
                  FROM customer_consent k
                  WHERE k.customer_id = w.customer_id AND k.customer_id = $1::uuid AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) ), placed AS ( SELECT n.*, max(n.nth) OVER (PARTITION BY n.customer_id) AS days
                FROM ( SELECT o.customer_id, o.order_id, (o.ordered_at AT TIME ZONE $3::text)::date AS day, dense_rank() OVER (PARTITION BY o.customer_id ORDER BY (o.ordered_at AT TIME ZONE $3::text)::date) AS nth
                  FROM customer_order o JOIN whose w ON w.customer_id = o.customer_id
                  WHERE o.customer_id = $1::uuid AND o.cancelled_at IS NULL AND o.ordered_at < $2::timestamptz ) n ), own AS MATERIALIZED ( SELECT d.customer_id, d.product_id, d.days, count(*) AS times, min(d.nth) AS first_nth, max(d.nth) AS last_nth, max(d.day) AS last_day, row_number() OVER (PARTITION BY d.customer_id ORDER BY max(d.day) DESC, d.product_id) AS recent
                FROM ( SELECT DISTINCT d.customer_id, l.product_id, d.nth, d.day, d.days
                  FROM placed d JOIN order_line l ON l.customer_id = d.customer_id AND l.order_id = d.order_id
                  WHERE l.customer_id = $1::uuid ) d GROUP BY d.customer_id, d.product_id, d.days ), pulled AS ( SELECT s.customer_id, s.offered_id, sum(s.weight * power(0.8::float8, s.nth - 1)) AS pull, (array_agg(s.product_id) FILTER (WHERE s.nth = 1))[1] AS because_id, min(s.share) FILTER (WHERE s.nth = 1) AS share, min(s.share_of_others) FILTER (WHERE s.nth = 1) AS share_of_others
                FROM ( SELECT w.customer_id, f.*, row_number() OVER (PARTITION BY w.customer_id, f.offered_id ORDER BY f.weight DESC, f.product_id) AS nth
                  FROM own w JOIN product_affinity f ON f.product_id = w.product_id
                  WHERE w.recent <= 30 ) s
                WHERE s.nth <= 5 GROUP BY s.customer_id, s.offered_id ), led AS MATERIALIZED ( SELECT DISTINCT ON (w.customer_id, t.next_category) w.customer_id, t.next_category, t.category AS from_category, t.weight, t.share
                FROM ( SELECT DISTINCT w.customer_id, p.category
                  FROM own w JOIN product p ON p.product_id = w.product_id
                  WHERE w.last_nth = w.days ) w JOIN category_transition t ON t.category = w.category ORDER BY w.customer_id, t.next_category, t.weight DESC, t.category COLLATE "C" ), fresh AS ( SELECT coalesce(s.customer_id, m.customer_id) AS customer_id, coalesce(s.offered_id, m.product_id) AS product_id, coalesce(s.pull, 0) AS pull, s.because_id, s.share, s.share_of_others
                FROM pulled s FULL JOIN ( SELECT w.customer_id, f.product_id
                  FROM whose w CROSS JOIN product_offer f
                  WHERE f.place <= 100 ) m ON m.customer_id = s.customer_id AND m.product_id = s.offered_id ), candidate AS ( SELECT c.customer_id, c.product_id, true AS is_new, f.base, c.pull, coalesce(g.weight, 0) AS onward, f.base + c.pull + coalesce(g.weight, 0) AS logit, c.because_id, c.share, c.share_of_others, g.from_category, g.share AS led_share, 0::bigint AS times, f.buyer_share, f.repeat_share, f.gap_days, f.profit_per_purchase, p.category
                FROM fresh c JOIN product_offer f ON f.product_id = c.product_id JOIN product p ON p.product_id = c.product_id LEFT JOIN led g ON g.customer_id = c.customer_id AND g.next_category = p.category LEFT JOIN own w ON w.customer_id = c.customer_id AND w.product_id = c.product_id
                WHERE w.product_id IS NULL AND f.place IS NOT NULL AND f.profit_per_purchase > 0 AND (p.discontinued_at IS NULL OR p.discontinued_at > $2::timestamptz) UNION ALL SELECT w.customer_id, w.product_id, false, f.base, 0, 0, ln(r.raw / (1 - r.raw)) + f.again_shift, NULL, NULL, NULL, NULL, NULL, w.times, f.buyer_share, f.repeat_share, f.gap_days, f.profit_per_purchase, p.category
                FROM own w JOIN product_offer f ON f.product_id = w.product_id JOIN product p ON p.product_id = w.product_id CROSS JOIN LATERAL ( SELECT least((w.times - 1 + 10 * f.again) / (w.days - w.first_nth + 10), 0.99)::float8 AS raw ) r
                WHERE f.is_repeated AND f.place IS NOT NULL AND f.profit_per_purchase > 0 AND $4::date - w.last_day >= f.gap_days AND r.raw > 0 AND (p.discontinued_at IS NULL OR p.discontinued_at > $2::timestamptz) ), likely AS ( SELECT c.*, 1 / (1 + exp(-c.logit)) AS probability, 1 / (1 + exp(-c.base)) AS chance
                FROM candidate c ), best AS ( SELECT l.*, row_number() OVER ( PARTITION BY l.customer_id ORDER BY l.probability * l.profit_per_purchase::float8 DESC, l.product_id) AS place
                FROM likely l ) SELECT b.customer_id, b.product_id, b.is_new, b.probability / b.chance AS lift, b.probability, b.profit_per_purchase, round((b.probability * b.profit_per_purchase::float8)::numeric, 6) AS expected_profit, b.category, b.because_id, b.base, b.pull, b.onward, b.logit, b.place, CASE WHEN NOT b.is_new THEN 'Bought ' || CASE b.times WHEN 1 THEN 'once' ELSE b.times || ' times' END || ' already; ' || trim_scale(round((100 * b.repeat_share)::numeric, CASE WHEN b.repeat_share < 0.0995 THEN 1 ELSE 0 END)) || ' %' || ' of its buyers who came back bought it again, usually after ' || greatest(round(b.gap_days), 1) || ' days' WHEN b.pull > 0 AND b.pull >= b.onward THEN 'Bought by ' || trim_scale(round((100 * b.share)::numeric, CASE WHEN b.share < 0.0995 THEN 1 ELSE 0 END)) || ' %' || ' of those who bought ' ||
                (SELECT p.name
                FROM product p
                WHERE p.product_id = b.because_id) || coalesce('; ' || trim_scale(round((b.share / nullif(b.share_of_others, 0))::numeric, 1)) || ' times as often as by others', '; by nobody else') WHEN b.onward > 0 THEN trim_scale(round((100 * b.led_share)::numeric, CASE WHEN b.led_share < 0.0995 THEN 1 ELSE 0 END)) || ' %' || ' of those who last bought from ' || b.from_category || ' bought from ' || b.category || ' next; bought by ' || trim_scale(round((100 * b.buyer_share)::numeric, CASE WHEN b.buyer_share < 0.0995 THEN 1 ELSE 0 END)) || ' %' || ' of all' ELSE 'Among the most popular: bought by ' || trim_scale(round((100 * b.buyer_share)::numeric, CASE WHEN b.buyer_share < 0.0995 THEN 1 ELSE 0 END)) || ' %' || ' of all' END AS reason
              FROM best b
              WHERE b.place <= 60) SELECT concat('{"productRecommendations":[',
                (SELECT string_agg(r.j, ',')
                FROM
                  (SELECT concat('{"product":', coalesce(
                        (SELECT concat('{"sku":', coalesce(to_json(t3.sku), 'null'), '}') AS j
                        FROM product t3
                        WHERE t3.product_id = t2.product_id), 'null'), ',"lift":', coalesce((t2.lift)::text, 'null'), ',"probability":', coalesce((t2.probability)::text, 'null'), ',"expectedProfit":"', CASE WHEN t2.expected_profit = round(t2.expected_profit, 2) THEN round(t2.expected_profit, 2)::text ELSE trim_scale(t2.expected_profit)::text END, '","reason":', coalesce(to_json(t2.reason), 'null'), '}') AS j
                  FROM t1recommended t2 ORDER BY t2.place LIMIT 2) r), '],"valuedAttributes":[',
                (SELECT string_agg(r.j, ',')
                FROM
                  (SELECT concat('{"attribute":', coalesce(to_json(t4.attribute), 'null'), ',"value":', coalesce(to_json(t4.value), 'null'), ',"share":', coalesce((t4.share)::text, 'null'), ',"lift":', coalesce((t4.lift)::text, 'null'), '}') AS j
                  FROM (WITH owned AS MATERIALIZED ( SELECT x.product_id, sum(x.units) AS units
                      FROM ( SELECT l.product_id, l.quantity - l.returned_quantity AS units
                        FROM order_line l JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                        WHERE l.customer_id = $1::uuid AND o.customer_id = $1::uuid AND o.cancelled_at IS NULL AND o.ordered_at < $2::timestamptz UNION ALL SELECT r.product_id, -r.quantity
                        FROM return_line r
                        WHERE r.customer_id = $1::uuid AND r.order_id IS NULL ) x
                      WHERE NOT EXISTS
                        (SELECT FROM customer_consent k
                        WHERE k.customer_id = $1::uuid AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) GROUP BY x.product_id HAVING sum(x.units) > 0 ), counted AS ( SELECT v.attribute, v.value, sum(w.units) AS units,
                        (SELECT sum(units)
                        FROM owned) AS of_units
                      FROM owned w JOIN product p ON p.product_id = w.product_id CROSS JOIN LATERAL
                        (SELECT a.attribute, a.valueFROM (VALUES ('category', p.category), ('supplier', p.supplier), ('kind', p.kind)) AS a (attribute, value)WHERE a.value IS NOT NULLUNION ALLSELECT e.key, e.value
                        FROM jsonb_each_text(p.attributes) eWHERE jsonb_typeof(p.attributes -> e.key) IN ('string', 'number', 'boolean')  AND e.key NOT IN ('category', 'supplier', 'kind') AND length(e.key) <= 200 AND length(e.value) <= 200) v GROUP BY v.attribute, v.value ), measured AS ( SELECT c.attribute, c.value, (c.units / c.of_units)::float8 AS share, (c.units::float8 + 2) / (c.of_units::float8 * s.share + 2) AS lift
                      FROM counted c JOIN attribute_share s ON s.attribute = c.attribute AND s.value = c.value ) SELECT m.attribute, m.value, m.share, m.lift, m.share * ln(m.lift) AS score
                    FROM measured m
                    WHERE m.lift > 1) t4 ORDER BY t4.score DESC, t4.attribute COLLATE "C", t4.value COLLATE "C" LIMIT 10) r), ']}'))) AS j
        FROM customer t1
        WHERE t1.customer_id = $1::uuid), 'null'), '}'), 'UTF8'),
  (SELECT json_object_agg(customer_id, survivor_id)
  FROM customer_alias
  WHERE customer_id IN ($1::uuid))
