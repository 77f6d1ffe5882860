-- Variety over the bench's population: what is null, merged, erased, cancelled, returned, oddly named or of another source.

UPDATE customer SET display_name = NULL, display_name_fold = NULL, email = NULL, birth_date = NULL
WHERE get_byte(uuid_send(customer_id), 15) % 7 = 0;
UPDATE customer SET
  kind = (ARRAY['PERSON', 'HOUSEHOLD', 'ORGANIZATION'])[1 + get_byte(uuid_send(customer_id), 14) % 3],
  phone = '+4420' || get_byte(uuid_send(customer_id), 13), address_lines = ARRAY['1 "High" St', 'Flat \ 2'],
  address_recipient = 'c/o 100%_sure', region = 'Région', gender = 'f', time_zone = 'Europe/Berlin',
  occupation = 'baker', sector = 'retail', household_size = get_byte(uuid_send(customer_id), 12) % 6,
  income_band = '35-49K'
WHERE get_byte(uuid_send(customer_id), 15) % 3 = 0;
UPDATE customer SET acquisition_channel = NULL, acquisition_at = NULL, acquisition_source = NULL
WHERE get_byte(uuid_send(customer_id), 15) % 5 = 0;

WITH two AS (
  SELECT (array_agg(customer_id ORDER BY customer_id))[1:3] AS ids FROM customer
), gone AS (
  UPDATE customer SET erased_at = '2026-05-01Z', display_name = NULL FROM two WHERE customer_id = ids[3]
)
INSERT INTO customer_alias (customer_id, survivor_id, merged_at) SELECT ids[1], ids[2], '2026-05-01Z' FROM two;
UPDATE customer c SET merged_into = a.survivor_id FROM customer_alias a WHERE a.customer_id = c.customer_id;

INSERT INTO customer_identity (customer_id, kind, scope, value, recorded_for, source, sources, verified, is_primary,
                               first_seen_at, last_seen_at)
SELECT customer_id, 'EXTERNAL_ID', 'till', 'L-' || row_number() OVER (ORDER BY customer_id), customer_id, 'till',
       '{till}', false, false, created_at, created_at + interval '1.5 seconds'
FROM customer WHERE get_byte(uuid_send(customer_id), 15) % 2 = 0;
INSERT INTO customer_identity (customer_id, kind, scope, value, recorded_for, source, verified, is_primary,
                               first_seen_at, last_seen_at)
SELECT customer_id, 'COOKIE', '', 'c%_' || customer_id, customer_id, NULL, false, false, created_at, created_at
FROM customer WHERE get_byte(uuid_send(customer_id), 15) % 4 = 0;

UPDATE product SET price = NULL, unit_cost = NULL, category = NULL, supplier = NULL WHERE sku LIKE '%7';
UPDATE product SET name = '100%_' || name, name_fold = '100%_' || name_fold, kind = 'SERVICE',
  attributes = '{"colour": "red", "weight": 1.5, "organic": true, "since": "2025-01-31", "nested": {"a": [1, null]}}'
WHERE sku LIKE '%5';
UPDATE product SET discontinued_at = '2026-01-01Z' WHERE sku LIKE '%3';

UPDATE customer_order SET source = 'till', channel = 'IN_PERSON', trading_form = 'RETAIL', handled_by = 'Ms. O''Neill',
  due_at = ordered_at + interval '30 days', promised_at = ordered_at + interval '3 days', offer_codes = ARRAY['SAVE_10%', 'x']
WHERE get_byte(uuid_send(order_id), 15) % 3 = 0;
UPDATE customer_order SET paid_at = ordered_at + interval '2.25 hours', paid = total,
  delivered_at = ordered_at + (get_byte(uuid_send(order_id), 13) % 9 || ' days')::interval, shipped_at = ordered_at
WHERE get_byte(uuid_send(order_id), 14) % 2 = 0;
UPDATE customer_order SET cancelled_at = ordered_at + interval '1 day' WHERE get_byte(uuid_send(order_id), 15) % 11 = 0;
UPDATE customer_order SET currency = 'EUR', exchange_rate = 1.0825, total_in_currency = round(total / 1.0825, 6)
WHERE get_byte(uuid_send(order_id), 14) % 5 = 0;
INSERT INTO order_payment (customer_id, order_id, external_id, recorded_for, method, amount, paid_at)
SELECT customer_id, order_id, 'P1', customer_id, (ARRAY['CARD', 'CASH', 'INVOICE'])[1 + get_byte(uuid_send(order_id), 13) % 3],
       total, paid_at
FROM customer_order WHERE paid_at IS NOT NULL;

INSERT INTO order_return (customer_id, return_id, recorded_for, source, external_id, returned_at, recorded_at, reason,
                          refund)
SELECT customer_id, order_id, customer_id, source, 'R-' || external_id, ordered_at + interval '9 days',
       ordered_at + interval '9 days', 'too "small"', returned
FROM customer_order WHERE returned > 0;
INSERT INTO return_line (customer_id, return_id, position, recorded_for, product_id, order_id, order_position, quantity,
                         refund)
SELECT l.customer_id, l.order_id, l.position, l.customer_id, l.product_id, l.order_id, l.position, 1, l.unit_price
FROM order_line l JOIN order_return r ON r.customer_id = l.customer_id AND r.return_id = l.order_id;
UPDATE order_line l SET returned_quantity = 1 FROM return_line r
WHERE r.customer_id = l.customer_id AND r.order_id = l.order_id AND r.order_position = l.position;

UPDATE touchpoint t SET order_id = o.order_id, kind = 'PURCHASE' FROM customer_order o
WHERE o.customer_id = t.customer_id AND o.ordered_at < t.occurred_at AND get_byte(uuid_send(t.touchpoint_id), 15) % 9 = 0;
UPDATE touchpoint SET product_id = (SELECT product_id FROM product WHERE sku = 'SKU-00015'), subject = 'Über 50%_"off"',
  case_number = 'C-1', handled_by = 'team %', competitor = 'Acme', satisfaction = 7, recommend_score = 10,
  duration_seconds = 61, source = 'till', properties = '{"page": "/a", "seconds": 12.5, "vip": false, "tags": []}'
WHERE get_byte(uuid_send(touchpoint_id), 15) % 4 = 0;

UPDATE customer_score_a SET
  churn_reasons = '[{"factor": "recency", "detail": "silent for \"long\"", "effect": 0.75}]',
  median_gap_days = 31.5, product_count = 3, category_count = 2, return_rate = 0.125, discount_share = 0.5,
  revenue_trend = 1.1, overdue = 12.34, next_order_expected_at = '2026-07-01T00:00:00.125Z', rank_exact = false
WHERE get_byte(uuid_send(customer_id), 15) % 2 = 0;
UPDATE customer_score_a SET absences = '[{"score": "RFM", "reason": "NO_PURCHASE", "detail": "nothing bought yet"}]'
WHERE lifecycle_stage = 'PROSPECT';

UPDATE touchpoint SET kind = 'CASE_OPENED', case_number = 'C-' || get_byte(uuid_send(touchpoint_id), 13) % 3
WHERE get_byte(uuid_send(touchpoint_id), 14) % 7 = 0;
UPDATE touchpoint SET kind = 'CASE_RESOLVED', case_number = 'C-' || get_byte(uuid_send(touchpoint_id), 13) % 3
WHERE get_byte(uuid_send(touchpoint_id), 14) % 7 = 1;
UPDATE touchpoint SET kind = (ARRAY['COMPLAINT', 'CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE'])[1 + get_byte(uuid_send(touchpoint_id), 13) % 3]
WHERE get_byte(uuid_send(touchpoint_id), 14) % 7 = 2;

UPDATE customer SET household_key = ('0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f40' || lpad((get_byte(uuid_send(customer_id), 13) % 9)::text, 2, '0'))::uuid
WHERE get_byte(uuid_send(customer_id), 15) % 2 = 0;
INSERT INTO customer_need (customer_id, kind, name, need_id, detail, strength, source, touchpoint_id, recorded_at)
SELECT c.customer_id, k.kind, k.name, md5(c.customer_id::text || k.name)::uuid, 'said "so"', (get_byte(uuid_send(c.customer_id), 12) % 5) / 4.0,
       k.source, (SELECT t.touchpoint_id FROM touchpoint t WHERE t.customer_id = c.customer_id ORDER BY 1 LIMIT 1), c.created_at
FROM customer c CROSS JOIN (VALUES ('BELIEF', 'vip', 'till'), ('MOTIVATION', '100%_', NULL), ('MOTIVATION', 'a', 'shop')) AS k (kind, name, source)
WHERE get_byte(uuid_send(c.customer_id), 15) % 3 > 0;
INSERT INTO customer_consent (customer_id, consent_id, channel, purpose, status, source, touchpoint_id, recorded_at, expires_at,
                              recorded_for, holds)
SELECT c.customer_id, md5(c.customer_id::text || k.channel || k.status)::uuid, k.channel, k.purpose, k.status, 'till',
       (SELECT t.touchpoint_id FROM touchpoint t WHERE t.customer_id = c.customer_id ORDER BY 1 LIMIT 1),
       c.created_at + k.later * interval '1 day', k.expires_at, c.customer_id, k.holds
FROM customer c CROSS JOIN (VALUES
  ('EMAIL', 'MARKETING', 'GRANTED', 0, NULL::timestamptz, true), ('SMS', 'MARKETING', 'GRANTED', 1, '2026-06-01Z', true),
  ('WEB', 'MARKETING', 'GRANTED', 1, '2027-06-01Z', true), ('DIRECT_MAIL', 'MARKETING', 'GRANTED', 2, NULL, true),
  ('PHONE', 'MARKETING', 'GRANTED', 0, NULL, false), ('PHONE', 'MARKETING', 'WITHDRAWN', 3, NULL, true),
  ('PHONE', 'SERVICE', 'DENIED', 0, NULL, true)) AS k (channel, purpose, status, later, expires_at, holds)
WHERE (get_byte(uuid_send(c.customer_id), 13) + k.later) % 3 > 0;
INSERT INTO customer_preference (customer_id, channel, preferred, source, recorded_at)
SELECT customer_id, channel, get_byte(uuid_send(customer_id), 12) % 2 = 0, 'shop', created_at
FROM customer CROSS JOIN (VALUES ('EMAIL'), ('TV')) AS k (channel) WHERE get_byte(uuid_send(customer_id), 15) % 3 = 1;
INSERT INTO customer_attribute (customer_id, name, personal, text_value, text_fold, number_value, boolean_value, date_value)
SELECT c.customer_id, k.* FROM customer c CROSS JOIN (VALUES
  ('colour', false, 'Über', 'über', NULL::float8, NULL::boolean, NULL::date), ('page', true, '100%_', '100%_', NULL, NULL, NULL),
  ('vip', false, NULL, NULL, NULL, true, NULL), ('a', true, NULL, NULL, 1.5, NULL, NULL),
  ('web', false, NULL, NULL, NULL, NULL, '1985-03-05'), ('shop', false, NULL, NULL, 12, NULL, NULL)
) AS k (name, personal, text_value, text_fold, number_value, boolean_value, date_value)
WHERE (get_byte(uuid_send(c.customer_id), 13) + length(k.name)) % 3 > 0;
INSERT INTO customer_summary (customer_id, preferred_channel, recommend_score, average_satisfaction, open_cases, as_of)
SELECT customer_id, CASE WHEN get_byte(uuid_send(customer_id), 12) % 4 > 0 THEN 'EMAIL' END,
       CASE WHEN get_byte(uuid_send(customer_id), 12) % 3 > 0 THEN get_byte(uuid_send(customer_id), 12) % 11 END,
       CASE WHEN get_byte(uuid_send(customer_id), 12) % 3 > 1 THEN 7.25 END, get_byte(uuid_send(customer_id), 12) % 3, '2026-06-01Z'
FROM customer WHERE get_byte(uuid_send(customer_id), 15) % 5 > 0;
UPDATE settings SET frequency_cap = '{"contacts": 2, "per": "P7D"}', quiet_hours = '{"from": "21:00", "until": "08:00"}',
  rate_card = '[{"channel": "PHONE", "kind": "CALL", "cost": "4.5"}, {"channel": "PHONE", "kind": null, "cost": "0.125"}]';

INSERT INTO value_model (value_model_id, family, parameters, customers, log_likelihood, calibrated_until, fitted_at,
                         in_use, warnings, holdout)
VALUES ('0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c', 'GAMMA_GAMMA', '{"p": 6.25, "q": 3.74, "gamma": 15.44}', 900, -1.5,
        '2026-05-01Z', '2026-05-02T01:02:03.000004Z', false, ARRAY['q at its "bound"'],
        '{"from": "2026-03-01T00:00:00+00:00", "until": "2026-05-01T00:00:00+00:00", "meanAbsoluteError": 0.75,
          "correlation": 0.5, "poissonDeviance": 1.5, "areaUnderCurve": null, "intervalCoverage": 0.8,
          "totalError": -0.01}');

INSERT INTO score_snapshot (customer_id, as_of, churn_probability, rfm, lifetime_value, lifecycle_stage, value_tier, risk_band)
SELECT customer_id, '2026-06-01T01:00:00.000125Z'::timestamptz - n * interval '1 month',
       CASE WHEN get_byte(uuid_send(customer_id), 13) % 3 > 0 THEN get_byte(uuid_send(customer_id), 13 + n % 2) / 256.0 END,
       CASE WHEN get_byte(uuid_send(customer_id), 12 + n % 2) % 4 > 0 THEN 111 + 101 * (n % 5) + 10 * (n % 3) END,
       CASE WHEN n % 2 = 0 THEN get_byte(uuid_send(customer_id), 13) - 100.000001 END,
       (ARRAY['PROSPECT', 'NEW', 'ACTIVE', 'AT_RISK', 'WON_BACK'])[1 + n % 5],
       (ARRAY['HIGH', 'UNPROFITABLE', NULL])[1 + get_byte(uuid_send(customer_id), 14) % 3], 'LOW'
FROM customer CROSS JOIN generate_series(0, 13) AS n WHERE get_byte(uuid_send(customer_id), 15) % 4 > 0 AND n % 4 < 3;

-- What goes with what, as if many had bought it: the products around 15 with those that follow, some of them again.
INSERT INTO product_offer (product_id, buyers, buyer_share, units, purchases, base, again, again_shift, repeat_share,
                           is_repeated, gap_days, profit_per_unit, profit_per_purchase, last_sold_at, place)
SELECT product_id, 5 + n, n / 2500.0, 9 * n, 7 * n, -4 + n % 7 / 2.0, n % 9 / 18.0, n % 2 / 8.0, n % 9 / 10.0, n % 3 = 0, n % 40,
       1.25 + n % 11, CASE WHEN n % 13 > 0 THEN 2.123456 + n % 17 ELSE -1 END, '2026-05-30T10:00:00.5Z',
       CASE WHEN n % 5 > 0 THEN n END
FROM (SELECT product_id, row_number() OVER (ORDER BY sku)::int AS n FROM product) p;
INSERT INTO product_affinity (product_id, offered_id, buyers, share, share_of_others, lift, weight)
SELECT a.product_id, b.product_id, 5 + a.n % 20, (1 + (a.n + b.n) % 30) / 31.0, (a.n + b.n) % 4 / 40.0, 1 + (a.n + b.n) % 8,
       (a.n + b.n) % 8 / 5.0
FROM (SELECT product_id, row_number() OVER (ORDER BY sku)::int AS n FROM product) a
JOIN (SELECT product_id, row_number() OVER (ORDER BY sku)::int AS n FROM product) b
  ON b.n BETWEEN a.n + 1 AND a.n + 12 OR b.n = 2 * a.n + 31;
INSERT INTO category_transition (category, next_category, customers, share, lift, weight)
SELECT a.category, b.category, 7, 0.125, 1.5, 0.4
FROM (SELECT DISTINCT category FROM product WHERE category IS NOT NULL) a
JOIN (SELECT DISTINCT category FROM product WHERE category IS NOT NULL) b ON md5(a.category || b.category) < '4';
INSERT INTO attribute_share (attribute, value, units, share)
SELECT 'category', category, count(*), count(*) / 4000.0 FROM product WHERE category IS NOT NULL GROUP BY category
UNION ALL SELECT 'supplier', supplier, count(*), count(*) / 4000.0 FROM product WHERE supplier IS NOT NULL GROUP BY supplier
UNION ALL SELECT 'kind', kind, count(*), count(*) / 4000.0 FROM product GROUP BY kind
UNION ALL VALUES ('colour', 'red', 3, 0.001), ('weight', '1.5', 3, 0.01), ('organic', 'true', 3, 0.9);
INSERT INTO customer_consent (customer_id, consent_id, channel, purpose, status, source, recorded_at, recorded_for, holds)
SELECT customer_id, md5('profiling' || customer_id)::uuid, 'WEB', 'PROFILING',
       (ARRAY['DENIED', 'WITHDRAWN', 'GRANTED'])[1 + get_byte(uuid_send(customer_id), 13) % 3], 'till', created_at, customer_id, true
FROM customer WHERE get_byte(uuid_send(customer_id), 12) % 5 = 0;

INSERT INTO job (job_id, kind, status, arguments, progress, detail, attempts, error, result, source, run_after, queued_at,
                 started_at, finished_at)
SELECT ('0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4b' || lpad(n::text, 2, '0'))::uuid,
       (ARRAY['SCORE_CUSTOMERS', 'FIT_VALUE_MODEL', 'IMPORT'])[1 + n % 3],
       (ARRAY['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED'])[1 + n % 4], jsonb_build_object('n', n), n / 12.0, 'step ' || n, n,
       CASE WHEN n % 4 = 3 THEN 'broke' END, CASE WHEN n % 4 = 2 THEN '{"rows": 5}'::jsonb END,
       CASE WHEN n % 3 = 2 THEN 'till' END, '2026-06-01Z', '2026-06-01Z'::timestamptz - n * interval '1.000001 hours',
       CASE WHEN n % 4 > 0 THEN '2026-06-01Z'::timestamptz END, CASE WHEN n % 4 > 1 THEN '2026-06-01T00:00:01.5Z'::timestamptz END
FROM generate_series(0, 12) AS n;
ANALYZE;

INSERT INTO audit_entry (entry_id, bucket, entered_at, actor, actor_key, action, subject, detail, salt, commitment)
SELECT md5('entry ' || n)::uuid, 0, '2026-05-01Z'::timestamptz + n / 2 * interval '1 hour', (ARRAY['shop', 'Zoë 😀'])[1 + n % 2],
  CASE WHEN n % 3 > 0 THEN md5('key ' || n)::uuid END, (ARRAY['needRecord', 'jobStart'])[1 + n % 2],
  CASE WHEN n % 4 > 0 THEN 'cus_' || md5(n::text) END, CASE WHEN n % 5 > 0 THEN '{"after":{"%_\\":"Über"}}' END, '', ''
FROM generate_series(1, 12) AS n;

INSERT INTO campaign (campaign_id, key, name, created_at, updated_at)
VALUES ('0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4c01', 'spring', 'Spring', '2025-05-01Z', '2025-05-01Z');
UPDATE touchpoint SET campaign_id = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4c01'
WHERE kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE') AND get_byte(uuid_send(touchpoint_id), 12) % 3 > 0;
UPDATE touchpoint SET properties = '{"offer": "10%_\"off\""}'
WHERE kind IN ('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE') AND get_byte(uuid_send(touchpoint_id), 12) % 3 = 0;
INSERT INTO customer_consent (customer_id, consent_id, channel, purpose, status, recorded_at, recorded_for, holds)
SELECT customer_id, md5(customer_id::text)::uuid, 'EMAIL', 'PROFILING', 'DENIED', created_at, customer_id, true
FROM customer WHERE get_byte(uuid_send(customer_id), 13) % 8 = 0;
INSERT INTO response_rate (topic, channel, name, customers, trials, successes, rate, strength, low, high, amount, as_of) VALUES
  ('ALL', '', '', 40, 90, 9, 0.1, 12, 0.06, 0.15, NULL, '2026-06-01Z'), ('CHANNEL', 'EMAIL', '', 30, 60, 6, 0.1, 12, 0.06, 0.15, NULL, '2026-06-01Z'),
  ('STANDING', 'EMAIL', 'CURRENT', 20, 40, 6, 0.15, 12, 0.08, 0.2, NULL, '2026-06-01Z'), ('OFFER', '', 'spring', 9, 20, 2, 0.1, 12, 0.03, 0.2, NULL, '2026-06-01Z'),
  ('TOUCH', 'EMAIL', '', 90, 400, 90, 0.225, 6, 0.2, 0.3, 0.05, '2026-06-01Z'), ('TOUCH', 'PHONE', '', 90, 400, 40, 0.1, 6, 0.05, 0.2, 4.5, '2026-06-01Z'),
  ('RECOVERY', '', '', 9, 12, 6, 0.5, 3, 0.3, 0.7, NULL, '2026-06-01Z'), ('PURCHASE', '', '', 90, 300, 300, 1, 1, 1, 1, 12.5, '2026-06-01Z');
INSERT INTO customer_next_action (customer_id, strategy, channel, product_id, expected_profit, as_of)
SELECT customer_id, (ARRAY['RETAIN', 'NURTURE', 'CROSS_SELL', 'RECOVER_SERVICE'])[1 + get_byte(uuid_send(customer_id), 12) % 4], 'EMAIL', NULL, 1.5,
       '2026-06-01Z' FROM customer WHERE get_byte(uuid_send(customer_id), 15) % 3 > 0 AND merged_into IS NULL AND erased_at IS NULL;
ANALYZE;
-- Segments: a rule, one that asks for personal data and names the first, a list, one that is put away.
INSERT INTO segment (segment_id, key, name, search_fold, description, kind, number, member_count, created_at, updated_at,
                     refreshed_at, archived_at)
SELECT ('0190a1b2-c3d4-7e5f-8a9b-00000000000' || n)::uuid, 'seg-' || n, (ARRAY['Best', 'Ada', 'Zoë 😀', 'Gone'])[n],
       'seg-' || n || (ARRAY[' best', ' ada', ' zoë 😀', ' gone'])[n], CASE WHEN n = 2 THEN 'Über' END,
       (ARRAY['RULE', 'RULE', 'STATIC', 'RULE'])[n], CASE WHEN n < 4 THEN n END, 5 * n, '2026-03-01Z', '2026-05-01Z',
       CASE WHEN n < 4 THEN '2026-05-01T00:00:00.5Z'::timestamptz END, CASE WHEN n = 4 THEN '2026-05-02Z'::timestamptz END
FROM generate_series(1, 4) AS n;
INSERT INTO segment_version (number, segment_id, rule, filter, definition, masked, personal, made_at)
SELECT n, ('0190a1b2-c3d4-7e5f-8a9b-00000000000' || n)::uuid, CASE WHEN n <> 3 THEN '{"kind": ["PERSON"]}'::jsonb END,
       CASE WHEN n = 2 THEN '{"email": {"eq": "ada.0@example.org"}}'::jsonb WHEN n <> 3 THEN '{"kind": ["PERSON"]}' END,
       CASE WHEN n = 2 THEN 'email is ada.0@example.org' WHEN n <> 3 THEN 'kind is PERSON' END,
       CASE WHEN n = 2 THEN 'email is …' WHEN n <> 3 THEN 'kind is …' END, n = 2, '2026-03-01Z'
FROM generate_series(1, 4) AS n;
INSERT INTO segment_use (segment_id, named_id)
VALUES ('0190a1b2-c3d4-7e5f-8a9b-000000000002', '0190a1b2-c3d4-7e5f-8a9b-000000000001');
INSERT INTO customer_segment (customer_id, segments, entered_at, causes, refreshed_at)
SELECT customer_id, CASE get_byte(uuid_send(customer_id), 15) % 3 WHEN 0 THEN '{1}'::bigint[] WHEN 1 THEN '{1,3}' ELSE '{2}' END,
       CASE get_byte(uuid_send(customer_id), 15) % 3 WHEN 1 THEN
         ARRAY['2026-03-05T01:00:00.000001Z'::timestamptz, '2026-04-01Z'] ELSE ARRAY['2026-03-05Z'::timestamptz] END,
       CASE get_byte(uuid_send(customer_id), 15) % 3 WHEN 1 THEN '{3,4}'::bigint[] ELSE '{1}' END, '2026-05-01Z'
FROM customer WHERE get_byte(uuid_send(customer_id), 14) % 4 > 0;
INSERT INTO segment_stay (customer_id, segment_id, entered_at, entered_cause, left_at, left_cause)
SELECT customer_id, ('0190a1b2-c3d4-7e5f-8a9b-00000000000' || n)::uuid, '2026-01-01Z'::timestamptz + n * interval '1 day',
       'TIME_PASSED', '2026-02-01Z'::timestamptz + n * interval '1 hour', 'MERGED'
FROM customer CROSS JOIN generate_series(1, 3) AS n WHERE get_byte(uuid_send(customer_id), 13) % 3 = 0;
INSERT INTO segment_listed (customer_id, segment_id, recorded_for, listed_at)
SELECT customer_id, '0190a1b2-c3d4-7e5f-8a9b-000000000003', customer_id, '2026-04-01Z' FROM customer_segment WHERE 3 = ANY (segments);
-- What all customers have in common: words, an age, and fifths of a number.
INSERT INTO trait_share (attribute, value, personal, banded, low, high, customers, share, as_of) VALUES
  ('kind', 'PERSON', false, false, NULL, NULL, 60, 0.75, '2026-06-01Z'), ('country', 'GB', false, false, NULL, NULL, 20, 0.25, '2026-06-01Z'),
  ('age', '35 to 44', true, false, NULL, NULL, 20, 0.2, '2026-06-01Z'), ('bought.category', 'Category 05', false, false, NULL, NULL, 9, 0.1, '2026-06-01Z'),
  ('touchpoints.channel', 'WEB', false, false, NULL, NULL, 30, 0.4, '2026-06-01Z'), ('attributes.Zoë 😀', 'O''Neill"', false, false, NULL, NULL, 5, 0.06, '2026-06-01Z'),
  ('averageOrderValue', 'below 20', false, true, NULL, 20, 16, 0.2, '2026-06-01Z'), ('averageOrderValue', '20 and more', false, true, 20, NULL, 60, 0.8, '2026-06-01Z');
-- A second campaign, planned whole; contacts of both that were recorded, beside those that are touchpoints.
INSERT INTO campaign (campaign_id, key, name, search_fold, goal, status, steps, variants, offer, holdout_share, response_kind,
                      response_product_id, response_window, frequency_cap, budget, fixed_cost, randomised, starts_at, created_at, updated_at)
SELECT '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4c02', 'autumn', 'Zoë 😀', 'autumn zoë 😀', 'WIN_BACK', 'DRAFT',
  '[{"channel": "EMAIL", "delay": "P0D", "unitCost": "0.02"}, {"channel": null, "delay": "P7D", "unitCost": "1.10"}]',
  '[{"key": "a", "share": 1, "templates": [{"channel": "EMAIL", "subject": "Hi \"{{ givenName }}\"", "body": "…"}]}]',
  jsonb_build_object('key', 'SAVE_10%', 'name', 'Ten', 'product', p.product_id, 'discountPercent', 10, 'validUntil', '2026-09-01T00:00:00+00:00'),
  0.1, 'PRODUCT_ORDER', p.product_id, 'P1M', '{"contacts": 2, "per": "P7D"}', 1000, 49.5, true, '2026-07-01Z', '2026-05-01Z', '2026-05-02Z'
FROM product p ORDER BY p.sku LIMIT 1;
UPDATE campaign SET search_fold = 'spring spring' WHERE key = 'spring';
INSERT INTO campaign_segment (campaign_id, segment_id, excluded)
SELECT '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4c02', ('0190a1b2-c3d4-7e5f-8a9b-00000000000' || n)::uuid, n = 3 FROM generate_series(1, 3) AS n;
INSERT INTO campaign_contact (customer_id, campaign_id, step, recorded_for, contact_id, channel, variant, arm, status, status_at,
                              suppression, attempts, last_error, scheduled_at, sent_at, recorded_at)
SELECT c.customer_id, ('0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4c0' || 1 + get_byte(uuid_send(c.customer_id), 13) % 2)::uuid, n, c.customer_id,
  md5(c.customer_id::text || n)::uuid, (ARRAY['EMAIL', 'DIRECT_MAIL'])[n], CASE WHEN n = 1 THEN 'a' END, CASE WHEN s.is_held THEN 'CONTROL' ELSE 'TREATED' END,
  s.status, '2026-05-01Z', CASE WHEN s.is_held THEN 'HELD_OUT' WHEN s.status = 'SUPPRESSED' THEN 'NO_CONSENT' END, s.kind % 3,
  CASE s.status WHEN 'FAILED' THEN 'no "such" box: ada@example.org' END, '2026-04-01T12:00:00.5Z'::timestamptz + n * interval '7 days',
  CASE WHEN s.status IN ('SENT', 'DELIVERED') THEN '2026-04-01T12:00:00.5Z'::timestamptz + n * interval '7 days' END, '2026-05-01Z'
FROM customer c CROSS JOIN generate_series(1, 2) AS n CROSS JOIN LATERAL (
  SELECT k.kind, k.kind % 8 = 6 AND get_byte(uuid_send(c.customer_id), 11) % 2 = 0 AS is_held,
    (ARRAY['PENDING', 'EXPORTED', 'SENDING', 'SENT', 'DELIVERED', 'FAILED', 'SUPPRESSED', 'UNKNOWN'])[1 + k.kind % 8] AS status
  FROM (SELECT get_byte(uuid_send(c.customer_id), 12) + n AS kind) k
) s
WHERE get_byte(uuid_send(c.customer_id), 14) % 3 = 0;
ANALYZE campaign, campaign_contact;
