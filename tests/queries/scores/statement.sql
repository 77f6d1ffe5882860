SELECT
  (SELECT row_to_json(r)
  FROM
    (SELECT
      (SELECT row_to_json(r)
      FROM
        (SELECT CASE WHEN t1s.rfm_recency IS NOT NULL THEN
          (SELECT row_to_json(r)
          FROM
            (SELECT t1s.rfm_recency AS "recency", t1s.rfm_frequency AS "frequency", t1s.rfm_monetary AS "monetary", CASE WHEN t1s.rfm_recency BETWEEN 4 AND 5 AND ((t1s.rfm_frequency + t1s.rfm_monetary + 1) / 2) BETWEEN 4 AND 5 THEN 'Champions' WHEN t1s.rfm_recency BETWEEN 3 AND 5 AND ((t1s.rfm_frequency + t1s.rfm_monetary + 1) / 2) BETWEEN 4 AND 5 THEN 'Loyal' WHEN t1s.rfm_recency BETWEEN 4 AND 5 AND ((t1s.rfm_frequency + t1s.rfm_monetary + 1) / 2) BETWEEN 2 AND 3 THEN 'Potential loyalists' WHEN t1s.rfm_recency BETWEEN 5 AND 5 AND ((t1s.rfm_frequency + t1s.rfm_monetary + 1) / 2) BETWEEN 1 AND 1 THEN 'New customers' WHEN t1s.rfm_recency BETWEEN 4 AND 4 AND ((t1s.rfm_frequency + t1s.rfm_monetary + 1) / 2) BETWEEN 1 AND 1 THEN 'Promising' WHEN t1s.rfm_recency BETWEEN 3 AND 3 AND ((t1s.rfm_frequency + t1s.rfm_monetary + 1) / 2) BETWEEN 3 AND 3 THEN 'Need attention' WHEN t1s.rfm_recency BETWEEN 3 AND 3 AND ((t1s.rfm_frequency + t1s.rfm_monetary + 1) / 2) BETWEEN 1 AND 2 THEN 'About to sleep' WHEN t1s.rfm_recency BETWEEN 1 AND 1 AND ((t1s.rfm_frequency + t1s.rfm_monetary + 1) / 2) BETWEEN 5 AND 5 THEN 'Cannot lose them' WHEN t1s.rfm_recency BETWEEN 1 AND 2 AND ((t1s.rfm_frequency + t1s.rfm_monetary + 1) / 2) BETWEEN 3 AND 5 THEN 'At risk' WHEN t1s.rfm_recency BETWEEN 2 AND 2 AND ((t1s.rfm_frequency + t1s.rfm_monetary + 1) / 2) BETWEEN 1 AND 2 THEN 'Hibernating' WHEN t1s.rfm_recency BETWEEN 1 AND 1 AND ((t1s.rfm_frequency + t1s.rfm_monetary + 1) / 2) BETWEEN 1 AND 2 THEN 'Lost' END AS "label", t1s.as_of AS "asOf") r) END AS "rfm", CASE WHEN t1s.churn_probability IS NOT NULL THEN
          (SELECT row_to_json(r)
          FROM
            (SELECT t1s.churn_probability AS "probability", t1s.risk_band AS "band",
              (SELECT coalesce(json_agg(r), '[]'::json)
              FROM
                (SELECT (t2.reason ->> 'factor') AS "factor", (t2.reason ->> 'detail') AS "detail", (t2.reason ->> 'effect')::float8 AS "effect"
                FROM jsonb_array_elements(t1s.churn_reasons) WITH ORDINALITY t2(reason, n) ORDER BY t2.n) r) AS "reasons") r) END AS "churnRisk", CASE WHEN t1s.predicted IS NOT NULL THEN
          (SELECT row_to_json(r)
          FROM
            (SELECT CASE WHEN t1s.profit = round(t1s.profit, 2) THEN round(t1s.profit, 2)::text ELSE trim_scale(t1s.profit)::text END AS "historic", CASE WHEN t1s.predicted = round(t1s.predicted, 2) THEN round(t1s.predicted, 2)::text ELSE trim_scale(t1s.predicted)::text END AS "predicted", CASE WHEN t1s.lifetime_value = round(t1s.lifetime_value, 2) THEN round(t1s.lifetime_value, 2)::text ELSE trim_scale(t1s.lifetime_value)::text END AS "total",
              (SELECT row_to_json(r)
              FROM
                (SELECT CASE WHEN t1s.predicted_low = round(t1s.predicted_low, 2) THEN round(t1s.predicted_low, 2)::text ELSE trim_scale(t1s.predicted_low)::text END AS "low", CASE WHEN t1s.predicted_high = round(t1s.predicted_high, 2) THEN round(t1s.predicted_high, 2)::text ELSE trim_scale(t1s.predicted_high)::text END AS "high", 0.8::float8 AS "level") r) AS "interval", t1s.expected_purchases AS "expectedPurchases", t1s.probability_alive AS "probabilityAlive", t1s.horizon_months AS "horizonMonths",
              (SELECT row_to_json(r)
              FROM
                (SELECT 'vm_' || replace(t3.value_model_id::text, '-', '') AS "id", t3.family AS "family", t3.parameters AS "parameters", t3.log_likelihood AS "logLikelihood", t3.in_use AS "inUse", CASE WHEN t3.holdout IS NOT NULL THEN
                  (SELECT row_to_json(r)
                  FROM
                    (SELECT (t3.holdout ->> 'from')::timestamptz AS "from", (t3.holdout ->> 'meanAbsoluteError')::float8 AS "meanAbsoluteError", (t3.holdout ->> 'correlation')::float8 AS "correlation", (t3.holdout ->> 'totalError')::float8 AS "totalError") r) END AS "holdout"
                FROM value_model t3
                WHERE t3.value_model_id = t1s.value_model_id) r) AS "model") r) END AS "lifetimeValue", CASE WHEN t1s.ranked_of IS NOT NULL THEN
          (SELECT row_to_json(r)
          FROM
            (SELECT t1s.rank_by_revenue AS "byRevenue", t1s.rank_by_value AS "byLifetimeValue", t1s.ranked_of AS "of", t1s.value_decile AS "valueDecile", t1s.rank_exact AS "exact") r) END AS "ranks",
          (SELECT coalesce(json_agg(r), '[]'::json)
          FROM
            (SELECT (t4.absence ->> 'score') AS "score"
            FROM jsonb_array_elements(CASE WHEN t1s.as_of IS NULL THEN '[{"score":"RFM","reason":"NOT_YET_SCORED","detail":"The next scoring will give it."},{"score":"CHURN_RISK","reason":"NOT_YET_SCORED","detail":"The next scoring will give it."},{"score":"LIFETIME_VALUE","reason":"NOT_YET_SCORED","detail":"The next scoring will give it."}]'::jsonb ELSE t1s.absences END) WITH ORDINALITY t4(absence, n) ORDER BY t4.n) r) AS "scoreAbsences"
        FROM customer t1 JOIN customer_score t1s ON t1s.customer_id = $1::uuid
        WHERE t1.customer_id = $1::uuid) r) AS "customer") r),
  (SELECT json_object_agg(customer_id, survivor_id)
  FROM customer_alias
  WHERE customer_id IN ($1::uuid))
