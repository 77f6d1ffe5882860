-- Contacts that were told of before their touchpoint: of each, one touchpoint stays.

-- name: told
SELECT DISTINCT r.named_customer, r.campaign
FROM t_ref r JOIN campaign_contact c ON c.customer_id = r.named_customer AND c.campaign_id = r.campaign
WHERE r.touch_kind = 'CAMPAIGN_SENT' AND r.campaign IS NOT NULL;

-- Of a customer and a campaign, the first that a source tells takes the place of the first that was made, and so on.
-- name: take
WITH sent AS (
  SELECT t.customer_id, t.campaign_id, t.occurred_at, t.touchpoint_id, t.contact_id, t.source = $3::text AS is_made,
    row_number() OVER (PARTITION BY t.customer_id, t.campaign_id, t.source = $3 ORDER BY t.occurred_at, t.touchpoint_id)
      AS nth
  FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[]) AS n (customer_id, campaign_id)) n
  JOIN touchpoint t USING (customer_id, campaign_id)
  WHERE t.kind = 'CAMPAIGN_SENT' AND (t.source = $3) = (t.contact_id IS NOT NULL)
), pair AS (
  SELECT o.customer_id, o.occurred_at, o.touchpoint_id, m.contact_id, m.occurred_at AS made_at,
    m.touchpoint_id AS made_id
  FROM sent o JOIN sent m USING (customer_id, campaign_id, nth) WHERE m.is_made AND NOT o.is_made
), linked AS (
  UPDATE touchpoint t SET contact_id = p.contact_id FROM pair p
  WHERE t.customer_id = p.customer_id AND t.occurred_at = p.occurred_at AND t.touchpoint_id = p.touchpoint_id
), claims AS (
  DELETE FROM touchpoint_claim k USING pair p WHERE k.touchpoint_id = p.made_id
)
DELETE FROM touchpoint t USING pair p
WHERE t.customer_id = p.customer_id AND t.occurred_at = p.made_at AND t.touchpoint_id = p.made_id
RETURNING t.customer_id, t.touchpoint_id;
