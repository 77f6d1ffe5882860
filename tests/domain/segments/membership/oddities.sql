-- Over the small world: what stands on the edges of rules, and sums that are those of their parts.
UPDATE settings SET time_zone = 'Europe/Berlin';
UPDATE order_return r SET refund = s.refund, returned_cost = s.returned_cost
FROM (SELECT return_id, sum(refund) AS refund, sum(returned_cost) AS returned_cost FROM return_line GROUP BY 1) s
WHERE s.return_id = r.return_id;
DELETE FROM order_return r WHERE NOT EXISTS (SELECT FROM return_line l WHERE l.return_id = r.return_id);

WITH edge AS (
  SELECT customer_id, row_number() OVER (ORDER BY customer_id DESC) AS n FROM customer
  WHERE merged_into IS NULL AND erased_at IS NULL
)
UPDATE customer c SET
  created_at = CASE n % 8 WHEN 0 THEN '2026-06-01T12:00:00Z' WHEN 1 THEN '2026-05-02T12:00:00Z'
    WHEN 2 THEN '2026-03-01T12:00:00Z' WHEN 3 THEN '2025-06-01T12:00:00Z' ELSE created_at END,
  last_touchpoint_at = CASE n % 7 WHEN 0 THEN '2026-06-01T12:00:00.000001Z' WHEN 1 THEN '2026-05-25T12:00:00Z'
    WHEN 2 THEN NULL WHEN 3 THEN '2026-06-08T12:00:00Z' ELSE last_touchpoint_at END,
  birth_date = CASE n % 9 WHEN 0 THEN '2004-02-29'::date WHEN 1 THEN '1990-06-01' WHEN 2 THEN '1990-05-31'
    WHEN 3 THEN '1990-06-02' WHEN 4 THEN '1985-06-08' WHEN 5 THEN '2026-06-01' WHEN 6 THEN NULL ELSE birth_date END,
  city = CASE n % 6 WHEN 0 THEN 'ÜBERLINGEN' WHEN 1 THEN 'Überlingen' WHEN 2 THEN 'Ελλάδα' WHEN 3 THEN '100%_' WHEN 4 THEN '' ELSE NULL END,
  display_name = CASE n % 10 WHEN 0 THEN '' WHEN 1 THEN 'ÉCLAIR' WHEN 2 THEN 'E' || U&'\0301' || 'clair' ELSE display_name END,
  display_name_fold = CASE n % 10 WHEN 0 THEN '' WHEN 1 THEN 'éclair' WHEN 2 THEN 'éclair' ELSE display_name_fold END
FROM edge WHERE edge.customer_id = c.customer_id;

UPDATE touchpoint SET occurred_at = '2026-05-02T12:00:00Z' WHERE get_byte(uuid_send(touchpoint_id), 12) % 31 = 0;
UPDATE touchpoint SET properties = (ARRAY['{"page": null, "seconds": 5, "since": "2026-05-31"}', '{"page": true, "since": 20260531}',
  '{"page": 3, "vip": "true", "since": "2026-02-30"}', '{"since": "2026-06-01", "vip": true, "page": "/A"}'])[1 + get_byte(uuid_send(touchpoint_id), 13) % 4]::jsonb
WHERE get_byte(uuid_send(touchpoint_id), 12) % 5 = 0;
UPDATE touchpoint SET product_id = (SELECT product_id FROM product ORDER BY sku LIMIT 1)
WHERE product_id IS NULL AND get_byte(uuid_send(touchpoint_id), 12) % 6 = 0;
UPDATE product SET discontinued_at = '2026-07-01Z' WHERE sku LIKE '%9';
UPDATE customer_order SET promised_at = '2026-05-30T12:00:00Z', delivered_at = CASE get_byte(uuid_send(order_id), 13) % 3
  WHEN 0 THEN '2026-05-30T12:00:00Z'::timestamptz WHEN 1 THEN '2026-05-30T12:00:01Z' END
WHERE get_byte(uuid_send(order_id), 12) % 7 = 0;
UPDATE customer_order SET campaign_id = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4c01' WHERE get_byte(uuid_send(order_id), 12) % 5 = 0;
UPDATE customer SET acquisition_campaign_id = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4c01'
WHERE acquisition_at IS NOT NULL AND get_byte(uuid_send(customer_id), 14) % 3 = 0;
INSERT INTO customer_identity (customer_id, kind, scope, value, recorded_for, source, sources, verified, is_primary,
                               first_seen_at, last_seen_at)
SELECT customer_id, 'DEVICE', '', 'd-' || customer_id, customer_id, 'app', '{app}', true, true, created_at, created_at
FROM customer WHERE get_byte(uuid_send(customer_id), 14) % 3 = 0;
INSERT INTO customer_consent (customer_id, consent_id, channel, purpose, status, source, recorded_at, expires_at, recorded_for, holds)
SELECT customer_id, md5(customer_id::text || 'app')::uuid, 'MOBILE_APP', 'MARKETING', 'GRANTED', 'app', created_at,
  (ARRAY['2026-06-01T12:00:00Z', '2026-06-01T12:00:00.000001Z', NULL])[1 + get_byte(uuid_send(customer_id), 13) % 3]::timestamptz,
  customer_id, true
FROM customer WHERE get_byte(uuid_send(customer_id), 12) % 2 = 0;
-- Contacts on the edges of windows, some sent twice; answers that come with one, on the window's last instant, and too late.
UPDATE touchpoint SET kind = 'CAMPAIGN_SENT', campaign_id = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4c01'
WHERE get_byte(uuid_send(touchpoint_id), 11) % 6 = 0;
UPDATE touchpoint SET kind = 'CAMPAIGN_RESPONSE',
  campaign_id = ('0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4c0' || 1 + get_byte(uuid_send(touchpoint_id), 13) % 2)::uuid
WHERE get_byte(uuid_send(touchpoint_id), 11) % 6 = 1;
UPDATE campaign_contact SET sent_at = (ARRAY['2026-05-02T12:00:00Z', '2026-05-25T12:00:00Z', '2026-06-01T12:00:00Z',
  '2026-06-01T12:00:00.000001Z'])[1 + get_byte(uuid_send(contact_id), 9) % 4]::timestamptz
WHERE sent_at IS NOT NULL AND get_byte(uuid_send(contact_id), 10) % 2 = 0;
WITH answer AS (
  SELECT DISTINCT ON (t.customer_id, t.campaign_id) t.customer_id, t.campaign_id, t.occurred_at
  FROM touchpoint t WHERE t.kind = 'CAMPAIGN_RESPONSE' ORDER BY t.customer_id, t.campaign_id, t.touchpoint_id
)
UPDATE campaign_contact c SET sent_at = a.occurred_at - (ARRAY['0', 'PT0.000001S', w.response_window, 'P20D'])[
  1 + get_byte(uuid_send(c.contact_id), 9) % 4]::interval
FROM answer a JOIN campaign w ON w.campaign_id = a.campaign_id
WHERE c.sent_at IS NOT NULL AND a.customer_id = c.customer_id AND a.campaign_id = c.campaign_id
  AND get_byte(uuid_send(c.contact_id), 10) % 2 = 1;
ANALYZE;
