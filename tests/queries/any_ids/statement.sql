SELECT convert_to(concat('{"node":', coalesce(
        (SELECT concat('{"__typename":"Customer","id":"', 'cus_' || replace(t1.customer_id::text, '-', ''), '","displayName":', coalesce(to_json(t1.display_name), 'null'), '}') AS j
        FROM customer t1
        WHERE t1.customer_id = $1::uuid), 'null'), ',"nodes":[',
      (SELECT string_agg(coalesce(CASE u.type WHEN 'cus' THEN
            (SELECT concat('{"id":"', 'cus_' || replace(t2.customer_id::text, '-', ''), '"}') AS j
            FROM customer t2
            WHERE t2.customer_id = coalesce(
                (SELECT survivor_id
                FROM customer_alias
                WHERE customer_id = u.id), u.id)) WHEN 'ord' THEN
            (SELECT concat('{"id":"', 'ord_' || replace(t3.order_id::text, '-', ''), '","total":"', CASE WHEN t3.total = round(t3.total, 2) THEN round(t3.total, 2)::text ELSE trim_scale(t3.total)::text END, '"}') AS j
            FROM customer_order t3
            WHERE t3.order_id = u.id) WHEN 'tp' THEN
            (SELECT concat('{"id":"', 'tp_' || replace(t4.touchpoint_id::text, '-', ''), '"}') AS j
            FROM touchpoint t4
            WHERE t4.touchpoint_id = u.id) END, 'null'), ',' ORDER BY u.n)
      FROM unnest($2::text[]::uuid[], $3::text[]) WITH ORDINALITY u(id, type, n)), ']}'), 'UTF8'),
  (SELECT json_object_agg(customer_id, survivor_id)
  FROM customer_alias
  WHERE customer_id IN ($1::uuid))
