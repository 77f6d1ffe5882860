SELECT convert_to(concat('{"portfolio":', coalesce((WITH who_t1 AS
          (SELECT t8.customer_id
          FROM customer t8
          WHERE t8.merged_into IS NULL AND t8.erased_at IS NULL), earned_t1 AS
          (SELECT s.customer_id, s.profit
          FROM customer_score s
          WHERE NOT EXISTS
            (SELECT FROM customer c
            WHERE c.customer_id = s.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL))) SELECT concat('{"valueDeciles":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"decile":', coalesce((t2.decile)::text, 'null'), ',"group":{"label":', coalesce(to_json(t2.group_label), 'null'), ',"where":', coalesce(((CASE WHEN '{}'::jsonb ?| ARRAY
                        (SELECT jsonb_object_keys(t2.group_where)) THEN '{}'::jsonb || jsonb_build_object('all', coalesce('{}'::jsonb -> 'all', '[]') || jsonb_build_array(t2.group_where)) ELSE '{}'::jsonb || t2.group_where END))::text, 'null'), '},"customers":', coalesce((t2.customers)::text, 'null'), ',"lifetimeValue":"', CASE WHEN t2.lifetime_value = round(t2.lifetime_value, 2) THEN round(t2.lifetime_value, 2)::text ELSE trim_scale(t2.lifetime_value)::text END, '","shareOfTotal":', coalesce((t2.share)::text, 'null'), ',"cumulativeShare":', coalesce((t2.cumulative)::text, 'null'), '}') AS j
              FROM
                (SELECT g.*, g.decile::text AS group_key, CASE g.decile WHEN 1 THEN 'The most valuable tenth' WHEN 10 THEN 'The least valuable tenth' ELSE 'Tenth ' || g.decile || ' by lifetime value' END AS group_label, jsonb_build_object('lifetimeValue', jsonb_build_object('gte', g.lowest::text, 'lte', g.highest::text)) AS group_where
                FROM
                  (SELECT d.decile, d.customers, d.lifetime_value, d.lowest, d.highest, coalesce((d.lifetime_value / nullif(sum(d.lifetime_value) OVER (), 0))::float8, 0) AS share, coalesce((sum(d.lifetime_value) OVER (ORDER BY d.decile) / nullif(sum(d.lifetime_value) OVER (), 0))::float8, 0) AS cumulative
                  FROM ( SELECT r.decile, count(*) AS customers, sum(r.lifetime_value) AS lifetime_value, min(r.lifetime_value) AS lowest, max(r.lifetime_value) AS highest
                    FROM ( SELECT s.lifetime_value, least(10, 1 + (rank() OVER (ORDER BY s.lifetime_value DESC) - 1) * 10 / count(*) OVER ())::int AS decile
                      FROM who_t1 w JOIN customer_score s ON s.customer_id = w.customer_id
                      WHERE s.lifetime_value IS NOT NULL ) r GROUP BY r.decile ) d) g) t2 ORDER BY t2.decile) r), '],"riskValueGrid":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"valueTier":"', t3.value_tier, '","riskBand":"', t3.risk_band, '","customers":', coalesce((t3.customers)::text, 'null'), ',"profit":"', CASE WHEN t3.profit = round(t3.profit, 2) THEN round(t3.profit, 2)::text ELSE trim_scale(t3.profit)::text END, '","lifetimeValue":"', CASE WHEN t3.lifetime_value = round(t3.lifetime_value, 2) THEN round(t3.lifetime_value, 2)::text ELSE trim_scale(t3.lifetime_value)::text END, '"}') AS j
              FROM
                (SELECT g.*, g.value_tier || '.' || g.risk_band AS group_key, 'Value ' || lower(g.value_tier) || ', risk ' || lower(g.risk_band) AS group_label, jsonb_build_object('valueTier', jsonb_build_array(g.value_tier), 'riskBand', jsonb_build_array(g.risk_band)) AS group_where
                FROM
                  (SELECT t.tier AS value_tier, b.band AS risk_band, coalesce(g.customers, 0) AS customers, coalesce(g.lifetime_value, 0) AS lifetime_value, coalesce(e.profit, 0) AS profit, t.place * 10 + b.place AS place
                  FROM unnest(ARRAY['HIGH', 'MEDIUM', 'LOW', 'UNPROFITABLE']) WITH ORDINALITY AS t (tier, place) CROSS JOIN unnest(ARRAY['LOW', 'MEDIUM', 'HIGH']) WITH ORDINALITY AS b (band, place) LEFT JOIN ( SELECT s.value_tier, s.risk_band, count(*) AS customers, sum(s.lifetime_value) AS lifetime_value
                    FROM who_t1 w JOIN customer_score s ON s.customer_id = w.customer_id GROUP BY s.value_tier, s.risk_band ) g ON g.value_tier = t.tier AND g.risk_band = b.band LEFT JOIN ( SELECT s.value_tier, s.risk_band, sum(x.profit) AS profit
                    FROM earned_t1 x JOIN customer_score s ON s.customer_id = x.customer_id GROUP BY s.value_tier, s.risk_band ) e ON e.value_tier = t.tier AND e.risk_band = b.band) g) t3 ORDER BY t3.place) r), '],"needs":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"kind":"', t4.kind, '","name":', coalesce(to_json(t4.name), 'null'), ',"group":{"where":', coalesce(((CASE WHEN '{}'::jsonb ?| ARRAY
                        (SELECT jsonb_object_keys(t4.group_where)) THEN '{}'::jsonb || jsonb_build_object('all', coalesce('{}'::jsonb -> 'all', '[]') || jsonb_build_array(t4.group_where)) ELSE '{}'::jsonb || t4.group_where END))::text, 'null'), '},"customers":', coalesce((t4.customers)::text, 'null'), ',"profit":"', CASE WHEN t4.profit = round(t4.profit, 2) THEN round(t4.profit, 2)::text ELSE trim_scale(t4.profit)::text END, '","lifetimeValue":"', CASE WHEN t4.lifetime_value = round(t4.lifetime_value, 2) THEN round(t4.lifetime_value, 2)::text ELSE trim_scale(t4.lifetime_value)::text END, '"}') AS j
              FROM
                (SELECT g.*, g.kind || '.' || g.name AS group_key, g.name AS group_label, jsonb_build_object('need', jsonb_build_object('kind', g.kind, 'name', g.name)) AS group_where
                FROM
                  (SELECT g.kind, g.name, g.customers, coalesce(e.profit, 0) AS profit, coalesce(v.lifetime_value, 0) AS lifetime_value
                  FROM ( SELECT n.kind, n.name, count(*) AS customers
                    FROM who_t1 w JOIN customer_need n ON n.customer_id = w.customer_id GROUP BY n.kind, n.name ) g LEFT JOIN ( SELECT n.kind, n.name, sum(x.profit) AS profit
                    FROM earned_t1 x JOIN customer_need n ON n.customer_id = x.customer_id GROUP BY n.kind, n.name ) e ON e.kind = g.kind AND e.name = g.name LEFT JOIN ( SELECT n.kind, n.name, sum(s.lifetime_value) AS lifetime_value
                    FROM who_t1 w JOIN customer_need n ON n.customer_id = w.customer_id JOIN customer_score s ON s.customer_id = w.customer_id GROUP BY n.kind, n.name ) v ON v.kind = g.kind AND v.name = g.name) g) t4 ORDER BY t4.customers DESC, t4.group_key COLLATE "C" LIMIT 50) r), '],"lifecycleFlow":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"from":"', t5.stage_from, '","to":"', t5.stage_until, '","customers":', coalesce((t5.customers)::text, 'null'), '}') AS j
              FROM
                (SELECT f.stage_from, f.stage_until, count(*) AS customers
                FROM ( SELECT coalesce(b.lifecycle_stage, CASE WHEN s.first_order_at >= $1::timestamptz - interval '90 days' OR s.first_order_at IS NULL THEN 'PROSPECT' END) AS stage_from, s.lifecycle_stage AS stage_until
                  FROM who_t1 w JOIN customer_score s ON s.customer_id = w.customer_id  LEFT JOIN ( SELECT DISTINCT ON (h.customer_id) h.customer_id, h.lifecycle_stage
                    FROM who_t1 w JOIN score_snapshot h ON h.customer_id = w.customer_id
                    WHERE h.as_of <= $1::timestamptz - interval '90 days' AND h.as_of >= coalesce(
                        (SELECT max(l.as_of)
                        FROM snapshot_of_all l
                        WHERE l.as_of <= $1::timestamptz - interval '90 days'), '-infinity') ORDER BY h.customer_id, h.as_of DESC ) b ON b.customer_id = w.customer_id
                  WHERE NOT EXISTS
                    (SELECT FROM customer_consent k
                    WHERE k.customer_id = w.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) ) f
                WHERE f.stage_from IS NOT NULL AND f.stage_until IS NOT NULL GROUP BY f.stage_from, f.stage_until) t5 ORDER BY array_position(ARRAY['PROSPECT', 'NEW', 'ACTIVE', 'LOYAL', 'AT_RISK', 'LAPSED', 'WON_BACK'], t5.stage_from), array_position(ARRAY['PROSPECT', 'NEW', 'ACTIVE', 'LOYAL', 'AT_RISK', 'LAPSED', 'WON_BACK'], t5.stage_until)) r), '],"acquisition":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"channel":"', t6.channel, '","customers":', coalesce((t6.customers)::text, 'null'), ',"cost":"', CASE WHEN t6.cost = round(t6.cost, 2) THEN round(t6.cost, 2)::text ELSE trim_scale(t6.cost)::text END, '","costPerCustomer":', coalesce('"' || CASE WHEN t6.cost_each = round(t6.cost_each, 2) THEN round(t6.cost_each, 2)::text ELSE trim_scale(t6.cost_each)::text END || '"', 'null'), ',"lifetimeValuePerCustomer":', coalesce('"' || CASE WHEN t6.value_each = round(t6.value_each, 2) THEN round(t6.value_each, 2)::text ELSE trim_scale(t6.value_each)::text END || '"', 'null'), '}') AS j
              FROM
                (SELECT a.channel, coalesce(a.customers, 0) AS customers, coalesce(t.cost, 0) AS cost, round(coalesce(t.cost, 0) / nullif(a.customers, 0), 6) AS cost_each, round(a.lifetime_value / nullif(a.valued, 0), 6) AS value_each
                FROM ( SELECT c.acquisition_channel AS channel, count(*) FILTER (WHERE s.first_order_at >= '-infinity'::timestamptz AND s.first_order_at < $1::timestamptz) AS customers, sum(s.lifetime_value) FILTER (WHERE s.first_order_at >= '-infinity'::timestamptz AND s.first_order_at < $1::timestamptz) AS lifetime_value, count(s.lifetime_value) FILTER (WHERE s.first_order_at >= '-infinity'::timestamptz AND s.first_order_at < $1::timestamptz) AS valued
                  FROM who_t1 w JOIN customer c ON c.customer_id = w.customer_id JOIN customer_score s ON s.customer_id = w.customer_id
                  WHERE c.acquisition_channel IS NOT NULL GROUP BY c.acquisition_channel ) a LEFT JOIN ( SELECT c.acquisition_channel AS channel, sum(t.cost) AS cost
                  FROM who_t1 w JOIN customer c ON c.customer_id = w.customer_id JOIN customer_score s ON s.customer_id = w.customer_id JOIN touchpoint t ON t.customer_id = w.customer_id
                  WHERE c.acquisition_channel IS NOT NULL AND t.cost <> 0 AND t.occurred_at < $1::timestamptz AND t.occurred_at >= '-infinity'::timestamptz AND (s.first_order_at IS NULL OR t.occurred_at < s.first_order_at) GROUP BY c.acquisition_channel ) t ON t.channel = a.channel
                WHERE a.customers > 0 OR t.cost <> 0) t6 ORDER BY t6.customers DESC, t6.channel COLLATE "C") r), '],"strategies":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"strategy":"', t7.strategy, '","group":{"where":', coalesce(((CASE WHEN '{}'::jsonb ?| ARRAY
                        (SELECT jsonb_object_keys(t7.group_where)) THEN '{}'::jsonb || jsonb_build_object('all', coalesce('{}'::jsonb -> 'all', '[]') || jsonb_build_array(t7.group_where)) ELSE '{}'::jsonb || t7.group_where END))::text, 'null'), '},"customers":', coalesce((t7.customers)::text, 'null'), ',"expectedProfit":"', CASE WHEN t7.expected_profit = round(t7.expected_profit, 2) THEN round(t7.expected_profit, 2)::text ELSE trim_scale(t7.expected_profit)::text END, '","reason":', coalesce(to_json(t7.reason), 'null'), '}') AS j
              FROM
                (SELECT g.*, g.strategy AS group_key, upper(left(g.strategy, 1)) || lower(replace(substr(g.strategy, 2), '_', ' ')) AS group_label, jsonb_build_object('nextAction', jsonb_build_array(g.strategy)) AS group_where
                FROM
                  (SELECT g.*, CASE g.strategy WHEN 'ONBOARD' THEN 'New customers who have bought on one day only' WHEN 'NURTURE' THEN 'Prospects, and customers who are neither loyal nor at risk' WHEN 'CROSS_SELL' THEN 'Buyers to whom something of a kind that they have not bought is recommended' WHEN 'UP_SELL' THEN 'Buyers to whom something dearer than they usually buy is recommended' WHEN 'REWARD_LOYALTY' THEN 'Loyal customers who are unlikely to leave' WHEN 'RETAIN' THEN 'Customers who may leave' WHEN 'WIN_BACK' THEN 'Customers who have lapsed' WHEN 'RECOVER_SERVICE' THEN 'Customers with an open case, or with a complaint since which none was resolved' WHEN 'REDUCE_COST_TO_SERVE' THEN 'Customers who cost much to serve, and could be reached over a cheaper channel' END || ': advised first for ' || g.customers || ', who are expected to earn ' || g.each || ' ' || g.money || ' each on the mean' || coalesce('; over ' || g.channel || ' for ' || g.over_channel || ' of them', '') || '; worked out until ' || to_char(g.as_of AT TIME ZONE $2::text, 'FMDD FMMonth YYYY') AS reason
                  FROM
                    (SELECT g.strategy, g.customers, g.expected_profit, g.as_of, z.base_currency AS money, round(g.expected_profit / g.customers, 2) AS each, h.channel, h.customers AS over_channel
                    FROM ( SELECT n.strategy, count(*) AS customers, sum(n.expected_profit) AS expected_profit, max(n.as_of) AS as_of
                      FROM
                        (SELECT n.*
                        FROM who_t1 w JOIN customer_next_action n ON n.customer_id = w.customer_id
                        WHERE NOT EXISTS
                          (SELECT FROM customer_consent k
                          WHERE k.customer_id = n.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN'))) n GROUP BY n.strategy ) g CROSS JOIN settings z LEFT JOIN ( SELECT DISTINCT ON (q.strategy) q.strategy, q.channel, q.customers
                      FROM ( SELECT n.strategy, n.channel, count(*) AS customers
                        FROM
                          (SELECT n.*
                          FROM who_t1 w JOIN customer_next_action n ON n.customer_id = w.customer_id
                          WHERE NOT EXISTS
                            (SELECT FROM customer_consent k
                            WHERE k.customer_id = n.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN'))) n
                        WHERE n.channel IS NOT NULL GROUP BY n.strategy, n.channel ) q ORDER BY q.strategy, q.customers DESC, q.channel COLLATE "C" ) h ON h.strategy = g.strategy) g) g) t7 ORDER BY t7.expected_profit DESC, t7.strategy COLLATE "C") r), ']}') AS j
        FROM (VALUES (true)) t1 (there)), 'null'), '}'), 'UTF8')
