-- How groups answered what campaigns sent them. A contact is one message, answered as contacts.sql credits it.

-- name: propensity
(WITH {contacts},
seen AS MATERIALIZED (
  SELECT c.customer_id, c.touchpoint_id, c.at, c.channel, c.offer, c.is_campaign, c.answered FROM contact c
  WHERE {in_time} {over_channel} {over_goal}
),
counted AS (
  SELECT f.* FROM ({grouped}) f ORDER BY f.contacted DESC, f.key LIMIT {groups}
),
everybody AS (
  SELECT (count(*) FILTER (WHERE s.answered) + {assumed_rate} * {strength}) / (count(*) + {strength}) AS rate FROM seen s
),
-- How many messages everybody's rate weighs for a group, by the method of moments (shrinkage.strength): the more, the
-- more alike groups answer. What is assumed has the say of one group beside them, so with one group it is all.
alike AS (
  SELECT 1 / least(greatest((v.told + 1 / (1 + {strength})) / (v.others + 1), 1 / (1 + {most})), 1 / (1 + {fewest})) - 1
    AS strength
  FROM (
    SELECT m.others, CASE WHEN m.possible > 1e-9 THEN m.others * greatest(m.explained / m.possible, 0)
      ELSE m.others / (1 + {strength}) END AS told
    FROM (
      SELECT k.others, k.ratios - k.trials * k.rate ^ 2 - k.others * k.chance AS explained,
        k.chance * (k.trials - k.squares / k.trials - k.others) AS possible
      FROM (
        SELECT g.*, g.rate * (1 - g.rate) AS chance FROM (
          SELECT count(*) - 1 AS others, sum(c.contacted)::float8 AS trials, sum(c.contacted::float8 ^ 2) AS squares,
            sum(c.responded::float8 ^ 2 / c.contacted) AS ratios,
            sum(c.responded)::float8 / sum(c.contacted)::float8 AS rate
          FROM counted c
        ) g
      ) k
    ) m
  ) v
),
rated AS (
  SELECT c.*, c.responded + e.rate * a.strength AS a, c.contacted - c.responded + (1 - e.rate) * a.strength AS b
  FROM counted c CROSS JOIN everybody e CROSS JOIN alike a
)
SELECT r.key AS group_key, {label} AS group_label, r.contacted, r.responded, r.a / (r.a + r.b) AS response_rate,
  q.low, q.high, {level} AS level, {where} AS group_where
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

-- The messages of each group; what is told of it besides is told by its key.
-- name: by_channel
SELECT s.channel AS key, {counts} FROM seen s GROUP BY s.channel

-- name: over_goal
AND EXISTS (
  SELECT FROM touchpoint t JOIN campaign k ON k.campaign_id = t.campaign_id WHERE t.customer_id = c.customer_id
    AND t.occurred_at = c.at AND t.touchpoint_id = c.touchpoint_id AND k.goal = {goal}
)

-- name: by_goal
SELECT k.goal AS key, {counts} FROM seen s
JOIN touchpoint t ON t.customer_id = s.customer_id AND t.occurred_at = s.at AND t.touchpoint_id = s.touchpoint_id
JOIN campaign k ON k.campaign_id = t.campaign_id GROUP BY k.goal

-- name: by_contact
SELECT f.* FROM (
  SELECT {key} AS key, {counts} FROM seen s
  JOIN touchpoint t ON t.customer_id = s.customer_id AND t.occurred_at = s.at AND t.touchpoint_id = s.touchpoint_id
  LEFT JOIN campaign_contact k ON k.customer_id = t.customer_id AND k.contact_id = t.contact_id
  WHERE t.campaign_id IS NOT NULL GROUP BY 1
) f WHERE f.key IS NOT NULL

-- What no contact was recorded of is a campaign's first message, unless another is known to have been that
-- (domain/campaigns/entities/contact.py).
-- name: step
CASE WHEN k.contact_id IS NOT NULL THEN k.step::text WHEN NOT EXISTS (
  SELECT FROM campaign_contact o WHERE o.customer_id = t.customer_id AND o.campaign_id = t.campaign_id
    AND o.recorded_for = t.recorded_for AND o.step = 1 AND o.sent_at IS NOT NULL
) THEN '1' END

-- An offer is told trimmed and cut, and as text: how messages said it, for they are found by that.
-- name: by_offer
SELECT f.key, bool_and(f.is_campaign) AS of_campaign, bool_or(f.is_campaign) AS of_campaigns,
  sum(f.contacted)::bigint AS contacted, sum(f.responded)::bigint AS responded,
  jsonb_agg(f.said) FILTER (WHERE f.said IS NOT NULL AND f.place <= {ways}) AS said
FROM (
  SELECT s.offer AS key, s.is_campaign, t.properties -> 'offer' AS said, count(*) AS contacted,
    count(*) FILTER (WHERE s.answered) AS responded,
    row_number() OVER (PARTITION BY s.offer, s.is_campaign ORDER BY count(*) DESC, t.properties -> 'offer') AS place
  FROM seen s LEFT JOIN touchpoint t ON NOT s.is_campaign AND {reads} AND t.customer_id = s.customer_id
    AND t.occurred_at = s.at AND t.touchpoint_id = s.touchpoint_id
  WHERE s.offer IS NOT NULL GROUP BY s.offer, s.is_campaign, t.properties -> 'offer'
) f GROUP BY f.key
HAVING {reads} OR bool_and(f.is_campaign)

-- name: by_customer
SELECT {key} AS key, {counts} FROM seen s {joined} GROUP BY 1

-- name: by_segment
SELECT v.key, u.contacted, u.responded FROM (
  SELECT u.number, {counts} FROM seen s JOIN customer_segment x ON x.customer_id = s.customer_id
  CROSS JOIN LATERAL unnest(x.segments) AS u (number) GROUP BY u.number
) u
JOIN segment v ON v.number = u.number WHERE v.archived_at IS NULL AND {shown}

-- Of an offer that some messages name, and others are the campaign of: either.
-- name: where_offer
CASE WHEN r.of_campaign THEN {of_campaign} WHEN r.of_campaigns
  THEN jsonb_build_object('any', jsonb_build_array({of_campaign}, {of_offer})) ELSE {of_offer} END

-- Usually as its key says. What is a list or an object no filter compares.
-- name: where_said
CASE WHEN r.said = jsonb_build_array(r.key) THEN {as_told} ELSE jsonb_build_object('any', (
  SELECT jsonb_agg({as_said}) FROM (
    SELECT jsonb_build_object('string', jsonb_build_object('in', jsonb_agg(e.said))) AS test
    FROM jsonb_array_elements(r.said) AS e (said) WHERE jsonb_typeof(e.said) = 'string' HAVING count(*) > 0
    UNION ALL
    SELECT jsonb_build_object(jsonb_typeof(e.said), jsonb_build_object('eq', e.said))
    FROM jsonb_array_elements(r.said) AS e (said) WHERE jsonb_typeof(e.said) IN ('number', 'boolean')
    UNION ALL
    SELECT jsonb_build_object('exists', true)
    FROM jsonb_array_elements(r.said) AS e (said) WHERE jsonb_typeof(e.said) IN ('object', 'array') HAVING count(*) > 0
  ) x
)) END
