-- Contacts and the touchpoints that tell of their sending: of each sending, one touchpoint stays. A touchpoint that was
-- made of a contact has the source $3 and the contact's id.

-- name: told
SELECT DISTINCT r.named_customer, r.campaign
FROM t_ref r JOIN campaign_contact c ON c.customer_id = r.named_customer AND c.campaign_id = r.campaign
WHERE r.touch_kind = 'CAMPAIGN_SENT' AND r.campaign IS NOT NULL;

-- Contacts that no touchpoint of a source tells of, and such touchpoints of no contact: the nearest two in time belong
-- together, those of one channel first, then the nearest of the others, and so on (a round for each that two agree on).
-- What went out is looked for within $4 of it. What did not may have gone out by that word: the first step at any time,
-- as there is one such contact; a later one where the first is known, since steps go out in order, and not before it
-- was said to wait.
-- Contacts and touchpoints are looked up by their customers, by index (OFFSET keeps it to that), and never all of a
-- campaign's; rows go through the rounds whole, since nobody knows how many there will be to join.
-- name: take
WITH RECURSIVE asked AS (
  SELECT DISTINCT n.customer_id, n.campaign_id FROM unnest($1::uuid[], $2::uuid[]) AS n (customer_id, campaign_id)
), sending AS (
  SELECT c.customer_id, c.campaign_id, c.recorded_for, c.contact_id, c.step, c.channel, c.sent_at,
    coalesce(c.sent_at, c.status_at) AS at, c.status_at - CASE WHEN c.status IN ('FAILED', 'UNKNOWN') THEN $4::interval
      ELSE '0' END AS since, m.occurred_at AS made_at, m.touchpoint_id AS made_id
  FROM asked JOIN campaign_contact c USING (customer_id, campaign_id)
  LEFT JOIN LATERAL (
    SELECT t.* FROM touchpoint t WHERE t.customer_id = c.customer_id AND t.kind = 'CAMPAIGN_SENT' OFFSET 0
  ) m ON m.contact_id = c.contact_id
  WHERE (m.touchpoint_id IS NULL OR m.source = $3 AND m.external_id = {made})
    AND (c.sent_at IS NOT NULL OR c.arm <> 'CONTROL' AND (c.step = 1 OR EXISTS (
      SELECT FROM campaign_contact o WHERE o.customer_id = c.customer_id AND o.campaign_id = c.campaign_id
        AND o.step = 1 AND o.recorded_for = c.recorded_for
    )))
), near AS (
  SELECT s.customer_id, s.campaign_id, s.recorded_for, s.contact_id, s.step, s.sent_at, s.made_at, s.made_id,
    t.touchpoint_id, t.occurred_at, t.channel AS told_channel, row_number() OVER (
      ORDER BY s.channel <> t.channel, greatest(t.occurred_at - s.at, s.at - t.occurred_at), s.step, t.occurred_at,
        s.contact_id, t.touchpoint_id) AS nth
  FROM sending s CROSS JOIN LATERAL (
    SELECT t.* FROM touchpoint t WHERE t.customer_id = s.customer_id AND t.kind = 'CAMPAIGN_SENT' OFFSET 0
  ) t
  WHERE t.campaign_id = s.campaign_id AND t.recorded_for = s.recorded_for AND t.contact_id IS NULL AND CASE
    WHEN s.sent_at IS NOT NULL THEN t.occurred_at BETWEEN s.at - $4::interval AND s.at + $4::interval
    ELSE s.step = 1 OR t.occurred_at >= s.since END
), round AS (
  SELECT n.*, false AS is_pair FROM near n
  UNION ALL
  SELECT b.customer_id, b.campaign_id, b.recorded_for, b.contact_id, b.step, b.sent_at, b.made_at, b.made_id,
    b.touchpoint_id, b.occurred_at, b.told_channel, b.nth, b.is_pair FROM (
    SELECT a.*, bool_or(a.is_pair) OVER (PARTITION BY a.contact_id)
      OR bool_or(a.is_pair) OVER (PARTITION BY a.touchpoint_id) AS is_taken
    FROM (
      SELECT b.customer_id, b.campaign_id, b.recorded_for, b.contact_id, b.step, b.sent_at, b.made_at, b.made_id,
    b.touchpoint_id, b.occurred_at, b.told_channel, b.nth, b.nth = min(b.nth) OVER (PARTITION BY b.contact_id)
        AND b.nth = min(b.nth) OVER (PARTITION BY b.touchpoint_id) AS is_pair
      FROM round b WHERE NOT b.is_pair
    ) a
  ) b WHERE b.is_pair OR NOT b.is_taken
), pair AS MATERIALIZED (
  SELECT r.* FROM round r WHERE r.is_pair
), linked AS (
  UPDATE touchpoint t SET contact_id = p.contact_id FROM pair p
  WHERE t.customer_id = p.customer_id AND t.occurred_at = p.occurred_at AND t.touchpoint_id = p.touchpoint_id
), claims AS (
  DELETE FROM touchpoint_claim k USING pair p WHERE k.touchpoint_id = p.made_id
), gone AS (
  DELETE FROM touchpoint t USING pair p
  WHERE t.customer_id = p.customer_id AND t.occurred_at = p.made_at AND t.touchpoint_id = p.made_id
)
SELECT p.customer_id, p.campaign_id, p.recorded_for, p.contact_id, p.step, p.sent_at, p.occurred_at, p.told_channel,
  p.made_id
FROM pair p ORDER BY p.customer_id, p.occurred_at, p.touchpoint_id;

-- Made of contacts that went out at another time, or over another channel, as is known now.
-- name: outdated
WITH old AS MATERIALIZED (
  SELECT t.customer_id, t.occurred_at, t.touchpoint_id, t.contact_id
  FROM unnest($1::uuid[], $2::uuid[]) AS n (customer_id, contact_id)
  CROSS JOIN LATERAL (SELECT c.* FROM campaign_contact c WHERE c.customer_id = n.customer_id OFFSET 0) c
  CROSS JOIN LATERAL (
    SELECT t.* FROM touchpoint t WHERE t.customer_id = n.customer_id AND t.kind = 'CAMPAIGN_SENT' OFFSET 0
  ) t
  WHERE c.contact_id = n.contact_id AND t.contact_id = c.contact_id AND t.source = $3 AND t.external_id = {made}
    AND (t.occurred_at <> c.sent_at OR t.channel <> c.channel)
), claims AS (
  DELETE FROM touchpoint_claim k USING old o WHERE k.touchpoint_id = o.touchpoint_id
)
DELETE FROM touchpoint t USING old o
WHERE t.customer_id = o.customer_id AND t.occurred_at = o.occurred_at AND t.touchpoint_id = o.touchpoint_id
RETURNING t.customer_id, t.touchpoint_id, t.contact_id;

-- name: belong
UPDATE touchpoint t SET contact_id = n.contact_id
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[])
  AS n (customer_id, occurred_at, touchpoint_id, contact_id)
WHERE t.customer_id = n.customer_id AND t.occurred_at = n.occurred_at AND t.touchpoint_id = n.touchpoint_id;
