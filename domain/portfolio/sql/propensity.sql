-- How groups answered what campaigns sent them. A contact is one message, answered as contacts.sql credits it.

-- name: propensity
(WITH {contacts},
seen AS MATERIALIZED (
  SELECT c.customer_id, c.channel, c.offer, c.is_campaign, c.answered FROM contact c WHERE {in_time} {over_channel}
),
counted AS (
  SELECT f.key, min(f.label) AS label, min(f.named::text)::jsonb AS named, min(f.sent::text)::jsonb AS sent,
    max(f.sent::text)::jsonb AS sent_too, count(*) AS contacted, count(*) FILTER (WHERE f.answered) AS responded
  FROM ({grouped}) f
  GROUP BY f.key HAVING {enough}
  ORDER BY count(*) DESC, f.key LIMIT {groups}
),
everybody AS (
  SELECT (count(*) FILTER (WHERE s.answered) + {assumed_rate} * {strength}) / (count(*) + {strength}) AS rate FROM seen s
),
rated AS (
  SELECT c.*, c.responded + e.rate * {strength} AS a, c.contacted - c.responded + (1 - e.rate) * {strength} AS b
  FROM counted c CROSS JOIN everybody e
)
SELECT r.key AS group_key, r.label AS group_label, r.contacted, r.responded, r.a / (r.a + r.b) AS response_rate,
  q.low, q.high, {level} AS level,
  r.named || CASE WHEN r.sent = r.sent_too THEN {sent} ELSE jsonb_build_object('any', jsonb_build_array({sent}, {sent_too}))
    END AS group_where
FROM rated r
CROSS JOIN LATERAL ({quantiles}) q) {b}

-- The lower and the upper bound of what holds {level} of a beta distribution, as much left out at either end: its
-- density over the log-odds, where it is smooth, summed by trapezoids at {cells} cells. Beyond the first and the last
-- one it is a power of the odds, which has a sum of its own.
-- name: quantiles
SELECT min(z.share) AS low, max(z.share) AS high
FROM (
  SELECT 1 / (1 + exp(-least(greatest(CASE
      WHEN y.p * y.whole < y.head THEN y.start + ln(y.p * y.whole / y.head) / r.a
      WHEN (1 - y.p) * y.whole < y.tail THEN y.stop - ln((1 - y.p) * y.whole / y.tail) / r.b
      ELSE y.t + 2 * y.rest / (y.f + sqrt(greatest(y.f * y.f + 2 * (y.next_f - y.f) / y.width * y.rest, 0)))
    END, -700), 700))) AS share
  FROM (
    SELECT v.*, k.p, k.p * v.whole - v.until_here AS rest FROM (
      SELECT u.*, u.head + u.cells - coalesce((u.f + u.next_f) / 2 * u.width, 0) AS until_here,
        u.head + max(u.cells) OVER () + u.tail AS whole
      FROM (
        SELECT d.*, d.first_f / r.a AS head, d.last_f / r.b AS tail,
          sum((d.f + d.next_f) / 2 * d.width) OVER (ORDER BY d.n) AS cells
        FROM (
          SELECT d.*, lead(d.f) OVER w AS next_f, first_value(d.f) OVER w AS first_f,
            last_value(d.f) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last_f
          FROM (
            SELECT g.n, e.start, e.stop, (e.stop - e.start) / {cells} AS width, x.t,
              exp(greatest(r.a * (x.t - e.mode) - (r.a + r.b) * (ln(1 + exp(x.t)) - ln(1 + exp(e.mode))), -700)) AS f
            FROM (
              SELECT m.mode, greatest(m.mode - 8 * m.spread, m.far) AS start, least(m.mode + 8 * m.spread, -m.far) AS stop
              FROM (
                SELECT ln(r.a / r.b) AS mode, sqrt(1 / r.a + 1 / r.b) AS spread, ln(0.0001 / (r.a + r.b)) AS far
              ) m
            ) e
            CROSS JOIN generate_series(0, {cells}) AS g (n)
            CROSS JOIN LATERAL (SELECT e.start + (e.stop - e.start) * g.n / {cells} AS t) x
          ) d
          WINDOW w AS (ORDER BY d.n)
        ) d
      ) u
    ) v
    CROSS JOIN (VALUES ((1 - {level}) / 2), ((1 + {level}) / 2)) AS k (p)
    WHERE v.next_f IS NOT NULL
  ) y
  WHERE y.rest >= 0 AND y.rest <= (y.f + y.next_f) / 2 * y.width
    OR y.n = 0 AND y.rest < 0
    OR y.n = {cells} - 1 AND y.rest > (y.f + y.next_f) / 2 * y.width
) z

-- By what a contact is: key and label, of whom it was besides (a CustomerFilter), which messages (a TouchpointFilter).
-- name: by_channel
SELECT s.answered, s.customer_id, s.channel AS key, s.channel AS label, '{{}}'::jsonb AS named,
  jsonb_build_object('channel', jsonb_build_array(s.channel)) AS sent, true AS is_open FROM seen s

-- name: by_offer
SELECT s.answered, s.customer_id, s.offer AS key, s.offer AS label, '{{}}'::jsonb AS named,
  CASE WHEN s.is_campaign THEN jsonb_build_object('campaign', 'cmp_' || replace(k.campaign_id::text, '-', ''))
    ELSE jsonb_build_object('properties', jsonb_build_array(jsonb_build_object('name', 'offer', 'string',
      jsonb_build_object('eq', s.offer)))) END || {only_channel} AS sent, s.is_campaign AS is_open
FROM seen s LEFT JOIN campaign k ON s.is_campaign AND k.key = s.offer WHERE s.offer IS NOT NULL

-- name: by_customer
SELECT s.answered, s.customer_id, {key} AS key, {label} AS label, {named} AS named, {only_channel} AS sent,
  true AS is_open
FROM seen s {joined}
