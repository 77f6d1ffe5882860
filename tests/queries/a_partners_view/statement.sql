SELECT convert_to(concat('{"viewer":{"name":', coalesce(to_json($1::text), 'null'), ',"role":"', $2::text, '","source":', coalesce(to_json($3::text), 'null'), ',"readsPersonalData":', coalesce(($4::boolean)::text, 'null'), '},"customers":{"nodes":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT concat('{"id":"', 'cus_' || replace(t1.customer_id::text, '-', ''), '","identities":[',
            (SELECT string_agg(r.j, ',')
            FROM
              (SELECT concat('{"kind":"', t2.kind, '","source":', coalesce(to_json(t2.source), 'null'), ',"value":', CASE WHEN t2.value IS NOT NULL THEN '"***"' ELSE 'null' END, '}') AS j
              FROM customer_identity t2
              WHERE t2.customer_id = t1.customer_id AND t2.sources @> ARRAY[$3::text] ORDER BY t2.kind COLLATE "C", t2.scope COLLATE "C", t2.value COLLATE "C") r), ']}') AS j
        FROM customer t1
        WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND EXISTS
          (SELECT 1
          FROM customer_identity i
          WHERE i.customer_id = t1.customer_id AND i.sources @> ARRAY[$3::text]) ORDER BY t1.created_at DESC NULLS FIRST, t1.customer_id DESC LIMIT 50) r), ']},"orders":{"nodes":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT concat('{"total":"', CASE WHEN t3.total = round(t3.total, 2) THEN round(t3.total, 2)::text ELSE trim_scale(t3.total)::text END, '","customer":', coalesce(
              (SELECT concat('{"id":"', 'cus_' || replace(t4.customer_id::text, '-', ''), '"}') AS j
              FROM customer t4
              WHERE t4.customer_id = t3.customer_id), 'null'), '}') AS j
        FROM customer_order t3
        WHERE t3.source = $3::text AND ((t3.cancelled_at IS NULL)) ORDER BY t3.ordered_at DESC NULLS FIRST, t3.order_id DESC LIMIT 50) r), ']},"order":', coalesce(
        (SELECT concat('{"total":"', CASE WHEN t5.total = round(t5.total, 2) THEN round(t5.total, 2)::text ELSE trim_scale(t5.total)::text END, '","discount":"', CASE WHEN t5.discount = round(t5.discount, 2) THEN round(t5.discount, 2)::text ELSE trim_scale(t5.discount)::text END, '"}') AS j
        FROM customer_order t5
        WHERE t5.order_id =
          (SELECT order_id
          FROM order_claim
          WHERE claim_key = $5::uuid) AND t5.source = $3::text), 'null'), ',"jobs":{"nodes":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT concat('{"kind":"', t6.kind, '","status":"', t6.status, '"}') AS j
        FROM job t6
        WHERE t6.source = $3::text ORDER BY t6.queued_at DESC NULLS FIRST, t6.job_id DESC LIMIT 50) r), ']}}'), 'UTF8')
