SELECT
  (SELECT row_to_json(r)
  FROM
    (SELECT
      (SELECT row_to_json(r)
      FROM
        (SELECT 'Customer'::text AS "__typename", 'cus_' || replace(t1.customer_id::text, '-', '') AS "id", t1.display_name AS "displayName"
        FROM customer t1
        WHERE t1.customer_id = $1::uuid) r) AS "node",
      (SELECT coalesce(json_agg(CASE u.type WHEN 'cus' THEN
            (SELECT row_to_json(r)
            FROM
              (SELECT 'cus_' || replace(t2.customer_id::text, '-', '') AS "id"
              FROM customer t2
              WHERE t2.customer_id = coalesce(
                  (SELECT survivor_id
                  FROM customer_alias
                  WHERE customer_id = u.id), u.id)) r) WHEN 'ord' THEN
            (SELECT row_to_json(r)
            FROM
              (SELECT 'ord_' || replace(t3.order_id::text, '-', '') AS "id", CASE WHEN t3.total = round(t3.total, 2) THEN round(t3.total, 2)::text ELSE trim_scale(t3.total)::text END AS "total"
              FROM customer_order t3
              WHERE t3.order_id = u.id) r) WHEN 'tp' THEN
            (SELECT row_to_json(r)
            FROM
              (SELECT 'tp_' || replace(t4.touchpoint_id::text, '-', '') AS "id"
              FROM touchpoint t4
              WHERE t4.touchpoint_id = u.id) r) END ORDER BY u.n), '[]'::json)
      FROM unnest($2::text[]::uuid[], $3::text[]) WITH ORDINALITY u(id, type, n)) AS "nodes") r),
  (SELECT json_object_agg(customer_id, survivor_id)
  FROM customer_alias
  WHERE customer_id IN ($1::uuid))
