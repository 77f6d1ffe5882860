SELECT row_to_json(answer) FROM (
  SELECT (SELECT row_to_json(x) FROM (
    SELECT 'cus_' || replace(c.customer_id::text, '-', '') AS id,
           CASE WHEN c.display_name IS NOT NULL THEN '***' END AS "displayName",
           (SELECT row_to_json(t) FROM (
             SELECT coalesce(json_agg(deed), '[]') AS nodes FROM (
               SELECT (SELECT row_to_json(d) FROM (
                 SELECT 'tp_' || replace(t.touchpoint_id::text, '-', '') AS id, t.channel, t.kind, t.function,
                        t.direction, t.occurred_at AS "occurredAt", t.source,
                        CASE WHEN t.subject IS NOT NULL THEN '***' END AS subject, decimal(t.cost) AS cost) d) AS deed
               FROM touchpoint t WHERE t.customer_id = $1
               ORDER BY t.occurred_at DESC, t.touchpoint_id DESC LIMIT 100) deeds) t) AS touchpoints
    FROM customer c WHERE c.customer_id = $1 AND c.merged_into IS NULL AND c.erased_at IS NULL
  ) x) AS customer
) answer
