SELECT convert_to(concat('{"customers":{"nodes":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT concat('{"channelPreferences":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"channel":"', t2.channel, '","stated":', coalesce((t2.preferred)::text, 'null'), ',"affinity":', coalesce((t2.affinity)::text, 'null'), ',"touches":', coalesce((t2.touches)::text, 'null'), ',"lastTouchAt":', coalesce(to_json(
                      (SELECT max(t.occurred_at)
                      FROM touchpoint t
                      WHERE t.customer_id = t1.customer_id AND t.channel = t2.channel AND t.kind <> 'CAMPAIGN_SENT')), 'null'), ',"responseRate":', coalesce((
                      (SELECT count(*) FILTER (WHERE t.kind = 'CAMPAIGN_RESPONSE')::float8 / nullif(count(*) FILTER (WHERE t.kind = 'CAMPAIGN_SENT'), 0)
                      FROM touchpoint t
                      WHERE t.customer_id = t1.customer_id AND t.channel = t2.channel))::text, 'null'), '}') AS j
              FROM
                (SELECT coalesce(u.channel, s.channel) AS channel, s.preferred, coalesce(u.touches, 0) AS touches, coalesce((u.touches / u.of)::float8, 0) AS affinity
                FROM
                  (SELECT m.channel, sum(greatest(m.touches - m.contacts, 0)) AS touches, sum(sum(greatest(m.touches - m.contacts, 0))) OVER () AS of
                  FROM customer_month m
                  WHERE m.customer_id = t1.customer_id GROUP BY m.channel HAVING sum(greatest(m.touches - m.contacts, 0)) > 0) u FULL JOIN
                  (SELECT p.channel, p.preferred
                  FROM customer_preference p
                  WHERE p.customer_id = t1.customer_id) s ON s.channel = u.channel) t2 ORDER BY t2.touches DESC, t2.channel COLLATE "C") r), '],"satisfaction":', coalesce(
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
        WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND (t1.country = $1::text) ORDER BY t1.created_at DESC NULLS FIRST, t1.customer_id DESC LIMIT 1) r), ']}}'), 'UTF8')
