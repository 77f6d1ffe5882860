-- What channels customers use, prefer and answer. What campaigns sent is no use of a channel.

-- name: mix
(SELECT c.channel, coalesce(u.customers, 0) AS customers, coalesce(u.touches, 0) AS touches,
  coalesce(p.customers, 0) AS preferred_by, coalesce(u.revenue, 0) AS revenue, coalesce(u.cost, 0) AS cost,
  a.answered::float8 / a.sent AS response_rate
FROM unnest({channels}) AS c (channel)
LEFT JOIN (
  SELECT t.channel, count(*) FILTER (WHERE t.touches > 0) AS customers, sum(t.touches)::bigint AS touches,
    sum(t.contacts) AS contacts, sum(t.revenue) AS revenue, sum(t.cost) AS cost
  FROM ({used}) t GROUP BY t.channel
) u ON u.channel = c.channel
LEFT JOIN (
  SELECT m.preferred_channel AS channel, count(*) AS customers FROM {who} w
  JOIN customer_summary m ON m.customer_id = w.customer_id GROUP BY m.preferred_channel
) p ON p.channel = c.channel
LEFT JOIN (
  WITH {contacts}
  SELECT c.channel, count(*) AS sent, count(*) FILTER (WHERE c.answered) AS answered FROM contact c
  WHERE {in_time} GROUP BY c.channel
) a ON a.channel = c.channel
WHERE u.touches > 0 OR u.contacts > 0 OR u.revenue <> 0 OR u.cost <> 0 OR p.customers > 0) {b}

-- A row a customer and channel.
-- name: ever
SELECT m.channel, sum(m.touches - m.contacts) AS touches, sum(m.contacts) AS contacts, sum(m.revenue) AS revenue,
  sum(m.cost_to_serve + m.marketing_cost) AS cost
FROM {who} w JOIN customer_month m ON m.customer_id = w.customer_id GROUP BY m.customer_id, m.channel

-- name: over
SELECT f.channel, sum(f.touches) AS touches, sum(f.contacts) AS contacts, sum(f.revenue) AS revenue,
  sum(f.cost) AS cost
FROM (
  SELECT t.customer_id, t.channel, CASE t.kind WHEN 'CAMPAIGN_SENT' THEN 0 ELSE 1 END AS touches,
    CASE t.kind WHEN 'CAMPAIGN_SENT' THEN 1 ELSE 0 END AS contacts, 0 AS revenue, t.cost
  FROM {who} w JOIN touchpoint t ON t.customer_id = w.customer_id WHERE {touched}
  UNION ALL
  SELECT o.customer_id, o.channel, 0, 0, o.total, 0
  FROM {who} w JOIN customer_order o ON o.customer_id = w.customer_id WHERE o.cancelled_at IS NULL AND {ordered}
) f
GROUP BY f.customer_id, f.channel
