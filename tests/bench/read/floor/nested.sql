SELECT row_to_json(answer) FROM (
  SELECT (SELECT row_to_json(x) FROM (
    SELECT coalesce(json_agg(node), '[]') AS nodes FROM (
      SELECT (SELECT row_to_json(n) FROM (
        SELECT 'cus_' || replace(r.customer_id::text, '-', '') AS id,
               CASE WHEN r.display_name IS NOT NULL THEN '***' END AS "displayName",
               (SELECT row_to_json(t) FROM (
                 SELECT coalesce(json_agg(deed), '[]') AS nodes FROM (
                   SELECT (SELECT row_to_json(d) FROM (
                     SELECT 'tp_' || replace(t.touchpoint_id::text, '-', '') AS id, t.channel, t.kind, t.direction,
                            t.occurred_at AS "occurredAt", CASE WHEN t.subject IS NOT NULL THEN '***' END AS subject,
                            decimal(t.cost) AS cost) d) AS deed
                   FROM touchpoint t WHERE t.customer_id = r.customer_id
                   ORDER BY t.occurred_at DESC, t.touchpoint_id DESC LIMIT 10) deeds) t) AS touchpoints,
               (SELECT row_to_json(t) FROM (
                 SELECT coalesce(json_agg(purchase), '[]') AS nodes FROM (
                   SELECT (SELECT row_to_json(d) FROM (
                     SELECT 'ord_' || replace(o.order_id::text, '-', '') AS id, o.ordered_at AS "orderedAt", o.channel,
                            decimal(o.total) AS total,
                            (SELECT coalesce(json_agg(line ORDER BY position), '[]') FROM (
                              SELECT l.position, (SELECT row_to_json(e) FROM (
                                SELECT l.quantity, decimal(l.unit_price) AS "unitPrice", decimal(l.total) AS total,
                                       (SELECT row_to_json(q) FROM (SELECT p.sku, p.name, p.category) q) AS product
                              ) e) AS line
                              FROM order_line l JOIN product p ON p.product_id = l.product_id
                              WHERE l.customer_id = o.customer_id AND l.order_id = o.order_id) ls) AS lines) d) AS purchase
                   FROM customer_order o WHERE o.customer_id = r.customer_id AND o.cancelled_at IS NULL
                   ORDER BY o.ordered_at DESC, o.order_id DESC LIMIT 5) purchases) t) AS orders
      ) n) AS node
      FROM (
        SELECT c.customer_id, c.display_name
        FROM customer c JOIN customer_score s ON s.customer_id = c.customer_id
        WHERE c.merged_into IS NULL AND c.erased_at IS NULL AND s.value_tier = $1 AND s.risk_band = $2
        ORDER BY s.revenue DESC NULLS LAST, s.customer_id DESC
        LIMIT 20
      ) r
    ) nodes
  ) x) AS customers
) answer
