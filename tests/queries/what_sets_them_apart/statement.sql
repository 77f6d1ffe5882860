SELECT convert_to(concat('{"segment":', coalesce(
        (SELECT concat('{"kind":"', t1.kind, '","traits":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"attribute":', coalesce(to_json(t2.attribute), 'null'), ',"value":', coalesce(to_json(t2.value), 'null'), ',"shareInSegment":', coalesce((t2.share_in_segment)::text, 'null'), ',"shareOverall":', coalesce((t2.share_overall)::text, 'null'), ',"effectSize":', coalesce((t2.effect_size)::text, 'null'), '}') AS j
              FROM (WITH whom AS MATERIALIZED ( SELECT k.customer_id
                  FROM customer_segment k
                  WHERE k.segments @> ARRAY[t1.number] AND (get_byte(uuid_send(k.customer_id), 15) * 256 + get_byte(uuid_send(k.customer_id), 14)) < 65536 * 5000::bigint / greatest(t1.member_count, 1) ), found AS ( SELECT y.attribute, y.value, count(*) AS customers
                  FROM
                    (SELECT w.customer_id, x.attribute, x.value
                    FROM whom w JOIN customer c ON c.customer_id = w.customer_id JOIN customer_score s ON s.customer_id = w.customer_id LEFT JOIN customer_summary m ON m.customer_id = w.customer_id CROSS JOIN LATERAL (VALUES ('kind', c.kind), ('country', c.country), ('region', c.region), ('city', c.city), ('language', c.language), ('gender', c.gender), ('occupation', c.occupation), ('sector', c.sector), ('incomeBand', c.income_band), ('householdSize', CASE WHEN c.household_size >= 5 THEN '5 and more' ELSE c.household_size::text END), ('age', CASE WHEN c.birth_date > $2::date - interval '25 years' THEN 'below 25' WHEN c.birth_date > $2::date - interval '35 years' THEN '25 to 34' WHEN c.birth_date > $2::date - interval '45 years' THEN '35 to 44' WHEN c.birth_date > $2::date - interval '55 years' THEN '45 to 54' WHEN c.birth_date > $2::date - interval '65 years' THEN '55 to 64' WHEN c.birth_date IS NOT NULL THEN '65 and more' END), ('acquisition.channel', c.acquisition_channel), ('acquisition.source', c.acquisition_source), ('lifecycleStage', CASE WHEN s.as_of IS NOT NULL THEN s.lifecycle_stage END), ('valueTier', s.value_tier), ('riskBand', s.risk_band), ('rfm', CASE WHEN s.rfm_recency BETWEEN 4 AND 5 AND ((s.rfm_frequency + s.rfm_monetary + 1) / 2) BETWEEN 4 AND 5 THEN 'Champions' WHEN s.rfm_recency BETWEEN 3 AND 5 AND ((s.rfm_frequency + s.rfm_monetary + 1) / 2) BETWEEN 4 AND 5 THEN 'Loyal' WHEN s.rfm_recency BETWEEN 4 AND 5 AND ((s.rfm_frequency + s.rfm_monetary + 1) / 2) BETWEEN 2 AND 3 THEN 'Potential loyalists' WHEN s.rfm_recency BETWEEN 5 AND 5 AND ((s.rfm_frequency + s.rfm_monetary + 1) / 2) BETWEEN 1 AND 1 THEN 'New customers' WHEN s.rfm_recency BETWEEN 4 AND 4 AND ((s.rfm_frequency + s.rfm_monetary + 1) / 2) BETWEEN 1 AND 1 THEN 'Promising' WHEN s.rfm_recency BETWEEN 3 AND 3 AND ((s.rfm_frequency + s.rfm_monetary + 1) / 2) BETWEEN 3 AND 3 THEN 'Need attention' WHEN s.rfm_recency BETWEEN 3 AND 3 AND ((s.rfm_frequency + s.rfm_monetary + 1) / 2) BETWEEN 1 AND 2 THEN 'About to sleep' WHEN s.rfm_recency BETWEEN 1 AND 1 AND ((s.rfm_frequency + s.rfm_monetary + 1) / 2) BETWEEN 5 AND 5 THEN 'Cannot lose them' WHEN s.rfm_recency BETWEEN 1 AND 2 AND ((s.rfm_frequency + s.rfm_monetary + 1) / 2) BETWEEN 3 AND 5 THEN 'At risk' WHEN s.rfm_recency BETWEEN 2 AND 2 AND ((s.rfm_frequency + s.rfm_monetary + 1) / 2) BETWEEN 1 AND 2 THEN 'Hibernating' WHEN s.rfm_recency BETWEEN 1 AND 1 AND ((s.rfm_frequency + s.rfm_monetary + 1) / 2) BETWEEN 1 AND 2 THEN 'Lost' END), ('preferredChannel', m.preferred_channel), ('orderCount', CASE WHEN s.as_of IS NULL THEN NULL WHEN s.order_count < 2 THEN s.order_count::text WHEN s.order_count < 5 THEN '2 to 4' WHEN s.order_count < 10 THEN '5 to 9' ELSE '10 and more' END), ('categoryCount', CASE WHEN s.order_count = 0 THEN NULL WHEN s.category_count < 2 THEN '1 at most' WHEN s.category_count < 4 THEN '2 or 3' WHEN s.category_count < 8 THEN '4 to 7' ELSE '8 and more' END), ('lastOrderAt', CASE WHEN s.last_order_at >= $3::timestamptz - interval '30 days' THEN 'within 30 days' WHEN s.last_order_at >= $3::timestamptz - interval '90 days' THEN '31 to 90 days ago' WHEN s.last_order_at >= $3::timestamptz - interval '180 days' THEN '91 to 180 days ago' WHEN s.last_order_at >= $3::timestamptz - interval '365 days' THEN '181 to 365 days ago' WHEN s.last_order_at >= $3::timestamptz - interval '730 days' THEN '1 to 2 years ago' WHEN s.last_order_at IS NOT NULL THEN 'more than 2 years ago' END), ('firstOrderAt', CASE WHEN s.first_order_at >= $3::timestamptz - interval '30 days' THEN 'within 30 days' WHEN s.first_order_at >= $3::timestamptz - interval '90 days' THEN '31 to 90 days ago' WHEN s.first_order_at >= $3::timestamptz - interval '180 days' THEN '91 to 180 days ago' WHEN s.first_order_at >= $3::timestamptz - interval '365 days' THEN '181 to 365 days ago' WHEN s.first_order_at >= $3::timestamptz - interval '730 days' THEN '1 to 2 years ago' WHEN s.first_order_at IS NOT NULL THEN 'more than 2 years ago' END), ('discountShare', CASE WHEN s.discount_share = 0 THEN 'never with a discount' WHEN s.discount_share < 0.5 THEN 'less than half with a discount' WHEN s.discount_share IS NOT NULL THEN 'half and more with a discount' END), ('returnRate', CASE WHEN s.return_rate <= 0 THEN 'nothing came back' WHEN s.return_rate < 0.1 THEN 'below 10 %' WHEN s.return_rate IS NOT NULL THEN '10 % and more' END), ('revenueTrend', CASE WHEN s.revenue_trend < 0.8 THEN 'falls' WHEN s.revenue_trend <= 1.25 THEN 'level' WHEN s.revenue_trend IS NOT NULL THEN 'grows' END), ('recommendScore', CASE WHEN m.recommend_score < 7 THEN '0 to 6' WHEN m.recommend_score < 9 THEN '7 or 8' WHEN m.recommend_score IS NOT NULL THEN '9 or 10' END), ('openCases', CASE WHEN m.open_cases > 0 THEN '1 and more' END) ) AS x (attribute, value)
                    WHERE x.value <> '' AND length(x.value) <= 200 UNION ALL SELECT DISTINCT b.customer_id, 'bought.category', b.category
                    FROM whom w JOIN customer_month b ON b.customer_id = w.customer_id
                    WHERE b.category <> '' AND b.category_orders > 0 AND length(b.category) <= 200 UNION ALL SELECT u.customer_id, 'touchpoints.channel', u.channel
                    FROM ( SELECT t.customer_id, t.channel, row_number() OVER ( PARTITION BY t.customer_id ORDER BY sum(t.touches - t.contacts) DESC, t.channel COLLATE "C" ) AS place
                      FROM whom w JOIN customer_month t ON t.customer_id = w.customer_id
                      WHERE t.touches > t.contacts GROUP BY t.customer_id, t.channel ) u
                    WHERE u.place = 1 UNION ALL SELECT n.customer_id, 'need.' || n.kind, n.name
                    FROM whom w JOIN customer_need n ON n.customer_id = w.customer_id
                    WHERE length(n.name) <= 200 UNION ALL SELECT a.customer_id, 'attributes.' || a.name, coalesce(a.text_value, a.boolean_value::text)
                    FROM whom w JOIN customer_attribute a ON a.customer_id = w.customer_id
                    WHERE NOT a.personal AND (a.boolean_value IS NOT NULL OR a.text_value <> '' AND length(a.text_value) <= 200)) y GROUP BY y.attribute, y.value UNION ALL SELECT z.attribute, b.value, count(*)
                  FROM
                    (SELECT w.customer_id, x.attribute, x.number
                    FROM whom w JOIN customer_score s ON s.customer_id = w.customer_id CROSS JOIN LATERAL (VALUES ('averageOrderValue', s.average_order_value::float8), ('profitability.profit', s.profit::float8), ('profitability.costToServe', s.cost_to_serve::float8) ) AS x (attribute, number)
                    WHERE s.order_count > 0 AND x.number IS NOT NULL UNION ALL SELECT a.customer_id, 'attributes.' || a.name, a.number_value
                    FROM whom w JOIN customer_attribute a ON a.customer_id = w.customer_id
                    WHERE NOT a.personal AND a.number_value IS NOT NULL) z JOIN trait_share b ON b.attribute = z.attribute AND b.banded AND (b.low IS NULL OR z.number >= b.low) AND (b.high IS NULL OR z.number < b.high) GROUP BY z.attribute, b.value ), compared AS ( SELECT t.attribute, t.value, coalesce(f.customers, 0) AS customers, t.share AS share_overall, coalesce(f.customers, 0)::float8 / a.customers AS share_in_segment
                  FROM trait_share t LEFT JOIN found f ON f.attribute = t.attribute AND f.value = t.value CROSS JOIN
                    (SELECT count(*) AS customers
                    FROM whom) a
                  WHERE a.customers > 0 AND (NOT t.personal OR $4::boolean) AND NOT EXISTS
                    (SELECT FROM attribute_declaration n
                    WHERE n.personal AND n.name = substr(t.attribute, 12) AND starts_with(t.attribute, 'attributes.')) ) SELECT d.attribute, d.value, d.customers, d.share_in_segment, d.share_overall, round((2 * asin(sqrt(d.share_in_segment)) - 2 * asin(sqrt(d.share_overall)))::numeric, 9)::float8 AS effect_size
                FROM compared d
                WHERE d.share_in_segment <> d.share_overall AND ($4::boolean OR d.customers >= 5 OR NOT EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                      (SELECT t1.segment_id UNION SELECT m.named_id
                      FROM veil_names n CROSS JOIN LATERAL
                        (SELECT u.named_id
                        FROM segment_use u
                        WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                        FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                        WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                    FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                    WHERE y.personal AND y.retired_at IS NULL))) t2 ORDER BY abs(t2.effect_size) DESC, t2.attribute COLLATE "C", t2.value COLLATE "C" LIMIT 10) r), '],"overlap":', coalesce(
              (SELECT concat('{"both":', coalesce((t3.shared)::text, 'null'), ',"onlyThis":', coalesce((t3.only_this)::text, 'null'), ',"onlyOther":', coalesce((t3.only_other)::text, 'null'), '}') AS j
              FROM
                (SELECT t.shared, t.mine - t.shared AS only_this, t.theirs - t.shared AS only_other
                FROM segment o CROSS JOIN LATERAL
                  (SELECT count(*) AS shared
                  FROM customer_segment k
                  WHERE k.segments @> ARRAY[t1.number, o.number]) c CROSS JOIN LATERAL
                  (SELECT n.shared, greatest(t1.member_count, n.shared + n.least) AS mine, greatest(o.member_count, n.shared + n.least) AS theirs
                  FROM
                    (SELECT CASE WHEN v.veiled THEN greatest(least(c.shared, t1.member_count - 5, o.member_count - 5), 5) ELSE c.shared END AS shared, CASE WHEN v.veiled THEN 5 ELSE 0 END AS least
                    FROM
                      (SELECT NOT ($4::boolean OR NOT (EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                              (SELECT t1.segment_id UNION SELECT m.named_id
                              FROM veil_names n CROSS JOIN LATERAL
                                (SELECT u.named_id
                                FROM segment_use u
                                WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                                FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                                WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                            FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                            WHERE y.personal AND y.retired_at IS NULL) OR EXISTS (WITH RECURSIVE veil_names (segment_id) AS
                              (SELECT o.segment_id UNION SELECT m.named_id
                              FROM veil_names n CROSS JOIN LATERAL
                                (SELECT u.named_id
                                FROM segment_use u
                                WHERE u.segment_id = n.segment_id UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid
                                FROM segment_version y CROSS JOIN (VALUES ('$.**.inSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath), ('$.**.notInSegment[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath)) w (path) CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)
                                WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL) m) SELECT
                            FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id
                            WHERE y.personal AND y.retired_at IS NULL))) AS veiled) v) n) t
                WHERE o.segment_id = $5::uuid) t3), '~mark~a0;'), '}') AS j
        FROM segment t1
        WHERE t1.key = $1::text), 'null'), '}'), 'UTF8')
