SELECT convert_to(concat('{"customers":{"nodes":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT concat('{"address":', CASE WHEN num_nonnulls(t1.address_recipient, t1.postal_code, t1.city, t1.region, t1.country) > 0 OR cardinality(t1.address_lines) > 0 THEN concat('{"city":', coalesce(to_json(t1.city), 'null'), '}') ELSE 'null' END, '}') AS j
        FROM customer t1 LEFT JOIN customer_summary t1m ON t1m.customer_id = t1.customer_id
        WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND (((EXISTS
                (SELECT 1
                FROM customer_attribute t2
                WHERE t2.customer_id = t1.customer_id AND t2.name = $1::text AND NOT t2.personal AND ((t2.text_fold = $2::text AND t2.text_value = $3::text)))) AND (NOT EXISTS
                (SELECT 1
                FROM customer_attribute t3
                WHERE t3.customer_id = t1.customer_id AND t3.name = $4::text AND NOT t3.personal AND true))) AND (EXISTS
              (SELECT 1
              FROM customer_consent k
              WHERE k.customer_id = t1.customer_id AND k.holds AND k.channel = $5::text AND k.purpose = $6::text AND k.status = 'GRANTED' AND (k.expires_at IS NULL OR k.expires_at > $7::timestamptz))) AND EXISTS
            (SELECT 1
            FROM customer_need t4
            WHERE t4.customer_id = t1.customer_id AND (t4.kind = $8::text AND t4.strength >= $9::float8)) AND (t1m.open_cases IS NOT NULL AND t1m.open_cases >= $10::integer OR t1m.open_cases IS NULL AND 0 >= $10::integer) AND t1m.preferred_channel = ANY($11::text[]) AND (('DIRECT_MAIL' = ANY($12::text[]) AND cardinality(t1.address_lines) > 0 AND EXISTS
                (SELECT 1
                FROM customer_consent k
                WHERE k.customer_id = t1.customer_id AND k.holds AND k.purpose = 'MARKETING' AND k.status = 'GRANTED' AND (k.expires_at IS NULL OR k.expires_at > $7::timestamptz) AND k.channel = 'DIRECT_MAIL')) OR ('EMAIL' = ANY($12::text[]) AND t1.email IS NOT NULL AND EXISTS
                (SELECT 1
                FROM customer_consent k
                WHERE k.customer_id = t1.customer_id AND k.holds AND k.purpose = 'MARKETING' AND k.status = 'GRANTED' AND (k.expires_at IS NULL OR k.expires_at > $7::timestamptz) AND k.channel = 'EMAIL')) OR ('MOBILE_APP' = ANY($12::text[]) AND EXISTS
                (SELECT 1
                FROM customer_identity i
                WHERE i.customer_id = t1.customer_id AND i.kind = 'DEVICE') AND EXISTS
                (SELECT 1
                FROM customer_consent k
                WHERE k.customer_id = t1.customer_id AND k.holds AND k.purpose = 'MARKETING' AND k.status = 'GRANTED' AND (k.expires_at IS NULL OR k.expires_at > $7::timestamptz) AND k.channel = 'MOBILE_APP')) OR ('PHONE' = ANY($12::text[]) AND t1.phone IS NOT NULL AND EXISTS
                (SELECT 1
                FROM customer_consent k
                WHERE k.customer_id = t1.customer_id AND k.holds AND k.purpose = 'MARKETING' AND k.status = 'GRANTED' AND (k.expires_at IS NULL OR k.expires_at > $7::timestamptz) AND k.channel = 'PHONE')) OR ('SMS' = ANY($12::text[]) AND t1.phone IS NOT NULL AND EXISTS
                (SELECT 1
                FROM customer_consent k
                WHERE k.customer_id = t1.customer_id AND k.holds AND k.purpose = 'MARKETING' AND k.status = 'GRANTED' AND (k.expires_at IS NULL OR k.expires_at > $7::timestamptz) AND k.channel = 'SMS')) OR ('WEB' = ANY($12::text[]) AND EXISTS
                (SELECT 1
                FROM customer_identity i
                WHERE i.customer_id = t1.customer_id AND i.kind = 'COOKIE') AND EXISTS
                (SELECT 1
                FROM customer_consent k
                WHERE k.customer_id = t1.customer_id AND k.holds AND k.purpose = 'MARKETING' AND k.status = 'GRANTED' AND (k.expires_at IS NULL OR k.expires_at > $7::timestamptz) AND k.channel = 'WEB'))) AND t1m.recommend_score >= $13::integer) ORDER BY t1.created_at DESC NULLS FIRST, t1.customer_id DESC LIMIT 50) r), ']}}'), 'UTF8')
