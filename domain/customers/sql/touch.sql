-- What facts do to the customers they are of: prospects are made, touches told, changes marked.

-- name: prospects
INSERT INTO customer (customer_id, email, phone, search_fold, acquisition_channel, acquisition_source, acquisition_at,
  acquisition_campaign_id, last_touchpoint_at, created_at, updated_at)
SELECT p.customer_id, CASE p.kind WHEN 'EMAIL' THEN p.value END, CASE p.kind WHEN 'PHONE' THEN p.value END,
  CASE WHEN p.kind IN ('EMAIL', 'PHONE') THEN p.value ELSE '' END, t.channel, t.source, t.first_at, t.campaign,
  t.last_at, $1::timestamptz, $1::timestamptz
FROM t_prospect p JOIN t_touch t USING (customer_id) ORDER BY p.customer_id;

-- name: scores
INSERT INTO customer_score (customer_id, lifecycle_since)
SELECT p.customer_id, $1::timestamptz FROM t_prospect p ORDER BY p.customer_id;

-- name: touched
UPDATE customer c
SET last_touchpoint_at = greatest(c.last_touchpoint_at, t.last_at),
  acquisition_channel = CASE WHEN t.earlier THEN t.channel ELSE c.acquisition_channel END,
  acquisition_source = CASE WHEN t.earlier THEN t.source ELSE c.acquisition_source END,
  acquisition_at = CASE WHEN t.earlier THEN t.first_at ELSE c.acquisition_at END,
  acquisition_campaign_id = CASE WHEN t.earlier THEN t.campaign ELSE c.acquisition_campaign_id END
FROM (
  SELECT t.*, (
      k.acquisition_at IS NULL
      OR (t.first_at, t.source COLLATE "C", t.channel COLLATE "C", coalesce(t.campaign::text, '~') COLLATE "C") < (
        k.acquisition_at, coalesce(k.acquisition_source, '') COLLATE "C", k.acquisition_channel COLLATE "C",
        coalesce(k.acquisition_campaign_id::text, '~') COLLATE "C"
      )
    ) AND (
      SELECT s.value <> 'null' FROM customer_statement s
      WHERE s.customer_id = t.customer_id AND s.field = 'acquisition'
      ORDER BY s.recorded_at DESC, s.source COLLATE "C" DESC, s.value::text COLLATE "C" DESC LIMIT 1
    ) IS NOT TRUE AS earlier
  FROM t_touch t JOIN customer k USING (customer_id)
) t
WHERE c.customer_id = t.customer_id
  AND (t.earlier OR c.last_touchpoint_at IS NULL OR c.last_touchpoint_at < t.last_at);

-- name: marked
CREATE TEMP TABLE t_marked ON COMMIT DROP AS SELECT t.customer_id FROM t_touch t;

-- name: marks
INSERT INTO customer_mark (customer_id, bucket, changed_at)
SELECT m.customer_id, get_byte(uuid_send(m.customer_id), 15) % 16, $1::timestamptz FROM t_marked m
ORDER BY m.customer_id
ON CONFLICT (customer_id) DO UPDATE SET wanted = customer_mark.wanted + 1, changed_at = excluded.changed_at;
