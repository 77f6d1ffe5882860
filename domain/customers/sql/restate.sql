-- What holds of customers, out of everything that was stated: the profile's columns and the tables derived from it.

-- The later holds, ties by source, then by the greater text of the value: the order of arrival does not matter.
-- name: winners
SELECT DISTINCT ON (s.customer_id, s.field) s.customer_id, s.field, s.value, s.source, s.touchpoint_id, s.recorded_at
FROM customer_statement s WHERE s.customer_id = ANY ($1::uuid[])
ORDER BY s.customer_id, s.field, s.recorded_at DESC, s.source COLLATE "C" DESC, s.value::text COLLATE "C" DESC,
  s.touchpoint_id NULLS FIRST, s.recorded_for;

-- name: identities
SELECT i.customer_id, i.kind, i.scope, i.value, i.is_primary, i.source FROM customer_identity i
WHERE i.customer_id = ANY ($1::uuid[])
ORDER BY i.customer_id, i.kind, i.first_seen_at, i.scope COLLATE "C", i.value COLLATE "C";

-- name: primaries
UPDATE customer_identity i SET is_primary = n.made
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[]) AS n (customer_id, kind, scope, value, made)
WHERE i.customer_id = n.customer_id AND i.kind = n.kind AND i.scope = n.scope AND i.value = n.value;

-- Held until the values are written: what is declared anew meanwhile finds them.
-- name: declarations
SELECT d.name, d.type, d.personal FROM attribute_declaration d WHERE d.name = ANY ($1::text[])
ORDER BY d.name COLLATE "C" FOR SHARE;

-- name: profiles
UPDATE customer c
SET kind = p.kind, display_name = p.display_name, display_name_fold = p.display_name_fold, given_name = p.given_name,
  family_name = p.family_name, email = p.email, phone = p.phone, search_fold = p.search_fold,
  address_recipient = p.address_recipient,
  address_lines = ARRAY(SELECT l.line FROM jsonb_array_elements_text(p.address_lines::jsonb) WITH ORDINALITY AS l (line, nth)
    ORDER BY l.nth),
  postal_code = p.postal_code, city = p.city, region = p.region, country = p.country, birth_date = p.birth_date,
  gender = p.gender, language = p.language, time_zone = p.time_zone, occupation = p.occupation, sector = p.sector,
  household_size = p.household_size, income_band = p.income_band, attributes = p.attributes::jsonb,
  personal_attributes = p.personal_attributes::jsonb, household_key = p.household_key,
  acquisition_channel = CASE WHEN p.acquired THEN p.acquisition_channel ELSE c.acquisition_channel END,
  acquisition_source = CASE WHEN p.acquired THEN p.acquisition_source ELSE c.acquisition_source END,
  acquisition_at = CASE WHEN p.acquired THEN p.acquisition_at ELSE c.acquisition_at END,
  acquisition_campaign_id = CASE WHEN p.acquired THEN p.acquisition_campaign_id ELSE c.acquisition_campaign_id END,
  updated_at = $1::timestamptz
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
  $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::date[], $18::text[], $19::text[],
  $20::text[], $21::text[], $22::text[], $23::integer[], $24::text[], $25::text[], $26::text[], $27::uuid[],
  $28::boolean[], $29::text[], $30::text[], $31::timestamptz[], $32::uuid[])
  AS p (customer_id, kind, display_name, display_name_fold, given_name, family_name, email, phone, search_fold,
    address_recipient, address_lines, postal_code, city, region, country, birth_date, gender, language, time_zone,
    occupation, sector, household_size, income_band, attributes, personal_attributes, household_key, acquired,
    acquisition_channel, acquisition_source, acquisition_at, acquisition_campaign_id)
WHERE c.customer_id = p.customer_id RETURNING c.customer_id, c.merged_into IS NULL AND c.erased_at IS NULL AS stands;

-- Of those for whom nobody stated how they came to us it is the first touch, by a total order.
-- name: first_touch
UPDATE customer c
SET acquisition_channel = f.first ->> 'channel', acquisition_source = f.first ->> 'source',
  acquisition_at = (f.first ->> 'at')::timestamptz, acquisition_campaign_id = (f.first ->> 'campaign')::uuid
FROM (
  SELECT n.customer_id, (
    SELECT jsonb_build_object('channel', f.channel, 'source', f.source, 'at', f.at, 'campaign', f.campaign_id)
    FROM (
      (
        SELECT t.channel, t.source, t.occurred_at AS at, t.campaign_id FROM touchpoint t
        WHERE t.customer_id = n.customer_id
        ORDER BY t.occurred_at, t.source COLLATE "C", t.channel COLLATE "C", t.campaign_id LIMIT 1
      )
      UNION ALL
      (
        SELECT o.channel, o.source, o.ordered_at, o.campaign_id FROM customer_order o
        WHERE o.customer_id = n.customer_id
        ORDER BY o.ordered_at, o.source COLLATE "C", o.channel COLLATE "C", o.campaign_id LIMIT 1
      )
    ) f ORDER BY f.at, f.source COLLATE "C", f.channel COLLATE "C", f.campaign_id LIMIT 1
  ) AS first
  FROM unnest($1::uuid[]) AS n (customer_id)
) f WHERE c.customer_id = f.customer_id;

-- name: last_touch
UPDATE customer c SET last_touchpoint_at = f.last_at
FROM (
  SELECT n.customer_id, greatest(
      (SELECT max(t.occurred_at) FROM touchpoint t WHERE t.customer_id = n.customer_id),
      (SELECT max(o.ordered_at) FROM customer_order o WHERE o.customer_id = n.customer_id)
    ) AS last_at
  FROM unnest($1::uuid[]) AS n (customer_id)
) f WHERE c.customer_id = f.customer_id;

-- name: needs
WITH held AS (
  SELECT h.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::float8[], $8::text[],
    $9::uuid[], $10::timestamptz[])
    AS h (customer_id, kind, name, need_id, detail, strength, source, touchpoint_id, recorded_at)
), gone AS (
  DELETE FROM customer_need n WHERE n.customer_id = ANY ($1::uuid[]) AND NOT EXISTS (
    SELECT FROM held h WHERE h.customer_id = n.customer_id AND h.kind = n.kind AND h.name = n.name
  )
)
INSERT INTO customer_need (customer_id, kind, name, need_id, detail, strength, source, touchpoint_id, recorded_at)
SELECT h.* FROM held h
ON CONFLICT (customer_id, kind, name) DO UPDATE
SET detail = excluded.detail, strength = excluded.strength, source = excluded.source,
  touchpoint_id = excluded.touchpoint_id, recorded_at = excluded.recorded_at;

-- name: preferences
WITH held AS (
  SELECT h.* FROM unnest($2::uuid[], $3::text[], $4::boolean[], $5::text[], $6::uuid[], $7::timestamptz[])
    AS h (customer_id, channel, preferred, source, touchpoint_id, recorded_at)
), gone AS (
  DELETE FROM customer_preference n WHERE n.customer_id = ANY ($1::uuid[]) AND NOT EXISTS (
    SELECT FROM held h WHERE h.customer_id = n.customer_id AND h.channel = n.channel
  )
)
INSERT INTO customer_preference (customer_id, channel, preferred, source, touchpoint_id, recorded_at)
SELECT h.* FROM held h
ON CONFLICT (customer_id, channel) DO UPDATE
SET preferred = excluded.preferred, source = excluded.source, touchpoint_id = excluded.touchpoint_id,
  recorded_at = excluded.recorded_at;

-- name: attributes
WITH held AS (
  SELECT h.* FROM unnest($2::uuid[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::float8[], $8::boolean[],
    $9::date[])
    AS h (customer_id, name, personal, text_value, text_fold, number_value, boolean_value, date_value)
), gone AS (
  DELETE FROM customer_attribute n WHERE n.customer_id = ANY ($1::uuid[]) AND NOT EXISTS (
    SELECT FROM held h WHERE h.customer_id = n.customer_id AND h.name = n.name
  )
)
INSERT INTO customer_attribute (customer_id, name, personal, text_value, text_fold, number_value, boolean_value,
  date_value)
SELECT h.* FROM held h
ON CONFLICT (customer_id, name) DO UPDATE
SET personal = excluded.personal, text_value = excluded.text_value, text_fold = excluded.text_fold,
  number_value = excluded.number_value, boolean_value = excluded.boolean_value, date_value = excluded.date_value;
