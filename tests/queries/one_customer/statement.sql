SELECT
  (SELECT row_to_json(r)
  FROM
    (SELECT
      (SELECT row_to_json(r)
      FROM
        (SELECT 'cus_' || replace(t1.customer_id::text, '-', '') AS "id", t1.kind AS "kind", t1.display_name AS "displayName", t1.email AS "email", (t1.attributes || t1.personal_attributes) AS "attributes",
          (SELECT coalesce(json_agg(l.id ORDER BY l.merged_at, l.id), '[]'::json)
          FROM
            (SELECT 'cus_' || replace(m.customer_id::text, '-', '') AS id, m.merged_at
            FROM customer_alias m
            WHERE m.survivor_id = $1::uuid) l) AS "mergedFrom", CASE WHEN num_nonnulls(t1.address_recipient, t1.postal_code, t1.city, t1.region, t1.country) > 0 OR cardinality(t1.address_lines) > 0 THEN
          (SELECT row_to_json(r)
          FROM
            (SELECT t1.address_lines AS "lines", t1.postal_code AS "postalCode", t1.city AS "city", t1.country AS "country") r) END AS "address",
          (SELECT row_to_json(r)
          FROM
            (SELECT t1.birth_date AS "birthDate", t1.language AS "language") r) AS "demographics", CASE WHEN t1.acquisition_at IS NOT NULL THEN
          (SELECT row_to_json(r)
          FROM
            (SELECT t1.acquisition_channel AS "channel", t1.acquisition_at AS "at") r) END AS "acquisition", t1s.lifecycle_stage AS "lifecycleStage", t1s.lifecycle_since AS "lifecycleSince", t1s.value_tier AS "valueTier", t1.last_touchpoint_at AS "lastTouchpointAt", t1.created_at AS "createdAt",
          (SELECT coalesce(json_agg(r), '[]'::json)
          FROM
            (SELECT t2.kind AS "kind", t2.source AS "source", t2.value AS "value", t2.verified AS "verified", t2.is_primary AS "primary"
            FROM customer_identity t2
            WHERE t2.customer_id = $1::uuid ORDER BY t2.kind COLLATE "C", t2.scope COLLATE "C", t2.value COLLATE "C") r) AS "identities"
        FROM customer t1 JOIN customer_score t1s ON t1s.customer_id = $1::uuid
        WHERE t1.customer_id = $1::uuid) r) AS "customer") r),
  (SELECT json_object_agg(customer_id, survivor_id)
  FROM customer_alias
  WHERE customer_id IN ($1::uuid))
