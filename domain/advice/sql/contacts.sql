-- What campaigns sent, and whether it was answered (a response is credited once, to the last contact before
-- it). Parts of one WITH, over the customers that {whose} says. Whatever went out is a touchpoint, also what was told as
-- a contact (domain/transfer/contact_calls.py); an offer is named by properties.offer, or else by its campaign's key.

-- name: zone
(SELECT z.time_zone FROM settings z)

-- name: sent
word AS MATERIALIZED (
  SELECT t.customer_id, t.occurred_at, t.touchpoint_id, t.kind, t.channel, t.source, t.case_number, t.campaign_id,
    left(coalesce(nullif(btrim(t.properties ->> 'offer'), ''), k.key), 200) AS offer,
    nullif(btrim(t.properties ->> 'offer'), '') IS NULL AS is_campaign
  FROM touchpoint t LEFT JOIN campaign k ON k.campaign_id = t.campaign_id
  WHERE t.customer_id {whose} AND t.kind IN ({kinds}) AND t.occurred_at <= {now}
),
sent AS (
  SELECT t.customer_id, t.touchpoint_id, t.occurred_at AS at, t.channel, t.campaign_id, t.offer, t.is_campaign,
    lead(t.occurred_at) OVER (PARTITION BY t.customer_id ORDER BY t.occurred_at, t.touchpoint_id) AS next_at
  FROM word t WHERE t.kind = 'CAMPAIGN_SENT'
),
reply AS (
  SELECT t.customer_id, t.touchpoint_id, t.occurred_at AS at, t.channel, t.campaign_id, t.offer
  FROM word t WHERE t.kind = 'CAMPAIGN_RESPONSE'
),
credited AS (
  SELECT DISTINCT c.customer_id, c.touchpoint_id
  FROM (
    SELECT DISTINCT ON (r.customer_id, r.touchpoint_id) s.customer_id, s.touchpoint_id
    FROM reply r JOIN sent s ON s.customer_id = r.customer_id AND s.at <= r.at AND (
      s.campaign_id = r.campaign_id OR s.offer = r.offer
      OR r.campaign_id IS NULL AND r.offer IS NULL AND s.channel = r.channel
    )
    ORDER BY r.customer_id, r.touchpoint_id, s.at DESC, s.touchpoint_id DESC
  ) c
)

-- Where nobody records how an offer is answered, an order within 30 days stands for an answer to the last contact.
-- name: contact
contact AS (
  SELECT s.customer_id, s.touchpoint_id, s.at, s.channel, s.offer, s.is_campaign,
    c.touchpoint_id IS NOT NULL OR NOT coalesce(f.is_told, false) AND EXISTS (
      SELECT 1 FROM customer_order o
      WHERE o.customer_id {whose} AND o.customer_id = s.customer_id AND o.cancelled_at IS NULL
        AND o.ordered_at >= s.at AND o.ordered_at <= {now}
        AND o.ordered_at < least(s.next_at, s.at + interval '30 days')
    ) AS answered
  FROM sent s
  LEFT JOIN credited c ON c.customer_id = s.customer_id AND c.touchpoint_id = s.touchpoint_id
  LEFT JOIN response_rate f ON f.topic = 'OFFER' AND f.channel = '' AND f.name = s.offer
)

-- As of the night's base rates, so that what is stored of everybody and what is asked of one agree until the next.
-- Recent contacts weigh more: half after six months; of the Middle Ages nothing that a float could hold. What is not
-- over may still be answered: it counts in rates of answers no more than in the base rates (rates.sql).
-- name: aged
unwilling AS (
  SELECT DISTINCT k.customer_id FROM customer_consent k
  WHERE k.customer_id {whose} AND {unwilling}
),
moment AS (SELECT coalesce(max(r.as_of), {now}) AS at FROM response_rate r),
aged AS (
  SELECT c.customer_id, c.channel, c.offer, c.is_campaign, c.answered, c.at <= n.at - interval '30 days' AS is_over,
    power(0.5::float8, least(greatest(extract(epoch FROM n.at - c.at), 0)::float8 / {half_life_seconds}, 900)) AS weight
  FROM contact c CROSS JOIN moment n
)
