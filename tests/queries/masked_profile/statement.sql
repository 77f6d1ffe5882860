SELECT
  (SELECT row_to_json(r)
  FROM
    (SELECT
      (SELECT row_to_json(r)
      FROM
        (SELECT CASE WHEN t1.display_name IS NOT NULL THEN '***' END AS "displayName", CASE WHEN t1.email IS NOT NULL THEN '***' END AS "email", t1.attributes AS "attributes", CASE WHEN num_nonnulls(t1.address_recipient, t1.postal_code, t1.city, t1.region, t1.country) > 0 OR cardinality(t1.address_lines) > 0 THEN
          (SELECT row_to_json(r)
          FROM
            (SELECT CASE WHEN cardinality(t1.address_lines) > 0 THEN ARRAY['***'] ELSE ARRAY[]::text[] END AS "lines", CASE WHEN t1.postal_code IS NOT NULL THEN '***' END AS "postalCode", t1.city AS "city") r) END AS "address",
          (SELECT row_to_json(r)
          FROM
            (SELECT NULL::text AS "birthDate") r) AS "demographics",
          (SELECT coalesce(json_agg(r), '[]'::json)
          FROM
            (SELECT t2.kind AS "kind", CASE WHEN t2.value IS NOT NULL THEN '***' END AS "value"
            FROM customer_identity t2
            WHERE t2.customer_id = $1::uuid ORDER BY t2.kind COLLATE "C", t2.scope COLLATE "C", t2.value COLLATE "C") r) AS "identities",
          (SELECT row_to_json(r)
          FROM
            (SELECT
              (SELECT coalesce(json_agg(r), '[]'::json)
              FROM
                (SELECT CASE WHEN t3.subject IS NOT NULL THEN '***' END AS "subject", '{}'::json AS "properties"
                FROM touchpoint t3
                WHERE t3.customer_id = $1::uuid ORDER BY t3.occurred_at DESC NULLS FIRST, t3.touchpoint_id DESC LIMIT 1) r) AS "nodes") r) AS "touchpoints"
        FROM customer t1
        WHERE t1.customer_id = $1::uuid) r) AS "customer") r),
  (SELECT json_object_agg(customer_id, survivor_id)
  FROM customer_alias
  WHERE customer_id IN ($1::uuid))
