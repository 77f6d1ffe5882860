SELECT convert_to(concat('{"tea":{"nodes":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT concat('{"displayName":', coalesce(to_json(t1.display_name), 'null'), '}') AS j
        FROM customer t1
        WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL AND ((t1.customer_id IN
              (SELECT t2.customer_id
              FROM
                (SELECT t3l.customer_id, sum(t3l.quantity) AS units
                FROM order_line t3l JOIN customer_order t3o ON t3o.customer_id = t3l.customer_id AND t3o.order_id = t3l.order_id JOIN product t3 ON t3.product_id = t3l.product_id
                WHERE t3o.cancelled_at IS NULL AND ((t3.category = $2::text)) GROUP BY t3l.customer_id) t2
              WHERE t2.units >= $1::integer) OR (
                (SELECT t2.units >= $1::integer
                FROM
                  (SELECT 0 AS units) t2) AND t1.customer_id NOT IN
                (SELECT t3l.customer_id
                FROM order_line t3l JOIN customer_order t3o ON t3o.customer_id = t3l.customer_id AND t3o.order_id = t3l.order_id JOIN product t3 ON t3.product_id = t3l.product_id
                WHERE t3o.cancelled_at IS NULL AND ((t3.category = $2::text)) GROUP BY t3l.customer_id)))) ORDER BY t1.created_at DESC NULLS FIRST, t1.customer_id DESC LIMIT 50) r), ']},"noTea":{"nodes":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT concat('{"displayName":', coalesce(to_json(t4.display_name), 'null'), '}') AS j
        FROM customer t4
        WHERE t4.merged_into IS NULL AND t4.erased_at IS NULL AND (t4.kind = ANY($3::text[]) AND NOT EXISTS
            (SELECT 1
            FROM order_line t5l JOIN customer_order t5o ON t5o.customer_id = t5l.customer_id AND t5o.order_id = t5l.order_id JOIN product t5 ON t5.product_id = t5l.product_id
            WHERE t5o.cancelled_at IS NULL AND t5l.customer_id = t4.customer_id AND ((t5.sku = $4::text)))) ORDER BY t4.created_at DESC NULLS FIRST, t4.customer_id DESC LIMIT 50) r), ']},"products":{"nodes":[',
      (SELECT string_agg(r.j, ',')
      FROM
        (SELECT concat('{"sku":', coalesce(to_json(t6.sku), 'null'), '}') AS j
        FROM product t6
        WHERE (((t6.discontinued_at IS NULL OR t6.discontinued_at > $5::timestamptz)) AND ((t6.name_fold LIKE $6::text OR lower(t6.sku) LIKE $6::text))) ORDER BY t6.name_fold ASC NULLS LAST, t6.product_id ASC LIMIT 50) r), ']}}'), 'UTF8')
