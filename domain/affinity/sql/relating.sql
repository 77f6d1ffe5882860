-- What goes with what, worked out in temporary tables. The facts come first, once; then everything that follows from
-- them, of the days before one: of all days for the tables, of those before the cut for the back-test.

-- Of very many customers some, by their ids: $1 in 65,536 of them.
-- name: customers
CREATE TEMP TABLE t_customer ON COMMIT DROP AS
SELECT customer_id, row_number() OVER (ORDER BY customer_id)::int AS customer FROM customer
WHERE merged_into IS NULL AND erased_at IS NULL
  AND get_byte(uuid_send(customer_id), 15) * 256 + get_byte(uuid_send(customer_id), 14) < $1::int;

-- name: products
CREATE TEMP TABLE t_product ON COMMIT DROP AS
SELECT product_id, row_number() OVER (ORDER BY product_id)::int AS product, category FROM product;

-- Standing orders before $1 and not before $3, by day in the zone $2; $4 is what goods of unknown cost cost.
-- name: bought
CREATE TEMP TABLE t_bought ON COMMIT DROP AS
SELECT c.customer, p.product, (o.ordered_at AT TIME ZONE $2::text)::date AS day, max(o.ordered_at) AS sold_at,
  sum(l.quantity)::bigint AS units,
  sum(l.total - l.discount
    - CASE WHEN l.unit_cost IS NULL THEN round(l.total * $4::numeric, 6) ELSE l.quantity * l.unit_cost END) AS profit
FROM customer_order o
JOIN t_customer c ON c.customer_id = o.customer_id
JOIN order_line l ON l.customer_id = o.customer_id AND l.order_id = o.order_id
JOIN t_product p ON p.product_id = l.product_id
WHERE o.cancelled_at IS NULL AND o.ordered_at < $1::timestamptz AND o.ordered_at >= $3::timestamptz
GROUP BY 1, 2, 3;

-- What came back, by the day of its return: out of those orders, or out of none that is known.
-- name: returned
CREATE TEMP TABLE t_returned ON COMMIT DROP AS
SELECT p.product, (k.returned_at AT TIME ZONE $2::text)::date AS day, sum(r.quantity)::bigint AS units,
  sum(r.refund - r.returned_cost) AS profit
FROM return_line r
JOIN t_customer c ON c.customer_id = r.customer_id
JOIN order_return k ON k.customer_id = r.customer_id AND k.return_id = r.return_id
JOIN t_product p ON p.product_id = r.product_id
LEFT JOIN customer_order o ON o.customer_id = r.customer_id AND o.order_id = r.order_id
WHERE k.returned_at < $1::timestamptz AND CASE
  WHEN r.order_id IS NULL THEN k.returned_at >= $3::timestamptz
  ELSE o.cancelled_at IS NULL AND o.ordered_at < $1::timestamptz AND o.ordered_at >= $3::timestamptz END
GROUP BY 1, 2;

-- name: facts_known
ANALYZE t_customer, t_product, t_bought;

-- Everything from here on is of the days before $1.
-- name: days
CREATE TEMP TABLE t_day ON COMMIT DROP AS
SELECT customer, day, row_number() OVER (PARTITION BY customer ORDER BY day)::int AS nth,
  count(*) OVER (PARTITION BY customer)::int AS days
FROM (SELECT DISTINCT customer, day FROM t_bought WHERE day < $1::date) d;

-- name: owned
CREATE TEMP TABLE t_owned ON COMMIT DROP AS
SELECT b.customer, b.product, d.days, count(*)::int AS times, min(d.nth) AS first_nth, min(b.day) AS first_day,
  max(b.day) AS last_day, max(b.sold_at) AS sold_at, sum(b.units)::bigint AS units, sum(b.profit) AS profit,
  row_number() OVER (PARTITION BY b.customer ORDER BY max(b.day) DESC, b.product) AS recent
FROM t_bought b JOIN t_day d ON d.customer = b.customer AND d.day = b.day
GROUP BY b.customer, b.product, d.days;

-- name: days_known
ANALYZE t_day, t_owned;

-- The chance that a later purchase holds a product for the first time: of those at which its buyer did not have it yet.
-- That of the last 90 days, for demand comes and goes, drawn to that of all time with the weight of 100 purchases; this
-- to the share of all purchases that hold it, with that of 20. What a purchase earns is that of a
-- unit sold, returns taken off, times the median units a purchase: one buyer of thousands does not speak for all.
-- name: offers
CREATE TEMP TABLE t_offer ON COMMIT DROP AS
WITH whole AS (
  SELECT count(DISTINCT customer) AS customers, count(*) AS days, count(*) FILTER (WHERE nth > 1) AS later,
    count(*) FILTER (WHERE nth > 1 AND day >= $1::date - 90) AS lately
  FROM t_day
), back AS (
  SELECT product, sum(units) AS units, sum(profit) AS profit FROM t_returned WHERE day < $1::date GROUP BY product
), usual AS (
  SELECT b.product, percentile_cont(0.5) WITHIN GROUP (ORDER BY b.units) AS units
  FROM t_bought b WHERE b.day < $1::date GROUP BY b.product
), sold AS (
  SELECT o.product, count(*) AS buyers, sum(o.times) AS purchases, sum(o.units) AS sold,
    sum(o.units) - coalesce(max(k.units), 0) AS units,
    sum(o.profit) - coalesce(max(k.profit), 0) AS profit, max(o.sold_at) AS sold_at,
    count(*) FILTER (WHERE o.first_nth > 1) AS firsts,
    count(*) FILTER (WHERE o.first_nth > 1 AND o.first_day >= $1::date - 90) AS firsts_lately,
    sum(o.days - o.first_nth) AS after,
    sum(o.times - 1) AS again, count(*) FILTER (WHERE o.days > o.first_nth) AS returners,
    count(*) FILTER (WHERE o.times > 1) AS repeaters, sum(o.last_day - o.first_day) AS gaps
  FROM t_owned o LEFT JOIN back k ON k.product = o.product GROUP BY o.product
), chances AS (
  SELECT s.*, w.customers, s.profit / greatest(s.sold, 1) AS a_unit,
    s.profit / greatest(s.sold, 1) * u.units::numeric AS a_purchase,
    (s.firsts_lately + 100 * r.chance) / (greatest(w.lately * (1 - s.after / greatest(w.later, 1.0)), s.firsts_lately) + 100)
      AS chance,
    (s.again + 20.0 * s.purchases / w.days) / (s.after + 20.0) AS again_share,
    s.repeaters / (s.returners + 10.0) AS repeat_share
  FROM sold s JOIN usual u ON u.product = s.product CROSS JOIN whole w
  CROSS JOIN LATERAL (
    SELECT (s.firsts + 20.0 * s.purchases / w.days) / (greatest(w.later - s.after, s.firsts) + 20) AS chance
  ) r
)
SELECT p.product_id, c.product, c.buyers::int AS buyers, c.buyers::float8 / c.customers AS buyer_share,
  c.units::bigint AS units, c.purchases::int AS purchases,
  ln(least(c.chance, 0.99)::float8 / (1 - least(c.chance, 0.99)::float8)) AS base, c.again_share::float8 AS again,
  0::float8 AS again_shift, c.repeat_share::float8 AS repeat_share,
  c.returners >= 10 AND c.repeat_share >= 0.25 AS is_repeated, c.gaps::float8 / nullif(c.again, 0) AS gap_days,
  round(c.a_unit, 6)::numeric(20, 6) AS profit_per_unit, round(c.a_purchase, 6)::numeric(20, 6) AS profit_per_purchase,
  c.sold_at AS last_sold_at,
  CASE WHEN c.buyers >= 5 THEN row_number() OVER (
    ORDER BY c.buyers < 5, c.chance * c.a_purchase DESC, p.product_id)::int END AS place
FROM chances c JOIN t_product p ON p.product = c.product;

-- Of each customer the 30 products bought last: who bought thousands says no more than others, and costs no more.
-- name: pairs
CREATE TEMP TABLE t_pair ON COMMIT DROP AS
SELECT a.product AS one, b.product AS other, count(*)::int AS buyers
FROM t_owned a JOIN t_owned b ON b.customer = a.customer AND b.product > a.product
WHERE a.recent <= 30 AND b.recent <= 30
GROUP BY 1, 2 HAVING count(*) >= 5;

-- Lift is observed over expected buyers of both, each with 10 more: few who bought both by chance do not win.
-- name: affinities
CREATE TEMP TABLE t_affinity ON COMMIT DROP AS
WITH size AS (
  SELECT product, count(*)::float8 AS buyers FROM t_owned WHERE recent <= 30 GROUP BY product
), whole AS (
  SELECT count(DISTINCT customer)::float8 AS customers FROM t_owned
), both_ways AS (
  SELECT one AS product, other AS offered, buyers FROM t_pair
  UNION ALL SELECT other, one, buyers FROM t_pair
), measured AS (
  SELECT b.product, b.offered, b.buyers, b.buyers / n.buyers AS share,
    (m.buyers - b.buyers) / nullif(w.customers - n.buyers, 0) AS share_of_others,
    (b.buyers + 10) / (n.buyers * m.buyers / w.customers + 10) AS lift
  FROM both_ways b
  JOIN size n ON n.product = b.product JOIN size m ON m.product = b.offered CROSS JOIN whole w
), strongest AS (
  SELECT *, row_number() OVER (PARTITION BY product ORDER BY lift DESC, offered) AS nth FROM measured WHERE lift > 1
)
SELECT p.product_id, q.product_id AS offered_id, s.buyers, s.share, coalesce(s.share_of_others, 0) AS share_of_others,
  s.lift, 0.5 * ln(s.lift) AS weight
FROM strongest s JOIN t_product p ON p.product = s.product JOIN t_product q ON q.product = s.offered
WHERE s.nth <= 40;

-- From the last purchase but one of each customer to the last.
-- name: transitions
CREATE TEMP TABLE t_transition ON COMMIT DROP AS
WITH held AS (
  SELECT DISTINCT b.customer, d.days - d.nth AS ago, p.category
  FROM t_day d JOIN t_bought b ON b.customer = d.customer AND b.day = d.day JOIN t_product p ON p.product = b.product
  WHERE d.days > 1 AND d.days - d.nth < 2 AND p.category IS NOT NULL
), whole AS (
  SELECT count(*)::float8 AS customers FROM t_day WHERE nth = 1 AND days > 1
), size AS (
  SELECT category, count(*) FILTER (WHERE ago = 1)::float8 AS before, count(*) FILTER (WHERE ago = 0)::float8 AS after
  FROM held GROUP BY category
), both_of AS (
  SELECT a.category, b.category AS next_category, count(*)::int AS customers
  FROM held a JOIN held b ON b.customer = a.customer WHERE a.ago = 1 AND b.ago = 0 GROUP BY 1, 2 HAVING count(*) >= 5
)
SELECT t.category, t.next_category, t.customers, t.customers / n.before AS share,
  (t.customers + 10) / (n.before * m.after / w.customers + 10) AS lift,
  0.5 * ln((t.customers + 10) / (n.before * m.after / w.customers + 10)) AS weight
FROM both_of t JOIN size n ON n.category = t.category JOIN size m ON m.category = t.next_category CROSS JOIN whole w;

-- name: known
ANALYZE t_offer, t_affinity, t_transition;

-- name: again
DROP TABLE t_day, t_owned, t_offer, t_pair, t_affinity, t_transition;

-- Whoever bought before $1 and again since: $2 of them, in an order that has nothing to do with when they came.
-- name: tested
CREATE TEMP TABLE t_tested ON COMMIT DROP AS
SELECT c.customer_id, b.customer, min(b.day) FILTER (WHERE b.day >= $1::date) AS next_day,
  b.customer::bigint * 2654435761 % 1000003 AS lot
FROM t_bought b JOIN t_customer c ON c.customer = b.customer
GROUP BY c.customer_id, b.customer
HAVING min(b.day) < $1::date AND max(b.day) >= $1::date
ORDER BY lot, c.customer_id LIMIT $2::int;

-- name: tested_known
ANALYZE t_tested;

-- What was recommended to them, and whether their next purchase held it. Three in four teach: of these every candidate
-- that was bought, and one in 20 of the others; the fourth tests, by the best 60 of each.
-- name: proposed
SELECT t.customer::bigint AS customer, t.lot % 4 > 0 AS is_fitted, r.is_new,
  (CASE WHEN r.is_new THEN r.base ELSE r.logit END)::float8 AS base, r.pull::float8 AS pull, r.onward::float8 AS onward,
  r.profit_per_purchase::float8 AS profit, b.product IS NOT NULL AS is_bought, coalesce(b.profit, 0)::float8 AS earned,
  CASE WHEN t.lot % 4 > 0 AND b.product IS NULL THEN 20 ELSE 1 END::float8 AS weight
FROM ({recommended}) r
JOIN t_tested t ON t.customer_id = r.customer_id
JOIN t_product p ON p.product_id = r.product_id
LEFT JOIN t_bought b ON b.customer = t.customer AND b.day = t.next_day AND b.product = p.product
WHERE CASE WHEN t.lot % 4 > 0
  THEN b.product IS NOT NULL OR (t.lot + p.product) * 2654435761 % 1000003 % 20 = 0 ELSE r.place <= 60 END;

-- name: clear
DELETE FROM product_offer;
-- name: clear_affinities
DELETE FROM product_affinity;
-- name: clear_transitions
DELETE FROM category_transition;
-- name: clear_shares
DELETE FROM attribute_share;

-- By what the back-test taught: $1 and $2 move the logit, $3 is for products that are bought again.
-- name: publish_offers
INSERT INTO product_offer (product_id, buyers, buyer_share, units, purchases, base, again, again_shift, repeat_share,
  is_repeated, gap_days, profit_per_unit, profit_per_purchase, last_sold_at, place)
SELECT product_id, buyers, buyer_share, units, purchases, $1::float8 + $2::float8 * base, again, $3::float8,
  repeat_share, is_repeated, gap_days, profit_per_unit, profit_per_purchase, last_sold_at, place
FROM t_offer ORDER BY product_id;

-- name: publish_affinities
INSERT INTO product_affinity (product_id, offered_id, buyers, share, share_of_others, lift, weight)
SELECT product_id, offered_id, buyers, share, share_of_others, lift, $1::float8 * weight FROM t_affinity
ORDER BY product_id, offered_id;

-- name: publish_transitions
INSERT INTO category_transition (category, next_category, customers, share, lift, weight)
SELECT category, next_category, customers, share, lift, $1::float8 * weight FROM t_transition
ORDER BY category COLLATE "C", next_category COLLATE "C";

-- Values that at least five customers bought: of rarer ones nothing can be said.
-- name: publish_shares
INSERT INTO attribute_share (attribute, value, units, share)
SELECT v.attribute, v.value, sum(o.units)::bigint, sum(o.units) / (SELECT sum(units) FROM t_offer WHERE units > 0)::float8
FROM t_offer o JOIN product p ON p.product_id = o.product_id CROSS JOIN LATERAL ({valued}) v
WHERE o.units > 0
GROUP BY v.attribute, v.value HAVING sum(o.buyers) >= 5
ORDER BY v.attribute COLLATE "C", v.value COLLATE "C";

-- name: record
INSERT INTO affinity_run (affinity_run_id, as_of, finished_at, customers, calibration, holdout)
VALUES ($1, $2, $3, (SELECT count(*) FROM t_customer), $4, $5);
