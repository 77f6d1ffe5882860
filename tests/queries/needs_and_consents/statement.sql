SELECT convert_to(concat('{"customers":{"nodes":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT concat('{"needs":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"kind":"', t2.kind, '","name":', coalesce(to_json(t2.name), 'null'), ',"detail":', coalesce(to_json(t2.detail), 'null'), ',"strength":', coalesce((t2.strength)::text, 'null'), ',"touchpoint":', coalesce(
                    (SELECT concat('{"kind":"', t3.kind, '"}') AS j
                    FROM touchpoint t3
                    WHERE t3.customer_id = t1.customer_id AND t3.touchpoint_id = t2.touchpoint_id), 'null'), '}') AS j
              FROM customer_need t2
              WHERE t2.customer_id = t1.customer_id ORDER BY t2.strength DESC, t2.kind COLLATE "C", t2.name COLLATE "C") r), '],"consents":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"channel":"', t4.channel, '","purpose":"', t4.purpose, '","status":"', t4.status, '","expiresAt":', coalesce(to_json(t4.expires_at), 'null'), ',"touchpoint":', coalesce(
                    (SELECT concat('{"kind":"', t5.kind, '","occurredAt":', coalesce(to_json(t5.occurred_at), 'null'), '}') AS j
                    FROM touchpoint t5
                    WHERE t5.customer_id = t1.customer_id AND t5.touchpoint_id = t4.touchpoint_id), 'null'), '}') AS j
              FROM customer_consent t4
              WHERE t4.customer_id = t1.customer_id AND t4.holds AND (t4.status <> 'GRANTED' OR t4.expires_at IS NULL OR t4.expires_at > $1::timestamptz) ORDER BY t4.channel COLLATE "C", t4.purpose COLLATE "C") r), '],"consentHistory":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"channel":"', t6.channel, '","recordedAt":', coalesce(to_json(t6.recorded_at), 'null'), '}') AS j
              FROM customer_consent t6
              WHERE t6.customer_id = t1.customer_id ORDER BY t6.recorded_at DESC, t6.channel COLLATE "C", t6.purpose COLLATE "C", t6.consent_id LIMIT 2) r), '],"reachableBy":', coalesce((
                (SELECT coalesce(json_agg(k.channel ORDER BY k.channel COLLATE "C"), '[]'::json)
                FROM customer_consent k
                WHERE k.customer_id = t1.customer_id AND k.holds AND k.purpose = 'MARKETING' AND k.status = 'GRANTED' AND (k.expires_at IS NULL OR k.expires_at > $1::timestamptz) AND CASE k.channel WHEN 'DIRECT_MAIL' THEN cardinality(t1.address_lines) > 0 WHEN 'EMAIL' THEN t1.email IS NOT NULL WHEN 'MOBILE_APP' THEN EXISTS
                  (SELECT 1
                  FROM customer_identity i
                  WHERE i.customer_id = t1.customer_id AND i.kind = 'DEVICE') WHEN 'PHONE' THEN t1.phone IS NOT NULL WHEN 'SMS' THEN t1.phone IS NOT NULL WHEN 'WEB' THEN EXISTS
                  (SELECT 1
                  FROM customer_identity i
                  WHERE i.customer_id = t1.customer_id AND i.kind = 'COOKIE') ELSE false END))::text, 'null'), ',"household":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"displayName":', coalesce(to_json(t7.display_name), 'null'), '}') AS j
              FROM customer t7
              WHERE t7.household_key = t1.household_key AND t7.customer_id <> t1.customer_id AND t7.merged_into IS NULL AND t7.erased_at IS NULL ORDER BY t7.created_at, t7.customer_id LIMIT 50) r), ']}') AS j
        FROM customer t1
        WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND (t1.display_name = $2::text) ORDER BY t1.created_at DESC NULLS FIRST, t1.customer_id DESC LIMIT 50) r), ']}}'), 'UTF8')
