SELECT
  (SELECT row_to_json(r)
  FROM
    (SELECT
      (SELECT row_to_json(r)
      FROM
        (SELECT
          (SELECT coalesce(json_agg(r), '[]'::json)
          FROM
            (SELECT t1.display_name AS "displayName",
              (SELECT row_to_json(r)
              FROM
                (SELECT
                  (SELECT coalesce(json_agg(r), '[]'::json)
                  FROM
                    (SELECT 'ord_' || replace(t2.order_id::text, '-', '') AS "id", t2.ordered_at AS "orderedAt", CASE WHEN t2.total = round(t2.total, 2) THEN round(t2.total, 2)::text ELSE trim_scale(t2.total)::text END AS "total", CASE WHEN (t2.total - t2.returned - t2.cost_of_goods + t2.returned_cost) = round((t2.total - t2.returned - t2.cost_of_goods + t2.returned_cost), 2) THEN round((t2.total - t2.returned - t2.cost_of_goods + t2.returned_cost), 2)::text ELSE trim_scale((t2.total - t2.returned - t2.cost_of_goods + t2.returned_cost))::text END AS "profit",
                      (SELECT coalesce(json_agg(r), '[]'::json)
                      FROM
                        (SELECT t3.quantity AS "quantity", CASE WHEN t3.unit_price = round(t3.unit_price, 2) THEN round(t3.unit_price, 2)::text ELSE trim_scale(t3.unit_price)::text END AS "unitPrice",
                          (SELECT row_to_json(r)
                          FROM
                            (SELECT t4.sku AS "sku", t4.name AS "name"
                            FROM product t4
                            WHERE t4.product_id = t3.product_id) r) AS "product"
                        FROM order_line t3
                        WHERE t3.customer_id = t1.customer_id AND t3.order_id = t2.order_id ORDER BY t3.position) r) AS "lines"
                    FROM customer_order t2
                    WHERE t2.customer_id = t1.customer_id AND ((t2.cancelled_at IS NULL)) ORDER BY t2.ordered_at DESC NULLS FIRST, t2.order_id DESC LIMIT 5) r) AS "nodes") r) AS "orders"
            FROM customer t1 JOIN customer_score t1s ON t1s.customer_id = t1.customer_id
            WHERE t1.merged_into IS NULL AND t1.erased_at IS NULL ORDER BY t1s.revenue DESC NULLS LAST, t1.customer_id DESC LIMIT 2) r) AS "nodes") r) AS "customers") r)
