-- Touchpoints become facts: t_touchpoint holds finished rows in the shape of the table, without contacts.

-- name: create
CREATE TEMP TABLE t_touchpoint (
  customer_id uuid NOT NULL, occurred_at timestamptz NOT NULL, touchpoint_id uuid NOT NULL, recorded_for uuid NOT NULL,
  channel text NOT NULL, kind text NOT NULL, function text NOT NULL, direction text NOT NULL, source text NOT NULL,
  external_id text, subject text, campaign_id uuid, order_id uuid, product_id uuid, case_number text, handled_by text,
  competitor text, cost numeric NOT NULL, cost_given boolean NOT NULL, duration_seconds integer, satisfaction smallint,
  recommend_score smallint, properties text, order_claim uuid
) ON COMMIT DROP;

-- name: rates
CREATE TEMP TABLE t_rate ON COMMIT DROP AS
SELECT r.* FROM unnest($1::text[], $2::text[], $3::numeric[]) AS r (channel, kind, cost);

-- name: insert
INSERT INTO touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function, direction,
  recorded_at, source, external_id, subject, campaign_id, order_id, product_id, case_number, handled_by, competitor,
  cost, cost_given, duration_seconds, satisfaction, recommend_score, properties, order_claim)
SELECT t.customer_id, t.occurred_at, t.touchpoint_id, t.recorded_for, t.channel, t.kind, t.function, t.direction,
  $1::timestamptz, t.source, t.external_id, t.subject, t.campaign_id, t.order_id, t.product_id, t.case_number,
  t.handled_by, t.competitor, t.cost, t.cost_given, t.duration_seconds, t.satisfaction, t.recommend_score,
  coalesce(t.properties, '{}')::jsonb, t.order_claim
FROM t_touchpoint t ORDER BY t.customer_id, t.occurred_at, t.touchpoint_id;
