-- What channels customers use, prefer and answer. What campaigns sent is no use of a channel.

-- Who uses a channel is told apart from what passes over it: customers as sets of channels, which are few.
-- name: mix
(SELECT c.channel, coalesce(n.customers, 0)::bigint AS customers, coalesce(u.touches, 0) AS touches,
  coalesce(p.customers, 0) AS preferred_by, coalesce(u.revenue, 0) AS revenue, coalesce(u.cost, 0) AS cost,
  a.answered::float8 / a.sent AS response_rate
FROM unnest({channels}) AS c (channel)
LEFT JOIN ({passed}) u ON u.channel = c.channel
LEFT JOIN (
  SELECT v.channel, sum(k.customers) AS customers
  FROM (SELECT k.used, count(*) AS customers FROM ({users}) k GROUP BY k.used) k
  JOIN unnest({channels}) WITH ORDINALITY AS v (channel, n) ON k.used & (1 << v.n::int) <> 0
  GROUP BY v.channel
) n ON n.channel = c.channel
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

-- name: passed_ever
SELECT m.channel, sum(m.touches - m.contacts) AS touches, sum(m.contacts) AS contacts, sum(m.revenue) AS revenue,
  sum(m.cost_to_serve) + sum(m.marketing_cost) AS cost
FROM customer_month m WHERE {booked_m} GROUP BY m.channel

-- name: users_ever
SELECT bit_or(1 << array_position({channels}, m.channel)) AS used FROM customer_month m
WHERE {in_m} AND m.touches > m.contacts GROUP BY m.customer_id

-- name: passed_over
SELECT f.channel, sum(f.touches) AS touches, sum(f.contacts) AS contacts, sum(f.revenue) AS revenue,
  sum(f.cost) AS cost
FROM (
  SELECT t.channel, count(*) FILTER (WHERE t.kind <> 'CAMPAIGN_SENT') AS touches,
    count(*) FILTER (WHERE t.kind = 'CAMPAIGN_SENT') AS contacts, 0 AS revenue, sum(t.cost) AS cost
  FROM touchpoint t WHERE {booked_t} AND {touched} GROUP BY t.channel
  UNION ALL
  SELECT o.channel, 0, 0, sum(o.total), 0
  FROM customer_order o WHERE {booked_o} AND o.cancelled_at IS NULL AND {ordered}
  GROUP BY o.channel
) f
GROUP BY f.channel

-- name: users_over
SELECT bit_or(1 << array_position({channels}, t.channel)) AS used FROM touchpoint t
WHERE {in_t} AND {touched} AND t.kind <> 'CAMPAIGN_SENT' GROUP BY t.customer_id
