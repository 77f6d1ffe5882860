SELECT convert_to(concat('{"customer":', coalesce(
        (SELECT concat('{"lifecycleStage":"', t1s.lifecycle_stage, '","scoreHistory":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"asOf":', coalesce(to_json(t2.as_of), 'null'), ',"rfm":', CASE WHEN t2.rfm IS NOT NULL THEN concat('{"recency":', coalesce((t2s.rfm_recency)::text, 'null'), ',"frequency":', coalesce((t2s.rfm_frequency)::text, 'null'), ',"monetary":', coalesce((t2s.rfm_monetary)::text, 'null'), ',"label":', coalesce(to_json(CASE WHEN t2s.rfm_recency BETWEEN 4 AND 5 AND ((t2s.rfm_frequency + t2s.rfm_monetary + 1) / 2) BETWEEN 4 AND 5 THEN 'Champions' WHEN t2s.rfm_recency BETWEEN 3 AND 5 AND ((t2s.rfm_frequency + t2s.rfm_monetary + 1) / 2) BETWEEN 4 AND 5 THEN 'Loyal' WHEN t2s.rfm_recency BETWEEN 4 AND 5 AND ((t2s.rfm_frequency + t2s.rfm_monetary + 1) / 2) BETWEEN 2 AND 3 THEN 'Potential loyalists' WHEN t2s.rfm_recency BETWEEN 5 AND 5 AND ((t2s.rfm_frequency + t2s.rfm_monetary + 1) / 2) BETWEEN 1 AND 1 THEN 'New customers' WHEN t2s.rfm_recency BETWEEN 4 AND 4 AND ((t2s.rfm_frequency + t2s.rfm_monetary + 1) / 2) BETWEEN 1 AND 1 THEN 'Promising' WHEN t2s.rfm_recency BETWEEN 3 AND 3 AND ((t2s.rfm_frequency + t2s.rfm_monetary + 1) / 2) BETWEEN 3 AND 3 THEN 'Need attention' WHEN t2s.rfm_recency BETWEEN 3 AND 3 AND ((t2s.rfm_frequency + t2s.rfm_monetary + 1) / 2) BETWEEN 1 AND 2 THEN 'About to sleep' WHEN t2s.rfm_recency BETWEEN 1 AND 1 AND ((t2s.rfm_frequency + t2s.rfm_monetary + 1) / 2) BETWEEN 5 AND 5 THEN 'Cannot lose them' WHEN t2s.rfm_recency BETWEEN 1 AND 2 AND ((t2s.rfm_frequency + t2s.rfm_monetary + 1) / 2) BETWEEN 3 AND 5 THEN 'At risk' WHEN t2s.rfm_recency BETWEEN 2 AND 2 AND ((t2s.rfm_frequency + t2s.rfm_monetary + 1) / 2) BETWEEN 1 AND 2 THEN 'Hibernating' WHEN t2s.rfm_recency BETWEEN 1 AND 1 AND ((t2s.rfm_frequency + t2s.rfm_monetary + 1) / 2) BETWEEN 1 AND 2 THEN 'Lost' END), 'null'), ',"asOf":', coalesce(to_json(t2s.as_of), 'null'), '}') ELSE 'null' END, ',"churnProbability":', coalesce((t2.churn_probability)::text, 'null'), ',"lifetimeValue":', coalesce('"' || CASE WHEN t2.lifetime_value = round(t2.lifetime_value, 2) THEN round(t2.lifetime_value, 2)::text ELSE trim_scale(t2.lifetime_value)::text END || '"', 'null'), ',"lifecycleStage":"', t2.lifecycle_stage, '","valueTier":', coalesce('"' || t2.value_tier || '"', 'null'), '}') AS j
              FROM score_snapshot t2 CROSS JOIN LATERAL
                (SELECT t2.rfm / 100 AS rfm_recency, t2.rfm / 10 % 10 AS rfm_frequency, t2.rfm % 10 AS rfm_monetary, t2.as_of) t2s
              WHERE t2.customer_id = $1::uuid AND NOT EXISTS
                (SELECT FROM customer_consent k
                WHERE k.customer_id = $1::uuid AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) ORDER BY t2.as_of DESC LIMIT 12) r), '],"winter":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"asOf":', coalesce(to_json(t3.as_of), 'null'), ',"lifecycleStage":"', t3.lifecycle_stage, '"}') AS j
              FROM score_snapshot t3
              WHERE t3.customer_id = $1::uuid AND t3.as_of >= $2::timestamptz AND t3.as_of < $3::timestamptz AND NOT EXISTS
                (SELECT FROM customer_consent k
                WHERE k.customer_id = $1::uuid AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) ORDER BY t3.as_of DESC LIMIT 1) r), '],"quarter":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"asOf":', coalesce(to_json(t4.as_of), 'null'), ',"rfm":', CASE WHEN t4.rfm IS NOT NULL THEN concat('{"label":', coalesce(to_json(CASE WHEN t4s.rfm_recency BETWEEN 4 AND 5 AND ((t4s.rfm_frequency + t4s.rfm_monetary + 1) / 2) BETWEEN 4 AND 5 THEN 'Champions' WHEN t4s.rfm_recency BETWEEN 3 AND 5 AND ((t4s.rfm_frequency + t4s.rfm_monetary + 1) / 2) BETWEEN 4 AND 5 THEN 'Loyal' WHEN t4s.rfm_recency BETWEEN 4 AND 5 AND ((t4s.rfm_frequency + t4s.rfm_monetary + 1) / 2) BETWEEN 2 AND 3 THEN 'Potential loyalists' WHEN t4s.rfm_recency BETWEEN 5 AND 5 AND ((t4s.rfm_frequency + t4s.rfm_monetary + 1) / 2) BETWEEN 1 AND 1 THEN 'New customers' WHEN t4s.rfm_recency BETWEEN 4 AND 4 AND ((t4s.rfm_frequency + t4s.rfm_monetary + 1) / 2) BETWEEN 1 AND 1 THEN 'Promising' WHEN t4s.rfm_recency BETWEEN 3 AND 3 AND ((t4s.rfm_frequency + t4s.rfm_monetary + 1) / 2) BETWEEN 3 AND 3 THEN 'Need attention' WHEN t4s.rfm_recency BETWEEN 3 AND 3 AND ((t4s.rfm_frequency + t4s.rfm_monetary + 1) / 2) BETWEEN 1 AND 2 THEN 'About to sleep' WHEN t4s.rfm_recency BETWEEN 1 AND 1 AND ((t4s.rfm_frequency + t4s.rfm_monetary + 1) / 2) BETWEEN 5 AND 5 THEN 'Cannot lose them' WHEN t4s.rfm_recency BETWEEN 1 AND 2 AND ((t4s.rfm_frequency + t4s.rfm_monetary + 1) / 2) BETWEEN 3 AND 5 THEN 'At risk' WHEN t4s.rfm_recency BETWEEN 2 AND 2 AND ((t4s.rfm_frequency + t4s.rfm_monetary + 1) / 2) BETWEEN 1 AND 2 THEN 'Hibernating' WHEN t4s.rfm_recency BETWEEN 1 AND 1 AND ((t4s.rfm_frequency + t4s.rfm_monetary + 1) / 2) BETWEEN 1 AND 2 THEN 'Lost' END), 'null'), '}') ELSE 'null' END, '}') AS j
              FROM score_snapshot t4 CROSS JOIN LATERAL
                (SELECT t4.rfm / 100 AS rfm_recency, t4.rfm / 10 % 10 AS rfm_frequency, t4.rfm % 10 AS rfm_monetary, t4.as_of) t4s
              WHERE t4.customer_id = $1::uuid AND t4.as_of >= $4::timestamptz AND t4.as_of < $5::timestamptz AND NOT EXISTS
                (SELECT FROM customer_consent k
                WHERE k.customer_id = $1::uuid AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) ORDER BY t4.as_of DESC LIMIT 12) r), ']}') AS j
        FROM customer t1 JOIN customer_score t1s ON t1s.customer_id = $1::uuid
        WHERE t1.customer_id = $1::uuid), 'null'), ',"customers":{"nodes":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT concat('{"scoreHistory":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"lifecycleStage":"', t6.lifecycle_stage, '"}') AS j
              FROM score_snapshot t6
              WHERE t6.customer_id = t5.customer_id AND NOT EXISTS
                (SELECT FROM customer_consent k
                WHERE k.customer_id = t5.customer_id AND k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')) ORDER BY t6.as_of DESC LIMIT 12) r), ']}') AS j
        FROM customer t5
        WHERE t5.merged_into IS NULL AND t5.erased_at IS NULL ORDER BY t5.created_at DESC NULLS FIRST, t5.customer_id DESC LIMIT 50) r), ']}}'), 'UTF8'),
  (SELECT json_object_agg(customer_id, survivor_id)
  FROM customer_alias
  WHERE customer_id IN ($1::uuid))
