SELECT
  (SELECT row_to_json(r)
  FROM
    (SELECT
      (SELECT row_to_json(r)
      FROM
        (SELECT $1::text AS "name", $2::text AS "role", $3::text AS "source", $4::boolean AS "readsPersonalData") r) AS "viewer",
      (SELECT row_to_json(r)
      FROM
        (SELECT
          (SELECT coalesce(json_agg(r), '[]'::json)
          FROM
            (SELECT 'cus_' || replace(t1.customer_id::text, '-', '') AS "id",
              (SELECT coalesce(json_agg(r), '[]'::json)
              FROM
                (SELECT t2.kind AS "kind", t2.source AS "source", CASE WHEN t2.value IS NOT NULL THEN '***' END AS "value"
                FROM customer_identity t2
                WHERE t2.customer_id = t1.customer_id AND t2.source = $3::text ORDER BY t2.kind COLLATE "C", t2.scope COLLATE "C", t2.value COLLATE "C") r) AS "identities"
            FROM customer t1
            WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND EXISTS
              (SELECT 1
              FROM customer_identity i
              WHERE i.customer_id = t1.customer_id AND i.source = $3::text) ORDER BY t1.created_at DESC NULLS FIRST, t1.customer_id DESC LIMIT 50) r) AS "nodes") r) AS "customers",
      (SELECT row_to_json(r)
      FROM
        (SELECT
          (SELECT coalesce(json_agg(r), '[]'::json)
          FROM
            (SELECT CASE WHEN t3.total = round(t3.total, 2) THEN round(t3.total, 2)::text ELSE trim_scale(t3.total)::text END AS "total",
              (SELECT row_to_json(r)
              FROM
                (SELECT 'cus_' || replace(t4.customer_id::text, '-', '') AS "id"
                FROM customer t4
                WHERE t4.customer_id = t3.customer_id) r) AS "customer"
            FROM customer_order t3
            WHERE t3.source = $3::text AND ((t3.cancelled_at IS NULL)) ORDER BY t3.ordered_at DESC NULLS FIRST, t3.order_id DESC LIMIT 50) r) AS "nodes") r) AS "orders",
      (SELECT row_to_json(r)
      FROM
        (SELECT CASE WHEN t5.total = round(t5.total, 2) THEN round(t5.total, 2)::text ELSE trim_scale(t5.total)::text END AS "total", CASE WHEN t5.discount = round(t5.discount, 2) THEN round(t5.discount, 2)::text ELSE trim_scale(t5.discount)::text END AS "discount"
        FROM customer_order t5
        WHERE t5.order_id =
          (SELECT order_id
          FROM order_claim
          WHERE claim_key = $5::uuid) AND t5.source = $3::text) r) AS "order",
      (SELECT row_to_json(r)
      FROM
        (SELECT
          (SELECT coalesce(json_agg(r), '[]'::json)
          FROM
            (SELECT t6.kind AS "kind", t6.status AS "status"
            FROM job t6
            WHERE t6.source = $3::text ORDER BY t6.queued_at DESC NULLS FIRST, t6.job_id DESC LIMIT 50) r) AS "nodes") r) AS "jobs") r)
