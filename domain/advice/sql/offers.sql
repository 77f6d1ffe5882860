-- How a customer answered each offer: nothing of who refuses to be profiled.

-- name: answered
answered AS (
  SELECT o.offer, o.received, o.responded, o.is_open,
    (o.successes + o.rate * o.strength) / (o.trials + o.strength) AS affinity
  FROM (
    SELECT a.offer, count(*) AS received, count(*) FILTER (WHERE a.answered) AS responded,
      coalesce(sum(a.weight) FILTER (WHERE a.is_over), 0) AS trials,
      coalesce(sum(a.weight) FILTER (WHERE a.is_over AND a.answered), 0) AS successes,
      bool_and(a.is_campaign) OR max(b.name) IS NOT NULL AS is_open,
      coalesce(max(b.rate), max(e.rate), {assumed_rate}) AS rate,
      coalesce(max(b.strength), max(e.strength), {assumed_strength}) AS strength
    FROM aged a
    LEFT JOIN response_rate b ON b.topic = 'OFFER' AND b.channel = '' AND b.name = a.offer
    LEFT JOIN response_rate e ON e.topic = 'ALL' AND e.channel = '' AND e.name = ''
    WHERE a.offer IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unwilling w WHERE w.customer_id = a.customer_id)
    GROUP BY a.offer
  ) o
)

-- name: told
SELECT a.offer, a.received, a.responded, a.is_open, a.affinity FROM answered a
