-- Contacts as they are told: of a whole call in a few statements.

-- name: campaigns
SELECT c.campaign_id, c.steps, ARRAY(SELECT v ->> 'key' FROM jsonb_array_elements(c.variants) v) AS variants
FROM campaign c WHERE c.campaign_id = ANY ($1::uuid[]);

-- Whom references lead to: ids first, then identities.
-- name: named
SELECT n.id AS named, NULL::bigint AS nth, n.id AS recorded_for, c.customer_id, c.erased_at IS NOT NULL AS is_erased
FROM unnest($1::uuid[]) AS n (id)
LEFT JOIN customer_alias a ON a.customer_id = n.id
JOIN customer c ON c.customer_id = coalesce(a.survivor_id, n.id)
UNION ALL
SELECT NULL, n.nth, i.customer_id, coalesce(a.survivor_id, i.customer_id), false
FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS n (kind, scope, value, nth)
JOIN identity_claim i ON i.value = n.value AND i.kind = n.kind AND i.scope = n.scope
LEFT JOIN customer_alias a ON a.customer_id = i.customer_id;

-- Several of a place are of customers who turned out to be one.
-- name: known
SELECT c.* FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS n (customer_id, campaign_id, step)
JOIN campaign_contact c ON c.customer_id = n.customer_id AND c.campaign_id = n.campaign_id AND c.step = n.step;

-- name: found
SELECT c.* FROM campaign_contact c WHERE c.customer_id = $1 AND c.contact_id = $2;

-- name: write
INSERT INTO campaign_contact (customer_id, campaign_id, step, recorded_for, contact_id, channel, variant, arm, status,
  status_at, suppression, attempts, last_error, scheduled_at, sent_at, recorded_at)
SELECT n.*, $16::timestamptz
FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::timestamptz[], $11::text[], $12::bigint[], $13::text[], $14::timestamptz[], $15::timestamptz[]) AS n
ORDER BY 1, 2, 3, 4
ON CONFLICT (customer_id, campaign_id, step, recorded_for) DO UPDATE SET channel = excluded.channel,
  variant = excluded.variant, arm = excluded.arm, status = excluded.status, status_at = excluded.status_at,
  suppression = excluded.suppression, attempts = excluded.attempts, last_error = excluded.last_error,
  scheduled_at = excluded.scheduled_at, sent_at = excluded.sent_at;
