SELECT convert_to(concat('{"customers":{"nodes":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT concat((WITH t1recommended AS MATERIALIZED (WITH whose AS MATERIALIZED ( SELECT w.customer_id
                FROM
                  (SELECT t1.customer_id::uuid AS customer_id) w
                WHERE NOT EXISTS ( SELECT
                  FROM customer_consent k
                  WHERE k.customer_id = w.customer_id AND k.customer_id = t1.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) ), placed AS ( SELECT n.*, max(n.nth) OVER (PARTITION BY n.customer_id) AS days
                FROM ( SELECT o.customer_id, o.order_id, (o.ordered_at AT TIME ZONE $2::text)::date AS day, dense_rank() OVER (PARTITION BY o.customer_id ORDER BY (o.ordered_at AT TIME ZONE $2::text)::date) AS nth
                  FROM customer_order o JOIN whose w ON w.customer_id = o.customer_id
                  WHERE o.customer_id = t1.customer_id AND o.cancelled_at IS NULL AND o.ordered_at < $1::timestamptz ) n ), own AS MATERIALIZED ( SELECT d.customer_id, d.product_id, d.days, count(*) AS times, min(d.nth) AS first_nth, max(d.nth) AS last_nth, max(d.day) AS last_day, row_number() OVER (PARTITION BY d.customer_id ORDER BY max(d.day) DESC, d.product_id) AS recent
                FROM ( SELECT DISTINCT d.customer_id, l.product_id, d.nth, d.day, d.days
                  FROM placed d JOIN order_line l ON l.customer_id = d.customer_id AND l.order_id = d.order_id
                  WHERE l.customer_id = t1.customer_id ) d GROUP BY d.customer_id, d.product_id, d.days ), pulled AS ( SELECT s.customer_id, s.offered_id, sum(s.weight * power(0.8::float8, s.nth - 1)) AS pull, (array_agg(s.product_id) FILTER (WHERE s.nth = 1))[1] AS because_id, min(s.share) FILTER (WHERE s.nth = 1) AS share, min(s.share_of_others) FILTER (WHERE s.nth = 1) AS share_of_others
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
                WHERE w.product_id IS NULL AND f.place IS NOT NULL AND f.profit_per_purchase > 0 AND (p.discontinued_at IS NULL OR p.discontinued_at > $1::timestamptz) UNION ALL SELECT w.customer_id, w.product_id, false, f.base, 0, 0, ln(r.raw / (1 - r.raw)) + f.again_shift, NULL, NULL, NULL, NULL, NULL, w.times, f.buyer_share, f.repeat_share, f.gap_days, f.profit_per_purchase, p.category
                FROM own w JOIN product_offer f ON f.product_id = w.product_id JOIN product p ON p.product_id = w.product_id CROSS JOIN LATERAL ( SELECT least((w.times - 1 + 10 * f.again) / (w.days - w.first_nth + 10), 0.99)::float8 AS raw ) r
                WHERE f.is_repeated AND f.place IS NOT NULL AND f.profit_per_purchase > 0 AND $3::date - w.last_day >= f.gap_days AND r.raw > 0 AND (p.discontinued_at IS NULL OR p.discontinued_at > $1::timestamptz) ), likely AS ( SELECT c.*, 1 / (1 + exp(-c.logit)) AS probability, 1 / (1 + exp(-c.base)) AS chance
                FROM candidate c ), best AS ( SELECT l.*, row_number() OVER ( PARTITION BY l.customer_id ORDER BY l.probability * l.profit_per_purchase::float8 DESC, l.product_id) AS place
                FROM likely l ) SELECT b.customer_id, b.product_id, b.is_new, b.probability / b.chance AS lift, b.probability, b.profit_per_purchase, round((b.probability * b.profit_per_purchase::float8)::numeric, 6) AS expected_profit, b.category, b.because_id, b.base, b.pull, b.onward, b.logit, b.place, CASE WHEN NOT b.is_new THEN 'Bought ' || CASE b.times WHEN 1 THEN 'once' ELSE b.times || ' times' END || ' already; ' || trim_scale(round((100 * b.repeat_share)::numeric, CASE WHEN b.repeat_share < 0.0995 THEN 1 ELSE 0 END)) || ' %' || ' of its buyers who came back bought it again, usually after ' || greatest(round(b.gap_days), 1) || ' days' WHEN b.pull > 0 AND b.pull >= b.onward THEN 'Bought by ' || trim_scale(round((100 * b.share)::numeric, CASE WHEN b.share < 0.0995 THEN 1 ELSE 0 END)) || ' %' || ' of those who bought ' ||
                (SELECT p.name
                FROM product p
                WHERE p.product_id = b.because_id) || coalesce('; ' || trim_scale(round((b.share / nullif(b.share_of_others, 0))::numeric, 1)) || ' times as often as by others', '; by nobody else') WHEN b.onward > 0 THEN trim_scale(round((100 * b.led_share)::numeric, CASE WHEN b.led_share < 0.0995 THEN 1 ELSE 0 END)) || ' %' || ' of those who last bought from ' || b.from_category || ' bought from ' || b.category || ' next; bought by ' || trim_scale(round((100 * b.buyer_share)::numeric, CASE WHEN b.buyer_share < 0.0995 THEN 1 ELSE 0 END)) || ' %' || ' of all' ELSE 'Among the most popular: bought by ' || trim_scale(round((100 * b.buyer_share)::numeric, CASE WHEN b.buyer_share < 0.0995 THEN 1 ELSE 0 END)) || ' %' || ' of all' END AS reason
              FROM best b
              WHERE b.place <= 60) SELECT concat('{"nextActions":[',
                (SELECT string_agg(r.j, ',')
                FROM
                  (SELECT concat('{"strategy":"', t2.strategy, '","channel":', coalesce('"' || t2.channel || '"', 'null'), ',"product":', coalesce(
                        (SELECT concat('{"sku":', coalesce(to_json(t3.sku), 'null'), '}') AS j
                        FROM product t3
                        WHERE t3.product_id = t2.product_id), 'null'), ',"expectedProfit":"', CASE WHEN t2.expected_profit = round(t2.expected_profit, 2) THEN round(t2.expected_profit, 2)::text ELSE trim_scale(t2.expected_profit)::text END, '","reason":', coalesce(to_json(t2.reason), 'null'), '}') AS j
                  FROM (WITH word AS MATERIALIZED ( SELECT t.customer_id, t.occurred_at, t.touchpoint_id, t.kind, t.channel, t.source, t.case_number, t.campaign_id, left(coalesce(nullif(btrim(t.properties ->> 'offer'), ''), k.key), 200) AS offer, nullif(btrim(t.properties ->> 'offer'), '') IS NULL AS is_campaign
                      FROM touchpoint t LEFT JOIN campaign k ON k.campaign_id = t.campaign_id
                      WHERE t.customer_id = t1.customer_id AND t.kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE', 'CASE_OPENED', 'CASE_RESOLVED', 'COMPLAINT') AND t.occurred_at <= $1::timestamptz ), sent AS ( SELECT t.customer_id, t.touchpoint_id, t.occurred_at AS at, t.channel, t.campaign_id, t.offer, t.is_campaign, lead(t.occurred_at) OVER (PARTITION BY t.customer_id ORDER BY t.occurred_at, t.touchpoint_id) AS next_at
                      FROM word t
                      WHERE t.kind = 'CAMPAIGN_SENT' ), reply AS ( SELECT t.customer_id, t.touchpoint_id, t.occurred_at AS at, t.channel, t.campaign_id, t.offer
                      FROM word t
                      WHERE t.kind = 'CAMPAIGN_RESPONSE' ), credited AS ( SELECT DISTINCT c.customer_id, c.touchpoint_id
                      FROM ( SELECT DISTINCT ON (r.customer_id, r.touchpoint_id) s.customer_id, s.touchpoint_id
                        FROM reply r JOIN sent s ON s.customer_id = r.customer_id AND s.at <= r.at AND ( s.campaign_id = r.campaign_id OR s.offer = r.offer OR r.campaign_id IS NULL AND r.offer IS NULL AND s.channel = r.channel ) ORDER BY r.customer_id, r.touchpoint_id, s.at DESC, s.touchpoint_id DESC ) c ), contact AS ( SELECT s.customer_id, s.touchpoint_id, s.at, s.channel, s.offer, s.is_campaign, c.touchpoint_id IS NOT NULL OR NOT coalesce(f.is_told, false) AND EXISTS ( SELECT 1
                        FROM customer_order o
                        WHERE o.customer_id = t1.customer_id AND o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at >= s.at AND o.ordered_at <= $1::timestamptz AND o.ordered_at < least(s.next_at, s.at + interval '30 days') ) AS answered
                      FROM sent s LEFT JOIN credited c ON c.customer_id = s.customer_id AND c.touchpoint_id = s.touchpoint_id LEFT JOIN response_rate f ON f.topic = 'OFFER' AND f.channel = '' AND f.name = s.offer ), unwilling AS ( SELECT DISTINCT k.customer_id
                      FROM customer_consent k
                      WHERE k.customer_id = t1.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN') ), moment AS
                      (SELECT coalesce(max(r.as_of), $1::timestamptz) AS at
                      FROM response_rate r), aged AS ( SELECT c.customer_id, c.channel, c.offer, c.is_campaign, c.answered, c.at <= n.at - interval '30 days' AS is_over, power(0.5::float8, least(greatest(extract(epoch
                              FROM n.at - c.at), 0)::float8 / 15778800, 900)) AS weight
                      FROM contact c CROSS JOIN moment n ), used AS ( SELECT u.customer_id, u.channel, sum(u.touches) AS touches, sum(u.weight) AS weight
                      FROM ( SELECT m.customer_id, m.channel, m.touches - m.contacts AS touches, (m.touches - m.contacts) * power(0.5::float8, least(greatest( (extract(year
                                  FROM n.at AT TIME ZONE $2::text) - extract(year
                                  FROM m.month)) * 12 + extract(month
                                FROM n.at AT TIME ZONE $2::text) - extract(month
                                FROM m.month), 0 )::float8 / 6, 900)) AS weight
                        FROM customer_month m CROSS JOIN moment n
                        WHERE m.customer_id = t1.customer_id AND m.touches > m.contacts UNION ALL SELECT a.customer_id, a.channel, 0, a.weight
                        FROM aged a
                        WHERE a.answered ) u GROUP BY u.customer_id, u.channel ), asked AS ( SELECT a.customer_id, a.channel, coalesce(sum(a.weight) FILTER (WHERE a.is_over), 0) AS trials, coalesce(sum(a.weight) FILTER (WHERE a.is_over AND a.answered), 0) AS successes
                      FROM aged a GROUP BY a.customer_id, a.channel ), said AS ( SELECT p.customer_id, p.channel, p.preferred
                      FROM customer_preference p
                      WHERE p.customer_id = t1.customer_id ), known AS ( SELECT customer_id, channel, s.preferred, coalesce(u.touches, 0) AS touches, CASE WHEN w.customer_id IS NULL THEN coalesce(u.weight, 0) ELSE 0 END AS weight, CASE WHEN w.customer_id IS NULL THEN a.trials END AS trials, a.successes
                      FROM used u FULL JOIN said s USING (customer_id, channel) FULL JOIN asked a USING (customer_id, channel) LEFT JOIN unwilling w USING (customer_id) ), liking AS ( SELECT k.customer_id, k.channel, k.preferred, k.touches, k.trials, k.successes, k.weight + coalesce(b.rate * b.strength, 0.8333333333333334) AS mass, k.preferred IS TRUE OR k.preferred IS NULL AND k.weight > 0 AS fits, row_number() OVER ( PARTITION BY k.customer_id ORDER BY k.preferred IS TRUE DESC, k.preferred IS FALSE, k.weight > 0 DESC, k.weight + coalesce(b.rate * b.strength, 0.8333333333333334) DESC, k.channel COLLATE "C" ) AS place
                      FROM known k LEFT JOIN response_rate b ON b.topic = 'TOUCH' AND b.channel = k.channel ), case_turn AS
                      (SELECT t.customer_id, min(t.occurred_at) FILTER (WHERE t.kind = 'CASE_OPENED') AS opened, max(t.occurred_at) FILTER (WHERE t.kind = 'CASE_RESOLVED') AS resolved, (array_agg(t.channel ORDER BY t.occurred_at) FILTER (WHERE t.kind = 'CASE_OPENED'))[1] AS channel
                      FROM
                        (SELECT t.*, count(*) FILTER (WHERE t.kind = 'CASE_RESOLVED') OVER (PARTITION BY t.customer_id, t.source, t.case_number ORDER BY t.occurred_at, t.kind ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS turn
                        FROM word t
                        WHERE true AND t.case_number IS NOT NULL AND t.kind IN ('CASE_OPENED', 'CASE_RESOLVED')) t GROUP BY t.customer_id, t.source, t.case_number, t.turn), refused AS ( SELECT k.customer_id, k.channel
                      FROM customer_consent k
                      WHERE k.customer_id = t1.customer_id AND k.holds AND k.purpose = 'SERVICE' AND k.status IN ('DENIED', 'WITHDRAWN') UNION SELECT p.customer_id, p.channel
                      FROM said p
                      WHERE NOT p.preferred ), service AS ( SELECT d.customer_id, count(*) FILTER (WHERE d.is_case) AS cases, min(d.at) FILTER (WHERE d.is_case) AS open_since, max(d.at) FILTER (WHERE NOT d.is_case) AS complained_at, (array_agg(d.channel ORDER BY d.is_case DESC, d.at, d.channel COLLATE "C") FILTER (WHERE f.channel IS NULL))[1] AS channel
                      FROM ( SELECT g.customer_id, g.opened AS at, g.channel, true AS is_case
                        FROM case_turn g
                        WHERE g.opened IS NOT NULL AND g.resolved IS NULL UNION ALL SELECT t.customer_id, t.occurred_at, t.channel, false
                        FROM word t
                        WHERE t.kind = 'COMPLAINT' AND t.occurred_at > $1::timestamptz - interval '90 days' AND NOT EXISTS ( SELECT 1
                          FROM case_turn g
                          WHERE g.customer_id = t.customer_id AND g.resolved >= t.occurred_at ) ) d LEFT JOIN refused f ON f.customer_id = d.customer_id AND f.channel = d.channel GROUP BY d.customer_id ), allowed AS ( SELECT k.customer_id, k.channel, k.purpose
                      FROM customer_consent k JOIN customer c ON c.customer_id = k.customer_id
                      WHERE k.customer_id = t1.customer_id AND c.customer_id = t1.customer_id AND k.holds AND k.purpose IN ('MARKETING', 'SERVICE') AND k.status = 'GRANTED' AND (k.expires_at IS NULL OR k.expires_at > $1::timestamptz) AND CASE k.channel WHEN 'DIRECT_MAIL' THEN cardinality(c.address_lines) > 0 WHEN 'EMAIL' THEN c.email IS NOT NULL WHEN 'MOBILE_APP' THEN EXISTS
                        (SELECT 1
                        FROM customer_identity i
                        WHERE i.customer_id = c.customer_id AND i.kind = 'DEVICE') WHEN 'PHONE' THEN c.phone IS NOT NULL WHEN 'SMS' THEN c.phone IS NOT NULL WHEN 'WEB' THEN EXISTS
                        (SELECT 1
                        FROM customer_identity i
                        WHERE i.customer_id = c.customer_id AND i.kind = 'COOKIE') ELSE false END ), price AS ( SELECT e.value ->> 'channel' AS channel, min((e.value ->> 'cost')::numeric) FILTER (
                        WHERE e.value ->> 'kind' = 'CAMPAIGN_SENT') AS of_message, min((e.value ->> 'cost')::numeric) FILTER (WHERE e.value ->> 'kind' = 'CASE_RESOLVED') AS of_service, min((e.value ->> 'cost')::numeric) FILTER (WHERE e.value ->> 'kind' IS NULL) AS of_any
                      FROM settings z CROSS JOIN jsonb_array_elements(z.rate_card) AS e (value) GROUP BY 1 ), choice AS ( SELECT DISTINCT ON (a.customer_id, a.purpose) a.customer_id, a.purpose, a.channel, l.trials, l.successes, b.amount AS touch_cost
                      FROM allowed a LEFT JOIN liking l ON l.customer_id = a.customer_id AND l.channel = a.channel LEFT JOIN response_rate b ON b.topic = 'TOUCH' AND b.channel = a.channel
                      WHERE l.preferred IS DISTINCT
                      FROM false ORDER BY a.customer_id, a.purpose, l.place NULLS LAST, b.rate DESC NULLS LAST, a.channel COLLATE "C" ), served AS ( SELECT m.customer_id, m.channel, sum(m.cost_to_serve) AS cost, sum(m.touches - m.contacts) AS touches, sum(m.revenue - m.returns - m.cost_of_goods) AS earned
                      FROM customer_month m
                      WHERE m.customer_id = t1.customer_id AND m.month > ($1::timestamptz AT TIME ZONE $2::text)::date - 365 GROUP BY m.customer_id, m.channel ), person AS MATERIALIZED ( SELECT c.customer_id, s.lifecycle_stage AS stage, s.value_tier, s.risk_band, s.churn_probability AS risk, s.predicted, s.expected_profit AS worth, s.order_count, s.repeat_purchases, s.first_order_at, s.last_order_at, s.horizon_months, v.cases, v.open_since, v.complained_at, v.customer_id IS NOT NULL AS is_unserved, coalesce(h.channel, v.channel) AS service_channel, m.channel, m.trials, m.successes, coalesce(nullif(m.touch_cost, 0), i.of_message, i.of_any) AS touch_price, coalesce(i.of_message, i.of_any, 0) AS message_cost, coalesce(j.of_service, j.of_any, 0) AS service_cost, z.base_currency AS money
                      FROM customer c JOIN customer_score s ON s.customer_id = c.customer_id CROSS JOIN settings z LEFT JOIN service v ON v.customer_id = c.customer_id LEFT JOIN choice m ON m.customer_id = c.customer_id AND m.purpose = 'MARKETING' LEFT JOIN choice h ON h.customer_id = c.customer_id AND h.purpose = 'SERVICE' LEFT JOIN price i ON i.channel = m.channel LEFT JOIN price j ON j.channel = coalesce(h.channel, v.channel)
                      WHERE c.customer_id = t1.customer_id AND s.customer_id = t1.customer_id AND c.merged_into IS NULL AND c.erased_at IS NULL AND NOT EXISTS
                        (SELECT 1
                        FROM unwilling w
                        WHERE w.customer_id = c.customer_id) ), likely AS ( SELECT p.*, (coalesce(p.successes, 0) + b.rate * b.strength) / (coalesce(p.trials, 0) + b.strength) AS response, b.rate AS usual_rate, b.low, b.high, b.seen
                      FROM person p LEFT JOIN response_rate g ON g.topic = 'STANDING' AND g.channel = p.channel AND g.name = CASE WHEN p.last_order_at IS NULL THEN 'PROSPECT' WHEN p.last_order_at >= $1::timestamptz - interval '180 days' THEN 'CURRENT' ELSE 'SILENT' END LEFT JOIN response_rate r ON r.topic = 'CHANNEL' AND r.channel = p.channel LEFT JOIN response_rate e ON e.topic = 'ALL' CROSS JOIN LATERAL ( SELECT coalesce(g.rate, r.rate, e.rate, 0.02) AS rate, coalesce(r.strength, e.strength, 25.0) AS strength, coalesce(g.low, r.low, e.low) AS low, coalesce(g.high, r.high, e.high) AS high, CASE WHEN g.trials > 0 THEN 'of such customers' WHEN r.trials > 0 THEN 'of all customers' WHEN e.trials > 0 THEN 'of all customers over any channel' END AS seen ) b
                      WHERE p.channel IS NOT NULL ), spent AS ( SELECT d.customer_id, sum(d.cost) AS cost, sum(d.earned) AS earned, sum(greatest(d.cost - d.touches * p.touch_price, 0)) AS saved
                      FROM served d JOIN person p ON p.customer_id = d.customer_id
                      WHERE p.touch_price IS NOT NULL GROUP BY d.customer_id ), bought AS ( SELECT l.customer_id, x.category, sum(l.total - l.discount) / sum(l.quantity) AS paid
                      FROM order_line l JOIN customer_order o ON o.customer_id = l.customer_id AND o.order_id = l.order_id JOIN product x ON x.product_id = l.product_id
                      WHERE l.customer_id = t1.customer_id AND o.customer_id = t1.customer_id AND o.cancelled_at IS NULL AND o.ordered_at <= $1::timestamptz AND EXISTS
                        (SELECT 1
                        FROM person p
                        WHERE p.customer_id = l.customer_id AND p.channel IS NOT NULL) GROUP BY l.customer_id, x.category ), offered AS
                      (SELECT r.*
                      FROM t1recommended r), product_action AS ( SELECT DISTINCT ON (f.customer_id, f.strategy) f.*
                      FROM ( SELECT o.customer_id, o.product_id, o.place, o.reason, x.price, b.paid, CASE WHEN b.customer_id IS NULL THEN 'CROSS_SELL' ELSE 'UP_SELL' END AS strategy, CASE WHEN b.customer_id IS NULL THEN o.expected_profit ELSE o.expected_profit * (1 - b.paid / x.price) END AS at_stake
                        FROM offered o JOIN product x ON x.product_id = o.product_id LEFT JOIN bought b ON b.customer_id = o.customer_id AND b.category = x.category
                        WHERE o.is_new AND x.category IS NOT NULL AND (b.customer_id IS NULL OR x.price > b.paid AND b.paid > 0) ) f ORDER BY f.customer_id, f.strategy, f.at_stake DESC, f.place ), idea AS ( SELECT p.customer_id, 'RETAIN' AS strategy, 6 AS turn, NULL::uuid AS product_id, p.predicted * p.risk::numeric AS at_stake, 'Risk of leaving ' || round((p.risk * 100)::numeric, CASE WHEN p.risk < 0.1 THEN 1 ELSE 0 END) || ' %' || '; worth ' || round(p.predicted, 2) || ' ' || p.money || ' over the next ' || p.horizon_months || ' months' AS why
                      FROM likely p
                      WHERE p.risk_band IN ('MEDIUM', 'HIGH') AND p.stage NOT IN ('PROSPECT', 'LAPSED') UNION ALL SELECT p.customer_id, 'WIN_BACK', 7, NULL, p.worth, 'Nothing bought since ' || to_char(p.last_order_at AT TIME ZONE $2::text, 'FMDD FMMonth YYYY') || '; a purchase earns ' || round(p.worth, 2) || ' ' || p.money
                      FROM likely p
                      WHERE p.stage = 'LAPSED' UNION ALL SELECT p.customer_id, 'ONBOARD', 1, NULL, p.worth, 'First bought on ' || to_char(p.first_order_at AT TIME ZONE $2::text, 'FMDD FMMonth YYYY') || ', and not again yet; a purchase earns ' || round(p.worth, 2) || ' ' || p.money
                      FROM likely p
                      WHERE p.stage = 'NEW' AND p.repeat_purchases = 0 UNION ALL SELECT p.customer_id, 'NURTURE', 2, NULL, u.amount, 'Has bought nothing yet; an order earns ' || round(u.amount, 2) || ' ' || p.money || ' on the mean'
                      FROM likely p JOIN response_rate u ON u.topic = 'PURCHASE'
                      WHERE p.stage = 'PROSPECT' UNION ALL SELECT p.customer_id, 'NURTURE', 2, NULL, p.worth, 'Buys, with a risk of leaving of ' || round((p.risk * 100)::numeric, CASE WHEN p.risk < 0.1 THEN 1 ELSE 0 END) || ' %' || '; a purchase earns ' || round(p.worth, 2) || ' ' || p.money
                      FROM likely p
                      WHERE p.risk_band = 'LOW' AND (p.stage IN ('ACTIVE', 'WON_BACK') OR p.stage = 'NEW' AND p.repeat_purchases > 0) UNION ALL SELECT p.customer_id, 'REWARD_LOYALTY', 5, NULL, p.worth, 'Bought on ' || p.repeat_purchases + 1 || ' days, four or more of them within a year; a purchase earns ' || round(p.worth, 2) || ' ' || p.money
                      FROM likely p
                      WHERE p.stage = 'LOYAL' AND p.risk_band = 'LOW' UNION ALL SELECT p.customer_id, 'CROSS_SELL', 3, x.product_id, x.at_stake, x.reason || '; of a kind not bought before'
                      FROM likely p JOIN product_action x ON x.customer_id = p.customer_id AND x.strategy = 'CROSS_SELL'
                      WHERE p.order_count > 0 UNION ALL SELECT p.customer_id, 'UP_SELL', 4, x.product_id, x.at_stake, x.reason || '; costs ' || round(x.price, 2) || ' ' || p.money || ' where ' || round(x.paid, 2) || ' ' || p.money || ' is paid for its kind'
                      FROM likely p JOIN product_action x ON x.customer_id = p.customer_id AND x.strategy = 'UP_SELL'
                      WHERE p.order_count > 0 UNION ALL SELECT p.customer_id, 'REDUCE_COST_TO_SERVE', 9, NULL, d.saved, 'Serving cost ' || round(d.cost, 2) || ' ' || p.money || ' in twelve months, ' || round(d.saved, 2) || ' ' || p.money || ' more than over ' || p.channel
                      FROM likely p JOIN spent d ON d.customer_id = p.customer_id
                      WHERE d.saved > 0 AND (p.value_tier = 'UNPROFITABLE' OR d.cost >= 0.25 * d.earned) ), possible AS ( SELECT p.customer_id, 'RECOVER_SERVICE' AS strategy, 8 AS turn, true AS is_first, p.service_channel AS channel, NULL::uuid AS product_id, coalesce(y.rate, 0.5) AS response, greatest(coalesce(p.predicted, 0), 0) * coalesce(p.risk, 0)::numeric AS at_stake, p.service_cost AS cost, CASE WHEN p.cases = 1 THEN 'Open case since ' || to_char(p.open_since AT TIME ZONE $2::text, 'FMDD FMMonth YYYY') WHEN p.cases > 1 THEN p.cases || ' open cases, the first since ' || to_char(p.open_since AT TIME ZONE $2::text, 'FMDD FMMonth YYYY') ELSE 'Complaint of ' || to_char(p.complained_at AT TIME ZONE $2::text, 'FMDD FMMonth YYYY') || ', and no case resolved since' END || coalesce('; worth ' || round(p.predicted, 2) || ' ' || p.money || ' over the next ' || p.horizon_months || ' months', '') || coalesce('; risk of leaving ' || round((p.risk * 100)::numeric, CASE WHEN p.risk < 0.1 THEN 1 ELSE 0 END) || ' %', '') AS why, CASE WHEN y.trials > 0 THEN y.successes || ' of ' || y.trials || ' resolved cases were followed by a purchase within 90 days' ELSE 'that making good works every other time is assumed' END AS answers
                      FROM person p LEFT JOIN response_rate y ON y.topic = 'RECOVERY'
                      WHERE p.is_unserved UNION ALL SELECT p.customer_id, n.strategy, n.turn, false, p.channel, n.product_id, p.response, n.at_stake, p.message_cost, n.why, CASE WHEN p.trials > 0 THEN round((p.response * 100)::numeric, CASE WHEN p.response < 0.1 THEN 1 ELSE 0 END) || ' %' || ' likely to answer over ' || p.channel || ', by the customer''s own answers and those of others (' || round((p.usual_rate * 100)::numeric, CASE WHEN p.usual_rate < 0.1 THEN 1 ELSE 0 END) || ' %' || ' ' || coalesce(p.seen || ' answer)', 'are assumed to answer)') WHEN p.seen IS NULL THEN round((p.usual_rate * 100)::numeric, CASE WHEN p.usual_rate < 0.1 THEN 1 ELSE 0 END) || ' %' || ' are assumed to answer, as is customary of direct marketing' ELSE round((p.usual_rate * 100)::numeric, CASE WHEN p.usual_rate < 0.1 THEN 1 ELSE 0 END) || ' %' || ' ' || p.seen || ' answer over ' || p.channel || ' (' || round((p.low * 100)::numeric, CASE WHEN p.low < 0.1 THEN 1 ELSE 0 END) || ' %' || ' to ' || round((p.high * 100)::numeric, CASE WHEN p.high < 0.1 THEN 1 ELSE 0 END) || ' %' || ')' END || '; a contact costs ' || round(p.message_cost, 2) || ' ' || p.money
                    FROM idea n JOIN likely p ON p.customer_id = n.customer_id ), advised AS ( SELECT w.*, row_number() OVER ( PARTITION BY w.customer_id ORDER BY w.is_first DESC, w.expected_profit DESC, w.turn) AS place
                    FROM ( SELECT q.*, round(q.response::numeric * q.at_stake, 6) - q.cost AS expected_profit
                      FROM possible q
                      WHERE q.at_stake IS NOT NULL ) w
                    WHERE w.is_first OR w.expected_profit > 0 ) SELECT a.strategy, a.channel, a.product_id, a.expected_profit, concat(a.why || '; ', a.answers) AS reason, a.place
                  FROM advised a) t2 ORDER BY t2.place LIMIT 3) r), '],"offerAffinities":[',
              (SELECT string_agg(r.j, ',')
              FROM
                (SELECT concat('{"offer":', coalesce(to_json((CASE WHEN t4.is_open THEN t4.offer ELSE '***' END)), 'null'), ',"received":', coalesce((t4.received)::text, 'null'), ',"responded":', coalesce((t4.responded)::text, 'null'), ',"affinity":', coalesce((t4.affinity)::text, 'null'), '}') AS j
                FROM (WITH word AS MATERIALIZED ( SELECT t.customer_id, t.occurred_at, t.touchpoint_id, t.kind, t.channel, t.source, t.case_number, t.campaign_id, left(coalesce(nullif(btrim(t.properties ->> 'offer'), ''), k.key), 200) AS offer, nullif(btrim(t.properties ->> 'offer'), '') IS NULL AS is_campaign
                    FROM touchpoint t LEFT JOIN campaign k ON k.campaign_id = t.campaign_id
                    WHERE t.customer_id = t1.customer_id AND t.kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE') AND t.occurred_at <= $1::timestamptz ), sent AS ( SELECT t.customer_id, t.touchpoint_id, t.occurred_at AS at, t.channel, t.campaign_id, t.offer, t.is_campaign, lead(t.occurred_at) OVER (PARTITION BY t.customer_id ORDER BY t.occurred_at, t.touchpoint_id) AS next_at
                    FROM word t
                    WHERE t.kind = 'CAMPAIGN_SENT' ), reply AS ( SELECT t.customer_id, t.touchpoint_id, t.occurred_at AS at, t.channel, t.campaign_id, t.offer
                    FROM word t
                    WHERE t.kind = 'CAMPAIGN_RESPONSE' ), credited AS ( SELECT DISTINCT c.customer_id, c.touchpoint_id
                    FROM ( SELECT DISTINCT ON (r.customer_id, r.touchpoint_id) s.customer_id, s.touchpoint_id
                      FROM reply r JOIN sent s ON s.customer_id = r.customer_id AND s.at <= r.at AND ( s.campaign_id = r.campaign_id OR s.offer = r.offer OR r.campaign_id IS NULL AND r.offer IS NULL AND s.channel = r.channel ) ORDER BY r.customer_id, r.touchpoint_id, s.at DESC, s.touchpoint_id DESC ) c ), contact AS ( SELECT s.customer_id, s.touchpoint_id, s.at, s.channel, s.offer, s.is_campaign, c.touchpoint_id IS NOT NULL OR NOT coalesce(f.is_told, false) AND EXISTS ( SELECT 1
                      FROM customer_order o
                      WHERE o.customer_id = t1.customer_id AND o.customer_id = s.customer_id AND o.cancelled_at IS NULL AND o.ordered_at >= s.at AND o.ordered_at <= $1::timestamptz AND o.ordered_at < least(s.next_at, s.at + interval '30 days') ) AS answered
                    FROM sent s LEFT JOIN credited c ON c.customer_id = s.customer_id AND c.touchpoint_id = s.touchpoint_id LEFT JOIN response_rate f ON f.topic = 'OFFER' AND f.channel = '' AND f.name = s.offer ), unwilling AS ( SELECT DISTINCT k.customer_id
                    FROM customer_consent k
                    WHERE k.customer_id = t1.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN') ), moment AS
                    (SELECT coalesce(max(r.as_of), $1::timestamptz) AS at
                    FROM response_rate r), aged AS ( SELECT c.customer_id, c.channel, c.offer, c.is_campaign, c.answered, c.at <= n.at - interval '30 days' AS is_over, power(0.5::float8, least(greatest(extract(epoch
                            FROM n.at - c.at), 0)::float8 / 15778800, 900)) AS weight
                    FROM contact c CROSS JOIN moment n ), answered AS ( SELECT o.offer, o.received, o.responded, o.is_open, (o.successes + o.rate * o.strength) / (o.trials + o.strength) AS affinity
                    FROM ( SELECT a.offer, count(*) AS received, count(*) FILTER (WHERE a.answered) AS responded, coalesce(sum(a.weight) FILTER (WHERE a.is_over), 0) AS trials, coalesce(sum(a.weight) FILTER (WHERE a.is_over AND a.answered), 0) AS successes, bool_and(a.is_campaign) OR max(b.name) IS NOT NULL AS is_open, coalesce(max(b.rate), max(e.rate), 0.02) AS rate, coalesce(max(b.strength), max(e.strength), 25.0) AS strength
                      FROM aged a LEFT JOIN response_rate b ON b.topic = 'OFFER' AND b.channel = '' AND b.name = a.offer LEFT JOIN response_rate e ON e.topic = 'ALL' AND e.channel = '' AND e.name = ''
                      WHERE a.offer IS NOT NULL AND NOT EXISTS
                        (SELECT 1
                        FROM unwilling w
                        WHERE w.customer_id = a.customer_id) GROUP BY a.offer ) o ) SELECT a.offer, a.received, a.responded, a.is_open, a.affinity
                  FROM answered a) t4 ORDER BY t4.affinity DESC, t4.received DESC, t4.offer COLLATE "C") r), ']}'))) AS j
      FROM customer t1 LEFT JOIN customer_next_action t1n ON t1n.customer_id = t1.customer_id
      WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND (t1n.strategy = ANY($4::text[])) ORDER BY t1.created_at DESC NULLS FIRST, t1.customer_id DESC LIMIT 50) r), ']}}'), 'UTF8')
