SELECT convert_to(concat('{"customers":{"nodes":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT concat('{"channelPreferences":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"channel":"', t2.channel, '","stated":', coalesce((t2.preferred)::text, 'null'), ',"affinity":', coalesce((t2.affinity)::text, 'null'), ',"touches":', coalesce((t2.touches)::text, 'null'), ',"lastTouchAt":', coalesce(to_json(
                      (SELECT max(t.occurred_at)
                      FROM touchpoint t
                      WHERE t.customer_id = t1.customer_id AND t.channel = t2.channel AND t.kind <> 'CAMPAIGN_SENT')), 'null'), ',"responseRate":', coalesce((t2.response_rate)::text, 'null'), '}') AS j
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
                  FROM known k LEFT JOIN response_rate b ON b.topic = 'TOUCH' AND b.channel = k.channel ) SELECT l.channel, l.preferred, l.touches, l.mass / sum(l.mass) OVER () AS affinity, (l.successes + coalesce(r.rate, 0.02) * coalesce(r.strength, 25.0)) / (l.trials + coalesce(r.strength, 25.0)) AS response_rate, l.place
                FROM liking l LEFT JOIN response_rate r ON r.topic = 'CHANNEL' AND r.channel = l.channel) t2 ORDER BY t2.place) r), '],"satisfaction":', coalesce(
              (SELECT concat('{"recommendScore":', coalesce((t3.recommend_score)::text, 'null'), ',"averageSatisfaction":', coalesce((t3.average_satisfaction)::text, 'null'), ',"openCases":', coalesce((t3.open_cases)::text, 'null'), ',"complaints":', coalesce((t3.complaints)::text, 'null'), ',"medianHoursToResolve":', coalesce((t3.median_hours_to_resolve)::text, 'null'), '}') AS j
              FROM
                (SELECT s.*, k.*
                FROM
                  (SELECT (array_agg(t.recommend_score ORDER BY t.occurred_at DESC, t.recommend_score) FILTER (WHERE t.recommend_score IS NOT NULL))[1]::integer AS recommend_score, avg(t.satisfaction)::float8 AS average_satisfaction, count(*) FILTER (WHERE t.kind = 'COMPLAINT') AS complaints
                  FROM touchpoint t
                  WHERE t.customer_id = t1.customer_id) s CROSS JOIN
                  (SELECT count(*) FILTER (WHERE g.opened IS NOT NULL AND g.resolved IS NULL) AS open_cases, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch
                      FROM g.resolved - g.opened)::float8 / 3600) AS median_hours_to_resolve
                  FROM
                    (SELECT min(t.occurred_at) FILTER (WHERE t.kind = 'CASE_OPENED') AS opened, max(t.occurred_at) FILTER (WHERE t.kind = 'CASE_RESOLVED') AS resolved
                    FROM
                      (SELECT t.*, count(*) FILTER (WHERE t.kind = 'CASE_RESOLVED') OVER (PARTITION BY t.source, t.case_number ORDER BY t.occurred_at, t.kind ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS turn
                      FROM touchpoint t
                      WHERE t.customer_id = t1.customer_id AND t.case_number IS NOT NULL AND t.kind IN ('CASE_OPENED', 'CASE_RESOLVED')) t GROUP BY t.source, t.case_number, t.turn) g) k) t3), 'null'), '}') AS j
        FROM customer t1
        WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND (t1.country = $3::text) ORDER BY t1.created_at DESC NULLS FIRST, t1.customer_id DESC LIMIT 1) r), ']}}'), 'UTF8')
