-- How a customer likes each channel: the one definition that channelPreferences tells, summaries keep and advice uses.

-- Touches are aged in whole months, half after six; what was answered counts for the channel that asked.
-- name: liking
used AS (
  SELECT u.customer_id, u.channel, sum(u.touches) AS touches, sum(u.weight) AS weight
  FROM (
    SELECT m.customer_id, m.channel, m.touches - m.contacts AS touches,
      (m.touches - m.contacts) * power(0.5::float8, least(greatest(
        (extract(year FROM n.at AT TIME ZONE {zone}) - extract(year FROM m.month)) * 12
        + extract(month FROM n.at AT TIME ZONE {zone}) - extract(month FROM m.month), 0
      )::float8 / {half_life_months}, 900)) AS weight
    FROM customer_month m CROSS JOIN moment n
    WHERE m.customer_id {whose} AND m.touches > m.contacts
    UNION ALL
    SELECT a.customer_id, a.channel, 0, a.weight FROM aged a WHERE a.answered
  ) u
  GROUP BY u.customer_id, u.channel
),
asked AS (
  SELECT a.customer_id, a.channel, coalesce(sum(a.weight) FILTER (WHERE a.is_over), 0) AS trials,
    coalesce(sum(a.weight) FILTER (WHERE a.is_over AND a.answered), 0) AS successes
  FROM aged a GROUP BY a.customer_id, a.channel
),
said AS (
  SELECT p.customer_id, p.channel, p.preferred FROM customer_preference p WHERE p.customer_id {whose}
),
known AS (
  SELECT customer_id, channel, s.preferred, coalesce(u.touches, 0) AS touches,
    CASE WHEN w.customer_id IS NULL THEN coalesce(u.weight, 0) ELSE 0 END AS weight,
    CASE WHEN w.customer_id IS NULL THEN a.trials END AS trials, a.successes
  FROM used u FULL JOIN said s USING (customer_id, channel) FULL JOIN asked a USING (customer_id, channel)
  LEFT JOIN unwilling w USING (customer_id)
),
liking AS (
  SELECT k.customer_id, k.channel, k.preferred, k.touches, k.trials, k.successes,
    k.weight + coalesce(b.rate * b.strength, {shares}) AS mass,
    k.preferred IS TRUE OR k.preferred IS NULL AND k.weight > 0 AS fits,
    row_number() OVER (
      PARTITION BY k.customer_id ORDER BY k.preferred IS TRUE DESC, k.preferred IS FALSE, k.weight > 0 DESC,
        k.weight + coalesce(b.rate * b.strength, {shares}) DESC, k.channel COLLATE "C"
    ) AS place
  FROM known k LEFT JOIN response_rate b ON b.topic = 'TOUCH' AND b.channel = k.channel
)

-- name: told
SELECT l.channel, l.preferred, l.touches, l.mass / sum(l.mass) OVER () AS affinity,
  (l.successes + coalesce(r.rate, {assumed_rate}) * coalesce(r.strength, {assumed_strength}))
    / (l.trials + coalesce(r.strength, {assumed_strength})) AS response_rate, l.place
FROM liking l LEFT JOIN response_rate r ON r.topic = 'CHANNEL' AND r.channel = l.channel

-- name: preferred
SELECT l.customer_id, l.channel FROM liking l WHERE l.place = 1 AND l.fits
