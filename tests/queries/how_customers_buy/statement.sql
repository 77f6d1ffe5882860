SELECT convert_to(concat('{"portfolio":', coalesce((WITH who_t1 AS
          (SELECT t9.customer_id
          FROM customer t9
          WHERE t9.merged_into IS NULL AND t9.erased_at IS NULL) SELECT concat('{"purchaseBehaviour":', coalesce(
              (SELECT concat('{"customers":', coalesce((t2.customers)::text, 'null'), ',"buyers":', coalesce((t2.buyers)::text, 'null'), ',"repeatRate":', coalesce(((t2.repeaters::float8 / nullif(t2.buyers, 0)))::text, 'null'), ',"repurchaseRate":', coalesce(((t2.again::float8 / nullif(t2.before, 0)))::text, 'null'), ',"multiProductRate":', coalesce(((t2.several::float8 / nullif(t2.buyers, 0)))::text, 'null'), ',"medianDaysBetweenOrders":', coalesce((t2.median_days)::text, 'null'), ',"averageOrderValue":', coalesce('"' || CASE WHEN t2.average_total = round(t2.average_total, 2) THEN round(t2.average_total, 2)::text ELSE trim_scale(t2.average_total)::text END || '"', 'null'), ',"ordersPerBuyer":', coalesce(((t2.orders::float8 / nullif(t2.buyers, 0)))::text, 'null'), '}') AS j
              FROM
                (SELECT
                  (SELECT count(*)
                  FROM who_t1) AS customers, coalesce(b.buyers, 0) AS buyers, b.repeaters, b.orders, round(b.total / nullif(b.orders, 0), 6) AS average_total, r.before, r.again, g.days AS median_days, c.several
                FROM
                  (SELECT true) there LEFT JOIN
                  (SELECT count(*) AS buyers, count(*) FILTER (WHERE t.orders > 1) AS repeaters, sum(t.orders) AS orders, sum(t.total) AS total
                  FROM ( SELECT count(*) AS orders, sum(o.total) AS total
                    FROM customer_order o
                    WHERE NOT EXISTS
                      (SELECT FROM customer c
                      WHERE c.customer_id = o.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)) AND o.cancelled_at IS NULL AND o.ordered_at >= $1::timestamptz AND o.ordered_at < $2::timestamptz GROUP BY o.customer_id ) t) b ON true LEFT JOIN
                  (SELECT count(*) FILTER (WHERE t.before) AS before, count(*) FILTER (WHERE t.before AND t.again) AS again
                  FROM ( SELECT bool_or(o.ordered_at < p.start) AS before, bool_or(o.ordered_at >= p.start) AS again
                    FROM ( SELECT q.start, CASE WHEN q.months > 0 THEN (q.local - q.months * interval '1 month') AT TIME ZONE $3::text ELSE q.start - ($2::timestamptz - q.start) END AS earlier
                      FROM ( SELECT s.start, s.start AT TIME ZONE $3::text AS local, CASE WHEN NOT isfinite($1::timestamptz) THEN 12 WHEN date_trunc('month', s.start AT TIME ZONE $3::text) = s.start AT TIME ZONE $3::text AND date_trunc('month', $2::timestamptz AT TIME ZONE $3::text) = $2::timestamptz AT TIME ZONE $3::text THEN extract(year
                          FROM age($2::timestamptz AT TIME ZONE $3::text, s.start AT TIME ZONE $3::text)) * 12 + extract(month
                          FROM age($2::timestamptz AT TIME ZONE $3::text, s.start AT TIME ZONE $3::text)) ELSE 0 END AS months
                        FROM ( SELECT CASE WHEN isfinite($1::timestamptz) THEN $1::timestamptz ELSE ($2::timestamptz AT TIME ZONE $3::text - interval '12 months') AT TIME ZONE $3::text END AS start ) s ) q ) p CROSS JOIN customer_order o
                    WHERE NOT EXISTS
                      (SELECT FROM customer c
                      WHERE c.customer_id = o.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)) AND o.cancelled_at IS NULL AND o.ordered_at >= p.earlier AND o.ordered_at < $2::timestamptz GROUP BY o.customer_id ) t) r ON true LEFT JOIN
                  (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d.days) AS days
                  FROM ( SELECT d.day - lag(d.day) OVER (PARTITION BY d.customer_id ORDER BY d.ordered_at) AS days
                    FROM ( SELECT o.customer_id, o.ordered_at, (o.ordered_at AT TIME ZONE $3::text)::date AS day
                      FROM customer_order o
                      WHERE NOT EXISTS
                        (SELECT FROM customer c
                        WHERE c.customer_id = o.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)) AND o.cancelled_at IS NULL AND o.ordered_at >= $1::timestamptz AND o.ordered_at < $2::timestamptz ) d ) d
                  WHERE d.days > 0) g ON true LEFT JOIN
                  (SELECT count(*) AS several
                  FROM ( SELECT
                    FROM customer_order o JOIN order_line l ON l.customer_id = o.customer_id AND uuid_send(l.order_id) = uuid_send(o.order_id)
                    WHERE NOT EXISTS
                      (SELECT FROM customer c
                      WHERE c.customer_id = o.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)) AND o.cancelled_at IS NULL AND o.ordered_at >= $1::timestamptz AND o.ordered_at < $2::timestamptz GROUP BY o.customer_id HAVING min((nullif(coalesce(l.category,
                              (SELECT p.category
                              FROM product p
                              WHERE p.product_id = l.product_id)), '') COLLATE "C")) <> max((nullif(coalesce(l.category,
                              (SELECT p.category
                              FROM product p
                              WHERE p.product_id = l.product_id)), '') COLLATE "C")) ) t) c ON true) t2), 'null'), ',"retention":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"cohort":', coalesce(to_json(t3.day), 'null'), ',"customers":', coalesce((t3.customers)::text, 'null'), ',"retained":', coalesce((t3.retained)::text, 'null'), ',"group":{"label":', coalesce(to_json(t3.group_label), 'null'), ',"where":', coalesce(((CASE WHEN '{}'::jsonb ?| ARRAY
                        (SELECT jsonb_object_keys(t3.group_where)) THEN '{}'::jsonb || jsonb_build_object('all', coalesce('{}'::jsonb -> 'all', '[]') || jsonb_build_array(t3.group_where)) ELSE '{}'::jsonb || t3.group_where END))::text, 'null'), '}}') AS j
              FROM (WITH bought AS ( SELECT b.customer_id, b.n, min(b.n) OVER (PARTITION BY b.customer_id) AS first
                  FROM ( SELECT o.customer_id, width_bucket(o.ordered_at, $4::timestamptz[]) AS n
                    FROM customer_order o
                    WHERE NOT EXISTS
                      (SELECT FROM customer c
                      WHERE c.customer_id = o.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)) AND o.cancelled_at IS NULL AND o.ordered_at < ($4::timestamptz[])[cardinality($4::timestamptz[])] GROUP BY 1, 2 ) b ), counted AS ( SELECT b.first, b.n, count(*) AS customers
                  FROM bought b
                  WHERE b.first > 0 GROUP BY b.first, b.n ) SELECT c.first AS n, c.customers, d.day, r.retained, d.day::text AS group_key, 'First bought from ' || d.day || ' to ' || d.last_day AS group_label, jsonb_build_object('firstOrderAt', jsonb_build_object('gte', to_char(($4::timestamptz[])[c.first] AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), 'lt', to_char(($4::timestamptz[])[c.first + 1] AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'))) AS group_where
                FROM counted c CROSS JOIN LATERAL ( SELECT (($4::timestamptz[])[c.first] AT TIME ZONE $3::text)::date AS day, (($4::timestamptz[])[c.first + 1] AT TIME ZONE $3::text - interval '1 microsecond')::date AS last_day ) d CROSS JOIN LATERAL ( SELECT json_agg(coalesce(k.customers, 0)::float8 / c.customers ORDER BY g.n) AS retained
                  FROM generate_series(c.first, cardinality($4::timestamptz[]) - 1) AS g (n) LEFT JOIN counted k ON k.first = c.first AND k.n = g.n ) r
                WHERE c.n = c.first) t3 ORDER BY t3.n) r), '],"productAdoption":[',
            (SELECT string_agg(r.j, ',')
            FROM (WITH products_t4 AS
                (SELECT t6.product_id
                FROM product t6
                WHERE (t6.category IS NOT NULL)) SELECT concat('{"group":{"key":', coalesce(to_json(t4.group_key), 'null'), ',"where":', coalesce(((CASE WHEN '{}'::jsonb ?| ARRAY
                        (SELECT jsonb_object_keys(t4.group_where)) THEN '{}'::jsonb || jsonb_build_object('all', coalesce('{}'::jsonb -> 'all', '[]') || jsonb_build_array(t4.group_where)) ELSE '{}'::jsonb || t4.group_where END))::text, 'null'), '},"product":', coalesce(
                    (SELECT concat('{"name":', coalesce(to_json(t5.name), 'null'), '}') AS j
                    FROM product t5
                    WHERE t5.product_id = t4.product_id), 'null'), ',"buyers":', coalesce((t4.buyers)::text, 'null'), ',"nonBuyers":', coalesce((t4.non_buyers)::text, 'null'), ',"adoption":', coalesce((t4.adoption)::text, 'null'), ',"units":', coalesce((t4.units)::text, 'null'), ',"revenue":"', CASE WHEN t4.revenue = round(t4.revenue, 2) THEN round(t4.revenue, 2)::text ELSE trim_scale(t4.revenue)::text END, '","profit":"', CASE WHEN t4.profit = round(t4.profit, 2) THEN round(t4.profit, 2)::text ELSE trim_scale(t4.profit)::text END, '","likelyBuyers":', coalesce((t4.likely_buyers)::text, 'null'), '}') AS j
              FROM (WITH product_asked AS MATERIALIZED ( SELECT p.product_id, p.category, coalesce(p.discontinued_at > $2::timestamptz, true) AS is_sold
                  FROM product p
                  WHERE p.product_id IN
                    (SELECT q.product_id
                    FROM products_t4 q) ), wanted AS MATERIALIZED ( SELECT t.thing, (row_number() OVER ())::int AS number, t.is_sold
                  FROM
                    (SELECT p.product_id AS thing, p.is_sold
                    FROM product_asked p) t ), member AS
                  (SELECT w.customer_id, (row_number() OVER ())::int AS member
                  FROM who_t1 w), crowd AS
                  (SELECT count(*) AS customers
                  FROM who_t1 w), line AS ( SELECT d.number, m.member, l.quantity, l.total - l.discount AS revenue, CASE WHEN l.unit_cost IS NULL THEN round(l.total *
                      (SELECT 1 - z.assumed_margin::numeric
                      FROM settings z), 6) ELSE l.quantity * l.unit_cost END AS cost
                  FROM member m JOIN customer_order o ON o.customer_id = m.customer_id JOIN order_line l ON l.customer_id = o.customer_id AND uuid_send(l.order_id) = uuid_send(o.order_id) JOIN product_asked p ON p.product_id = l.product_id JOIN wanted d ON d.thing = p.product_id
                  WHERE o.cancelled_at IS NULL AND o.ordered_at >= $1::timestamptz AND o.ordered_at < $2::timestamptz ), bought AS ( SELECT n.number, count(*) AS buyers
                  FROM
                    (SELECT DISTINCT n.number, n.member
                    FROM line n) n GROUP BY n.number ), sold AS ( SELECT n.number, sum(n.quantity) AS units, sum(n.revenue) AS revenue, sum(n.cost) AS cost
                  FROM line n GROUP BY n.number ), back AS ( SELECT p.product_id AS thing, sum(l.refund) AS refund, sum(l.returned_cost) AS cost
                  FROM who_t1 w JOIN order_return r ON r.customer_id = w.customer_id JOIN return_line l ON l.customer_id = r.customer_id AND l.return_id = r.return_id JOIN product_asked p ON p.product_id = l.product_id LEFT JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id
                  WHERE o.cancelled_at IS NULL AND r.returned_at >= $1::timestamptz AND r.returned_at < $2::timestamptz GROUP BY 1 ), looked AS MATERIALIZED ( SELECT m.customer_id, m.member
                  FROM member m CROSS JOIN crowd c
                  WHERE (get_byte(uuid_send(m.customer_id), 15) * 256 + get_byte(uuid_send(m.customer_id), 14)) < 65536 * 50000::bigint / greatest(c.customers, 1) ), willing AS MATERIALIZED ( SELECT w.customer_id, w.member
                  FROM looked w
                  WHERE NOT EXISTS
                    (SELECT FROM customer_consent k
                    WHERE k.customer_id = w.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) ), scale AS
                  (SELECT c.customers / greatest(n.customers, 1)::numeric AS by
                  FROM crowd c CROSS JOIN
                    (SELECT count(*) AS customers
                    FROM looked) n), near AS MATERIALIZED ( SELECT n.product_id, n.number
                  FROM ( SELECT f.product_id, d.number, row_number() OVER (PARTITION BY f.offered_id ORDER BY f.lift DESC, f.product_id) AS place
                    FROM product_affinity f JOIN wanted d ON d.thing = f.offered_id
                    WHERE f.lift >= 1.2 AND d.is_sold ) n
                  WHERE n.place <= 5 ), held AS MATERIALIZED ( SELECT w.member, l.product_id
                  FROM willing w JOIN customer_order o ON o.customer_id = w.customer_id JOIN order_line l ON l.customer_id = o.customer_id AND uuid_send(l.order_id) = uuid_send(o.order_id)
                  WHERE o.cancelled_at IS NULL AND o.ordered_at >= $1::timestamptz AND o.ordered_at < $2::timestamptz ), alike AS
                  (SELECT n.number, h.member
                  FROM held h JOIN near n ON n.product_id = h.product_id), own AS
                  (SELECT d.number, h.member
                  FROM held h JOIN wanted d ON d.thing = h.product_id), likely AS ( SELECT x.number, count(*) AS customers
                  FROM
                    (SELECT DISTINCT y.number, y.member
                    FROM alike y) x
                  WHERE NOT EXISTS
                    (SELECT FROM own h
                    WHERE h.number = x.number AND h.member = x.member) GROUP BY x.number ) SELECT d.thing, coalesce(s.buyers, 0) AS buyers, c.customers - coalesce(s.buyers, 0) AS non_buyers, coalesce(s.buyers::float8 / nullif(c.customers, 0), 0) AS adoption, least(coalesce(n.units, 0), 2147483647) AS units, coalesce(n.revenue, 0) AS revenue, coalesce(n.revenue - n.cost, 0) - coalesce(b.refund - b.cost, 0) AS profit, least(round(coalesce(k.customers, 0) * v.by)::bigint, c.customers - coalesce(s.buyers, 0)) AS likely_buyers, d.thing AS product_id,
                  (SELECT p.sku
                  FROM product p
                  WHERE p.product_id = d.thing) AS group_key,
                  (SELECT p.name
                  FROM product p
                  WHERE p.product_id = d.thing) AS group_label, jsonb_build_object('bought', jsonb_build_object('product', jsonb_build_object('sku', jsonb_build_object('eq',
                          (SELECT p.sku
                          FROM product p
                          WHERE p.product_id = d.thing)))) || (CASE WHEN false THEN '{}'::jsonb ELSE jsonb_build_object('at', jsonb_strip_nulls(jsonb_build_object('gte', CASE WHEN isfinite($1::timestamptz) THEN to_char($1::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') END, 'lt', CASE WHEN isfinite($2::timestamptz) THEN to_char($2::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') END))) END)) AS group_where
                FROM wanted d CROSS JOIN crowd c CROSS JOIN scale v LEFT JOIN bought s ON s.number = d.number LEFT JOIN sold n ON n.number = d.number LEFT JOIN back b ON b.thing = d.thing LEFT JOIN likely k ON k.number = d.number) t4 ORDER BY t4.likely_buyers DESC, t4.buyers DESC, t4.group_key COLLATE "C" LIMIT 3) r), '],"channelMix":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"channel":"', t7.channel, '","customers":', coalesce((t7.customers)::text, 'null'), ',"touches":', coalesce((t7.touches)::text, 'null'), ',"preferredBy":', coalesce((t7.preferred_by)::text, 'null'), ',"responseRate":', coalesce((t7.response_rate)::text, 'null'), ',"revenue":"', CASE WHEN t7.revenue = round(t7.revenue, 2) THEN round(t7.revenue, 2)::text ELSE trim_scale(t7.revenue)::text END, '","cost":"', CASE WHEN t7.cost = round(t7.cost, 2) THEN round(t7.cost, 2)::text ELSE trim_scale(t7.cost)::text END, '"}') AS j
              FROM
                (SELECT c.channel, coalesce(n.customers, 0)::bigint AS customers, coalesce(u.touches, 0) AS touches, coalesce(p.customers, 0) AS preferred_by, coalesce(u.revenue, 0) AS revenue, coalesce(u.cost, 0) AS cost, a.answered::float8 / a.sent AS response_rate
                FROM unnest(ARRAY['WEB', 'EMAIL', 'PHONE', 'SMS', 'MOBILE_APP', 'DIRECT_MAIL', 'IN_PERSON', 'TV', 'SOCIAL', 'CHAT', 'PARTNER', 'OTHER']) AS c (channel) LEFT JOIN
                  (SELECT f.channel, sum(f.touches) AS touches, sum(f.contacts) AS contacts, sum(f.revenue) AS revenue, sum(f.cost) AS cost
                  FROM ( SELECT t.channel, count(*) FILTER (WHERE t.kind <> 'CAMPAIGN_SENT') AS touches, count(*) FILTER (WHERE t.kind = 'CAMPAIGN_SENT') AS contacts, 0 AS revenue, sum(t.cost) AS cost
                    FROM touchpoint t
                    WHERE true AND t.occurred_at >= $1::timestamptz AND t.occurred_at < $2::timestamptz GROUP BY t.channel UNION ALL SELECT o.channel, 0, 0, sum(o.total), 0
                    FROM customer_order o
                    WHERE true AND o.cancelled_at IS NULL AND o.ordered_at >= $1::timestamptz AND o.ordered_at < $2::timestamptz GROUP BY o.channel ) f GROUP BY f.channel) u ON u.channel = c.channel LEFT JOIN ( SELECT v.channel, sum(k.customers) AS customers
                  FROM
                    (SELECT k.used, count(*) AS customers
                    FROM
                      (SELECT bit_or(1 << array_position(ARRAY['WEB', 'EMAIL', 'PHONE', 'SMS', 'MOBILE_APP', 'DIRECT_MAIL', 'IN_PERSON', 'TV', 'SOCIAL', 'CHAT', 'PARTNER', 'OTHER'], t.channel)) AS used
                      FROM touchpoint t
                      WHERE NOT EXISTS
                        (SELECT FROM customer c
                        WHERE c.customer_id = t.customer_id AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL)) AND t.occurred_at >= $1::timestamptz AND t.occurred_at < $2::timestamptz AND t.kind <> 'CAMPAIGN_SENT' GROUP BY t.customer_id) k GROUP BY k.used) k JOIN unnest(ARRAY['WEB', 'EMAIL', 'PHONE', 'SMS', 'MOBILE_APP', 'DIRECT_MAIL', 'IN_PERSON', 'TV', 'SOCIAL', 'CHAT', 'PARTNER', 'OTHER']) WITH ORDINALITY AS v (channel, n) ON k.used & (1 << v.n::int) <> 0 GROUP BY v.channel ) n ON n.channel = c.channel LEFT JOIN ( SELECT m.preferred_channel AS channel, count(*) AS customers
                  FROM who_t1 w JOIN customer_summary m ON m.customer_id = w.customer_id GROUP BY m.preferred_channel ) p ON p.channel = c.channel LEFT JOIN ( WITH word AS MATERIALIZED ( SELECT t.customer_id, t.occurred_at, t.touchpoint_id, t.kind, t.channel, t.source, t.case_number, t.campaign_id, left(coalesce(nullif(btrim(t.properties ->> 'offer'), ''), k.key), 200) AS offer, nullif(btrim(t.properties ->> 'offer'), '') IS NULL AS is_campaign
                    FROM touchpoint t LEFT JOIN campaign k ON k.campaign_id = t.campaign_id
                    WHERE t.customer_id IN
                      (SELECT w.customer_id
                      FROM who_t1 w) AND t.kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE') AND t.occurred_at <= $2::timestamptz AND t.occurred_at >= $1::timestamptz ), sent AS ( SELECT t.customer_id, t.touchpoint_id, t.occurred_at AS at, t.channel, t.campaign_id, t.offer, t.is_campaign, lead(t.occurred_at) OVER (PARTITION BY t.customer_id ORDER BY t.occurred_at, t.touchpoint_id) AS next_at
                    FROM word t
                    WHERE t.kind = 'CAMPAIGN_SENT' ), reply AS ( SELECT t.customer_id, t.touchpoint_id, t.occurred_at AS at, t.channel, t.campaign_id, t.offer
                    FROM word t
                    WHERE t.kind = 'CAMPAIGN_RESPONSE' ), credited AS ( SELECT DISTINCT c.customer_id, c.touchpoint_id
                    FROM ( SELECT DISTINCT ON (r.customer_id, r.touchpoint_id) s.customer_id, s.touchpoint_id
                      FROM reply r JOIN sent s ON s.customer_id = r.customer_id AND s.at <= r.at AND ( s.campaign_id = r.campaign_id OR s.offer = r.offer OR r.campaign_id IS NULL AND r.offer IS NULL AND s.channel = r.channel ) ORDER BY r.customer_id, r.touchpoint_id, s.at DESC, s.touchpoint_id DESC ) c ), contact AS ( SELECT s.customer_id, s.touchpoint_id, s.at, s.channel, s.offer, s.is_campaign, c.touchpoint_id IS NOT NULL OR NOT coalesce(f.is_told, false) AND EXISTS ( SELECT 1
                      FROM customer_order o
                      WHERE o.customer_id IS NOT NULL AND o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at >= s.at AND o.ordered_at <= $2::timestamptz AND o.ordered_at < least(s.next_at, s.at + interval '30 days') ) AS answered
                    FROM sent s LEFT JOIN credited c ON c.customer_id = s.customer_id AND c.touchpoint_id = s.touchpoint_id LEFT JOIN response_rate f ON f.topic = 'OFFER' AND f.channel = '' AND f.name = s.offer ) SELECT c.channel, count(*) AS sent, count(*) FILTER (WHERE c.answered) AS answered
                  FROM contact c
                  WHERE c.at >= $1::timestamptz AND c.at < $2::timestamptz GROUP BY c.channel ) a ON a.channel = c.channel
                WHERE u.touches > 0 OR u.contacts > 0 OR u.revenue <> 0 OR u.cost <> 0 OR p.customers > 0) t7 ORDER BY t7.customers DESC, t7.touches DESC, t7.channel COLLATE "C") r), '],"responsePropensity":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"group":{"key":', coalesce(to_json(t8.group_key), 'null'), ',"where":', coalesce(((CASE WHEN '{}'::jsonb ?| ARRAY
                        (SELECT jsonb_object_keys(t8.group_where)) THEN '{}'::jsonb || jsonb_build_object('all', coalesce('{}'::jsonb -> 'all', '[]') || jsonb_build_array(t8.group_where)) ELSE '{}'::jsonb || t8.group_where END))::text, 'null'), '},"contacted":', coalesce((t8.contacted)::text, 'null'), ',"responded":', coalesce((t8.responded)::text, 'null'), ',"responseRate":', coalesce((t8.response_rate)::text, 'null'), ',"interval":{"low":', coalesce((t8.low)::text, 'null'), ',"high":', coalesce((t8.high)::text, 'null'), ',"level":', coalesce((t8.level)::text, 'null'), '}}') AS j
              FROM (WITH word AS MATERIALIZED ( SELECT t.customer_id, t.occurred_at, t.touchpoint_id, t.kind, t.channel, t.source, t.case_number, t.campaign_id, left(coalesce(nullif(btrim(t.properties ->> 'offer'), ''), k.key), 200) AS offer, nullif(btrim(t.properties ->> 'offer'), '') IS NULL AS is_campaign
                  FROM touchpoint t LEFT JOIN campaign k ON k.campaign_id = t.campaign_id
                  WHERE t.customer_id IN
                    (SELECT w.customer_id
                    FROM who_t1 w) AND t.kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE') AND t.occurred_at <= $2::timestamptz AND t.occurred_at >= $1::timestamptz ), sent AS ( SELECT t.customer_id, t.touchpoint_id, t.occurred_at AS at, t.channel, t.campaign_id, t.offer, t.is_campaign, lead(t.occurred_at) OVER (PARTITION BY t.customer_id ORDER BY t.occurred_at, t.touchpoint_id) AS next_at
                  FROM word t
                  WHERE t.kind = 'CAMPAIGN_SENT' ), reply AS ( SELECT t.customer_id, t.touchpoint_id, t.occurred_at AS at, t.channel, t.campaign_id, t.offer
                  FROM word t
                  WHERE t.kind = 'CAMPAIGN_RESPONSE' ), credited AS ( SELECT DISTINCT c.customer_id, c.touchpoint_id
                  FROM ( SELECT DISTINCT ON (r.customer_id, r.touchpoint_id) s.customer_id, s.touchpoint_id
                    FROM reply r JOIN sent s ON s.customer_id = r.customer_id AND s.at <= r.at AND ( s.campaign_id = r.campaign_id OR s.offer = r.offer OR r.campaign_id IS NULL AND r.offer IS NULL AND s.channel = r.channel ) ORDER BY r.customer_id, r.touchpoint_id, s.at DESC, s.touchpoint_id DESC ) c ), contact AS ( SELECT s.customer_id, s.touchpoint_id, s.at, s.channel, s.offer, s.is_campaign, c.touchpoint_id IS NOT NULL OR NOT coalesce(f.is_told, false) AND EXISTS ( SELECT 1
                    FROM customer_order o
                    WHERE o.customer_id IS NOT NULL AND o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at >= s.at AND o.ordered_at <= $2::timestamptz AND o.ordered_at < least(s.next_at, s.at + interval '30 days') ) AS answered
                  FROM sent s LEFT JOIN credited c ON c.customer_id = s.customer_id AND c.touchpoint_id = s.touchpoint_id LEFT JOIN response_rate f ON f.topic = 'OFFER' AND f.channel = '' AND f.name = s.offer ), seen AS MATERIALIZED ( SELECT c.customer_id, c.touchpoint_id, c.at, c.channel, c.offer, c.is_campaign, c.answered
                  FROM contact c
                  WHERE c.at >= $1::timestamptz AND c.at < $2::timestamptz   ), counted AS ( SELECT f.*
                  FROM
                    (SELECT s.channel AS key, count(*) AS contacted, count(*) FILTER (WHERE s.answered) AS responded
                    FROM seen s GROUP BY s.channel) f ORDER BY f.contacted DESC, f.key LIMIT 250 ), everybody AS ( SELECT (count(*) FILTER (WHERE s.answered) + 0.02 * 25.0::float8) / (count(*) + 25.0::float8) AS rate
                  FROM seen s ), alike AS ( SELECT 1 / least(greatest((v.told + 1 / (1 + 25.0::float8)) / (v.others + 1), 1 / (1 + 1000.0::float8)), 1 / (1 + 0.5::float8)) - 1 AS strength
                  FROM ( SELECT m.others, CASE WHEN m.possible > 1e-9 THEN m.others * greatest(m.explained / m.possible, 0) ELSE m.others / (1 + 25.0::float8) END AS told
                    FROM ( SELECT k.others, k.ratios - k.trials * k.rate ^ 2 - k.others * k.chance AS explained, k.chance * (k.trials - k.squares / k.trials - k.others) AS possible
                      FROM ( SELECT g.*, g.rate * (1 - g.rate) AS chance
                        FROM ( SELECT count(*) - 1 AS others, sum(c.contacted)::float8 AS trials, sum(c.contacted::float8 ^ 2) AS squares, sum(c.responded::float8 ^ 2 / c.contacted) AS ratios, sum(c.responded)::float8 / sum(c.contacted)::float8 AS rate
                          FROM counted c ) g ) k ) m ) v ), rated AS ( SELECT c.*, c.responded + e.rate * a.strength AS a, c.contacted - c.responded + (1 - e.rate) * a.strength AS b
                  FROM counted c CROSS JOIN everybody e CROSS JOIN alike a ) SELECT r.key AS group_key, r.key AS group_label, r.contacted, r.responded, r.a / (r.a + r.b) AS response_rate, q.low, q.high, 0.8::float8 AS level, jsonb_build_object('touchpoints', jsonb_build_object('where', '{"kind": ["CAMPAIGN_SENT"]}'::jsonb || '{}'::jsonb || jsonb_build_object('channel', jsonb_build_array(r.key)) || (CASE WHEN false THEN '{}'::jsonb ELSE jsonb_build_object('occurredAt', jsonb_strip_nulls(jsonb_build_object('gte', CASE WHEN isfinite($1::timestamptz) THEN to_char($1::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') END, 'lt', CASE WHEN isfinite($2::timestamptz) THEN to_char($2::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') END))) END))) AS group_where
                FROM rated r CROSS JOIN LATERAL
                  (SELECT min(z.share) AS low, max(z.share) AS high
                  FROM ( SELECT 1 / (1 + exp(-least(greatest(CASE WHEN y.p * y.whole < y.head THEN y.start + ln(y.p * y.whole / y.head) / r.a WHEN (1 - y.p) * y.whole < y.tail THEN y.stop - ln((1 - y.p) * y.whole / y.tail) / r.b ELSE y.t + 2 * y.rest / (y.f + sqrt(greatest(y.f * y.f + 2 * (y.next_f - y.f) / y.width * y.rest, 0))) END, -700), 700))) AS share
                    FROM ( SELECT v.*, k.p, k.p * v.whole - v.until_here AS rest
                      FROM ( SELECT u.*, u.head + u.cells - coalesce((u.f + u.next_f) / 2 * u.width, 0) AS until_here, u.head + max(u.cells) OVER () + u.tail AS whole
                        FROM ( SELECT d.*, d.first_f / r.a AS head, d.last_f / r.b AS tail, sum((d.f + d.next_f) / 2 * d.width) OVER (ORDER BY d.n) AS cells
                          FROM ( SELECT d.*, lead(d.f) OVER w AS next_f, first_value(d.f) OVER w AS first_f, last_value(d.f) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last_f
                            FROM ( SELECT g.n, e.start, e.stop, (e.stop - e.start) / 400 AS width, x.t, exp(greatest(r.a * (x.t - e.mode) - (r.a + r.b) * (ln(1 + exp(x.t)) - ln(1 + exp(e.mode))), -700)) AS f
                              FROM ( SELECT m.mode, greatest(m.mode - 8 * m.spread, m.far) AS start, least(m.mode + 8 * m.spread, -m.far) AS stop
                                FROM ( SELECT ln(r.a / r.b) AS mode, sqrt(1 / r.a + 1 / r.b) AS spread, ln(0.0001 / (r.a + r.b)) AS far ) m ) e CROSS JOIN generate_series(0, 400) AS g (n) CROSS JOIN LATERAL
                                (SELECT e.start + (e.stop - e.start) * g.n / 400 AS t) x ) d WINDOW w AS (ORDER BY d.n) ) d ) u ) v CROSS JOIN (VALUES ((1 - 0.8::float8) / 2), ((1 + 0.8::float8) / 2)) AS k (p)
                      WHERE v.next_f IS NOT NULL ) y
                    WHERE y.rest >= 0 AND y.rest <= (y.f + y.next_f) / 2 * y.width OR y.n = 0 AND y.rest < 0 OR y.n = 400 - 1 AND y.rest > (y.f + y.next_f) / 2 * y.width ) z) q) t8 ORDER BY t8.response_rate DESC, t8.contacted DESC, t8.group_key COLLATE "C") r), ']}') AS j
        FROM (VALUES (true)) t1 (there)), 'null'), '}'), 'UTF8')
